"""From the prompt on the pipe to tokens: the program's own marks as control tokens, what people wrote never."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from repondeur.engine.chat import RENDER_SECONDS, Deadline, TemplateRefused, glue
from repondeur.engine.protocol import ProtocolError
from repondeur.engine.vocabulary import Vocabulary

MAX_PARTS: Final = 256
ROLES: Final = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Tokens:
    """A whole prompt. The first ``fixed`` of its ``ids`` are the same for every review."""

    ids: list[int]
    fixed: int


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    plain: bool


def assemble(prompt: object, vocabulary: Vocabulary, template: str, late: Callable[[], None]) -> Tokens:
    """Return the tokens of ``prompt``; ``late`` is called before the process ends because a template took too long.

    Raises:
        ProtocolError: the prompt is not of the shape that the protocol states.
        TemplateRefused: the model has no template that takes these messages.
    """
    if not isinstance(prompt, Mapping):
        raise ProtocolError("prompt")
    if prompt.get("kind") == "segments":
        return _segments(prompt, vocabulary)
    if prompt.get("kind") == "chat":
        return _chat(prompt, vocabulary, template, late)
    raise ProtocolError("kind")


def _segments(prompt: Mapping[str, Any], vocabulary: Vocabulary) -> Tokens:
    parts = _parts(prompt.get("segments"))
    pieces = [vocabulary.start()]
    pieces += [
        vocabulary.plain_tokens(part.text) if part.plain else vocabulary.tokens(part.text, special=True)
        for part in parts
    ]
    return _joined(pieces, 1 + _fixed(prompt, len(parts)))


def _chat(prompt: Mapping[str, Any], vocabulary: Vocabulary, template: str, late: Callable[[], None]) -> Tokens:
    """Wrap the messages; ``fixed`` counts messages here."""
    messages = prompt.get("messages")
    if not isinstance(messages, list) or not all(isinstance(m, Mapping) and m.get("role") in ROLES for m in messages):
        raise ProtocolError("messages")
    rows = [_parts(message.get("parts")) for message in messages]
    if not template:
        raise TemplateRefused
    with Deadline(RENDER_SECONDS, late):
        texts = glue(
            template,
            [message["role"] for message in messages],
            [len(row) for row in rows],
            (vocabulary.first_name, vocabulary.last_name),
            opened=bool(vocabulary.start()),
        )
    parts = [part for row in rows for part in row]
    pieces = [vocabulary.start() + vocabulary.tokens(texts[0], special=True)]
    for part, after in zip(parts, texts[1:], strict=True):
        pieces += [vocabulary.plain_tokens(part.text), vocabulary.tokens(after, special=True)]
    fixed_parts = sum(len(row) for row in rows[: _fixed(prompt, len(rows))])
    return _joined(pieces, 1 + 2 * fixed_parts)


def _joined(pieces: Sequence[list[int]], fixed: int) -> Tokens:
    ids = [token for piece in pieces for token in piece]
    if not ids:
        raise ProtocolError("empty prompt")
    return Tokens(ids, sum(len(piece) for piece in pieces[:fixed]))


def _parts(raw: object) -> list[_Part]:
    if not isinstance(raw, list) or not 0 < len(raw) <= MAX_PARTS:
        raise ProtocolError("parts")
    return [_part(item) for item in raw]


def _part(raw: object) -> _Part:
    if isinstance(raw, Mapping) and isinstance(raw.get("text"), str) and isinstance(raw.get("plain"), bool):
        return _Part(raw["text"].replace("\0", ""), raw["plain"])
    raise ProtocolError("part")


def _fixed(prompt: Mapping[str, Any], count: int) -> int:
    fixed = prompt.get("fixed", 0)
    if not isinstance(fixed, int) or isinstance(fixed, bool) or not 0 <= fixed <= count:
        raise ProtocolError("fixed")
    return fixed
