"""Where things lie: the person's data folder, and what is shipped beside the code."""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def data_dir() -> Path:
    """Return the person's data folder (journal, settings, added models); it may not exist yet."""
    import platformdirs  # a folder given by hand needs none of it

    return Path(platformdirs.user_data_dir("repondeur", appauthor=False, roaming=False))


def shipped(name: str) -> Path:
    """Return the folder ``prompts``, ``resources`` or ``models`` as shipped.

    A frozen build has it beside its libraries, an installed wheel in ``repondeur/_data``, a checkout at its top level.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    candidates = [Path(frozen) / name] if frozen else []
    candidates += [_HERE / "_data" / name, _HERE.parents[1] / name]
    return next((path for path in candidates if path.is_dir()), candidates[-1])


def starter_model() -> Path:
    """Return the path of the embedded starter model; the file may be missing in an incomplete checkout."""
    return shipped("models") / "repondeur-starter.gguf"
