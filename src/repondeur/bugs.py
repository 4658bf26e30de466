"""What happens to a bug: a sentence for the person, its place for the log, and a customer’s word in neither."""

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

_log = logging.getLogger("repondeur")


def note(error: BaseException) -> None:
    """Log what kind of error came from where, never its text: that may hold private words."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames[-12:]))
    _log.error("%s at %s", type(error).__name__, where)


def watch(tell: Callable[[BaseException], object]) -> None:
    """Note every error that nobody expected, and ``tell`` the person."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        note(error.with_traceback(trace))
        tell(error)

    sys.excepthook = hook
