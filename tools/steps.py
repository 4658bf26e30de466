"""One step of the set-up: a command whose noise goes to a log while a person reads, in plain words, what it does."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

HEARTBEAT_SECONDS = 20.0
_NINJA = re.compile(r"\[(\d+)/(\d+)\]")
_TAIL_LINES = 25


class SetupFailed(Exception):
    """The set-up cannot go on; the message says why and what a person can do."""


class Activity:
    """What a command (pip, the build it runs, apt-get) is doing, read from the lines it prints."""

    def __init__(self) -> None:
        """Start without knowing anything."""
        self.words = ""

    def read(self, line: str) -> None:
        """Take one line of output."""
        line = line.strip()
        progress = _NINJA.match(line)
        if progress:
            done, files = progress.groups()
            self.words = f"compiling llama.cpp, {done} of {files} files"
        elif line.startswith("Building wheel for llama"):
            self.words = "compiling llama.cpp"
        elif line.startswith("Collecting "):
            self.words = "fetching " + line.split()[1].split("==")[0]
        elif line.startswith("Setting up "):
            self.words = "setting up " + line.split()[2]
        elif line.startswith("Installing collected packages"):
            self.words = "unpacking"


def elapsed(seconds: float) -> str:
    """Return a duration as a person says it: ``45 s``, ``3 min 05 s``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def run_step(title: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
    """Run ``command``, append its output to ``log``, and say every twenty seconds what it is doing.

    Raises:
        SetupFailed: the command failed or could not be started; the message ends with its last lines.
    """
    print(f"{title}…", flush=True)
    start = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as out:
        out.write(f"\n== {title}\n$ {' '.join(command)}\n")
        status = _follow(command, out, {**os.environ, **(env or {})}, start)
    if status:
        raise SetupFailed(f"{title}: failed after {elapsed(time.monotonic() - start)}.\n{tail(log)}\nAll of it: {log}")


def _follow(command: Sequence[str], out: TextIO, env: dict[str, str], start: float) -> int:
    """Run ``command`` to its end and return its status."""
    activity = Activity()
    try:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        out.write(f"{error}\n")
        return 127
    with process:
        reader = threading.Thread(target=_copy, args=(process.stdout, out, activity), daemon=True)
        reader.start()
        while True:
            try:
                status = process.wait(HEARTBEAT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                words = activity.words or "still at it"
                print(f"  {words} ({elapsed(time.monotonic() - start)})", flush=True)
        reader.join()
    return status


def _copy(lines: Iterable[str], out: TextIO, activity: Activity) -> None:
    for line in lines:
        out.write(line)
        out.flush()
        activity.read(line)


def tail(log: Path) -> str:
    """Return the last lines of ``log``, indented."""
    lines = log.read_text("utf-8", "replace").splitlines()[-_TAIL_LINES:]
    return "\n".join(f"  | {line}" for line in lines)
