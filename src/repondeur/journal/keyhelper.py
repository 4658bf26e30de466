"""The key's own process: it asks the key ring or works a passphrase through, says the key, and is gone.

A locked ring may keep it waiting for a person, Argon2id takes 256 MiB, and the libraries behind both weigh more than
the rest of the program: none of that is the window's to carry. One JSON line comes in, one goes out, over pipes that
only the two processes hold.

Request: ``folder``, and ``passphrase`` where one is given (else the key ring is asked). Answer: ``key`` (hexadecimal),
or ``needs: "passphrase"``, or ``error`` (a class of :mod:`repondeur.errors`); ``new`` says that no journal stands yet.
"""

import json
import os
import sys
from pathlib import Path

from repondeur.errors import RepondeurError, SecretKeyError
from repondeur.journal.key import Keeper, KeyState


def answer(folder: Path, passphrase: str | None) -> dict[str, object]:
    """Return what is said to the window; every failure of a foreign key ring becomes one of ours."""
    keeper = Keeper(folder)
    try:
        state = keeper.state()
        if passphrase is None:
            if state is KeyState.PASSPHRASE:
                return {"needs": "passphrase", "new": False}
            return {"key": keeper.from_ring().hex()}
        make = keeper.create_with_passphrase if state is KeyState.NEW else keeper.from_passphrase
        return {"key": make(passphrase).hex()}
    except RepondeurError as error:
        return {"error": type(error).__name__, "new": _new(keeper)}
    except Exception:
        return {"error": SecretKeyError.__name__, "new": _new(keeper)}


def _new(keeper: Keeper) -> bool:
    try:
        return keeper.state() is KeyState.NEW
    except RepondeurError:
        return False


def main() -> int:
    """Answer one request."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints never reaches the window
    request = json.loads(sys.stdin.buffer.readline())
    passphrase = request.get("passphrase")
    said = answer(Path(request["folder"]), None if passphrase is None else str(passphrase))
    out.write(json.dumps(said) + "\n")
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
