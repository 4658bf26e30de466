"""One engine process seen from the parent: started, spoken to, ended. What it writes is bounded here and parsed."""

import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from repondeur.engine.machine import oom_kills
from repondeur.engine.protocol import LINE_LIMIT, ProtocolError, encode, parse_event

BAD_LINES: Final = 20
"""After this many lines that are no events the process counts as broken."""

STDERR_BYTES: Final = 8192
_OUT_OF_MEMORY: Final = (b"bad_alloc", b"MemoryError", b"failed to allocate", b"Cannot allocate memory")


def worker_command() -> tuple[str, list[str]]:
    """Return the program that runs the engine and its arguments.

    A frozen build has it beside its own executable; otherwise it is a module of this package.
    """
    if getattr(sys, "frozen", False):
        program = Path(sys.executable).with_name("repondeur-moteur")
        return str(program.with_suffix(Path(sys.executable).suffix)), []
    return sys.executable, ["-P", "-X", "utf8", "-m", "repondeur.engine.worker"]


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended: it never ran, or ran out of memory, or anything else (both false)."""

    missing: bool = False
    out_of_memory: bool = False


class EngineProcess(QObject):
    """A child process with its pipes. Signals: ``heard`` with a parsed event, ``ended`` once with an :class:`Exit`."""

    heard = Signal(object)
    ended = Signal(object)

    def __init__(self, command: tuple[str, list[str]], parent: QObject | None = None) -> None:
        """Start ``command``; nothing is heard before the event loop runs."""
        super().__init__(parent)
        self._pending = bytearray()
        self._bad_lines = 0
        self._stderr: deque[bytes] = deque()
        self._oom_kills = oom_kills()
        self._over = False
        self._killer = QTimer(self)
        self._killer.setSingleShot(True)
        self._killer.timeout.connect(self.kill)
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

    def send(self, request: dict[str, object]) -> None:
        """Write one request."""
        if not self._over:
            self._process.write(encode(request))

    def close(self, seconds: float) -> None:
        """Close the pipe, which the child answers by ending; kill it after ``seconds``."""
        if not self._over:
            self._process.closeWriteChannel()
            self._killer.start(int(seconds * 1000))

    def kill(self) -> None:
        """End it now."""
        if not self._over:
            self._process.kill()

    def wait(self, seconds: float) -> None:
        """Return when it has ended, after having killed it if that takes longer than ``seconds``."""
        if not self._over and not self._process.waitForFinished(int(seconds * 1000)):
            self._process.kill()
            self._process.waitForFinished(-1)

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
        if self._over or self._bad_lines >= BAD_LINES:
            return
        try:
            event = parse_event(line)
        except ProtocolError:
            self._bad_lines += 1
            if self._bad_lines >= BAD_LINES:
                self.kill()
            return
        self.heard.emit(event)

    def _drain(self) -> None:
        """Keep the end of what native code prints, in memory alone, to tell why a process died."""
        self._stderr.append(bytes(self._process.readAllStandardError().data())[-STDERR_BYTES:])
        while sum(map(len, self._stderr)) > STDERR_BYTES:
            self._stderr.popleft()

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end(Exit(missing=True))

    def _finished(self) -> None:
        self._read()
        self._drain()
        said = b"".join(self._stderr)
        starved = oom_kills() > self._oom_kills or any(sign in said for sign in _OUT_OF_MEMORY)
        self._end(Exit(out_of_memory=starved))

    def _end(self, how: Exit) -> None:
        if not self._over:
            self._over = True
            self._killer.stop()
            self.ended.emit(how)


def _harden(process: QProcess) -> None:
    """Give the child no open file of ours, no signal handler, and no core file, which would hold reviews."""
    flags = getattr(QProcess, "UnixProcessFlag", None)
    if flags is not None and sys.platform != "win32":
        process.setUnixProcessParameters(
            flags.ResetSignalHandlers | flags.CloseFileDescriptors | getattr(flags, "DisableCoreDumps", flags(0))
        )
