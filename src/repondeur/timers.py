"""One kind of timer: it belongs to an object, fires once, and dies with the object."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def single_shot(owner: QObject, milliseconds: int, action: Callable[[], object]) -> QTimer:
    """Return a stopped timer of ``owner`` that calls ``action`` once, ``milliseconds`` after each start.

    ``QTimer.singleShot`` with a context that is destroyed meanwhile ends the process under PySide6 6.11.
    """
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(action)
    return timer
