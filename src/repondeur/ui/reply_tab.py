"""The tab where a review becomes a reply: what came in on the left, what will go out on the right."""

from collections.abc import Callable

from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from repondeur.desk.parts import Request, Stage
from repondeur.desk.session import ReplySession
from repondeur.reply import sites
from repondeur.reply.terms import Length, Review, Tone
from repondeur.timers import single_shot
from repondeur.ui import theme
from repondeur.ui.reply_panel import ReplyPanel
from repondeur.ui.widgets import StarSelector, button, column, label, named, row, scrolled, shortcut

TONES = {Tone.WARM: "Chaleureux", Tone.SOBER: "Sobre", Tone.FORMAL: "Soutenu"}
LENGTHS = {Length.NORMAL: "Normale", Length.SHORT: "Courte"}


class PasteEdit(QPlainTextEdit):
    """A box for the customer's words: plain text only, Tab goes on to the next field."""

    def __init__(self, name: str, placeholder: str, lines: int) -> None:
        """Make a box at least ``lines`` lines high."""
        super().__init__()
        self.setObjectName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(lines * self.fontMetrics().lineSpacing() + 18)


class ReplyTab(QWidget):
    """The view of a :class:`ReplySession`: it sends what a person does and shows what the session is."""

    def __init__(self, session: ReplySession, defaults: Callable[[], Request], calibrate: Callable[[], None]) -> None:
        """Show ``session``; ``defaults`` gives tone, length and site of a new reply; ``calibrate`` opens the timing."""
        super().__init__()
        self.setObjectName("replyTab")
        self._session, self._defaults = session, defaults
        self._filling = False
        self._pasted = ""
        self._guess_timer = single_shot(self, 0, self._guess)
        self._make_fields()
        self.panel = ReplyPanel(session, calibrate)
        self._lay_out()
        self._join()
        self._fill(defaults())
        self.show_state()

    # The fields -------------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.review = PasteEdit("reviewEdit", self.tr("Collez ici l’avis du client (Ctrl+V)"), 5)
        self.author = named(QLineEdit(maxLength=80), "authorEdit")
        self.author.setPlaceholderText(self.tr("Nom affiché"))
        self.stars = StarSelector()
        self.stars.setObjectName("ratingSelector")
        self.note = PasteEdit("noteEdit", self.tr("Facultatif : « four en panne samedi, réparé lundi »"), 2)
        self.site = self._choice("siteSelector", {key: profile.label for key, profile in sites.SITES.items()})
        self.tone = self._choice("toneSelector", TONES)
        self.length = self._choice("lengthSelector", LENGTHS)
        self.draft_button = button(self.tr("&Rédiger un brouillon"), "draftButton", main=True, tip="Ctrl+Entrée")
        self.stop_button = button(self.tr("Arrêter"), "stopButton", tip="Échap")
        self.new_button = button(self.tr("Nouvel a&vis"), "newButton", tip="Ctrl+N")

    @staticmethod
    def _choice(name: str, choices: dict) -> QComboBox:  # type: ignore[type-arg]
        result = named(QComboBox(), name)
        for key, text in choices.items():
            result.addItem(text, key)
        return result

    def _lay_out(self) -> None:
        fields = QGridLayout()
        fields.setHorizontalSpacing(theme.GAP)
        fields.setVerticalSpacing(theme.GAP)
        for line, at, text, widget, span in (
            (0, 0, self.tr("A&uteur"), self.author, 3),
            (1, 0, self.tr("&Étoiles"), self.stars, 3),
            (2, 0, self.tr("&Site"), self.site, 3),
            (3, 0, self.tr("&Ton"), self.tone, 1),
            (3, 2, self.tr("&Longueur"), self.length, 1),
        ):
            fields.addWidget(label(text, buddy=widget), line, at)
            fields.addWidget(widget, line, at + 1, 1, span)
        fields.setColumnStretch(1, 3)
        fields.setColumnStretch(3, 2)
        left = QWidget()
        contents = column(
            label(self.tr("L’a&vis du client"), "title", buddy=self.review),
            self.review,
            _wrapped(fields),
            label(self.tr("Ce qui s’est vraiment &passé"), "title", buddy=self.note),
            self.note,
        )
        contents.setStretch(1, 3)
        contents.setStretch(4, 1)
        left.setLayout(contents)
        contents.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.GAP, 0)
        scroll = scrolled(left)
        actions = row(self.draft_button, self.stop_button, 1, self.new_button)
        actions.setContentsMargins(theme.MARGIN, 0, theme.GAP, theme.MARGIN)
        side = QWidget()
        side.setLayout(column(scroll, actions))
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(side)
        splitter.addWidget(self.panel)
        splitter.setStretchFactor(0, 4)
        splitter.setStretchFactor(1, 6)
        splitter.setSizes([400, 600])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    # What a person does -----------------------------------------------------------------------------------------

    def _join(self) -> None:
        self.review.textChanged.connect(self._review_edited)
        self.note.textChanged.connect(self._send)
        self.author.textEdited.connect(self._send)
        self.stars.value_changed.connect(self._send)
        for choice in (self.site, self.tone, self.length):
            choice.currentIndexChanged.connect(self._send)
        self.draft_button.clicked.connect(lambda: self._session.write())
        self.stop_button.clicked.connect(self._session.stop)
        self.new_button.clicked.connect(self._next_review)
        self._session.changed.connect(self.show_state)
        self._session.restored.connect(self._fill)
        for keys, action in (
            ("Ctrl+Return", self.draft_button.click),
            ("Ctrl+Enter", self.draft_button.click),
            ("Esc", self.stop_button.click),
            ("Ctrl+N", self.new_button.click),
        ):
            shortcut(self, keys, action)

    def _review_edited(self) -> None:
        """Guess author, stars and site from a paste into an empty form; a person's own corrections stay."""
        text = self.review.toPlainText()
        if not self._filling and not self._pasted.strip() and len(text.strip()) > 1:
            self._guess_timer.start()
        self._pasted = text
        self._send()

    def _guess(self) -> None:
        text = self.review.toPlainText()
        if self.author.text() or self.stars.value() or "\n" not in text.strip():
            return
        from repondeur.reply.paste import guess  # only a paste needs it

        found = guess(text, site=self.site.currentData())
        if found.text == text.strip() and not found.author and found.rating is None:
            return
        self._filling = True
        cursor = self.review.textCursor()
        cursor.beginEditBlock()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(found.text)
        cursor.endEditBlock()
        self.author.setText(found.author)
        self.stars.setValue(found.rating or 0)
        self._choose(self.site, found.site)
        self._filling = False
        self._send()

    def _send(self) -> None:
        if not self._filling:
            self._session.ask_for(self._request())

    def _request(self) -> Request:
        text = self.review.toPlainText()
        review = Review(
            text,
            self.author.text().strip(),
            self.stars.value() or None,
            self.site.currentData(),
            _language(text),
        )
        # Qt hands an enumeration back as its plain value.
        tone, length = Tone(self.tone.currentData()), Length(self.length.currentData())
        return Request(review, self.note.toPlainText(), tone, length)

    def _next_review(self) -> None:
        self._session.set_aside()
        self.review.setFocus()

    # What is shown ----------------------------------------------------------------------------------------------

    @staticmethod
    def _choose(choice: QComboBox, key: object) -> None:
        index = choice.findData(key)
        if index >= 0:
            choice.setCurrentIndex(index)

    def _fill(self, request: Request) -> None:
        """Put ``request`` into the fields, without sending it back half filled."""
        self._filling = True
        self._pasted = request.review.text
        self.review.setPlainText(request.review.text)
        self.author.setText(request.review.author)
        self.stars.setValue(request.review.rating or 0)
        self.note.setPlainText(request.note)
        for choice, key in ((self.site, request.review.site), (self.tone, request.tone), (self.length, request.length)):
            self._choose(choice, key)
        self._filling = False
        self._send()

    def apply_defaults(self) -> None:
        """Take changed settings over into a form that nobody has begun to fill."""
        if self._session.stage is Stage.EMPTY:
            self._fill(self._defaults())

    def show_state(self) -> None:
        """Show the session's state."""
        stage = self._session.stage
        writing = stage is Stage.WRITING
        self.draft_button.setEnabled(not writing)
        self.stop_button.setEnabled(writing)
        self.new_button.setEnabled(stage is not Stage.EMPTY)


def _language(text: str) -> str:
    if not text.strip():
        return "fr"
    from repondeur.reply.language import language  # only a review needs it

    return language(text)


def _wrapped(layout: QGridLayout) -> QWidget:
    layout.setContentsMargins(0, 0, 0, 0)
    result = QWidget()
    result.setLayout(layout)
    return result
