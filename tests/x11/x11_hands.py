"""Hands from outside: the keyboard and mouse of xdotool, the clipboard of xclip, and ``window.py`` as processes."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
PATIENCE = 30.0


def until(condition: Callable[[], Any], what: str) -> Any:
    """Return the condition's first true value; fail when it stays false too long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    return pytest.fail(f"waited {PATIENCE:.0f} s in vain: {what}")


def end(process: subprocess.Popen[Any]) -> None:
    """End a process that leads its own group, and all that it started: one that listens ends with its input."""
    try:
        if process.stdin:
            process.stdin.close()
        else:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout:
        process.stdout.close()


class Hands:
    """Keyboard, mouse and clipboard of the X server, used from outside every window."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def do(self, *words: object) -> None:
        """Run xdotool."""
        subprocess.run(["xdotool", *map(str, words)], env=self.env, check=True, timeout=PATIENCE)

    def hold(self, selection: str, text: str) -> None:
        """Own a selection with xclip, as another program would."""
        subprocess.run(
            ["xclip", "-selection", selection, "-in"], input=text.encode(), env=self.env, check=True, timeout=PATIENCE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(lambda: self.read(selection) == text, f"xclip holds {selection}")

    def read(self, selection: str) -> str:
        """Return what another program can read of a selection (nothing, where nobody offers text)."""
        done = subprocess.run(
            ["xclip", "-selection", selection, "-target", "UTF8_STRING", "-out"], env=self.env, capture_output=True,
            timeout=PATIENCE,
        )  # fmt: skip
        return done.stdout.decode()


class Program:
    """One running window of ``window.py``."""

    def __init__(self, role: str, env: dict[str, str], hands: Hands) -> None:
        self.hands = hands
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "window.py"), role],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, start_new_session=True,
        )  # fmt: skip
        until(lambda: self.ask("state")["visible"], f"the {role} window is shown")

    def ask(self, do: str, **about: Any) -> dict[str, Any]:
        """Send a request and return the answer."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": do, **about}).encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        assert ready, f"no answer to {do}"
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def focus(self, part: str = "editor") -> None:
        """Raise the window, give it the keyboard, and the focus to one of its parts."""
        window = self.ask("state")["window"]
        self.hands.do("windowraise", window, "windowfocus", "--sync", window)
        until(lambda: self.ask("state")["active"], "the window has the keyboard")
        self.ask("focus", part=part)

    def settle(self) -> dict[str, Any]:
        """Wait until every event sent before now has been dealt with; the window must have the keyboard."""
        marks = self.ask("state")["marks"]
        self.hands.do("key", "F9")
        return until(lambda: (state := self.ask("state"))["marks"] > marks and state, "the mark has come through")

    def point(self, part: str, at: int = -1) -> tuple[int, int]:
        """Return a point of the screen: a part's middle, or a character of the text box."""
        place = self.ask("place", part=part, at=at)
        return place["x"], place["y"]

    def fresh(self) -> "Program":
        """Show the draft again, unapproved, and put the pointer where it is in nobody's way."""
        self.ask("close_menu")
        self.hands.do("mousemove", 1270, 590)
        self.ask("reset")
        self.focus()
        return self

    def end(self) -> None:
        """Close the window."""
        end(self.process)
