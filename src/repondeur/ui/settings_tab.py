"""The settings: the shop as replies speak of it, the habits, the baseline. Each change is saved at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from repondeur.reply import sites
from repondeur.reply.shop import Shop
from repondeur.reply.terms import Length, Tone
from repondeur.ui import theme
from repondeur.ui.figures import duration
from repondeur.ui.reply_tab import LENGTHS, TONES
from repondeur.ui.widgets import button, label, named, row, scrolled


class Choices(Protocol):
    """What this tab shows of the settings."""

    @property
    def shop(self) -> Shop: ...
    @property
    def site(self) -> str: ...
    @property
    def tone(self) -> Tone: ...
    @property
    def length(self) -> Length: ...


class SettingsTab(QWidget):
    """A form over the settings; ``changed`` carries the names and new values of what a person changed."""

    changed = Signal(dict)

    def __init__(self, choices: Choices, trades: list[str], calibrate: Callable[[], None]) -> None:
        """Show ``choices``; ``trades`` are proposed as the trade; ``calibrate`` opens the timing."""
        super().__init__()
        self.setObjectName("settingsTab")
        self._shop = choices.shop
        self.name = self._line("shopName", choices.shop.name, self.tr("Boulangerie Martin"))
        self.trade = named(QComboBox(editable=True), "shopTrade")
        self.trade.addItems(["", *trades])
        self.trade.setCurrentText(choices.shop.trade)
        self.town = self._line("shopTown", choices.shop.town, self.tr("Limoges"))
        self.signature = named(QPlainTextEdit(choices.shop.signature, tabChangesFocus=True), "shopSignature")
        self.signature.setPlaceholderText(self.tr("Bien à vous,\nSophie et toute l’équipe"))
        self.signature.setFixedHeight(3 * self.fontMetrics().lineSpacing() + 18)
        self.we = self._choice("shopWe", {"nous": self.tr("« nous »"), "je": self.tr("« je »")}, choices.shop.we)
        self.site = self._choice("defaultSite", {k: p.label for k, p in sites.SITES.items()}, choices.site)
        self.tone = self._choice("defaultTone", TONES, choices.tone)
        self.length = self._choice("defaultLength", LENGTHS, choices.length)
        self.baseline = label("", wrap=True)
        self.baseline.setObjectName("baselineLabel")
        self.calibrate = button(self.tr("&Mesurer…"), "calibrateAgainButton")
        self.calibrate.clicked.connect(calibrate)
        self.saved = label("", "hint")
        self._lay_out()
        self._join()
        self.show_baseline(None, 0)

    @staticmethod
    def _line(name: str, text: str, placeholder: str) -> QLineEdit:
        result = named(QLineEdit(text, maxLength=120), name)
        result.setPlaceholderText(placeholder)
        return result

    @staticmethod
    def _choice(name: str, choices: dict, value: object) -> QComboBox:  # type: ignore[type-arg]
        result = named(QComboBox(), name)
        for key, text in choices.items():
            result.addItem(text, key)
        result.setCurrentIndex(max(0, result.findData(value)))
        return result

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setHorizontalSpacing(theme.MARGIN)
        form.setVerticalSpacing(theme.GAP)
        form.addRow(label(self.tr("Votre entreprise"), "title"))
        for text, field in (
            (self.tr("&Nom"), self.name),
            (self.tr("M&étier"), self.trade),
            (self.tr("&Ville"), self.town),
            (self.tr("&Signature des réponses"), self.signature),
            (self.tr("L’entreprise dit"), self.we),
        ):
            form.addRow(text, field)
        form.addRow(label(self.tr("Vos habitudes"), "title"))
        for text, choice in (
            (self.tr("Site le plus courant"), self.site),
            (self.tr("Ton"), self.tone),
            (self.tr("Longueur"), self.length),
        ):
            form.addRow(text, choice)
        form.addRow(label(self.tr("Votre temps sans aide"), "title"))
        form.addRow(self.baseline)
        form.addRow(row(self.calibrate, 1, self.saved))
        page = QWidget()
        page.setLayout(form)
        page.setMaximumWidth(640)
        form.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        scroll = scrolled(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)

    def _join(self) -> None:
        for field in (self.name, self.town):
            field.editingFinished.connect(self._shop_edited)
        self.trade.currentTextChanged.connect(self._shop_edited)
        self.signature.textChanged.connect(self._shop_edited)
        self.we.currentIndexChanged.connect(self._shop_edited)
        # Qt hands an enumeration back as its plain value.
        for name, choice, kind in (
            ("site", self.site, str),
            ("tone", self.tone, Tone),
            ("length", self.length, Length),
        ):
            choice.currentIndexChanged.connect(
                lambda _, n=name, c=choice, k=kind: self.changed.emit({n: k(c.currentData())})
            )

    def _shop_edited(self) -> None:
        shop = replace(
            self._shop,
            name=self.name.text().strip(),
            trade=self.trade.currentText().strip(),
            town=self.town.text().strip(),
            signature=self.signature.toPlainText().strip(),
            we=self.we.currentData(),
        )
        if shop != self._shop:
            self._shop = shop
            self.changed.emit({"shop": shop})

    def tell_saved(self) -> None:
        """Say that the change is kept."""
        self.saved.setText(self.tr("✓ Enregistré"))

    def show_baseline(self, seconds: float | None, samples: int) -> None:
        """Show the baseline (seconds, from ``samples`` replies by hand), or that there is none."""
        if seconds is None:
            text = self.tr("Pas encore mesuré. Écrivez deux réponses à la main pendant que le temps court.")
        else:
            text = self.tr("Une réponse à la main vous prend {t} (réponses mesurées : {n}).").format(
                t=duration(seconds), n=samples
            )
        self.baseline.setText(text)
        self.calibrate.setText(self.tr("&Mesurer…") if seconds is None else self.tr("&Mesurer à nouveau…"))
