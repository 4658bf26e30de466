"""The window against a bare one of Qt: how soon it can be used, and how much memory it holds while idle.

Each is opened offscreen in a process of its own, in turns, so that whatever else the machine does meets both. Time runs
from just before the process is started until the window is painted and the event loop waits; memory is the resident set
of the process (``VmRSS``), read from outside two seconds after the last thing that happened. The program opens on an
empty folder without a key ring, so it asks for a passphrase, which is given: its memory is that with the journal open.
Linux only, since both figures come from ``/proc``.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO

from benchmarks.table import Row

RUNS = 9
USABLE_TARGET = 1.6
MEMORY_TARGET = 1.5
DEADLINE = 240.0
"""Seconds after which a window that says nothing is given up."""
ROOT = Path(__file__).resolve().parents[1]


class Unmeasured(Exception):
    """A window did not get as far as being measured; the message is what it wrote."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One opening of a window: seconds until it can be used, resident memory in bytes while idle."""

    usable: float
    resident: int


def rows(runs: int = RUNS) -> list[Row]:
    """Open the program and the bare window ``runs`` times each, in turns, and compare the medians."""
    ours, peer = [], []
    open_window("app")  # unmeasured: the files of both are in the page cache afterwards
    open_window("bare")
    for _ in range(runs):
        ours.append(open_window("app"))
        peer.append(open_window("bare"))
    return [
        Row(
            "window usable (s)",
            median(o.usable for o in ours),
            median(p.usable for p in peer),
            USABLE_TARGET,
        ),
        Row(
            "memory, idle (MiB)",
            median(o.resident for o in ours) / 2**20,
            median(p.resident for p in peer) / 2**20,
            MEMORY_TARGET,
        ),
    ]


def after_draft() -> list[Row]:
    """Have one draft written, wait (a minute) until the engine leaves by itself, and compare the memory again.

    Raises:
        Unmeasured: an engine process was left, or none ever ran.
    """
    peer = open_window("bare").resident
    with _child("drafted") as (pid, out):
        started = int(_expect(out, "drafted"))
        if not started:
            raise Unmeasured("the draft was written without an engine process")
        _expect(out, "idle")
        left = _children(pid)
        if left:
            raise Unmeasured(f"{len(left)} process(es) left while idle")
        ours = _resident(pid)
    return [Row("memory, idle after a draft (MiB)", ours / 2**20, peer / 2**20, MEMORY_TARGET)]


def open_window(kind: str) -> Opened:
    """Open one window (``app`` or ``bare``) and measure it."""
    start = time.monotonic_ns()
    with _child(kind) as (pid, out):
        usable = int(_expect(out, "usable")) - start
        _expect(out, "idle")
        return Opened(usable / 1e9, _resident(pid))


@contextlib.contextmanager
def _child(kind: str) -> Iterator[tuple[int, IO[str]]]:
    """Run one window on a folder of its own; give its process number and what it says; end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="repondeur-bench-") as folder:
        (Path(folder) / "reglages.json").write_text('{"idle_minutes": 1}', "utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.window_child", kind, folder],
            cwd=ROOT,
            env=_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # to be seen where a window is not measured
            encoding="utf-8",
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            watchdog = threading.Timer(DEADLINE, process.kill)
            watchdog.start()
            try:
                yield process.pid, process.stdout
                process.stdin.close()
                process.wait()
            finally:
                watchdog.cancel()
                process.kill()


def _environment(folder: str) -> dict[str, str]:
    """Return the environment without this person's desktop and key ring, with Python's compiled files kept as usual."""
    away = {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in away}
    return {**kept, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": folder, "LC_ALL": "C.UTF-8"}


def _expect(out: IO[str], word: str) -> str:
    """Read until the line that starts with ``word``; return the rest of it."""
    seen = []
    for line in out:
        seen.append(line)
        if line.split(maxsplit=1)[:1] == [word]:
            return line[len(word) :].strip()
    raise Unmeasured(f"no « {word} »: {''.join(seen)}")


def _resident(pid: int) -> int:
    """Return the resident set of a process, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) * 1024


def _children(pid: int) -> list[str]:
    return [child for listing in Path(f"/proc/{pid}/task").glob("*/children") for child in listing.read_text().split()]
