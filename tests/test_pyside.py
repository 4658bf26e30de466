"""The Qt bindings must not give away references that they do not own: a window stays open all day."""

import sys

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from pytestqt.qtbot import QtBot

CALLS = 200


class Sender(QObject):
    said = Signal(bool)


@pytest.mark.parametrize("shared", [None, True], ids=str)
def test_calls_do_not_use_up_the_shared_objects(qtbot: QtBot, shared: object) -> None:
    """PySide6 6.12.0 lost one reference at each call under Python 3.11, and the process died of it in the end."""
    sender, timer = Sender(), QTimer()
    sender.said.connect(lambda _: None)
    before = sys.getrefcount(shared)
    for _ in range(CALLS):
        timer.setSingleShot(True)
        sender.said.emit(True)
    assert sys.getrefcount(shared) > before - CALLS // 2
