"""What a person wrote never becomes a token that steers a model, in any vocabulary; what is written becomes text."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engine_support import chat, compact, model
from gguf_factory import CONTROL, RECIPES
from hypothesis import given
from hypothesis import strategies as st

from repondeur.engine.assemble import Tokens, assemble
from repondeur.engine.bindings import C, Halt, Log
from repondeur.engine.model import Model, common_prefix
from repondeur.engine.protocol import ProtocolError
from repondeur.engine.vocabulary import Vocabulary, Written

__all__ = ["model"]
Models = Callable[..., Path]
ODD = int(C.LLAMA_TOKEN_ATTR_UNKNOWN) | int(C.LLAMA_TOKEN_ATTR_CONTROL) | int(C.LLAMA_TOKEN_ATTR_USER_DEFINED)
VOCABULARIES = ("starter", "chatml", "llama3", "gemma", "mistral", "unknown")


@pytest.fixture(params=VOCABULARIES)
def loaded(request: pytest.FixtureRequest, model: Models) -> Iterator[tuple[str, Model]]:
    """A model in this very process, to be asked for its tokens."""
    name = request.param
    held = Model(model(name), 512, 1, Halt(), Log(), lambda: None)
    yield name, held
    held.close()


def steering(vocabulary: Vocabulary, tokens: list[int]) -> list[int]:
    """Return the tokens that are no plain text; Gemma's empty line is one by its type alone."""
    odd = [token for token in tokens if C.llama_vocab_get_attr(vocabulary._vocab, token) & ODD]
    return [token for token in odd if vocabulary.name(token) != "\n\n"]


def prompt(name: str, review: str, vocabulary: Vocabulary) -> Tokens:
    made = compact(review) if name == "starter" else chat(review)
    return assemble(made, vocabulary, RECIPES[name].template or "", lambda: None)


def test_no_special_string_breaks_out(loaded: tuple[str, Model]) -> None:
    name, held = loaded
    vocabulary = held.vocabulary
    specials = [vocabulary.name(token) for token in range(vocabulary.size) if steering(vocabulary, [token])]
    assert set(specials) >= set(RECIPES[name].special) - {"\n\n"}
    expected = steering(vocabulary, prompt(name, "Nul.", vocabulary).ids)
    for special in specials:
        for review in (special, f"Nul.{special}\n", f"{special}{special}", special[:-1] + "\u200b" + special[-1:]):
            assert steering(vocabulary, vocabulary.plain_tokens(review)) == []
            assert steering(vocabulary, prompt(name, review, vocabulary).ids) == expected


def test_our_own_marks_do_steer(loaded: tuple[str, Model]) -> None:
    name, held = loaded
    count = len(steering(held.vocabulary, prompt(name, "Nul.", held.vocabulary).ids))
    # starter: eight marks; the others: those of two turns and the model's, and the opening token where one is wanted
    assert count == {"starter": 8, "chatml": 5, "llama3": 9, "gemma": 4, "mistral": 3, "unknown": 2}[name]


def test_a_programs_own_words_do_not_steer_either(loaded: tuple[str, Model]) -> None:
    name, held = loaded
    if name == "starter":
        return
    special = next(iter(RECIPES[name].special))
    made = chat("Nul.", system=f"Tu réponds {special}")
    found = assemble(made, held.vocabulary, RECIPES[name].template or "", lambda: None)
    assert steering(held.vocabulary, found.ids) == steering(held.vocabulary, prompt(name, "Nul.", held.vocabulary).ids)


def test_text_comes_back_from_its_tokens(loaded: tuple[str, Model]) -> None:
    _, held = loaded
    text = "Merci à vous, le pain 🥖 est prêt ;\n\n<b>ça</b> ira à 5\u00a0€ !"
    written = Written()
    pieces = [written.add(held.vocabulary.piece(token)) for token in held.vocabulary.plain_tokens(text)]
    assert "".join(pieces) + written.end() == text
    assert "\ufffd" not in "".join(pieces)


def test_no_control_token_is_ever_shown(loaded: tuple[str, Model]) -> None:
    _, held = loaded
    for token in range(held.vocabulary.size):
        if C.llama_vocab_is_control(held.vocabulary._vocab, token):
            assert held.vocabulary.piece(token) in (b"", b"<think>", b"</think>")


def test_any_mark_of_a_turn_ends_a_reply(loaded: tuple[str, Model]) -> None:
    name, held = loaded
    ends = {held.vocabulary.name(token) for token in held.vocabulary.ends()}
    marks = {mark for mark, kind in RECIPES[name].special.items() if kind == CONTROL}
    assert ends == marks - {"<think>", "</think>"}
    assert RECIPES[name].end in ends


def test_fixed_counts_the_tokens_that_never_change(loaded: tuple[str, Model]) -> None:
    name, held = loaded
    one, other = (prompt(name, review, held.vocabulary) for review in ("Parfait.", "Nul !"))
    assert one.fixed == other.fixed > 0
    assert one.ids[: one.fixed] == other.ids[: other.fixed]
    assert common_prefix(one.ids, other.ids) < min(len(one.ids), len(other.ids))


@pytest.mark.parametrize(
    "made",
    [
        *(None, [], {}, {"kind": "autre"}, {"kind": "segments"}, {"kind": "segments", "segments": []}),
        {"kind": "segments", "segments": [{"text": "a"}]},
        {"kind": "segments", "segments": [{"text": 3, "plain": True}]},
        {"kind": "segments", "segments": [{"text": "a", "plain": 1}]},
        {"kind": "segments", "segments": [{"text": "a", "plain": True}], "fixed": 2},
        {"kind": "segments", "segments": [{"text": "a", "plain": True}], "fixed": True},
        {"kind": "segments", "segments": [{"text": "", "plain": True}]},
        {"kind": "segments", "segments": [{"text": "a", "plain": True}] * 300},
        {"kind": "chat", "messages": [{"role": "root", "parts": [{"text": "a", "plain": True}]}]},
        {"kind": "chat", "messages": ["bonjour"]},
        {"kind": "chat", "messages": [{"role": "user", "parts": "a"}]},
    ],
)
def test_a_prompt_of_another_shape_is_refused(made: object, model: Models) -> None:
    held = Model(model("starter"), 512, 1, Halt(), Log(), lambda: None)
    try:
        with pytest.raises(ProtocolError):
            assemble(made, held.vocabulary, RECIPES["chatml"].template or "", lambda: None)
    finally:
        held.close()


def shown(*pieces: str) -> str:
    """Return what is shown when ``pieces`` come one after another, one byte at a time."""
    written = Written()
    raw = "".join(pieces).encode()
    return "".join(written.add(raw[i : i + 1]) for i in range(len(raw))) + written.end()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Merci !", "Merci !"),
        ("  \n Merci !", "Merci !"),
        ("<think>\n\n</think>\n\nMerci !", "Merci !"),
        ("<think>Il est déçu… <b></think>Merci !", "Merci !"),
        ("<think>sans fin", ""),
        ("Merci <think>hum</think>!", "Merci !"),
        ("<|channel>thought\nhum<channel|>Merci !", "Merci !"),
        ("a < b <thin", "a < b <thin"),
        ("<think>a</think><think>b</think>Merci", "Merci"),
        ("", ""),
    ],
)
def test_a_thought_is_never_shown(text: str, expected: str) -> None:
    assert shown(text) == expected
    written = Written()
    assert written.add(text.encode()) + written.end() == expected


@given(
    st.lists(st.sampled_from(["<", "<th", "<think>", "ink>", "</think>", "</", "é", "mot ", "\n", "🥖"]), max_size=12)
)
def test_how_the_bytes_are_cut_changes_nothing(pieces: list[str]) -> None:
    written = Written()
    whole = written.add("".join(pieces).encode()) + written.end()
    assert shown(*pieces) == whole


def test_broken_bytes_become_the_replacement_character() -> None:
    written = Written()
    assert written.add(b"a\xffb\xe2\x82") + written.end() == "a\ufffdb\ufffd"


@given(st.lists(st.integers(0, 3), max_size=8), st.lists(st.integers(0, 3), max_size=8))
def test_common_prefix(a: list[int], b: list[int]) -> None:
    count = common_prefix(a, b)
    assert a[:count] == b[:count]
    assert count == min(len(a), len(b)) or a[count] != b[count]


def test_the_bindings_come_without_the_rest_of_their_package() -> None:
    code = (
        "import json, sys; import repondeur.engine.jobs;"
        "print(json.dumps([m for m in ('numpy', 'jinja2', 'diskcache', 'llama_cpp.llama') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=60)
    assert json.loads(done.stdout) == []
