"""A child process inside ``with-keyring.sh``: ``python keyring_child.py FOLDER STEP…``.

Each step acts on the journal's folder with the real key ring of its session; after each one a JSON line says what came
of it: the class of the backend, a key in hexadecimal, a state, or the name of the error.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from journal_support import new_reply

from repondeur.errors import RepondeurError
from repondeur.journal.key import Keeper
from repondeur.journal.keyfile import read
from repondeur.journal.ring import SERVICE, KeyRing
from repondeur.journal.store import FILE_NAME, Journal


def backend() -> object:
    """Name the class that answers."""
    (only,) = KeyRing()._backends()
    return f"{type(only).__module__}.{type(only).__qualname__}"


def lock() -> object:
    """Lock the ring, as the desktop does after a while."""
    import secretstorage

    bus = secretstorage.dbus_init()
    secretstorage.get_default_collection(bus).lock()
    bus.close()
    return "locked"


def empty(folder: Path) -> object:
    """Take the secret out, as a person may by mistake."""
    found = read(folder)
    assert found is not None
    KeyRing().forget(found.installation)
    return KeyRing().read(found.installation)


def spoil(folder: Path, secret: str) -> object:
    """Put something else in the secret's place."""
    found = read(folder)
    assert found is not None
    KeyRing().write(found.installation, secret)
    return SERVICE


def journal(folder: Path) -> object:
    """Write into the journal that the ring's key opens; count its replies."""
    opened = Journal.open(folder / FILE_NAME, Keeper(folder).from_ring())
    opened.record(new_reply(f"r{len(opened.entries())}"))
    count = len(opened.entries())
    opened.close()
    return count


def main() -> None:
    """Walk the steps."""
    folder = Path(sys.argv[1])
    steps: dict[str, Callable[[], object]] = {
        "backend": backend,
        "state": lambda: Keeper(folder).state(),
        "key": lambda: Keeper(folder).from_ring().hex(),
        "journal": lambda: journal(folder),
        "lock": lock,
        "empty": lambda: empty(folder),
        "other": lambda: spoil(folder, "00" * 32),
        "rubbish": lambda: spoil(folder, "pas une clé"),
        "passphrase": lambda: Keeper(folder).create_with_passphrase("cheval agrafe").hex(),
    }
    for name in sys.argv[2:]:
        try:
            outcome = steps[name]()
        except RepondeurError as error:
            outcome = type(error).__name__
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
