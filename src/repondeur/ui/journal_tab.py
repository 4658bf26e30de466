"""The journal tab: every reply that left, newest first, with its review and what was changed in the draft."""

from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QSplitter, QTableWidget, QWidget

from repondeur.reply import sites
from repondeur.reply.draft import Approval
from repondeur.reply.record import Author, Entry
from repondeur.ui import theme
from repondeur.ui.figures import duration, moment
from repondeur.ui.tables import fill
from repondeur.ui.widgets import column, label, named, row, scrolled

HEADINGS = ("Date", "Étoiles", "Client", "Site", "Contrôle", "Temps passé")
SHOWN = 500
"""How many replies the list shows; older ones are found by the search."""


def control(entry: Entry) -> str:
    """Return what a person did before the reply left."""
    return "Modifiée par vous" if entry.approval is Approval.EDITED else "Approuvée telle quelle"


class JournalTab(QWidget):
    """Reads the journal when it is shown; nothing can be copied from here."""

    def __init__(self, entries: Callable[[], Sequence[Entry] | None]) -> None:
        """``entries`` returns the recorded replies, newest first, or ``None`` while the journal is closed."""
        super().__init__()
        self.setObjectName("journalTab")
        self._read = entries
        self._entries: list[Entry] = []
        self.search = named(QLineEdit(clearButtonEnabled=True), "journalSearch")
        self.search.setPlaceholderText(self.tr("Un nom, un mot de l’avis ou de la réponse"))
        self.count = label("", "hint")
        self.table = named(QTableWidget(0, len(HEADINGS)), "journalTable")
        self.table.setHorizontalHeaderLabels(list(HEADINGS))
        self.table.setAccessibleName(self.tr("Réponses notées"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setShowGrid(False)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.detail = label("", wrap=True)
        self.detail.setObjectName("journalDetail")
        self.detail.setTextFormat(Qt.TextFormat.RichText)
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.detail.setAlignment(Qt.AlignmentFlag.AlignTop)
        splitter = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        splitter.addWidget(self.table)
        splitter.addWidget(scrolled(self.detail))
        splitter.setSizes([260, 240])
        self.setLayout(column(row(self.search, self.count), splitter, margin=theme.MARGIN))
        self.search.textChanged.connect(self.refresh)
        self.table.itemSelectionChanged.connect(self._show_selected)

    def refresh(self) -> None:
        """Read the journal again and show what fits the search."""
        everything = self._read()
        wanted = self.search.text().casefold().split()
        self._entries = [e for e in everything or () if all(w in _searched(e) for w in wanted)][:SHOWN]
        if everything is None:
            self.count.setText(self.tr("Le journal est fermé."))
        elif not everything:
            self.count.setText(self.tr("Vos réponses copiées s’inscriront ici."))
        else:
            self.count.setText(self.tr("Réponses : {n}").format(n=len(self._entries)))
        rows = [
            (
                moment(e.released),
                "★" * e.review.rating if e.review.rating else "–",
                e.review.author or "–",
                sites.SITES[e.review.site].label if e.review.site in sites.SITES else e.review.site,
                control(e),
                duration(e.active_seconds),
            )
            for e in self._entries
        ]
        fill(self.table, rows)
        if self._entries:
            self.table.selectRow(0)
        self._show_selected()

    def _show_selected(self) -> None:
        index = self.table.currentRow()
        if not 0 <= index < len(self._entries):
            self.detail.setText("")
            return
        e = self._entries[index]
        writer = {Author.MODEL: e.model, Author.TEMPLATE: self.tr("réponse type"), Author.PERSON: self.tr("vous-même")}
        parts = [(self.tr("L’avis"), e.review.text or self.tr("(des étoiles sans texte)"))]
        if e.note:
            parts.append((self.tr("Ce qui s’est passé"), e.note))
        parts.append((self.tr("La réponse"), e.final))
        if e.generated and e.generated != e.final:
            parts.append((self.tr("Le brouillon d’origine"), e.generated))
        parts.append((self.tr("Le contrôle"), f"{control(e)}. Brouillon par\u00a0: {writer[e.generated_by]}."))
        self.detail.setText("".join(f"<p><b>{title}</b><br>{_as_html(text)}</p>" for title, text in parts))


def _as_html(text: str) -> str:
    """Return what people wrote as text that no part of can be a tag."""
    return escape(text).replace("\n", "<br>")


def _searched(entry: Entry) -> str:
    return "\n".join((entry.review.author, entry.review.text, entry.final, entry.note)).casefold()
