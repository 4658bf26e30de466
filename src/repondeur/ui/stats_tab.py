"""The statistics: minutes saved by week, as a chart, a table and a file; every figure from what was measured alone."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHeaderView, QTableWidget, QVBoxLayout, QWidget

from repondeur.errors import RepondeurError
from repondeur.reply.record import Discarded, Entry
from repondeur.ui import theme
from repondeur.ui.charts import Bar, MinutesChart
from repondeur.ui.figures import decimal, duration
from repondeur.ui.tables import fill
from repondeur.ui.widgets import button, column, label, named, row, scrolled, set_state

if TYPE_CHECKING:
    from repondeur.insight.statistics import Comparison, Summary, Week

HEADINGS = ("Semaine du", "Réponses", "Minutes gagnées", "Dont brouillons abandonnés")
UNMEASURED = "pas encore mesuré"


class Rows(Protocol):
    """What this tab reads of the journal."""

    def entries(self, limit: int | None = None) -> Sequence[Entry]:
        """Return the recorded replies."""

    def discarded(self) -> Sequence[Discarded]:
        """Return the given-up drafts."""


class StatsTab(QWidget):
    """Reads the journal each time it is shown. ``failed`` carries what went wrong in an export."""

    failed = Signal(object)
    exported = Signal(Path)

    def __init__(self, journal: Callable[[], Rows | None], calibrate: Callable[[], None]) -> None:
        """``journal`` returns the open journal, ``None`` while it is closed; ``calibrate`` opens the timing."""
        super().__init__()
        self.setObjectName("statsTab")
        self._journal = journal
        self._entries: Sequence[Entry] = ()
        self.total = label("", "figure")
        self.total.setObjectName("totalMinutes")
        self.weekly = label("", "figure")
        self.weekly.setObjectName("weeklyMinutes")
        self.weekly_hint = label("", "hint", wrap=True)
        self.detail = label("", wrap=True)
        self.detail.setObjectName("statsDetail")
        self.empty = label("", wrap=True)
        self.empty.setObjectName("statsEmpty")
        self.calibrate = button(self.tr("&Mesurer mon temps à la main…"), "calibrateStatsButton")
        self.calibrate.clicked.connect(calibrate)
        self.chart = MinutesChart()
        self.table = named(QTableWidget(0, len(HEADINGS)), "statsTable")
        self.table.setHorizontalHeaderLabels(list(HEADINGS))
        self.table.setAccessibleName(self.tr("Les mêmes chiffres, semaine par semaine"))
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.table.model().setHeaderData(
            0,
            Qt.Orientation.Horizontal,
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            Qt.ItemDataRole.TextAlignmentRole,
        )
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setMinimumHeight(120)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.export = button(self.tr("&Exporter (CSV)…"), "exportButton")
        self.export.clicked.connect(self._export)
        self._lay_out()

    def _lay_out(self) -> None:
        figures = QGridLayout()
        figures.setHorizontalSpacing(3 * theme.MARGIN)
        figures.setVerticalSpacing(2)
        figures.addWidget(label(self.tr("Temps gagné en tout"), "title"), 0, 0)
        figures.addWidget(label(self.tr("Par semaine, en moyenne"), "title"), 0, 1)
        figures.addWidget(self.total, 1, 0)
        figures.addWidget(self.weekly, 1, 1)
        figures.addWidget(self.weekly_hint, 2, 1)
        figures.setColumnStretch(1, 1)
        head = QWidget()
        head.setLayout(figures)
        figures.setContentsMargins(0, 0, 0, 0)
        page = QWidget()
        contents = column(
            head,
            self.detail,
            self.empty,
            row(self.calibrate, 1),
            self.chart,
            self.table,
            row(1, self.export),
            margin=theme.MARGIN,
        )
        contents.setStretch(4, 3)
        contents.setStretch(5, 2)
        page.setLayout(contents)
        scroll = scrolled(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)

    def refresh(self) -> None:
        """Read the journal and show its figures."""
        from repondeur.insight import statistics  # not before somebody looks at figures

        journal = self._journal()
        self._entries = journal.entries() if journal else ()
        discarded = journal.discarded() if journal else ()
        summary = statistics.summarise(self._entries, discarded, today=date.today())
        self._show_figures(summary, statistics.compare(summary))
        self._show_state(summary, closed=journal is None)
        bars = [Bar(_day(week.monday), week.saved_minutes) for week in summary.weeks]
        self.chart.setVisible(summary.measured > 0)
        if summary.measured:
            reference = statistics.WHITE_PAPER_HOURS_A_WEEK * 60
            self.chart.show_weeks(bars, reference, self.tr("2,1 h par semaine : moyenne du livre blanc CMA France"))
        self.table.setVisible(bool(summary.weeks))
        fill(self.table, [_cells(week) for week in reversed(summary.weeks)], numbers_from=1)
        self.export.setEnabled(bool(self._entries))

    def _show_figures(self, s: "Summary", comparison: "Comparison | None") -> None:
        self.total.setText(UNMEASURED if s.saved_minutes is None else duration(60 * s.saved_minutes))
        set_state(self.total, "none" if s.saved_minutes is None else "")
        set_state(self.weekly, "none" if comparison is None else "")
        if comparison is None:
            self.weekly.setText(UNMEASURED)
            self.weekly_hint.setText("")
        else:
            self.weekly.setText(duration(3600 * comparison.hours_a_week))
            self.weekly_hint.setText(
                self.tr("soit {p} % des 2,1 h par semaine relevées par CMA France (livre blanc, juillet 2025)").format(
                    p=decimal(100 * comparison.share, 0)
                )
            )
        parts = [self.tr("Réponses : {n}").format(n=s.replies)]
        if s.share_edited is not None and s.share_approved is not None:
            parts.append(self.tr("modifiées par vous : {p} %").format(p=decimal(100 * s.share_edited, 0)))
            parts.append(self.tr("approuvées telles quelles : {p} %").format(p=decimal(100 * s.share_approved, 0)))
        if s.median_active_seconds is not None:
            parts.append(self.tr("temps médian par réponse : {t}").format(t=duration(s.median_active_seconds)))
        if s.lost_minutes:
            parts.append(self.tr("brouillons abandonnés : {t}").format(t=duration(60 * s.lost_minutes)))
        self.detail.setText(" · ".join(parts))

    def _show_state(self, s: "Summary", *, closed: bool) -> None:
        if closed:
            text = self.tr("Le journal est fermé : ouvrez-le pour voir vos chiffres.")
        elif not s.replies:
            text = self.tr("Vos chiffres apparaîtront ici après la première réponse copiée.")
        elif not s.measured:
            text = self.tr(
                "Pour compter le temps gagné, il faut savoir combien vous en mettez sans aide : écrivez deux réponses "
                "à la main pendant que le temps court (cinq minutes environ, une seule fois)."
            )
        elif s.measured < s.replies:
            text = self.tr("Réponses comptées : {m} sur {n} ; les autres datent d’avant la mesure.").format(
                m=s.measured, n=s.replies
            )
        else:
            text = ""
        self.empty.setText(text)
        self.empty.setVisible(bool(text))
        self.calibrate.setVisible(not closed and bool(s.replies) and not s.measured)

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Exporter les chiffres"), "repondeur-temps-gagne.csv", self.tr("Tableau (*.csv)")
        )
        if path:
            self.export_to(Path(path))

    def export_to(self, path: Path) -> None:
        """Write one line a reply to ``path``: figures alone, no word of a review or a reply."""
        from repondeur.insight import export

        try:
            path.write_bytes(export.to_bytes(export.replies_csv(self._entries)))
        except (OSError, RepondeurError) as error:
            self.failed.emit(error)
        else:
            self.exported.emit(path)


def _day(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}"


def _cells(week: "Week") -> tuple[str, str, str, str]:
    nothing = UNMEASURED if week.replies else "–"
    saved = nothing if week.saved_minutes is None else decimal(week.saved_minutes)
    return (f"{_day(week.monday)}/{week.monday.year}", str(week.replies), saved, decimal(week.lost_minutes))
