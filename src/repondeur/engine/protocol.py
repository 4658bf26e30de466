"""What the window's process and the engine's process say to one another: JSON objects, one a line, in UTF-8.

Requests carry ``op``, events carry ``event``; each carries ``job``, a number that the parent chose (0 for the loading
of the model). Every job that was asked for ends with exactly one of ``loaded``, ``prefilled``, ``done`` and
``failed``. No sentence for people crosses the pipe, only :class:`Code`. What comes from the child is untrusted:
:func:`parse_event` bounds every field before anything else sees it.
"""

import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal, get_args

LINE_LIMIT: Final = 1 << 20
"""The longest line, in bytes, that either side reads."""

TEXT_LIMIT: Final = 1 << 16
"""The longest draft, in characters, that the parent accepts."""

LOAD_JOB: Final = 0
RANDOM_SEED: Final = 0xFFFFFFFF
"""The seed that asks llama.cpp to choose one."""

Reason = Literal["stop", "length", "stopped"]
Kind = Literal["starter", "chat"]


class Code(StrEnum):
    """Why a job failed."""

    PROMPT_TOO_LONG = "prompt_too_long"
    OUT_OF_MEMORY = "out_of_memory"
    MODEL_REFUSED = "model_refused"
    TEMPLATE_REFUSED = "template_refused"
    NOT_SEALED = "not_sealed"
    BAD_REQUEST = "bad_request"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. ``temperature`` 0 takes the likeliest; ``max_tokens`` bounds the draft, in tokens.

    ``repeat_penalty`` weighs on the last ``repeat_last`` tokens *written* (1.0: none); ``seed`` is 32 bits.
    """

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    repeat_last: int = 128
    seed: int = RANDOM_SEED
    max_tokens: int = 220

    @classmethod
    def from_json(cls, raw: object) -> "Sampling":
        """Return the sampling that ``raw`` describes, each field brought into its range.

        Raises:
            ProtocolError: ``raw`` is no object of these numbers.
        """
        if not isinstance(raw, Mapping):
            raise ProtocolError("sampling")
        return cls(
            temperature=_real(raw, "temperature", 0.0, 5.0),
            top_k=_whole(raw, "top_k", 0, 1 << 20),
            top_p=_real(raw, "top_p", 0.0, 1.0),
            min_p=_real(raw, "min_p", 0.0, 1.0),
            repeat_penalty=_real(raw, "repeat_penalty", 0.1, 10.0),
            repeat_last=_whole(raw, "repeat_last", 0, 4096),
            seed=_whole(raw, "seed", 0, RANDOM_SEED),
            max_tokens=_whole(raw, "max_tokens", 1, 1 << 16),
        )


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that the engine holds. ``context`` is in tokens, ``load_seconds`` counts from the request.

    ``threads`` is what runs, given or just measured; pass it the next time and nothing is measured. ``sealed`` says
    that the system refuses the engine every socket (Linux).
    """

    name: str
    path: Path
    architecture: str
    kind: Kind
    size_bytes: int
    context: int
    threads: int
    sealed: bool
    load_seconds: float


@dataclass(frozen=True, slots=True)
class PrefillResult:
    """A prompt read ahead of a draft. ``reused_tokens`` of its ``prompt_tokens`` stood in memory already."""

    prompt_tokens: int
    reused_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class DraftResult:
    """A draft. ``seconds`` is the child's whole time for the job, ``prefill_seconds`` what reading the prompt took.

    ``reason``: the model ended its text, reached the length allowed, or was stopped by a person.
    """

    text: str
    reason: Reason
    prompt_tokens: int = 0
    reused_tokens: int = 0
    text_tokens: int = 0
    seconds: float = 0.0
    prefill_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model stands in memory."""

    job: int
    context: int
    threads: int
    sealed: bool
    load_seconds: float


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life during long work."""

    job: int


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the draft."""

    job: int
    text: str


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A prefill ended, whole or cut short by the next job."""

    job: int
    prompt_tokens: int
    reused_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """A draft ended."""

    job: int
    reason: Reason
    prompt_tokens: int
    reused_tokens: int
    text_tokens: int
    seconds: float
    prefill_seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A job could not be done."""

    job: int
    code: Code


Event = Loaded | Alive | Text | Prefilled | Done | Failed
_EVENTS: Final[dict[str, type[Event]]] = {cls.__name__.lower(): cls for cls in get_args(Event)}
_FIELDS: Final = {cls: tuple(field.name for field in fields(cls)) for cls in _EVENTS.values()}
_LIMITS: Final[dict[str, tuple[float, float]]] = {
    "job": (0, 1 << 53),
    "context": (1, 1 << 24),
    "threads": (1, 1 << 10),
    "prompt_tokens": (0, 1 << 24),
    "reused_tokens": (0, 1 << 24),
    "text_tokens": (0, 1 << 24),
    "seconds": (0.0, 1e7),
    "prefill_seconds": (0.0, 1e7),
    "load_seconds": (0.0, 1e7),
}


class ProtocolError(ValueError):
    """A line that the other side should not have written."""


def encode(message: Mapping[str, object]) -> bytes:
    """Return ``message`` as one line. ASCII escapes keep every line separator of Unicode inside it."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


def encode_event(event: Event) -> bytes:
    """Return ``event`` as one line."""
    if isinstance(event, Text):  # the one that is sent while a model writes: ``asdict`` copies deeply and is slow
        return encode({"event": "text", "job": event.job, "text": event.text})
    return encode({"event": type(event).__name__.lower(), **asdict(event)})


def decode(line: bytes) -> dict[str, Any]:
    """Return the object on ``line``.

    Raises:
        ProtocolError: the line is too long, or is no JSON object in UTF-8.
    """
    if len(line) > LINE_LIMIT:
        raise ProtocolError("line too long")
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("not JSON") from error
    if not isinstance(message, dict):
        raise ProtocolError("not an object")
    return message


def parse_event(line: bytes) -> Event:
    """Return the event on ``line`` with every field bounded and its text cleaned.

    Raises:
        ProtocolError: anything is missing, of another type, out of range, or unknown.
    """
    untrusted = decode(line)
    kind = _EVENTS.get(str(untrusted.get("event")))
    if kind is None:
        raise ProtocolError("unknown event")
    checked: dict[str, Any] = {name: _checked(untrusted, name) for name in _FIELDS[kind]}
    return kind(**checked)


def clean(text: str) -> str:
    """Return ``text`` without what could disturb a screen or a file.

    Taken out: control characters but the line feed, lone surrogates, unassigned and private characters, marks that
    turn the direction of writing, invisible tag characters. A tabulation becomes a space.
    """
    return "".join(c for c in text.replace("\t", " ") if c == "\n" or not _disturbs(c))


def _disturbs(c: str) -> bool:
    category = unicodedata.category(c)
    if category == "Cf":
        return c not in "\u200c\u200d\u00ad"
    return category in ("Cc", "Cs", "Co", "Cn") or c in "\u2028\u2029"


def _checked(untrusted: Mapping[str, object], name: str) -> object:
    if name in ("seconds", "prefill_seconds", "load_seconds"):
        return _real(untrusted, name, *_LIMITS[name])
    if name in _LIMITS:
        low, high = _LIMITS[name]
        return _whole(untrusted, name, int(low), int(high))
    value = untrusted.get(name)
    match name:
        case "text" if isinstance(value, str) and len(value) <= TEXT_LIMIT:
            return clean(value)
        case "sealed" if isinstance(value, bool):
            return value
        case "reason" if value in get_args(Reason):
            return value
        case "code" if value in list(Code):
            return Code(str(value))
    raise ProtocolError(name)


def _whole(raw: Mapping[str, object], name: str, low: int, high: int) -> int:
    value = raw.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ProtocolError(name)
    return value


def _real(raw: Mapping[str, object], name: str, low: float, high: float) -> float:
    value = raw.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ProtocolError(name)
    if not low <= value <= high:
        raise ProtocolError(name)
    return float(value)
