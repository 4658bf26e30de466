"""The terms of a reply: tone, length, who wrote it, and the review that it answers."""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a reply sounds; the value is the word used on screen and in prompts."""

    WARM = "chaleureux"
    SOBER = "sobre"
    FORMAL = "soutenu"


class Length(StrEnum):
    """How long a reply is."""

    SHORT = "court"
    NORMAL = "normal"


class Author(StrEnum):
    """Who wrote the generated text of a draft."""

    MODEL = "model"
    TEMPLATE = "template"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Review:
    """A customer's review as a person brought it in. ``rating`` is 1–5 stars or ``None``; ``lang`` is ISO 639-1."""

    text: str
    author: str = ""
    rating: int | None = None
    site: str = "google"
    lang: str = "fr"
