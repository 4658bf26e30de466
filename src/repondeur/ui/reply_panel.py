"""The right half of the reply tab: the draft, what to check in it, the approval, the copy, the minutes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from repondeur.desk.parts import Stage
from repondeur.desk.session import ReplySession
from repondeur.reply import sites
from repondeur.reply.draft import Approval
from repondeur.reply.terms import Author, Length
from repondeur.timers import single_shot
from repondeur.ui import theme
from repondeur.ui.draft_editor import DraftEditor
from repondeur.ui.figures import duration, gain
from repondeur.ui.widgets import button, choose, column, label, named, row, set_state, shortcut

if TYPE_CHECKING:
    from repondeur.reply.guard import Finding

CHECK_AFTER_MS = 300
MOST_FINDINGS_HEIGHT = 108
"""The list takes no more room than this, in pixels; further findings are scrolled to."""


class ReplyPanel(QWidget):
    """What will go out. The copy button is open exactly while the session's draft may leave."""

    def __init__(self, session: ReplySession, calibrate: Callable[[], None]) -> None:
        """Show ``session``; ``calibrate`` opens the timing of replies written by hand."""
        super().__init__()
        self._session = session
        self._findings: tuple[Finding, ...] = ()
        self._make(calibrate)
        self._lay_out()
        self._join()
        self.show_state()

    def _make(self, calibrate: Callable[[], None]) -> None:
        self.title = label(self.tr("Votre ré&ponse"), "title")
        self.status = label("")
        self.status.setObjectName("statusLabel")
        self.editor = DraftEditor()
        self.editor.setObjectName("draftEditor")
        self.editor.setAccessibleName(self.tr("Votre réponse"))
        self.editor.setPlaceholderText(self.tr("Le brouillon s’écrira ici. Vous pouvez aussi écrire vous-même."))
        self.editor.setMinimumHeight(120)
        self.title.setBuddy(self.editor)
        self.length = label("", "hint")
        self.findings = named(QListWidget(), "findingsList")
        self.findings.setWordWrap(True)
        self.findings.hide()
        self.findings.setAccessibleName(self.tr("À vérifier dans la réponse"))
        choose(self.findings, horizontalScrollBarPolicy="ScrollBarAlwaysOff")
        self.again = button(self.tr("Autre pr&oposition"), "againButton", tip="Ctrl+R")
        self.shorter = button(self.tr("Plus &court"), "shorterButton")
        self.back = button(self.tr("Précéde&nte"), "backButton", tip=self.tr("Revenir à la proposition précédente"))
        self.approve = button(self.tr("J’a&pprouve ce texte"), "approveButton", tip="Ctrl+Maj+Entrée")
        self.copy = button(self.tr("Cop&ier la réponse"), "copyButton", main=True, tip="Ctrl+C")
        self.minutes = label("", wrap=True)
        self.minutes.setObjectName("minutesLabel")
        self.calibrate = button(self.tr("Mesurer…"), "calibrateButton")
        self.calibrate.setToolTip(self.tr("Mesurer le temps qu’il vous faut pour répondre à la main"))
        self.calibrate.clicked.connect(calibrate)

    def _lay_out(self) -> None:
        minutes = row(self.minutes, self.calibrate)
        minutes.setStretch(0, 1)
        layout = column(
            row(self.title, 1, self.status),
            self.editor,
            row(self.again, self.shorter, self.back, 1, self.length),
            self.findings,
            minutes,
            row(1, self.approve, self.copy),
        )
        layout.setContentsMargins(theme.GAP, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _join(self) -> None:
        s = self._session
        self.editor.textEdited.connect(s.edit)
        self.editor.copyRequested.connect(self._copy)
        self.again.clicked.connect(lambda: s.write())
        self.shorter.clicked.connect(lambda: s.write(Length.SHORT))
        self.back.clicked.connect(s.go_back)
        self.approve.clicked.connect(self._approve)
        self.copy.clicked.connect(self._copy)
        self.findings.itemActivated.connect(self._go_to)
        self.findings.itemClicked.connect(self._go_to)
        s.changed.connect(self.show_state)
        s.text_replaced.connect(self.editor.set_text)
        self._check_timer = single_shot(self, CHECK_AFTER_MS, self._check)
        self._minutes_timer = QTimer(self, interval=1000)
        self._minutes_timer.timeout.connect(self._render_minutes)
        shortcut(self, "Ctrl+Shift+Return", self.approve.click)
        shortcut(self, "Ctrl+R", self.again.click)

    # What a person does -----------------------------------------------------------------------------------------

    def _shown_is_known(self) -> bool:
        """Make sure that the session holds what is seen; not while an input method is still composing."""
        if self.editor.composing:
            return False
        self._session.edit(self.editor.text())
        return True

    def _approve(self) -> None:
        if self._shown_is_known():
            self._session.approve()

    def _copy(self) -> None:
        if self._shown_is_known():
            self._session.copy()

    def _go_to(self, item: QListWidgetItem) -> None:
        finding = self._findings[self.findings.row(item)]
        from repondeur.ui import marks

        marks.select(self.editor, self._session.text, finding)

    # What is shown ----------------------------------------------------------------------------------------------

    def show_state(self) -> None:
        """Show the session's state."""
        s, stage = self._session, self._session.stage
        draft = s.draft
        has_draft = stage in (Stage.DRAFTED, Stage.COPIED)
        may_leave = has_draft and draft is not None and draft.approval is not None
        self.editor.setReadOnly(stage is Stage.WRITING)
        for widget in (self.again, self.shorter):
            widget.setEnabled(has_draft and draft is not None and bool(draft.generated))
        self.back.setEnabled(s.can_go_back)
        self.approve.setEnabled(has_draft and not may_leave)
        self.copy.setEnabled(may_leave)
        self._render_status(stage)
        self._render_size()
        self._render_minutes()
        self._check_timer.start()
        running = stage not in (Stage.EMPTY, Stage.COPIED)
        if running != self._minutes_timer.isActive():
            self._minutes_timer.start() if running else self._minutes_timer.stop()

    def _render_status(self, stage: Stage) -> None:
        draft = self._session.draft
        approval = draft.approval if draft is not None else None
        if stage is Stage.WRITING:
            text, state = self.tr("Le rédacteur écrit…"), ""
        elif stage is Stage.COPIED:
            text, state = self.tr("✓ Copiée et notée dans le journal"), "good"
        elif draft is None or not draft.text.strip():
            text, state = "", ""
        elif approval is Approval.APPROVED:
            text, state = self.tr("✓ Approuvée par vous"), "good"
        elif approval is Approval.EDITED:
            text, state = self.tr("✓ Modifiée par vous"), "good"
        elif self._session.generated_by is Author.TEMPLATE:
            text, state = self.tr("Réponse type, sans calcul : à relire"), "warn"
        else:
            text, state = self.tr("Brouillon : à relire avant de copier"), "warn"
        self.status.setText(text)
        set_state(self.status, state)

    def _render_size(self) -> None:
        text = self._session.text
        used, limit = sites.count(text, self._session.request.review.site)
        over = limit is not None and used > limit
        shown = self.tr("Caractères : {n}").format(n=len(text)) if text else ""
        if over:
            shown = self.tr("Trop long pour ce site : {used} sur {limit}").format(used=used, limit=limit)
        self.length.setText(shown)
        set_state(self.length, "bad" if over else "")

    def _render_minutes(self) -> None:
        s = self._session
        baseline = s.baseline_seconds
        self.calibrate.setVisible(baseline is None)
        if s.stage is Stage.EMPTY:
            text = "" if baseline is not None else self.tr("Temps gagné : pas encore mesuré.")
        elif baseline is None:
            text = self.tr("Temps passé : {spent}. Temps gagné : pas encore mesuré.").format(
                spent=duration(s.active_seconds)
            )
        else:
            text = gain(baseline, s.active_seconds)
        self.minutes.setText(text)

    def _check(self) -> None:
        findings = self._session.findings() if self._session.stage is not Stage.WRITING else ()
        if not findings and not self._findings:
            return
        from repondeur.ui import marks  # only a draft with findings needs it

        text = self._session.text
        if findings != self._findings or self.findings.count() != len(findings):
            self._findings = findings
            self.findings.clear()
            for finding in findings:
                self.findings.addItem(marks.item(text, finding))
            self.findings.setVisible(bool(findings))  # rows are as high as they wrap, once they are laid out
            self.findings.doItemsLayout()
            rows = sum(self.findings.sizeHintForRow(at) for at in range(len(findings)))
            self.findings.setFixedHeight(min(rows + 14, MOST_FINDINGS_HEIGHT))
        self.findings.setVisible(bool(findings))
        marks.underline(self.editor, text, findings)
