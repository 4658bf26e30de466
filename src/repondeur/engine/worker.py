"""The engine's process: reads requests on its standard input, alone holds a model, writes events.

Run as ``python -m repondeur.engine.worker`` or as the frozen ``repondeur-moteur``. The order of the first steps is the
point of :func:`main`: the pipe is moved to a private descriptor before native code can print into it, the process is
sealed before it has a second thread, and llama.cpp is imported last.
"""

import os
import queue
import signal
import sys
import threading
from time import monotonic
from typing import Any, Final, Protocol

from repondeur.engine import sandbox
from repondeur.engine.protocol import (
    LINE_LIMIT,
    LOAD_JOB,
    Alive,
    Code,
    Event,
    Failed,
    ProtocolError,
    decode,
    encode_event,
)

ALIVE_SECONDS: Final = 1.0
"""The parent hears something at least this often while a long job advances, in seconds."""


class Flag(Protocol):
    """What interrupts a computation."""

    def up(self) -> None:
        """Interrupt."""

    def down(self) -> None:
        """Allow."""


class Channel:
    """The pipe to the parent. Whole lines, one at a time, from any thread."""

    def __init__(self, descriptor: int) -> None:
        """Write to ``descriptor`` from now on."""
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._last = monotonic()

    def send(self, event: Event) -> None:
        """Write one event; a parent that is gone ends this process."""
        line = encode_event(event)
        try:
            with self._lock:
                while line:
                    line = line[os.write(self._descriptor, line) :]
        except OSError:
            os._exit(0)
        self._last = monotonic()

    def alive(self, job: int) -> None:
        """Give a sign of life, at most once in :data:`ALIVE_SECONDS`."""
        if monotonic() - self._last > ALIVE_SECONDS:
            self.send(Alive(job))


class Inbox:
    """Requests in the order they came, read by a thread of its own.

    That thread is also what ends an orphan: when the parent dies its end of the pipe closes, and the process is left at
    once, even in the middle of native code. A stop, or any job that comes during a prefill, raises the flag.
    """

    def __init__(self, descriptor: int, flag: Flag) -> None:
        """Prepare to read ``descriptor``."""
        self._descriptor = descriptor
        self._flag = flag
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._stopped: set[int] = set()
        self._current: tuple[int, bool] | None = None

    def start(self) -> None:
        """Start reading."""
        threading.Thread(target=self._read, name="requests", daemon=True).start()

    def next(self) -> dict[str, Any]:
        """Wait for the next job."""
        return self._waiting.get()

    def begin(self, job: int, *, gives_way: bool) -> None:
        """Say that ``job`` runs now and whether any other request ends it."""
        with self._lock:
            self._current = (job, gives_way)
            self._flag.down()
            if job in self._stopped or (gives_way and not self._waiting.empty()):
                self._flag.up()

    def end(self) -> None:
        """Say that nothing runs."""
        with self._lock:
            if self._current is not None:
                self._stopped.discard(self._current[0])
            self._current = None
            self._flag.down()

    def _read(self) -> None:
        pending = b""
        while True:
            chunk = os.read(self._descriptor, 1 << 16)
            if not chunk:
                os._exit(0)
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                self._take(line)
            if len(pending) > LINE_LIMIT:
                os._exit(4)

    def _take(self, line: bytes) -> None:
        try:
            request = decode(line)
        except ProtocolError:
            os._exit(4)
        with self._lock:
            if request.get("op") == "stop":
                self._stop(request.get("job"))
                return
            self._waiting.put(request)
            if self._current is not None and self._current[1]:
                self._flag.up()

    def _stop(self, job: object) -> None:
        if not isinstance(job, int):
            return
        self._stopped.add(job)
        if self._current is not None and self._current[0] == job:
            self._flag.up()


def main() -> int:
    """Run the engine's process until the parent's end of the pipe closes."""
    sys.dont_write_bytecode = True
    os.environ["GGML_NO_BACKTRACE"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Channel(os.dup(1))
    os.dup2(2, 1)
    try:
        sealed = sandbox.seal()
    except sandbox.NotSealed:
        channel.send(Failed(LOAD_JOB, Code.NOT_SEALED))
        return 3
    from repondeur.engine import bindings, jobs

    halt = bindings.Halt()
    inbox = Inbox(0, halt)
    inbox.start()
    jobs.Worker(channel, inbox, halt, bindings.start(), sealed=sealed).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
