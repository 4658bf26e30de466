"""Events from the child are untrusted: bounded, cleaned, or refused."""

import contextlib
import json
import unicodedata
from dataclasses import asdict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repondeur.engine.protocol import (
    LINE_LIMIT,
    TEXT_LIMIT,
    Alive,
    Code,
    Done,
    Failed,
    Loaded,
    Prefilled,
    ProtocolError,
    Sampling,
    Text,
    clean,
    decode,
    encode,
    encode_event,
    parse_event,
)

EVENTS = [
    Loaded(0, 512, 2, True, 0.5),
    Alive(3),
    Text(3, "Merci !\nÀ bientôt 🥖"),
    Prefilled(4, 40, 12, 0.25),
    Done(5, "length", 40, 39, 220, 1.5, 0.25),
    Failed(6, Code.PROMPT_TOO_LONG),
]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_comes_back_equal(event: object) -> None:
    line = encode_event(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert parse_event(line) == event


@pytest.mark.parametrize("event", EVENTS)
def test_no_field_may_be_missing_or_of_another_type(event: object) -> None:
    fields = {"event": type(event).__name__.lower(), **asdict(event)}
    for name in fields:
        for wrong in (None, [], {}, "étrange", -1, 1e400, True if name != "sealed" else 1):
            if wrong == "étrange" and name == "text":
                continue
            with pytest.raises(ProtocolError):
                parse_event(json.dumps({**fields, name: wrong}).encode())
        with pytest.raises(ProtocolError):
            parse_event(json.dumps({k: v for k, v in fields.items() if k != name}).encode())


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"null", b"[]", b"3", b'"text"', b"{", b"\xff", b'{"event":"text","job":1,"text":"a"}x'),
        *(b'{"event":["text"],"job":1,"text":"a"}', b"[" * 100_000, b'{"event":"quit","job":1}'),
        b'{"event":"text","job":1,"text":"' + b"a" * (TEXT_LIMIT + 1) + b'"}',
        b'{"event":"text","job":1,"text":"' + b"a" * LINE_LIMIT + b'"}',
        b'{"event":"prefilled","job":1,"prompt_tokens":1,"reused_tokens":1,"seconds":NaN}',
        b'{"event":"done","job":99999999999999999999,"reason":"stop"}',
    ],
)
def test_a_line_that_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_event(line)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda s: s.encode("utf-8", "surrogatepass")))
def test_no_line_does_anything_but_parse_or_be_refused(line: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        parse_event(line)


@given(st.text(alphabet=st.characters(), max_size=60))
@example("\ud800 \u202e\u2066\x00\x1b[2J\r\u0085\u2028\ufeff\U000e0041\t")
def test_clean_text_disturbs_nothing(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    cleaned.encode("utf-8")
    for c in cleaned:
        assert c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn")
        assert unicodedata.bidirectional(c) not in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def test_ordinary_french_is_left_alone() -> None:
    text = "Bonjour Zoé,\n\nMerci\u202f! L’équipe – 5\xa0€ 👩‍🍳 cœur"
    assert clean(text) == text
    assert clean("a\tb") == "a b"


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=30) | st.integers() | st.booleans(), max_size=5))
def test_requests_are_one_line_each(message: dict[str, object]) -> None:
    line = encode(message)
    assert line.splitlines() == [line[:-1]]
    assert decode(line) == message


def test_sampling_crosses_the_pipe() -> None:
    sampling = Sampling(temperature=0.3, top_k=12, seed=5, max_tokens=99)
    assert Sampling.from_json(json.loads(json.dumps(asdict(sampling)))) == sampling


@pytest.mark.parametrize("name", [*asdict(Sampling())])
@pytest.mark.parametrize("wrong", [None, "0.5", -1, float("nan"), float("inf"), True, 1 << 40])
def test_sampling_out_of_range_is_refused(name: str, wrong: object) -> None:
    with pytest.raises(ProtocolError):
        Sampling.from_json({**asdict(Sampling()), name: wrong})


def test_sampling_must_be_an_object() -> None:
    with pytest.raises(ProtocolError):
        Sampling.from_json([1])
