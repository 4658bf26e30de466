"""Who may import, name and call what (the house's table), kept by reading syntax trees.

The import table is an allow-list of every module that is not of the standard library: a module that stands in no row
fails. What would carry a reply out, or open a connection, may be named nowhere but where it is meant to be.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from architecture import FUNCTION_LINES, MODULE_LINES, House, broken_rules

SRC = Path(__file__).resolve().parents[1] / "src"

OURS = "repondeur"
ERRORS, REPLY, ENGINE = "repondeur.errors", "repondeur.reply", "repondeur.engine"
TIMERS = "repondeur.timers"
JOURNAL, INSIGHT, DESK, UI = "repondeur.journal", "repondeur.insight", "repondeur.desk", "repondeur.ui"
QT = CORE, GUI, WIDGETS = "PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets"

IMPORTS = {
    "repondeur": (),
    "repondeur.__main__": ("repondeur.start",),
    "repondeur.start": (
        ERRORS,
        "repondeur.__version__",
        "repondeur.paths",
        "repondeur.app",
        "repondeur.bugs",
        "repondeur.vault",
        JOURNAL,
        UI,
        *QT,
    ),
    "repondeur.bugs": (),
    "repondeur.app": (OURS, *QT),
    "repondeur.errors": (),
    "repondeur.paths": ("platformdirs",),
    "repondeur.settings": (ERRORS, REPLY),
    # The demonstration plays a person on the real window, and pastes as one.
    "repondeur.demo": (OURS, CORE, WIDGETS),
    "repondeur.timers": (CORE,),
    "repondeur.vault": (ERRORS, JOURNAL, TIMERS, CORE),
    "repondeur.journal.keyhelper": (ERRORS, JOURNAL),
    "repondeur.opening": (ERRORS, "repondeur.bugs", "repondeur.vault", UI, CORE),
    "repondeur.reply*": (ERRORS, REPLY),
    # The engine's child: llama.cpp by one module, no Qt. Its parent: Qt's core and the protocol, no llama.cpp.
    "repondeur.engine.protocol": (),
    "repondeur.engine.client": (ERRORS, ENGINE, CORE),
    "repondeur.engine.process": (ERRORS, ENGINE, CORE),
    "repondeur.engine.bindings": ("llama_cpp",),
    "repondeur.engine.chat": (ENGINE, "jinja2"),
    "repondeur.engine*": (ERRORS, ENGINE),
    # The cipher, the key ring and the key's wrapping each stay in one module or two.
    "repondeur.journal.driver": (ERRORS, JOURNAL, "sqlcipher3"),
    "repondeur.journal.store": (ERRORS, REPLY, JOURNAL, "sqlcipher3"),
    "repondeur.journal.key": (ERRORS, JOURNAL, "cryptography"),
    "repondeur.journal.ring": (ERRORS, JOURNAL, "keyring"),
    "repondeur.journal*": (ERRORS, REPLY, JOURNAL),
    "repondeur.insight*": (ERRORS, REPLY, INSIGHT),
    "repondeur.inbox*": (ERRORS, REPLY, "repondeur.inbox"),
    # What joins the domain with the engine's client, on Qt's core alone: no window is needed to test a session.
    "repondeur.desk*": (ERRORS, REPLY, DESK, TIMERS, "repondeur.engine.client", "repondeur.engine.protocol", CORE),
    "repondeur.ui.charts": (INSIGHT, UI, *QT, "pyqtgraph"),
    "repondeur.ui.clipboard": (REPLY, *QT),
    "repondeur.ui*": (
        TIMERS,
        *(ERRORS, REPLY, INSIGHT, DESK, UI, "repondeur.engine.client", "repondeur.engine.protocol"),
        *QT,
    ),
}
PURE = {
    "repondeur.reply*": (
        *("bisect", "collections", "dataclasses", "datetime", "enum", "functools", "hashlib", "itertools", "math"),
        *("random", "re", "string", "tomllib", "typing", "unicodedata"),
    ),
}
NOBODY: tuple[str, ...] = ()
PARENT = ("repondeur.engine.client", "repondeur.engine.process")
NATIVE = tuple(f"repondeur.engine.{name}" for name in ("bindings", "model", "sandbox", "vocabulary", "worker"))
RESTRICTED_MODULES = {
    **dict.fromkeys(
        (
            *("socket", "_socket", "socketserver", "ssl", "_ssl", "select", "selectors", "asyncio", "multiprocessing"),
            *("http", "urllib.request", "urllib.error", "urllib.robotparser", "xmlrpc", "wsgiref", "ftplib", "smtplib"),
            *("smtpd", "poplib", "imaplib", "nntplib", "telnetlib", "asyncore", "asynchat"),
            *("subprocess", "pty", "runpy", "code", "codeop", "pickle", "marshal", "shelve", "sqlite3", "tkinter"),
        ),
        NOBODY,
    ),
    "ctypes": NATIVE,
    "webbrowser": ("repondeur.ui.*",),
    "logging": ("repondeur.bugs", "repondeur.start"),
}
EDITOR, DOOR, DEMO = "repondeur.ui.draft_editor", "repondeur.ui.clipboard", "repondeur.demo"
RESTRICTED_NAMES = {
    # The ways out: the clipboard and drags belong to the one door, printing and trays to nobody.
    **dict.fromkeys(("clipboard", "QClipboard", "QDrag", "setMimeData", "startDrag"), (DOOR,)),
    "QMimeData": (DOOR, EDITOR, DEMO),
    "createMimeDataFromSelection": (DOOR, EDITOR),
    **dict.fromkeys(("QPrinter", "QPrintDialog", "QPdfWriter", "QtPrintSupport", "QTextDocumentWriter"), NOBODY),
    **dict.fromkeys(("QSystemTrayIcon", "QtNetwork", "QtDBus", "QtWebEngineWidgets", "QtMultimedia"), NOBODY),
    "QDesktopServices": ("repondeur.ui.models_tab",),
    **dict.fromkeys(("QFile", "QSaveFile", "QTextStream", "QSettings", "QTemporaryFile"), NOBODY),
    # Processes: one, and nothing started beside it.
    "QProcess": (*PARENT, "repondeur.vault"),
    **dict.fromkeys(("startDetached", "popen", "startfile", "execv", "execvp", "fork", "forkpty"), NOBODY),
    "execve": ("repondeur.engine.sandbox",),  # the system call that the engine's cage refuses
    **dict.fromkeys(("posix_spawn", "spawnv", "spawnve", "spawnl"), NOBODY),
    # The seal of an approved reply.
    **dict.fromkeys(("_SEAL", "_seal"), ("repondeur.reply.draft",)),
    **dict.fromkeys(("__setattr__", "__new__", "__globals__", "__builtins__"), ("repondeur.reply.draft",)),
}
# Files are written by the rooms that keep something, and by the statistics: figures alone.
WRITERS = ("repondeur.bugs", "repondeur.journal*", "repondeur.settings", "repondeur.ui.stats_tab")
RESTRICTED_CALLS = {
    **dict.fromkeys(("ApprovedReply", ".ApprovedReply"), ("repondeur.reply.draft",)),
    ".clipboard": (DOOR,),
    "print": ("repondeur.start", DEMO),
    **dict.fromkeys(("eval", "exec", "compile", "input", "breakpoint", "__import__", ".system"), NOBODY),
    # Qt's own copy and cut of a text box.
    **dict.fromkeys((".copy", ".cut"), ("repondeur.reply*", "repondeur.journal*", "repondeur.engine*", EDITOR)),
    "open": ("repondeur.engine*", "repondeur.journal*", "repondeur.settings"),
    **dict.fromkeys((".write_text", ".write_bytes"), WRITERS),
}
HOUSE = House(
    imports=IMPORTS,
    pure=PURE,
    restricted_modules=RESTRICTED_MODULES,
    restricted_names=RESTRICTED_NAMES,
    restricted_calls=RESTRICTED_CALLS,
    open_calls=("self._session.copy",),  # the Copy action, by way of the approval
    writers=WRITERS,
    # The key ring's backends are tried by name, from a fixed list.
    computed_names=("repondeur.journal.ring",),
)


def modules() -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the file of every module of the program."""
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


@pytest.mark.parametrize(("module", "path"), list(modules()))
def test_the_house_rules_hold(module: str, path: Path) -> None:
    """Each module keeps to the table."""
    assert broken_rules(HOUSE, module, path.read_text("utf-8")) == []


LONG_FUNCTION = "def f() -> None:\n" + "    x = 1\n" * FUNCTION_LINES
BAD = [
    # Not on the import table.
    ("ui.reply_tab", "from pyperclip import copy"),
    ("ui.reply_tab", "import pyperclip"),
    ("ui.reply_tab", "import llama_cpp"),
    ("ui.journal_tab", "from sqlcipher3 import dbapi2"),
    ("ui.journal_tab", "from repondeur.journal.store import Journal"),
    ("ui.reply_tab", "from PySide6 import QtNetwork"),
    ("ui.reply_tab", "import PySide6"),
    ("ui.reply_tab", "from PySide6.QtGui import *"),
    ("ui.reply_tab", "from .clipboard import SystemClipboard"),
    ("ui.reply_tab", "import pyqtgraph"),
    ("reply.guard", "from PySide6.QtCore import QLocale"),
    ("reply.guard", "from repondeur.journal.store import Journal"),
    ("engine.worker", "from repondeur.engine.protocol import Code\nfrom PySide6.QtCore import QObject"),
    ("engine.protocol", "from repondeur.errors import EngineError"),
    ("journal.store", "from PySide6.QtCore import QObject"),
    ("journal.store", "import keyring"),
    ("insight.statistics", "from repondeur.ui.figures import duration"),
    ("an_unknown_room.thing", "import re"),
    ("bugs", "from repondeur.reply.record import Review"),
    # A connection, another program, native code.
    ("app", "import socket"),
    ("app", "from urllib.request import urlopen"),
    ("app", "from urllib import request"),
    ("app", "import http.client"),
    ("app", "import importlib\nimportlib.import_module('socket')"),
    ("app", "__import__('socket')"),
    ("app", "import asyncio"),
    ("ui.models_tab", "def f():\n    import ssl"),
    ("app", "import importlib\nimportlib.import_module('soc' + 'ket')"),
    ("journal.key", "import ctypes"),
    ("app", "import subprocess"),
    ("app", "import os\nos.popen('xclip')"),
    ("app", "import os\nos.system('xclip')"),
    ("ui.reply_tab", "from PySide6.QtCore import QProcess"),
    ("app", "import webbrowser"),
    # The ways out.
    ("ui.reply_tab", "from PySide6.QtGui import QClipboard"),
    ("ui.reply_tab", "from PySide6.QtGui import QDrag"),
    ("ui.reply_tab", "import PySide6.QtGui as gui\ngui.QDrag(self)"),
    ("ui.reply_tab", "QApplication.clipboard().setText('x')"),
    ("ui.reply_tab", "take = QApplication.clipboard"),
    ("ui.reply_tab", "self.clipboard().setText('x')"),
    ("ui.reply_tab", "getattr(app, 'clipboard')()"),
    ("ui.reply_tab", "getattr(app, 'clip' + 'board')()"),
    ("ui.reply_tab", "getattr(app, name)()"),
    ("ui.reply_tab", "import operator\noperator.methodcaller('clipboard')(app)"),
    ("ui.reply_tab", "board.setMimeData(data)"),
    ("ui.reply_tab", "self.editor.copy()"),
    ("ui.journal_tab", "from PySide6.QtPrintSupport import QPrinter"),
    ("ui.reply_tab", "self.setWindowTitle(self.editor.toPlainText())"),
    ("ui.reply_tab", "self.setWindowTitle(f'{text}')"),
    ("ui.reply_tab", "self.setWindowTitle('x' if new else self.text)"),
    ("ui.reply_tab", "import logging\nlogging.info(text)"),
    ("ui.reply_tab", "print(text)"),
    ("ui.reply_tab", "Path('out.txt').write_text(text)"),
    ("ui.reply_tab", "with open('out.txt', 'w') as out:\n    out.write(text)"),
    ("ui.reply_tab", "path.open('w').write(text)"),
    ("ui.reply_tab", "from PySide6.QtCore import QSaveFile"),
    ("ui.reply_tab", "from PySide6.QtGui import QDesktopServices"),
    # The approval's type.
    ("desk.session", "from repondeur.reply.draft import ApprovedReply\nApprovedReply('x', '', a, None, s)"),
    ("desk.session", "from repondeur.reply import draft\ndraft.ApprovedReply('x', '', a, None, s)"),
    ("desk.session", "from repondeur.reply.draft import _SEAL"),
    ("desk.session", "object.__setattr__(reply, 'text', 'x')"),
    # The domain does no input or output.
    ("reply.templates", "from pathlib import Path"),
    ("reply.templates", "open('templates.toml')"),
    ("reply.timing", "import time"),
    # Sizes and loose ends.
    ("reply.guard", LONG_FUNCTION),
    ("reply.guard", "x = 1\n" * (MODULE_LINES + 1)),
    ("reply.guard", "x = 1  # TODO: later"),
    ("reply.guard", "raise NotImplementedError"),
]


@pytest.mark.parametrize(("module", "source"), BAD)
def test_a_broken_rule_is_seen(module: str, source: str) -> None:
    """Each check fails on an example of what it is there for."""
    assert broken_rules(HOUSE, f"repondeur.{module}", source) != []


GOOD = [
    ("ui.clipboard", "from PySide6.QtGui import QClipboard, QGuiApplication\nboard = QGuiApplication.clipboard()"),
    ("app", "self.clipboard = SystemClipboard()\nReplySession(self.clipboard)"),
    ("ui.unlock", "dialog.open()"),
    ("ui.unlock", "self.setWindowTitle(self.tr('Protéger') if new else self.tr('Ouvrir'))"),
    ("ui.reply_panel", "self._session.copy()"),
    ("ui.main_window", 'self.setWindowTitle(self.tr("Répondeur"))'),
    ("ui.models_tab", '"""The clipboard is named in prose only."""\nevent.mimeData().urls()'),
    ("engine.bindings", "import ctypes\nimport importlib\nimportlib.import_module('llama_cpp.llama_cpp')"),
    ("reply.draft", "ApprovedReply(text, generated, approval, snapshot, _SEAL)"),
]


@pytest.mark.parametrize(("module", "source"), GOOD)
def test_what_is_allowed_passes(module: str, source: str) -> None:
    """The checks leave alone what the table allows."""
    assert broken_rules(HOUSE, f"repondeur.{module}", source) == []


# The engine's parent lives in the window's process; every other module of the engine must do without Qt.
WITH_QT = (*PARENT, "repondeur.engine.outcome")
WITHOUT_QT = ("errors", "paths", "settings", "reply", "engine", "journal", "insight", "inbox")


def test_the_rooms_below_the_window_need_no_qt() -> None:
    """Every module of the domain, the journal, the statistics and the engine's child does without Qt."""
    names = [
        name
        for name, _ in modules()
        if name.split(".")[1:2] and name.split(".")[1] in WITHOUT_QT and name not in WITH_QT
    ]
    code = (
        "import importlib, sys\n"
        "sys.modules['PySide6'] = None\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        "print(sorted(m for m in sys.modules if m.startswith(('PySide6.', 'shiboken6'))))\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert (answer.stdout.strip(), answer.stderr) == ("[]", "")
