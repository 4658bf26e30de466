"""The chart of minutes saved by week. The library behind it is loaded when the chart is first looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from repondeur.ui import theme

SHOWN_WEEKS = 26
"""Half a year fits the width of a small screen; the table beside holds every week."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One week: its label, the minutes saved (``None``: not measured) and a sentence that says both."""

    label: str
    minutes: float | None


class MinutesChart(QWidget):
    """Bars by week, below zero where time was lost, and a dashed line to compare with."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.setObjectName("minutesChart")
        self.setMinimumHeight(170)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._plot: Any = None
        self._shown: tuple[Sequence[Bar], float, str] = ((), 0.0, "")

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._redraw()

    def show_weeks(self, bars: Sequence[Bar], reference: float, reference_label: str) -> None:
        """Draw ``bars`` (oldest first) and a line at ``reference`` minutes."""
        self._shown = (tuple(bars[-SHOWN_WEEKS:]), reference, reference_label)
        self._redraw()

    def _redraw(self) -> None:
        bars, reference, text = self._shown
        if not bars:
            return
        import pyqtgraph as pg

        c = theme.colours()
        if self._plot is None:
            self._plot = pg.PlotWidget(enableMenu=False)
            self._plot.setMouseEnabled(x=False, y=False)
            self._plot.hideButtons()
            self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._layout.addWidget(self._plot)
        plot = self._plot
        plot.clear()
        plot.setBackground(c.panel)
        heights = [bar.minutes or 0.0 for bar in bars]
        xs = list(range(len(bars)))
        colours = [c.accent if h >= 0 else c.bad for h in heights]
        plot.addItem(pg.BarGraphItem(x=xs, height=heights, width=0.62, brushes=colours, pens=colours))
        line = pg.InfiniteLine(
            reference,
            angle=0,
            pen=pg.mkPen(c.faint, style=Qt.PenStyle.DashLine, width=1.5),
            label=text,
            labelOpts={"position": 0.02, "anchors": [(0, 1), (0, 1)], "color": c.faint},
        )
        plot.addItem(line)
        plot.addItem(pg.InfiniteLine(0.0, angle=0, pen=pg.mkPen(c.line, width=1)))
        low, high = min(0.0, *heights), max(reference * 1.15, *heights)
        plot.setYRange(low, high, padding=0.06)
        plot.setXRange(-0.7, max(len(bars), 8) - 0.3, padding=0)
        self._axes(pg, [bar.label for bar in bars], c)
        self.setAccessibleName(", ".join(_said(bar) for bar in bars))

    def _axes(self, pg: Any, labels: Sequence[str], c: theme.Colours) -> None:
        step = max(1, -(-len(labels) // 8))
        ticks = [(i, label) for i, label in enumerate(labels) if i % step == 0]
        for name in ("bottom", "left"):
            axis = self._plot.getAxis(name)
            axis.setPen(pg.mkPen(c.line))
            axis.setTextPen(pg.mkPen(c.faint))
        self._plot.getAxis("bottom").setTicks([ticks])
        self._plot.setLabel("left", "minutes", color=c.faint)


def _said(bar: Bar) -> str:
    return f"{bar.label} : " + ("pas encore mesuré" if bar.minutes is None else f"{bar.minutes:.0f} minutes")
