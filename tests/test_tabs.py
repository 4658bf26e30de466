"""The tabs beside the main one: figures, journal, timing by hand, settings, on a real journal."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from window_support import KEY, button, running, said

from repondeur import paths
from repondeur.app import TABS, Program
from repondeur.journal.store import FILE_NAME, Journal
from repondeur.reply.draft import Draft
from repondeur.reply.record import Author, Length, NewReply, Review, Tone

START = datetime(2026, 9, 7, 9, tzinfo=UTC)
GENERATED = "Bonjour,\n\nMerci pour vos mots."


def reply(name: str, text: str, seconds: float, baseline: float | None, review: str = "Très bon pain.") -> NewReply:
    draft = Draft(GENERATED, "r")
    draft.text = text
    draft.approve()
    return NewReply(
        draft_id=name,
        reply=draft.release(),
        review=Review(review, "Sophie Martin", 4),
        note="",
        tone=Tone.WARM,
        length=Length.NORMAL,
        generated_by=Author.MODEL,
        model="essai",
        prompt_version="1",
        active_seconds=seconds,
        baseline_seconds=baseline,
    )


@contextmanager
def with_history(qtbot: QtBot, folder: Path) -> Iterator[Program]:
    moments = iter(START + timedelta(days=4 * n) for n in range(20))
    journal = Journal.open(folder / FILE_NAME, KEY, now=lambda: next(moments))
    journal.replace_baselines([(240, 200), (300, 250)])
    journal.record(reply("a", GENERATED, 60, 270))
    journal.record(reply("b", "Bonjour, merci beaucoup.", 90, 270, "Un peu <b>d’attente</b> & du bruit."))
    journal.discard("c", 600)
    journal.record(reply("d", GENERATED, 400, 270))
    journal.close()
    with running(qtbot, folder) as program:
        yield program


def test_the_statistics_tab_agrees_with_its_own_export(qtbot: QtBot, tmp_path: Path) -> None:
    with with_history(qtbot, tmp_path) as program:
        tab = program.stats_tab
        program.window.tabs.setCurrentWidget(tab)
        target = tmp_path / "chiffres.csv"
        tab.export_to(target)
        rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8-sig")), delimiter=";"))
        saved = sum(float(row["Temps gagné (min)"].replace(",", ".")) for row in rows)
        assert saved == pytest.approx((210 + 180 - 130) / 60, abs=1e-3)
        assert tab.total.text() == "−5 min 40"  # the draft given up cost ten minutes
        assert "modifiées par vous\u00a0: 33\u00a0%" in tab.detail.text()
        assert "Les chiffres sont dans" in said(program)
        in_table = [tab.table.item(at, 2).text() for at in range(tab.table.rowCount())]  # type: ignore[union-attr]
        figures = [float(text.replace(",", ".").replace("−", "-")) for text in in_table if text[0] in "-−0123456789"]
        assert sum(figures) == pytest.approx(saved - 10, abs=0.2)


def test_an_export_that_cannot_be_written_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    with with_history(qtbot, tmp_path) as program:
        program.window.tabs.setCurrentWidget(program.stats_tab)
        program.stats_tab.export_to(tmp_path / "absent" / "chiffres.csv")
        assert "n’a pas pu être écrit" in said(program)


def test_the_chart_says_its_figures_to_screen_readers(qtbot: QtBot, tmp_path: Path) -> None:
    with with_history(qtbot, tmp_path) as program:
        program.window.tabs.setCurrentWidget(program.stats_tab)
        assert program.stats_tab.chart.isVisible()
        assert "07/09" in program.stats_tab.chart.accessibleName()


def test_the_journal_shows_and_finds_replies(qtbot: QtBot, tmp_path: Path) -> None:
    with with_history(qtbot, tmp_path) as program:
        tab = program.journal_tab
        program.window.tabs.setCurrentWidget(tab)
        assert tab.table.rowCount() == 3
        tab.search.setText("ATTENTE")
        assert tab.table.rowCount() == 1
        assert "&lt;b&gt;d’attente&lt;/b&gt; &amp; du bruit" in tab.detail.text()
        tab.search.setText("introuvable")
        assert tab.table.rowCount() == 0
        assert tab.detail.text() == ""


def test_timing_by_hand_makes_the_baseline(qtbot: QtBot, tmp_path: Path) -> None:
    with running(qtbot, tmp_path) as program:
        assert "pas encore mesuré" in program.reply_tab.panel.minutes.text().lower()
        button(program, "calibrateButton").click()
        dialog = program.window.findChild(QDialog, "calibrationDialog")
        assert dialog is not None
        for _ in range(2):
            assert "Vingt minutes" not in dialog.review.text()  # type: ignore[attr-defined]
            dialog.start.click()  # type: ignore[attr-defined]
            assert not dialog.written.isEnabled()  # type: ignore[attr-defined]
            text = "Bonjour, merci pour votre visite et à très bientôt chez nous."
            dialog.reply.insertPlainText(text)  # type: ignore[attr-defined]
            dialog.written.click()  # type: ignore[attr-defined]
        assert program.vault.journal is not None
        assert len(program.vault.journal.baselines()) == 2
        assert "vous prend" in program.settings_tab.baseline.text()
        assert not button(program, "calibrateButton").isVisible()


def test_a_timing_given_up_leaves_the_old_baseline(qtbot: QtBot, tmp_path: Path) -> None:
    with with_history(qtbot, tmp_path) as program:
        program.calibrate()
        dialog = program.window.findChild(QDialog, "calibrationDialog")
        assert dialog is not None
        dialog.start.click()  # type: ignore[attr-defined]
        dialog.reject()
        assert program.vault.journal is not None
        assert [s.seconds for s in program.vault.journal.baselines()] == [300, 240]


def test_settings_are_kept_and_used(qtbot: QtBot, tmp_path: Path) -> None:
    with running(qtbot, tmp_path) as program:
        tab = program.settings_tab
        tab.signature.setPlainText("À bientôt,\nMaëlys")
        tab.trade.setCurrentText("fleuriste")
        tab.tone.setCurrentIndex(tab.tone.findData("soutenu"))
        assert program.reply_tab.tone.currentData() == "soutenu"
    with running(qtbot, tmp_path) as program:
        shop = program.settings.current.shop
        assert (shop.signature, shop.trade) == ("À bientôt,\nMaëlys", "fleuriste")
        assert program.settings.current.tone is Tone.FORMAL
        assert program.settings_tab.signature.toPlainText() == "À bientôt,\nMaëlys"


def test_a_dropped_file_is_offered_and_used_only_when_trusted(qtbot: QtBot, tmp_path: Path) -> None:
    copy = tmp_path / "autre-redacteur.gguf"
    copy.write_bytes(paths.starter_model().read_bytes())
    with running(qtbot, tmp_path / "donnees") as program:
        tab = program.models_tab
        program.window.tabs.setCurrentWidget(tab)
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(copy))])
        where, action = QPointF(20, 20), Qt.DropAction.CopyAction
        for trusted in (False, True):
            enter = QDragEnterEvent(
                where.toPoint(), action, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            )
            QApplication.sendEvent(tab, enter)
            assert enter.isAccepted()
            drop = QDropEvent(where, action, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(tab, drop)
            box = next(b for b in tab.findChildren(QMessageBox) if b.isVisible())
            accept = [b for b in box.buttons() if box.buttonRole(b) is QMessageBox.ButtonRole.AcceptRole]
            refuse = [b for b in box.buttons() if b not in accept]
            (accept if trusted else refuse)[0].click()
            assert (program.engine.model == copy) is trusted
        assert program.settings.current.model == str(copy)
        button(program, "starterButton").click()
        assert program.engine.model == paths.starter_model()


def test_the_tabs_beside_the_first_are_made_when_one_is_looked_at(qtbot: QtBot, tmp_path: Path) -> None:
    program = Program(tmp_path, KEY)
    program.window.show()
    qtbot.waitUntil(lambda: program.vault.journal is not None)
    assert program.window.findChild(QWidget, "statsTab") is None
    program.window.tabs.setCurrentIndex(2)
    assert program.window.tabs.currentWidget() is program.journal_tab
    assert "s’inscriront ici" in program.journal_tab.count.text()
    assert [program.window.tabs.tabText(at) for at in range(5)] == list(TABS)
    program.window.close()
