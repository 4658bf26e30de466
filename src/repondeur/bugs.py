"""What happens to a bug: a sentence for the person, its place for the log, and a customer’s word in neither."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

MOST_BYTES: Final = 256 * 1024
"""A log longer than this becomes the older one, and the one before that goes."""
FRAMES: Final = 12


class BugLog:
    """A small file that says which kind of error came from where; made when there is something to say."""

    def __init__(self, file: Path) -> None:
        """Write to ``file``."""
        self.file = file

    def note(self, error: BaseException) -> None:
        """Note ``error`` without its text, which may hold private words; a disk that refuses is no second failure."""
        import traceback  # most days have no bug: the window opens without it

        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
        where = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
        with suppress(OSError):
            if self.file.is_file() and self.file.stat().st_size > MOST_BYTES:
                os.replace(self.file, self.file.with_suffix(".ancien.log"))
            with self.file.open("a", encoding="utf-8") as out:
                out.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {type(error).__name__} at {where}\n")

    def watch(self, tell: Callable[[BaseException], object]) -> None:
        """Note every error that nobody expected, and ``tell`` the person."""

        def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            if issubclass(kind, KeyboardInterrupt):
                sys.__excepthook__(kind, error, trace)
                return
            self.note(error.with_traceback(trace))
            tell(error)

        sys.excepthook = hook
