"""A bug leaves its place in the log, a sentence on the screen, and a private word in neither."""

import sys
from pathlib import Path

import pytest

from repondeur.bugs import MOST_BYTES, BugLog


def _failing(text: str) -> ValueError:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_the_log_says_where_and_never_what(tmp_path: Path) -> None:
    log = BugLog(tmp_path / "a.log")
    log.note(_failing("Sophie Martin, 06 12 34 56 78"))
    text = log.file.read_text("utf-8")
    assert "ValueError at test_bugs.py" in text
    assert "Sophie" not in text


def test_the_log_stays_small(tmp_path: Path) -> None:
    log = BugLog(tmp_path / "a.log")
    log.file.write_bytes(b"x" * (MOST_BYTES + 1))
    log.note(_failing("a"))
    assert log.file.stat().st_size < 1000
    assert (tmp_path / "a.ancien.log").stat().st_size == MOST_BYTES + 1


def test_an_unwritable_log_is_no_second_failure(tmp_path: Path) -> None:
    BugLog(tmp_path / "absent" / "a.log").note(_failing("a"))


def test_unexpected_errors_are_noted_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    told: list[BaseException] = []
    log = BugLog(tmp_path / "a.log")
    log.watch(told.append)
    error = _failing("a")
    sys.excepthook(ValueError, error, error.__traceback__)
    assert told == [error]
    assert log.file.is_file()
