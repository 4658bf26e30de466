"""Timing replies written by hand: the person's own baseline, against which minutes saved are counted."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QPlainTextEdit

from repondeur.reply.samples import SampleReview
from repondeur.reply.timing import ActiveClock
from repondeur.ui import theme
from repondeur.ui.figures import duration
from repondeur.ui.widgets import button, column, label, named, row

REPLIES = 2
"""How many replies written by hand make a baseline."""
SHORTEST = 40
"""A reply under this number of characters is no reply: it would make the baseline too small to mean anything."""


class CalibrationDialog(QDialog):
    """Shows reviews one by one and counts active time from the first look to « C’est écrit »."""

    timed = Signal(float, int)

    def __init__(self, reviews: Sequence[SampleReview], now: Callable[[], float]) -> None:
        """Time one reply to each of ``reviews``; ``now`` is a monotonic clock in seconds."""
        super().__init__()
        self.setObjectName("calibrationDialog")
        self.setWindowTitle(self.tr("Mesurer mon temps à la main"))
        self.resize(560, 470)
        self._reviews, self._now, self._index = list(reviews), now, 0
        self._clock = ActiveClock(now)
        self.intro = label(
            self.tr(
                "Répondez à ces avis comme vous le faites d’habitude, sans aide. Le temps compté est celui où vous "
                "écrivez ; une pause de plus d’une minute n’est pas comptée. C’est à ce temps que les suivants seront "
                "comparés."
            ),
            wrap=True,
        )
        self.step = label("", "title")
        self.review = label("", wrap=True)
        self.review.setObjectName("calibrationReview")
        self.reply = named(QPlainTextEdit(tabChangesFocus=True), "calibrationEdit")
        self.reply.setAccessibleName(self.tr("Votre réponse, écrite à la main"))
        self.time = label("", "hint")
        self.start = button(self.tr("&Commencer"), "calibrationStart", main=True)
        self.written = button(self.tr("C’est é&crit"), "calibrationDone", main=True)
        self.cancel = button(self.tr("Annuler"), "calibrationCancel")
        form = column(self.intro, self.step, self.review, self.reply, self.time, margin=theme.MARGIN)
        form.addLayout(row(1, self.cancel, self.start, self.written))
        form.setStretch(3, 1)
        self.setLayout(form)
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._render)
        self.start.clicked.connect(self._begin)
        self.written.clicked.connect(self._finish)
        self.cancel.clicked.connect(self.reject)
        self.reply.textChanged.connect(self._typed)
        self._render()

    @property
    def _running(self) -> bool:
        return self._tick.isActive()

    def _begin(self) -> None:
        self._clock = ActiveClock(self._now)
        self._clock.start()
        self._tick.start()
        self._render()
        self.reply.setFocus()

    def _typed(self) -> None:
        if self._running:
            self._clock.touch()
            self._render()

    def _finish(self) -> None:
        self._clock.touch()
        self._clock.stop()
        self._tick.stop()
        self.timed.emit(self._clock.elapsed, len(self.reply.toPlainText().strip()))
        self._index += 1
        self.reply.clear()
        if self._index >= len(self._reviews):
            self.accept()
            return
        self._render()
        self.start.setFocus()

    def _render(self) -> None:
        review = self._reviews[min(self._index, len(self._reviews) - 1)]
        self.step.setText(self.tr("Réponse {n} sur {total}").format(n=self._index + 1, total=len(self._reviews)))
        stars = "★" * review.stars + "☆" * (5 - review.stars)
        hidden = self.tr("L’avis s’affichera quand vous commencerez.")
        self.review.setText(f"{review.author}  {stars}\n« {review.text} »" if self._running else hidden)
        self.reply.setEnabled(self._running)
        self.start.setVisible(not self._running)
        self.written.setVisible(self._running)
        self.written.setEnabled(len(self.reply.toPlainText().strip()) >= SHORTEST)
        self.time.setText(self.tr("Temps : {t}").format(t=duration(self._clock.elapsed)) if self._running else "")
