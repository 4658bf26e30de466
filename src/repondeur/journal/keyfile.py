"""``clef.json``, the small file beside the journal: it says where the key is, never the key itself.

It holds the installation's number (the name of its secret in the key ring), a check value that tells a wrong key from a
damaged journal, and, where a passphrase opens the journal, the key wrapped by it. Its own checksum tells a damaged
file from a wrong passphrase.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from repondeur.errors import JournalNewer, KeyFileDamaged
from repondeur.journal.files import write_atomically

NAME: Final = "clef.json"
VERSION: Final = 1
_CHECKED: Final = b"repondeur journal key check 1"
_MAX_BYTES: Final = 64 * 1024  # ours takes less than 1 kB; a forged one must not fill the memory


@dataclass(frozen=True, slots=True)
class Wrap:
    """A key wrapped by a passphrase: Argon2id (``memory`` in KiB) makes the key of AES-256-GCM, which seals ours."""

    salt: bytes
    nonce: bytes
    sealed: bytes
    passes: int
    lanes: int
    memory: int

    def bound(self) -> bytes:
        """Return what the seal also vouches for: nobody can lower the work factor unseen."""
        return b"repondeur key wrap 1|%d|%d|%d|" % (self.passes, self.lanes, self.memory) + self.salt


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What ``clef.json`` says.

    ``check`` is the :func:`check_value` of the key; ``ring`` says whether the key ring holds the key.
    Both ways may stand side by side (a key ring, and a passphrase to recover).
    """

    installation: str
    check: str
    ring: bool
    wrap: Wrap | None

    def fits(self, key: bytes) -> bool:
        """Return whether ``key`` is the journal's."""
        import hmac  # OpenSSL behind it: an open journal needs none

        return hmac.compare_digest(check_value(key), self.check)


def check_value(key: bytes) -> str:
    """Return the key check value: HMAC-SHA256 of a constant under the key, 64 hexadecimal digits."""
    import hashlib  # OpenSSL behind it: an open journal needs none
    import hmac

    return hmac.new(key, _CHECKED, hashlib.sha256).hexdigest()


def key_matches(folder: Path, key: bytes) -> bool:
    """Return whether the key file in ``folder`` can be read and names this key."""
    try:
        found = read(folder)
    except (KeyFileDamaged, JournalNewer, OSError):
        return False
    return found is not None and found.fits(key)


def write(folder: Path, content: KeyFile) -> None:
    """Put the key file in place, whole.

    Raises:
        OSError: the disk refuses.
    """
    fields: dict[str, Any] = {
        "version": VERSION,
        "installation": content.installation,
        "check": content.check,
        "ring": content.ring,
        "passphrase": _wrap_fields(content.wrap) if content.wrap else None,
    }
    fields["sha256"] = _checksum(fields)
    write_atomically(folder / NAME, json.dumps(fields, indent=1).encode("ascii"))


def read(folder: Path) -> KeyFile | None:
    """Return the key file of ``folder``, ``None`` where there is none.

    Raises:
        KeyFileDamaged: it is no key file, or not as it was written.
        JournalNewer: a newer version of the program wrote it.
        OSError: the disk refuses.
    """
    try:
        with (folder / NAME).open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    try:
        return _parsed(raw)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise KeyFileDamaged from error


def _parsed(raw: bytes) -> KeyFile:
    if len(raw) > _MAX_BYTES:
        raise ValueError("too long")
    fields = json.loads(raw)
    if not isinstance(fields, dict):
        raise TypeError("not an object")
    stored = fields.pop("sha256")
    if stored != _checksum(fields):
        raise ValueError("the checksum differs")
    if fields["version"] > VERSION:
        raise JournalNewer
    return KeyFile(
        installation=_hexadecimal(fields["installation"], 32),
        check=_hexadecimal(fields["check"], 64),
        ring=fields["ring"] is True,
        wrap=_wrap(fields["passphrase"]) if fields["passphrase"] is not None else None,
    )


def _wrap_fields(wrap: Wrap) -> dict[str, Any]:
    return {
        "kdf": "argon2id",
        "passes": wrap.passes,
        "lanes": wrap.lanes,
        "memory_kib": wrap.memory,
        "salt": wrap.salt.hex(),
        "nonce": wrap.nonce.hex(),
        "sealed": wrap.sealed.hex(),
    }


def _wrap(fields: dict[str, Any]) -> Wrap:
    """Read a wrap within bounds (1 GiB, 10 passes, 16 lanes): a forged file must not cost all memory or an hour."""
    if fields["kdf"] != "argon2id":
        raise ValueError("an unknown key derivation")
    lanes = _whole(fields["lanes"], 1, 16)
    return Wrap(
        salt=bytes.fromhex(_hexadecimal(fields["salt"], 32)),
        nonce=bytes.fromhex(_hexadecimal(fields["nonce"], 24)),
        sealed=bytes.fromhex(_hexadecimal(fields["sealed"], 96)),
        passes=_whole(fields["passes"], 1, 10),
        lanes=lanes,
        memory=_whole(fields["memory_kib"], 8 * lanes, 1024 * 1024),
    )


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("a number out of bounds")
    return value


def _hexadecimal(value: object, digits: int) -> str:
    if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
        raise ValueError("not the hexadecimal digits expected")
    return value


def _checksum(fields: dict[str, Any]) -> str:
    import hashlib  # OpenSSL behind it: an open journal needs none

    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode("ascii")).hexdigest()
