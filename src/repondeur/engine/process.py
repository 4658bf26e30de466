"""One engine process seen from the parent: started, spoken to, watched, ended. What it writes is bounded and parsed."""

import sys
from collections import deque
from enum import Enum, auto
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from repondeur.engine.machine import oom_kills
from repondeur.engine.protocol import LINE_LIMIT, ProtocolError, encode, parse_event

BAD_LINES: Final = 20
"""After this many lines that are no events the process counts as broken."""

STDERR_BYTES: Final = 8192
_OUT_OF_MEMORY: Final = (b"bad_alloc", b"MemoryError", b"failed to allocate", b"Cannot allocate memory")


class Exit(Enum):
    """How a process ended when nobody had asked it to."""

    MISSING = auto()
    """It could not be started."""
    OUT_OF_MEMORY = auto()
    UNRESPONSIVE = auto()
    """It gave no sign of life in time and was killed."""
    CRASHED = auto()


def worker_command() -> tuple[str, list[str]]:
    """Return the program that runs the engine and its arguments.

    A frozen build has it beside its own executable; otherwise it is a module of this package.
    """
    if getattr(sys, "frozen", False):
        program = Path(sys.executable)
        return str(program.with_name("repondeur-moteur" + program.suffix)), []
    return sys.executable, ["-P", "-X", "utf8", "-m", "repondeur.engine.worker"]


class EngineProcess(QObject):
    """A child process and its pipes.

    Signals: ``heard`` with each parsed event, ``ended`` once with an :class:`Exit` when no process is left. Both carry
    this object first: a receiver that remembered it in a closure would be kept alive by its own child.
    """

    heard = Signal(object, object)
    ended = Signal(object, object)

    def __init__(self, command: tuple[str, list[str]], hang_seconds: float, parent: QObject | None = None) -> None:
        """Start ``command``; nothing is heard before the event loop runs.

        While something is expected of it (:meth:`expect`), it is killed after ``hang_seconds`` of silence.
        """
        super().__init__(parent)
        self._pending = bytearray()
        self._bad_lines = 0
        self._stderr: deque[bytes] = deque()
        self._oom_kills = oom_kills()
        self._over = False
        self._busy = self._doubted = False
        self._exit = Exit.CRASHED
        self._hang = self._timer(self._silent)
        self._hang.setInterval(int(hang_seconds * 500))
        self._deadline = self._timer(self.kill)
        self._process = QProcess(self)
        self._process.setProgram(command[0])
        self._process.setArguments(command[1])
        _harden(self._process)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._drain)
        self._process.errorOccurred.connect(self._failed)
        self._process.finished.connect(self._finished)
        self._process.start()

    @property
    def pid(self) -> int:
        """The process id, 0 when it does not run."""
        return int(self._process.processId())

    def send(self, request: dict[str, object]) -> bool:
        """Write one request; return whether it was short enough to be one."""
        line = encode(request)
        if len(line) > LINE_LIMIT:
            return False
        if not self._over:
            self._process.write(line)
        return True

    def expect(self, *, busy: bool) -> None:
        """Say whether signs of life are due."""
        self._busy = busy
        self._doubted = False
        if busy:
            self._hang.start()
        else:
            self._hang.stop()

    def kill_after(self, seconds: float | None) -> None:
        """Kill it when ``seconds`` have passed; ``None`` lifts the sentence."""
        if seconds is None:
            self._deadline.stop()
        elif not self._over:
            self._deadline.start(int(seconds * 1000))

    def close(self, seconds: float) -> None:
        """Close the pipe, which the child answers by ending; kill it after ``seconds``."""
        self.expect(busy=False)
        if not self._over:
            self._process.closeWriteChannel()
            self.kill_after(seconds)

    def kill(self) -> None:
        """End it now."""
        if not self._over:
            self._process.kill()

    def wait(self, seconds: float) -> None:
        """Return when it has ended, after having killed it if that takes longer than ``seconds``."""
        if not self._over and not self._process.waitForFinished(int(seconds * 1000)):
            self._process.kill()
            self._process.waitForFinished(-1)

    def _timer(self, act: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(act)
        return timer

    def _silent(self) -> None:
        """Kill at the second silence in a row: after the first, this side may be the one that had slept."""
        if self._doubted:
            self._exit = Exit.UNRESPONSIVE
            self.kill()
        else:
            self._doubted = True
            self._hang.start()

    def _read(self) -> None:
        self._pending += self._process.readAllStandardOutput().data()
        *lines, rest = self._pending.split(b"\n")
        self._pending = bytearray(rest)
        for line in lines:
            self._take(bytes(line))
        if len(self._pending) > LINE_LIMIT:
            self._pending.clear()
            self.kill()

    def _take(self, line: bytes) -> None:
        try:
            event = parse_event(line)
        except ProtocolError:
            self._bad_lines += 1
            if self._bad_lines >= BAD_LINES:
                self.kill()
            return
        if self._busy:
            self._doubted = False
            self._hang.start()
        self.heard.emit(self, event)

    def _drain(self) -> None:
        """Keep the end of what native code prints, in memory alone, to tell why a process died."""
        self._stderr.append(bytes(self._process.readAllStandardError().data())[-STDERR_BYTES:])
        while sum(map(len, self._stderr)) > STDERR_BYTES:
            self._stderr.popleft()

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end(Exit.MISSING)

    def _finished(self) -> None:
        self._read()
        self._drain()
        self._end(Exit.OUT_OF_MEMORY if self._starved() else self._exit)

    def _starved(self) -> bool:
        said = b"".join(self._stderr)
        return oom_kills() > self._oom_kills or any(sign in said for sign in _OUT_OF_MEMORY)

    def _end(self, how: Exit) -> None:
        if not self._over:
            self._over = True
            self.expect(busy=False)
            self._deadline.stop()
            self.ended.emit(self, how)


def _harden(process: QProcess) -> None:
    """Give the child no open file of ours, no signal handler, and no core file, which would hold reviews."""
    if sys.platform == "win32":
        return
    flags = QProcess.UnixProcessFlag
    process.setUnixProcessParameters(flags.ResetSignalHandlers | flags.CloseFileDescriptors | flags.DisableCoreDumps)
