"""The journal's key: 32 random bytes of this installation, held by the key ring or wrapped by a passphrase.

The key is never derived from a passphrase and never changed. Functions here may wait (for a person in front of the
key ring's question, for Argon2id): call them from a worker thread.
"""

import os
import secrets
import unicodedata
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from repondeur.errors import (
    JournalUnwritable,
    KeyFileDamaged,
    KeyMissing,
    OutOfMemory,
    RepondeurError,
    WeakPassphrase,
    WrongKey,
    WrongPassphrase,
)
from repondeur.journal import keyfile
from repondeur.journal.driver import KEY_BYTES, translated
from repondeur.journal.keyfile import KeyFile, Wrap
from repondeur.journal.ring import KeyRing
from repondeur.journal.store import FILE_NAME

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LEAST_CHARACTERS: Final = 8

# 0.6 s on a quiet computer, 1.8 s on a busy one; thirteen times the memory of OWASP's least (19 MiB).
_PASSES, _LANES, _MEMORY_KIB = 3, 4, 256 * 1024


class KeyState(StrEnum):
    """What a folder asks for before its journal opens."""

    NEW = "new"
    """No journal yet: a key can be made, in the key ring or under a passphrase."""
    IN_RING = "in-ring"
    PASSPHRASE = "passphrase"  # noqa: S105 (a state, no secret)


class Keeper:
    """The key of one folder's journal.

    A new installation writes the key ring first, then ``clef.json``, then the journal. A kill between two of them
    leaves a state that the next start goes on from: without a journal there is nothing that a lost key would lock.
    """

    def __init__(self, folder: Path, *, ring: KeyRing | None = None) -> None:
        """Look after ``folder``, which may not exist yet."""
        self._folder = folder
        self._ring = ring or KeyRing()

    def state(self) -> KeyState:
        """Return how the key is had.

        Raises:
            KeyMissing: a journal stands here without its key file.
            KeyFileDamaged: a journal stands here and its key file cannot be read.
            JournalNewer: a newer version of the program wrote the key file.
            JournalUnwritable: the folder cannot be read.
        """
        found = self._found()
        if found is None:
            return KeyState.NEW
        if found.ring:
            return KeyState.IN_RING if self._journal_stands() else KeyState.NEW
        return KeyState.PASSPHRASE

    def from_ring(self) -> bytes:
        """Return the key that the key ring holds; where no journal stands yet, make one and store it there.

        Raises:
            KeyRingUnavailable, KeyRingLocked: the key ring does not give it.
            KeyMissing: the key ring answers and does not hold it, though a journal stands here.
            WrongKey: what the key ring holds is not this journal's key.
            KeyFileDamaged, JournalNewer, JournalUnwritable, DiskFull: as for :meth:`state`, or the disk refuses.
        """
        found = self._found()
        held = self._held(found) if found is not None else None
        if held is not None and found is not None and found.fits(held):
            return held
        if self._journal_stands() or (found is not None and not found.ring):
            raise KeyMissing if held is None else WrongKey
        key, installation = secrets.token_bytes(KEY_BYTES), secrets.token_hex(16)
        self._ring.write(installation, key.hex())
        try:
            self._keep(KeyFile(installation, keyfile.check_value(key), ring=True, wrap=None))
        except RepondeurError:
            self._ring.forget(installation)
            raise
        return key

    def create_with_passphrase(self, passphrase: str) -> bytes:
        """Make a key, wrap it with ``passphrase`` (at least 8 characters) and return it; only in :attr:`KeyState.NEW`.

        Raises:
            WeakPassphrase: it is too short.
            OutOfMemory: the 256 MiB that protect it are not to be had.
            KeyMissing, KeyFileDamaged, JournalNewer, JournalUnwritable, DiskFull: as for :meth:`from_ring`.
        """
        if self.state() is not KeyState.NEW:
            raise RuntimeError("this folder has a key already")
        if len(_normalised(passphrase).strip()) < LEAST_CHARACTERS:
            raise WeakPassphrase
        key = secrets.token_bytes(KEY_BYTES)
        wrap = _wrapped(key, passphrase)
        self._keep(KeyFile(secrets.token_hex(16), keyfile.check_value(key), ring=False, wrap=wrap))
        return key

    def from_passphrase(self, passphrase: str) -> bytes:
        """Return the key that ``passphrase`` unwraps.

        Raises:
            WrongPassphrase: it does not unwrap it.
            KeyFileDamaged: there is nothing to unwrap, or it unwraps to another key than the journal's.
            OutOfMemory: the memory that the file asks for is not to be had.
            KeyMissing, JournalNewer, JournalUnwritable: as for :meth:`state`.
        """
        found = self._found()
        if found is None or found.wrap is None:
            raise KeyFileDamaged
        key = _unwrapped(found.wrap, passphrase)
        if not found.fits(key):
            raise KeyFileDamaged
        return key

    def _found(self) -> KeyFile | None:
        """Return the key file; one that cannot be read counts as none where no journal depends on it."""
        with translated(self._folder / FILE_NAME):
            try:
                found = keyfile.read(self._folder)
            except KeyFileDamaged:
                if self._journal_stands():
                    raise
                return None
            if found is None and self._journal_stands():
                raise KeyMissing
            return found

    def _journal_stands(self) -> bool:
        """Return whether there is a journal with anything in it."""
        for name in (FILE_NAME, f"{FILE_NAME}-wal"):
            try:
                if (self._folder / name).stat().st_size > 0:
                    return True
            except FileNotFoundError:
                continue
            except OSError as error:
                raise JournalUnwritable from error
        return False

    def _held(self, found: KeyFile) -> bytes | None:
        """Return what the key ring holds for this installation; something that is no key is an empty one."""
        secret = self._ring.read(found.installation)
        if secret is None:
            return None
        try:
            return bytes.fromhex(secret)
        except ValueError:
            return b""

    def _keep(self, content: KeyFile) -> None:
        """Put the key file in place; an older one is set aside, for a back-up elsewhere may need it."""
        with translated(self._folder / FILE_NAME):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            old = self._folder / keyfile.NAME
            if old.exists():
                os.replace(old, old.with_name(f"{old.stem}-{content.installation[:8]}.old.json"))
            keyfile.write(self._folder, content)


def _normalised(passphrase: str) -> str:
    """Return it as NFKC: the same passphrase typed on another keyboard or system is the same bytes."""
    return unicodedata.normalize("NFKC", passphrase)


def _wrapped(key: bytes, passphrase: str) -> Wrap:
    """Seal the key under a passphrase, with a fresh salt and nonce."""
    bare = Wrap(secrets.token_bytes(16), secrets.token_bytes(12), b"", _PASSES, _LANES, _MEMORY_KIB)
    sealed = _cipher(bare, passphrase).encrypt(bare.nonce, key, bare.bound())
    return Wrap(bare.salt, bare.nonce, sealed, bare.passes, bare.lanes, bare.memory)


def _unwrapped(wrap: Wrap, passphrase: str) -> bytes:
    """Open the seal.

    Raises:
        WrongPassphrase: the passphrase is another one.
    """
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(wrap, passphrase).decrypt(wrap.nonce, wrap.sealed, wrap.bound())
    except InvalidTag:
        raise WrongPassphrase from None


def _cipher(wrap: Wrap, passphrase: str) -> "AESGCM":
    """Return the cipher whose key Argon2id makes of the passphrase."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    derivation = Argon2id(salt=wrap.salt, length=32, iterations=wrap.passes, lanes=wrap.lanes, memory_cost=wrap.memory)
    try:
        return AESGCM(derivation.derive(_normalised(passphrase).encode("utf-8", "surrogatepass")))
    except MemoryError:
        raise OutOfMemory from None
