"""Every native way out of a window on X11, with real events from outside and another program reading.

Each way is walked twice: on the program's own parts around an unapproved draft, where nothing may come out, and on the
same window made of stock Qt parts, where it must, or else the walk proves nothing. ``fenced`` and ``stock`` are those.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from x11_hands import HERE, PATIENCE, Hands, Program, until

DRAFT = "Bonjour Sophie, nous sommes touchés par votre message et vous attendons samedi."
REVIEW = "Pain excellent, accueil adorable, je recommande vivement."
BEFORE = "avant"

COPY_KEYS = ("ctrl+c", "ctrl+Insert", "XF86Copy", "F16")
CUT_KEYS = ("ctrl+x", "shift+Delete", "XF86Cut", "F20")

Gesture = Callable[[Program], str]
"""Tries to carry the draft out of a window; returns what a stock part would have given away."""


@pytest.fixture(autouse=True)
def _before(display: dict[str, str], hands: Hands) -> None:
    """Another program holds both selections at the beginning."""
    hands.hold("clipboard", BEFORE)
    hands.hold("primary", BEFORE)


def press(*keys: str) -> Callable[[Program], None]:
    """Return a gesture of keys."""
    return lambda window: window.hands.do("key", *keys)


def drag_over(window: Program, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Press the left button at one point and let it go at another."""
    window.hands.do("mousemove", *start, "mousedown", 1, "mousemove", (start[0] + end[0]) // 2, start[1])
    window.hands.do("mousemove", *end, "mouseup", 1)


def select_with_mouse(window: Program) -> str:
    """Drag over the first words of the text box."""
    drag_over(window, window.point("editor", 0), window.point("editor", 30))
    window.settle()
    return until(lambda: window.ask("state")["selected"], "the mouse selected something")


def double_click(window: Program) -> str:
    """Select a word with a double click."""
    window.hands.do("mousemove", *window.point("editor", 18), "click", "--repeat", 2, "--delay", 20, 1)
    window.settle()
    return until(lambda: window.ask("state")["selected"], "the double click selected a word")


def shift_end(window: Program) -> str:
    """Select to the end of the line with the keyboard."""
    window.hands.do("key", "ctrl+Home", "shift+End")
    window.settle()
    return until(lambda: window.ask("state")["selected"], "the keys selected something")


SELECTIONS = (select_with_mouse, double_click, shift_end)


# The text box: keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", COPY_KEYS)
def test_copy_key(fenced: Program, hands: Hands, key: str) -> None:
    hands.do("key", "ctrl+a", key)
    state = fenced.settle()
    assert state["copies"] == 1, "the key asks the window"
    assert hands.read("clipboard") == BEFORE
    assert state["text"] == DRAFT


@pytest.mark.parametrize("key", COPY_KEYS)
def test_copy_key_leaks_from_a_stock_box(stock: Program, hands: Hands, key: str) -> None:
    hands.do("key", "ctrl+a", key)
    until(lambda: hands.read("clipboard") == DRAFT, "the stock box leaked")


@pytest.mark.parametrize("key", CUT_KEYS)
def test_cut_key(fenced: Program, hands: Hands, key: str) -> None:
    hands.do("key", "ctrl+a", key)
    assert fenced.settle()["text"] == ""
    assert hands.read("clipboard") == BEFORE
    hands.do("key", "ctrl+v")
    assert fenced.settle()["text"] == DRAFT, "what was cut inside is pasted inside"


@pytest.mark.parametrize("key", CUT_KEYS)
def test_cut_key_leaks_from_a_stock_box(stock: Program, hands: Hands, key: str) -> None:
    hands.do("key", "ctrl+a", key)
    until(lambda: hands.read("clipboard") == DRAFT, "the stock box leaked")


def test_copy_inside(fenced: Program, hands: Hands) -> None:
    fenced.ask("select", start=0, end=8)
    hands.do("key", "ctrl+shift+c", "ctrl+End", "ctrl+v")
    assert fenced.settle()["text"] == DRAFT + "Bonjour "
    assert hands.read("clipboard") == BEFORE


def test_a_newer_clipboard_is_pasted(fenced: Program, hands: Hands) -> None:
    fenced.ask("select", start=0, end=8)
    hands.do("key", "ctrl+shift+c")
    fenced.settle()
    hands.hold("clipboard", "d’ailleurs")
    fenced.settle()
    hands.do("key", "ctrl+End", "ctrl+v")
    assert fenced.settle()["text"] == DRAFT + "d’ailleurs"


# The text box: X11 selection ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("select", SELECTIONS)
def test_primary_selection(fenced: Program, hands: Hands, select: Gesture) -> None:
    assert select(fenced) in DRAFT
    assert hands.read("primary") in ("", BEFORE)


@pytest.mark.parametrize("select", SELECTIONS)
def test_primary_selection_leaks_from_a_stock_box(stock: Program, hands: Hands, select: Gesture) -> None:
    selected = select(stock)
    until(lambda: hands.read("primary") == selected, "the stock box leaked")


def middle_click(window: Program, part: str) -> None:
    """Paste the X11 selection into a part of a window."""
    window.hands.do("mousemove", *window.point(part), "click", 2)


@pytest.mark.parametrize("select", SELECTIONS)
def test_middle_click_in_another_program(fenced: Program, sink: Program, select: Gesture) -> None:
    fenced.focus()
    select(fenced)
    middle_click(sink, "line")
    sink.focus("line")
    assert sink.settle()["line"] in ("", BEFORE)


def test_middle_click_in_another_program_takes_from_a_stock_box(stock: Program, sink: Program) -> None:
    stock.focus()
    selected = select_with_mouse(stock)
    middle_click(sink, "line")
    until(lambda: sink.ask("state")["line"] == selected, "the stock box leaked")


def test_middle_click_in_the_same_window(fenced: Program) -> None:
    select_with_mouse(fenced)
    middle_click(fenced, "own")
    assert fenced.settle()["own"].replace(BEFORE, "") == REVIEW


def test_middle_click_into_the_text_box(fenced: Program, hands: Hands) -> None:
    middle_click(fenced, "editor")
    assert BEFORE in until(lambda: BEFORE in (text := fenced.settle()["text"]) and text, "the selection was pasted")


# The text box: drag -------------------------------------------------------------------------------------------------


def begin_drag(window: Program, sink: Program) -> tuple[int, int]:
    """Select with the keys, press on the selection and carry it over the other program's text box; do not let go."""
    window.focus()
    window.hands.do("key", "ctrl+a")
    window.settle()
    x, y = window.point("editor", 20)
    window.hands.do("mousemove", x, y, "mousedown", 1)
    for step in (8, 16, 24, 40):
        window.hands.do("mousemove", x + step, y)
    return sink.point("editor")


def wiggle(hands: Hands, x: int, y: int) -> None:
    """Move a little over a point, as a hand does."""
    hands.do("mousemove", x - 3, y, "mousemove", x, y)


def test_drag_to_another_window(fenced: Program, sink: Program, hands: Hands) -> None:
    target = begin_drag(fenced, sink)
    for _ in range(5):
        wiggle(hands, *target)
        fenced.settle()
    assert not sink.ask("state")["over"], "nothing is being dragged"
    hands.do("mouseup", 1)
    assert fenced.settle()["text"] == DRAFT
    sink.focus()
    assert sink.settle()["text"] == ""


def test_drag_to_another_window_leaks_from_a_stock_box(stock: Program, sink: Program, hands: Hands) -> None:
    target = begin_drag(stock, sink)
    until(lambda: wiggle(hands, *target) or sink.ask("state")["over"], "the drag reached the other window")
    hands.do("mouseup", 1)
    until(lambda: DRAFT in sink.ask("state")["text"], "the stock box leaked")


def test_a_drop_from_another_window_is_taken(fenced: Program, sink: Program, hands: Hands) -> None:
    fenced.ask("select", start=0, end=0)
    sink.focus()
    hands.do("key", "a", "b", "c", "ctrl+a")
    assert sink.settle()["selected"] == "abc"
    x, y = sink.point("editor", 1)
    hands.do("mousemove", x, y, "mousedown", 1)
    for step in (8, 16, 24, 40):
        hands.do("mousemove", x + step, y)
    target = fenced.point("editor", 0)
    until(lambda: wiggle(hands, *target) or fenced.ask("state")["over"], "the drag reached the window")
    hands.do("mouseup", 1)
    until(lambda: "abc" in fenced.ask("state")["text"], "the drop was taken")


# The text box: context menu -----------------------------------------------------------------------------------------


def open_menu(window: Program, part: str, at: int = -1) -> dict[str, list[int]]:
    """Click with the right button and return the entries of the menu."""
    window.hands.do("mousemove", *window.point(part, at), "click", 3)
    menu: dict[str, list[int]] = until(lambda: window.ask("state")["menu"], "a menu is open")
    return menu


def choose(window: Program, menu: dict[str, list[int]], entry: str) -> None:
    """Click on an entry of the open menu."""
    window.hands.do("mousemove", *menu[entry], "click", 1)
    until(lambda: window.ask("state")["menu"] is None, "the menu is closed")


def test_context_menu(fenced: Program, hands: Hands) -> None:
    hands.do("key", "ctrl+a")
    fenced.settle()
    menu = open_menu(fenced, "editor", 20)
    assert list(menu) == [
        "Annuler", "Rétablir", "Copier la réponse", "Couper dans la réponse", "Copier dans la réponse", "Coller",
        "Tout sélectionner",
    ]  # fmt: skip
    for entry in ("Copier la réponse", "Copier dans la réponse", "Couper dans la réponse"):
        choose(fenced, open_menu(fenced, "editor", 20) if fenced.ask("state")["menu"] is None else menu, entry)
        assert hands.read("clipboard") == BEFORE
        assert hands.read("primary") in ("", BEFORE)
    state = fenced.settle()
    assert (state["text"], state["copies"]) == ("", 1)


@pytest.mark.parametrize("entry", ["Copy", "Cut"])
def test_context_menu_leaks_from_a_stock_box(stock: Program, hands: Hands, entry: str) -> None:
    hands.do("key", "ctrl+a")
    stock.settle()
    choose(stock, open_menu(stock, "editor", 20), entry)
    until(lambda: hands.read("clipboard") == DRAFT, "the stock box leaked")


# Other parts that show the draft ------------------------------------------------------------------------------------


def select_line(window: Program) -> None:
    """Select the text of the line edit with the keys."""
    window.focus("line")
    window.hands.do("key", "ctrl+a")
    until(lambda: window.ask("state")["line_selected"] == DRAFT, "the line edit's text is selected")


def select_label(window: Program) -> None:
    """Select the text of the label with the keys."""
    window.focus("label")
    window.hands.do("key", "ctrl+a")
    until(lambda: window.ask("state")["label_selected"] == DRAFT, "the label's text is selected")


def select_cell(window: Program) -> None:
    """Put the focus on the table's cell."""
    window.focus("table")


PARTS = {"line": select_line, "label": select_label, "table": select_cell}


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+Insert", "XF86Copy", "F16"])
@pytest.mark.parametrize("part", PARTS)
def test_copy_key_on_another_part(fenced: Program, hands: Hands, part: str, key: str) -> None:
    PARTS[part](fenced)
    hands.do("key", key)
    state = fenced.settle()
    assert state["refused"] > 0
    assert hands.read("clipboard") == BEFORE, "the fence stops it before the clipboard is touched"
    assert hands.read("primary") in ("", BEFORE)


@pytest.mark.parametrize("part", PARTS)
def test_copy_key_leaks_from_another_stock_part(stock: Program, hands: Hands, part: str) -> None:
    PARTS[part](stock)
    hands.do("key", "ctrl+c")
    until(lambda: hands.read("clipboard") == DRAFT, "the stock part leaked")


@pytest.mark.parametrize("key", CUT_KEYS)
def test_cut_key_on_a_line_edit(fenced: Program, hands: Hands, key: str) -> None:
    select_line(fenced)
    hands.do("key", key)
    assert fenced.settle()["line"] == DRAFT
    assert hands.read("clipboard") == BEFORE


def select_part_with_mouse(window: Program, part: str) -> None:
    """Drag over the text of a line edit or a label."""
    window.focus(part)
    x, y = window.point(part)
    y -= 6 if part == "label" else 0
    drag_over(window, (x - 250, y), (x - 20, y))
    window.settle()


@pytest.mark.parametrize("part", ["line", "label"])
def test_mouse_selection_of_another_part(fenced: Program, hands: Hands, part: str) -> None:
    select_part_with_mouse(fenced, part)
    assert fenced.ask("state")["refused"] > 0
    assert hands.read("primary") == ""


@pytest.mark.parametrize("part", ["line", "label"])
def test_mouse_selection_of_another_stock_part_leaks(stock: Program, hands: Hands, part: str) -> None:
    select_part_with_mouse(stock, part)
    until(lambda: len(text := hands.read("primary")) > 12 and text in DRAFT, "the stock part leaked")


@pytest.mark.parametrize("part", ["line", "label"])
def test_primary_selection_of_another_stock_part_leaks(stock: Program, hands: Hands, part: str) -> None:
    PARTS[part](stock)
    hands.do("key", "ctrl+Home", "shift+End") if part == "line" else None
    until(lambda: hands.read("primary") == DRAFT, "the stock part leaked")


@pytest.mark.parametrize("part", ["line", "label"])
def test_context_menu_of_another_part(fenced: Program, hands: Hands, part: str) -> None:
    PARTS[part](fenced)
    hands.do("mousemove", *fenced.point(part), "click", 3)
    assert fenced.settle()["menu"] is None, "there is no native menu over a secret"
    assert hands.read("clipboard") == BEFORE


@pytest.mark.parametrize("part", ["line", "label"])
def test_context_menu_of_another_stock_part_leaks(stock: Program, hands: Hands, part: str) -> None:
    PARTS[part](stock)
    choose(stock, open_menu(stock, part), "Copy")
    until(lambda: hands.read("clipboard") == DRAFT, "the stock part leaked")


def drag_label(window: Program, sink: Program) -> tuple[int, int]:
    """Press on the label's selected text and carry it over the other program's text box; do not let go."""
    select_label(window)
    x, y = window.point("label")
    x -= 200
    window.hands.do("mousemove", x, y, "mousedown", 1)
    for step in (8, 16, 24, 40):
        window.hands.do("mousemove", x + step, y)
    return sink.point("editor")


def test_drag_of_a_label(fenced: Program, sink: Program, hands: Hands) -> None:
    fenced.focus()
    target = drag_label(fenced, sink)
    for _ in range(5):
        wiggle(hands, *target)
        fenced.settle()
    assert not sink.ask("state")["over"]
    hands.do("mouseup", 1)
    sink.focus()
    assert sink.settle()["text"] == ""


def test_drag_of_a_stock_label_leaks(stock: Program, sink: Program, hands: Hands) -> None:
    stock.focus()
    target = drag_label(stock, sink)
    until(lambda: wiggle(hands, *target) or sink.ask("state")["over"], "the drag reached the other window")
    hands.do("mouseup", 1)
    until(lambda: DRAFT in sink.ask("state")["text"], "the stock label leaked")


def test_what_the_person_wrote_can_be_copied(fenced: Program, hands: Hands) -> None:
    fenced.focus("own")
    hands.do("key", "ctrl+a", "ctrl+c")
    assert fenced.settle()["refused"] == 0
    assert hands.read("clipboard") == REVIEW
    hands.do("key", "Home", "shift+End")
    until(lambda: hands.read("primary") == REVIEW, "the X11 selection carries the person's own text")


# Accessibility ------------------------------------------------------------------------------------------------------


def read_aloud(window: Program, act: str, end: int) -> list[dict[str, object]]:
    """Let a screen reader, in another process, read the text box and ask it to copy; return what it reports."""
    python = Path("/usr/bin/python3")
    probe = [str(python), "-c", "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"]
    if "DBUS_SESSION_BUS_ADDRESS" not in window.hands.env or not python.exists():
        pytest.skip("no accessibility bus to test on: dbus or the system's Python is missing (make test installs them)")
    if subprocess.run(probe, capture_output=True, env=window.hands.env, timeout=PATIENCE).returncode:
        pytest.skip(
            "no accessibility client to test with: python3-gi or gir1.2-atspi-2.0 is missing (make test installs them)"
        )
    done = subprocess.run(
        [str(python), str(HERE / "read_aloud.py"), str(window.process.pid), act, str(end)], env=window.hands.env,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


ACTS = (("copy_text", len(DRAFT)), ("copy_text", 40), ("cut_text", len(DRAFT)), ("cut_text", 40))


@pytest.mark.parametrize(("act", "end"), ACTS)
def test_a_screen_reader_reads_and_cannot_copy(fenced: Program, hands: Hands, act: str, end: int) -> None:
    assert read_aloud(fenced, act, end)[0]["text"] == DRAFT, "screen readers can always read"
    assert fenced.settle()["refused"] == 1
    assert hands.read("clipboard") == ""


@pytest.mark.parametrize(("act", "end"), ACTS)
def test_a_screen_reader_copies_from_a_stock_box(stock: Program, hands: Hands, act: str, end: int) -> None:
    assert read_aloud(stock, act, end)[0]["text"] == DRAFT
    until(lambda: hands.read("clipboard") == DRAFT[:end], "the stock box leaked")


# The door -----------------------------------------------------------------------------------------------------------


def test_an_approved_reply_leaves(fenced: Program, hands: Hands) -> None:
    fenced.ask("approve")
    hands.do("key", "ctrl+c")
    fenced.settle()
    assert hands.read("clipboard") == DRAFT
    assert hands.read("primary") == BEFORE, "only the clipboard was asked for"


def test_an_edited_reply_leaves(fenced: Program, hands: Hands) -> None:
    hands.do("key", "ctrl+Home", "M", "e", "r", "c", "i", "space", "ctrl+c")
    fenced.settle()
    assert hands.read("clipboard") == "Merci " + DRAFT


def test_an_undo_after_approval_takes_it_away(fenced: Program, hands: Hands) -> None:
    hands.do("key", "ctrl+End", "x")
    fenced.settle()
    fenced.ask("approve")
    hands.do("key", "ctrl+z", "ctrl+c")
    state = fenced.settle()
    assert (state["text"], state["copies"]) == (DRAFT, 1)
    assert hands.read("clipboard") == BEFORE
