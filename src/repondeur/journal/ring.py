"""The door to the person's key ring: only backends that keep secrets, and nothing believed before it was read back.

Every call may wait for a person to answer the desktop's question: make them from a worker thread. ``keyring`` is
imported when it is first needed (0.1 s).
"""

import configparser
import importlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from repondeur.errors import KeyRingLocked, KeyRingUnavailable, SecretKeyError

SERVICE: Final = "repondeur"

ALLOWED: Final = (
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.Windows.WinVaultKeyring",
    "keyring.backends.macOS.Keyring",
)
"""The classes that keep secrets. Not on it: ``null`` (forgets silently), ``fail``, ``keyrings.alt`` (plain text)."""

_BY_SYSTEM: Final = {"win32": ALLOWED[3:4], "darwin": ALLOWED[4:5]}
_ELSEWHERE: Final = ALLOWED[:3]
_SAME_SERVICE: Final = ALLOWED[1]
_CHAIN: Final = "keyring.backends.chainer.ChainerBackend"

# The names of what the backends raise when the ring is there and nobody opened it.
_STAYS_LOCKED: Final = {"KeyringLocked", "LockedException", "PromptDismissedException"}


class KeyRing:
    """The secrets of this program in the person's key ring, each under an account name."""

    def __init__(self, backend: Any = None) -> None:
        """Use ``backend`` (a ``keyring`` backend), or those of the list that answer on this computer."""
        self._given = backend

    def read(self, account: str) -> str | None:
        """Return the secret, ``None`` where no key ring holds it.

        All rings are asked: a person who changed desktops may have two, with the secret in the older one.

        Raises:
            KeyRingLocked: a ring stays locked, and no other holds the secret.
            KeyRingUnavailable: no ring that keeps secrets answers.
        """
        refusal: SecretKeyError | None = None
        for backend in self._backends():
            try:
                secret = _asked(backend.get_password, SERVICE, account)
            except SecretKeyError as error:
                refusal = error
                continue
            if isinstance(secret, str):
                return secret
        if refusal is not None:
            raise refusal
        return None

    def write(self, account: str, secret: str) -> None:
        """Store the secret and read it back.

        Raises:
            KeyRingLocked: the ring stays locked.
            KeyRingUnavailable: no ring that keeps secrets answers, or it forgot the secret at once.
        """
        backend = self._backends()[0]
        _asked(backend.set_password, SERVICE, account, secret)
        if _asked(backend.get_password, SERVICE, account) != secret:
            raise KeyRingUnavailable

    def forget(self, account: str) -> None:
        """Take the secret out, if it is there and the ring lets us; nothing depends on it any more."""
        with suppress(SecretKeyError):
            for backend in self._backends():
                _asked(backend.delete_password, SERVICE, account)

    def _backends(self) -> list[Any]:
        """Return the backends that may be used, the system's own first; at least one."""
        found = _answering() if self._given is None else [self._given]
        found = [backend for backend in found if allowed(backend)]
        if not found:
            raise KeyRingUnavailable
        return found


def allowed(backend: Any) -> bool:
    """Return whether the backend's class stands on the list; a chain is allowed when all its links are."""
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    if name == _CHAIN:
        links = list(backend.backends)
        return bool(links) and all(allowed(link) for link in links)
    return name in ALLOWED


def _eligible() -> tuple[str, ...]:
    """Return the class names to try. A person's own choice for ``keyring`` holds, as far as it stands on the list."""
    ours = _BY_SYSTEM.get(sys.platform, _ELSEWHERE)
    if ours is _ELSEWHERE and not _session_bus():
        return ()
    chosen = os.environ.get("PYTHON_KEYRING_BACKEND") or _configured()
    if chosen is None or chosen == _CHAIN:
        return ours
    return (chosen,) if chosen in ours else ()


def _session_bus() -> bool:
    """Return whether the desktop has a bus: without one no key ring answers, and nothing need be imported."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return "DBUS_SESSION_BUS_ADDRESS" in os.environ or (runtime is not None and (Path(runtime) / "bus").exists())


def _configured() -> str | None:
    """Return the backend that the person's ``keyringrc.cfg`` names (``keyring --disable`` writes one)."""
    from keyring.util import platform_

    parser = configparser.RawConfigParser()
    try:
        parser.read(Path(platform_.config_root()) / "keyringrc.cfg", encoding="utf-8")
        return parser.get("backend", "default-keyring", fallback=None)
    except (configparser.Error, OSError, UnicodeError):
        return None


def _answering() -> list[Any]:
    found: list[Any] = []
    for name in _eligible():
        if name == _SAME_SERVICE and found:
            continue  # SecretService answered: asking it again by another library would ask the person twice
        backend = _started(name)
        if backend is not None:
            found.append(backend)
    return found


def _started(name: str) -> Any:
    """Return the backend of that class, ``None`` where it does not work on this computer."""
    module, _, kind = name.rpartition(".")
    try:
        backend = getattr(importlib.import_module(module), kind)
        _ = backend.priority  # raises where its service does not answer
        return backend()
    except Exception:  # libraries of the desktop raise what they like; none of it may stop the program
        return None


def _asked(call: Callable[..., Any], *values: str) -> Any:
    """Make one call over the border; whatever comes back as an exception becomes one of ours, without its text."""
    try:
        return call(*values)
    except Exception as error:
        if _STAYS_LOCKED & set(_kinds(error)):
            raise KeyRingLocked from None
        raise KeyRingUnavailable from None


def _kinds(error: BaseException | None) -> list[str]:
    """Return the class names of an exception and of those that led to it."""
    names: list[str] = []
    while error is not None and len(names) < 32:
        names += [kind.__name__ for kind in type(error).__mro__]
        error = error.__cause__ or error.__context__
    return names
