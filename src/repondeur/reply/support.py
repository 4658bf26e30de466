"""What in a draft stands on something: the review, the artisan's note, the shop's sheet, or plain courtesy.

A small model writes fluent sentences about things that nobody told it. Here a draft is read sentence by sentence: one
that speaks of a thing found nowhere is left out, and of several drafts the one that answers most of the review is
taken (REPLIES.md 13 and 14: one concrete detail of the review, nothing that did not happen). Words are compared by
their beginnings, which is crude, explainable and needs no dictionary.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from repondeur.reply import sentences

STEM: Final = 5
"""Letters by which two words count as one: « croissant » and « croissants », « attendre » and « attente »."""
LEAST: Final = 4
"""Words of fewer letters carry no thing of their own."""
ENOUGH: Final = 3
"""Sentences that make a reply."""
_WORD: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Grounds:
    """``prompts/appuis.toml``, as stems.

    ``courtesy`` needs no support; ``signs`` maps the stem of a topic word (« accueil ») to the stems in a review that
    speak of it (« souri », « aimab »); ``glad``, ``sorry`` and ``let_down`` are joy, regret and disappointment.
    """

    version: str
    courtesy: frozenset[str]
    glad: frozenset[str]
    sorry: frozenset[str]
    let_down: frozenset[str]
    signs: dict[str, frozenset[str]]

    def misplaced(self, rating: int | None) -> frozenset[str]:
        """Return the stems that do not fit the stars; none where no stars are given.

        Gladness does not fit one or two, disappointment four and five, any regret five.
        """
        by_stars = {1: self.glad, 2: self.glad, 4: self.let_down, 5: self.let_down | self.sorry}
        return by_stars.get(rating or 0, frozenset())


def load_grounds(text: str) -> Grounds:
    """Read ``prompts/appuis.toml``."""
    data = tomllib.loads(text)
    signs = {stem: frozenset(stems(" ".join(words))) for topic, words in data["signs"].items() for stem in stems(topic)}
    glad, sorry, let_down, shared = (frozenset(stems(data[name])) for name in ("glad", "sorry", "let_down", "courtesy"))
    courtesy = (shared | glad | sorry | let_down) - frozenset(signs)
    return Grounds(data["version"], courtesy, glad, sorry, let_down, signs)


def stems(text: str) -> list[str]:
    """Return the stems of the words of ``text`` that have at least :data:`LEAST` letters, in order."""
    words = (w for w in _WORD.findall(sentences.fold(text)) if len(w) >= LEAST)
    return [word[:STEM] for word in words]


def unsupported(sentence: str, told: frozenset[str], grounds: Grounds) -> list[str]:
    """Return the stems in ``sentence`` that stand neither in ``told`` nor in courtesy."""
    return [
        stem
        for stem in stems(sentence)
        if stem not in grounds.courtesy and stem not in told and told.isdisjoint(grounds.signs.get(stem, frozenset()))
    ]


def supported(body: str, told: frozenset[str], rating: int | None, grounds: Grounds) -> str:
    """Return ``body`` without the sentences that speak of what nobody told or do not fit the stars; maybe empty."""
    misplaced = grounds.misplaced(rating)
    kept = [
        sentence
        for sentence in sentences.split(body)
        if not unsupported(sentence, told, grounds) and misplaced.isdisjoint(stems(sentence))
    ]
    return " ".join(kept)


def answered(body: str, review: str, grounds: Grounds) -> int:
    """Return how many things of ``review`` the body takes up, each counted once."""
    things = {stem for stem in stems(review) if stem not in grounds.courtesy}
    said = set(stems(body))
    topics = {topic for topic, signs in grounds.signs.items() if topic in said and not things.isdisjoint(signs)}
    return len(things & said) + len(topics - things)


def best(bodies: Iterable[str], review: str, told: frozenset[str], rating: int | None, grounds: Grounds) -> str:
    """Return the supported part of the body that answers most of ``review``; empty where nothing stands.

    Among equals the one with more sentences, up to :data:`ENOUGH`, then the first.
    """

    def worth(body: str) -> tuple[int, int]:
        return answered(body, review, grounds), min(len(sentences.split(body)), ENOUGH)

    return max((supported(body, told, rating, grounds) for body in bodies), key=worth, default="")
