"""What a person chose: the shop, the habits, the writer. One small JSON file, replaced as a whole."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from repondeur.errors import SettingsDamaged
from repondeur.reply.shop import Shop
from repondeur.reply.terms import Length, Tone

FILE_NAME = "reglages.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every choice, with what a fresh installation starts from.

    ``model`` is the path of a model file that the person added, empty for the starter model. ``threads`` keeps the
    measured best number of threads by model file name. ``idle_minutes`` is how long an unused engine keeps its memory.
    """

    shop: Shop = field(default_factory=Shop)
    site: str = "google"
    tone: Tone = Tone.WARM
    length: Length = Length.NORMAL
    model: str = ""
    threads: dict[str, int] = field(default_factory=dict)
    idle_minutes: int = 5


def _known(kind: type, raw: object) -> dict[str, Any]:
    """Return the entries of ``raw`` that ``kind`` has as fields: an older or newer file is read as far as it fits."""
    if not isinstance(raw, dict):
        raise SettingsDamaged
    names = {f.name for f in fields(kind)}
    return {key: value for key, value in raw.items() if key in names}


def _shop(raw: object) -> Shop:
    values = _known(Shop, raw)
    if values.get("we", "nous") not in ("nous", "je") or values.get("region", "fr") not in ("fr", "qc"):
        raise SettingsDamaged
    read: dict[str, Any] = {k: tuple(map(str, v)) if isinstance(v, list) else str(v) for k, v in values.items()}
    return Shop(**read)


def _threads(raw: object) -> dict[str, int]:
    if not isinstance(raw, dict):
        raise SettingsDamaged
    return {str(k): int(v) for k, v in raw.items() if 1 <= int(v) <= 256}


_READERS: dict[str, Callable[[Any], Any]] = {
    "shop": _shop,
    "tone": Tone,
    "length": Length,
    "threads": _threads,
    "idle_minutes": lambda v: min(120, max(1, int(v))),
}


def parse(text: str) -> Settings:
    """Read settings from JSON.

    Raises:
        SettingsDamaged: the text is no JSON object of settings.
    """
    import json  # a fresh folder has no settings yet

    try:
        raw = _known(Settings, json.loads(text))
        read: dict[str, Any] = {name: _READERS.get(name, str)(value) for name, value in raw.items()}
        return Settings(**read)
    except (ValueError, TypeError, AttributeError) as error:
        raise SettingsDamaged from error


class SettingsFile:
    """The settings in the person's data folder: read once, replaced atomically at each change."""

    def __init__(self, folder: Path) -> None:
        """Read the file in ``folder``; :attr:`damaged` says whether an unreadable one was set aside."""
        self._path = folder / FILE_NAME
        self.damaged = False
        try:
            self.current = parse(self._path.read_text("utf-8"))
        except FileNotFoundError:
            self.current = Settings()
        except (OSError, UnicodeDecodeError, SettingsDamaged):
            self.current, self.damaged = Settings(), True
            self._set_aside()

    def _set_aside(self) -> None:
        if self._path.is_file():
            os.replace(self._path, self._path.with_suffix(".illisible"))

    def change(self, **values: Any) -> Settings:
        """Replace the named values, write the file, return the new settings.

        Raises:
            OSError: the file could not be written; the former settings stay, on disk and here.
        """
        import json

        changed = replace(self.current, **values)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        with partial.open("w", encoding="utf-8") as file:
            json.dump(asdict(changed), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, self._path)
        self.current = changed
        return changed
