"""Reviews made up for the demonstration and for timing replies written by hand."""

import tomllib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SampleReview:
    """A made-up review; ``stars`` is 1–5."""

    author: str
    stars: int
    text: str


def load_samples(text: str) -> list[SampleReview]:
    """Read the reviews from TOML: a list ``avis`` of ``auteur``, ``etoiles`` (1–5) and ``texte``."""
    return [SampleReview(a["auteur"], a["etoiles"], a["texte"]) for a in tomllib.loads(text)["avis"]]
