"""What a model is asked, as parts that keep the program's words apart from what people wrote.

A part is *plain* when a person wrote it or when it comes from a review: it reaches the model as ordinary text and can
never become one of the model's control tokens (SECURITY.md 6.4). Two builders: :func:`compact` for the starter model,
which knows a fixed form, and :func:`general` for any model that converses.
"""

import tomllib
from dataclasses import dataclass
from typing import Final, Literal

from repondeur.reply.record import Length, Tone
from repondeur.reply.shop import Shop

_FIXED_SEGMENTS: Final = 3  # <|trade|>, the trade's word, <|lang|>


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a prompt; ``plain`` when written by a person or coming from a review."""

    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user"]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as the engine takes it.

    ``kind`` says whether ``segments`` or ``messages`` is filled. ``fixed`` counts the leading segments, or messages,
    that stay the same from one review to the next. ``version`` goes to the journal.
    """

    kind: Literal["segments", "chat"]
    version: str
    fixed: int
    segments: tuple[Part, ...] = ()
    messages: tuple[Message, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the prompt in the form of the engine's protocol."""
        if self.kind == "segments":
            return {"kind": "segments", "segments": _as_json(self.segments), "fixed": self.fixed}
        turns = [{"role": m.role, "parts": _as_json(m.parts)} for m in self.messages]
        return {"kind": "chat", "messages": turns, "fixed": self.fixed}

    def text(self) -> str:
        """Return all the words of the prompt, for tests and for counting; never for a model."""
        parts = [*self.segments, *(part for message in self.messages for part in message.parts)]
        return "".join(part.text for part in parts)


@dataclass(frozen=True, slots=True)
class Request:
    """What a draft is wanted for: everything a person wrote in it has been masked before.

    ``rating`` is 1–5 or ``None``, ``lang`` ISO 639-1.
    """

    review: str
    note: str
    rating: int | None
    tone: Tone
    length: Length
    lang: str
    shop: Shop


@dataclass(frozen=True, slots=True)
class CompactWords:
    """``prompts/compact.toml``: the trade that stands in for an unknown one, the languages, the control tokens."""

    version: str
    trade: str
    languages: list[str]
    markers: dict[str, str]


@dataclass(frozen=True, slots=True)
class GeneralWords:
    """``prompts/general.toml``: the words said to a model that converses."""

    version: str
    system: str
    before: str
    line: str
    no_text: str
    note: str
    after: str
    ratings: dict[str, str]
    tones: dict[str, str]
    lengths: dict[str, str]
    languages: dict[str, str]
    persons: dict[str, str]
    facts: dict[str, str]


def load_compact(text: str) -> CompactWords:
    """Read ``prompts/compact.toml``."""
    return CompactWords(**tomllib.loads(text))


def load_general(text: str) -> GeneralWords:
    """Read ``prompts/general.toml``."""
    return GeneralWords(**tomllib.loads(text))


def compact(request: Request, words: CompactWords) -> Prompt:
    """Return the starter model's prompt: what stays comes first, what is changed most often last."""
    fields = {
        "trade": request.shop.trade.strip().lower() or words.trade,
        "lang": request.lang,
        "review": request.review,
        "note": request.note,
        "rating": str(request.rating or 0),
        "tone": request.tone.value,
        "length": request.length.value,
    }
    segments: list[Part] = []
    for name, value in fields.items():
        segments.append(Part(words.markers[name], plain=False))
        if value:
            segments.append(Part(value, plain=True))
    segments.append(Part(words.markers["reply"], plain=False))
    return Prompt("segments", words.version, _FIXED_SEGMENTS, segments=tuple(segments))


def general(request: Request, words: GeneralWords) -> Prompt:
    """Return the prompt for a model that converses.

    The review stands between instructions, each of its lines marked, so that an order written inside it reads as what
    it is: a line of the review.
    """
    system = Message("system", (Part(words.system, plain=False), *_facts(request.shop, words)))
    user = [Part(words.before + words.ratings[str(request.rating or 0)], plain=False), *_review(request.review, words)]
    if request.note:
        user += [Part(words.note, plain=False), Part(" ".join(request.note.split()), plain=True)]
    asked = words.after.format(
        tone=words.tones[request.tone.value],
        length=words.lengths[request.length.value],
        language=words.languages.get(request.lang, words.languages["fr"]),
        person=words.persons[request.shop.we],
    )
    user.append(Part(asked, plain=False))
    return Prompt("chat", words.version, 1, messages=(system, Message("user", tuple(user))))


def _as_json(parts: tuple[Part, ...]) -> list[dict[str, object]]:
    return [{"text": part.text, "plain": part.plain} for part in parts]


def _facts(shop: Shop, words: GeneralWords) -> list[Part]:
    values = {
        "trade": shop.trade,
        "name": shop.name,
        "town": shop.town,
        "team": ", ".join(shop.team),
        "sells": shop.sells,
        "hours": shop.hours,
        "contact": shop.contact,
    }
    parts: list[Part] = []
    for name, value in values.items():
        if value.strip():
            parts += [Part(words.facts[name], plain=False), Part(" ".join(value.split()), plain=True)]
    return parts


def _review(text: str, words: GeneralWords) -> list[Part]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return [Part(words.no_text, plain=False)]
    return [part for line in lines for part in (Part(words.line, plain=False), Part(line, plain=True))]
