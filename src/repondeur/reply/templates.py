"""Replies without a model: reviews made of stars alone or of a word or two (REPLIES.md 17).

The sentences are data (``prompts/templates.toml``); this module chooses among them, so that no opening comes back
within the last twenty replies.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from repondeur.reply import sentences
from repondeur.reply.record import Review, Tone
from repondeur.reply.shop import Shop
from repondeur.reply.sites import profile

RECENT: Final = 20
"""How many replies must pass before an opening may come back."""

_CHOICE: Final = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")
_PLACE: Final = "{lieu}"


@dataclass(frozen=True, slots=True)
class Cell:
    """The sentences for one language, polarity (``+``, ``-`` or ``=``) and tone (empty: any tone)."""

    lang: str
    polarity: str
    tone: str
    openings: tuple[str, ...]
    stars: tuple[str, ...]
    short: tuple[str, ...]
    closings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Templates:
    """``prompts/templates.toml``."""

    version: str
    cells: tuple[Cell, ...]
    places: dict[str, str]
    longest: int
    words: dict[str, frozenset[str]]

    def find(self, lang: str, polarity: str, tone: Tone) -> Cell | None:
        """Return the cell for a language, a polarity and a tone."""
        fits = (c for c in self.cells if (c.lang, c.polarity) == (lang, polarity) and c.tone in ("", tone.value))
        return next(fits, None)


def load_templates(text: str) -> Templates:
    """Read ``prompts/templates.toml``."""
    data = tomllib.loads(text)
    lists = ("openings", "stars", "short", "closings")
    cells = tuple(Cell(c["lang"], c["polarity"], c["tone"], *(tuple(c[name]) for name in lists)) for c in data["cell"])
    words = {name: sentences.vocabulary(data["words"][name]) for name in ("positive", "negative", "mixed", "filler")}
    return Templates(data["version"], cells, data["places"], data["words"]["longest"], words)


def polarity(review: Review, templates: Templates) -> str | None:
    """Return ``+``, ``-`` or ``=`` for a review that needs no model, else ``None``.

    Stars alone say it (4–5, 1–2, 3). A text must be short and made of known words only, all of one side, and must not
    contradict the stars: « Bravo » with one star is irony, and no template answers it.
    """
    by_stars = None if review.rating is None else "--=++"[review.rating - 1]
    words = re.findall(r"\w+(?:-\w+)*", sentences.fold(review.text))
    if not words:
        return by_stars
    by_words = _side(words, templates)
    if by_words is None or "?" in review.text:
        return None
    if not by_words:  # « Merci », « Rien à dire »: only good stars tell the side
        return by_stars if by_stars == "+" else None
    if by_stars in (None, by_words) or (by_stars, by_words) == ("=", "+"):
        return by_stars or by_words
    return None


def serves(review: Review, templates: Templates) -> bool:
    """Tell whether a template answers this review as well as a model would."""
    side = polarity(review, templates)
    return side is not None and any((cell.lang, cell.polarity) == (review.lang, side) for cell in templates.cells)


def choose(
    review: Review, tone: Tone, shop: Shop, recent_openings: Sequence[str], seed: int, templates: Templates
) -> str:
    """Return a body for a review that :func:`serves` accepts.

    ``recent_openings`` are the openings of the last replies, newest first, as :func:`opening` gives them; the first
    :data:`RECENT` are not used again. ``seed`` picks one of what is left: another seed, another proposal.

    Raises:
        LookupError: no template answers this review.
    """
    side = polarity(review, templates)
    cell = templates.find(review.lang, side, tone) if side else None
    if cell is None:
        raise LookupError(review.lang)
    apt = cell.openings + (cell.short if review.text.strip() else cell.stars)
    spoken = [sentence for text in apt if (sentence := _spoken(text, shop, templates))]
    first = _fresh(spoken, list(recent_openings)[:RECENT], seed)
    private = shop.contact.strip()
    if side == "-" and review.lang == "fr" and private and profile(review.site).contact:
        return f"{first} {private}"
    last = _unlike(first, [text for c in cell.closings if (text := _spoken(c, shop, templates))])
    return f"{first} {last[seed // max(1, len(spoken)) % len(last)]}"


def opening(body: str) -> str:
    """Return what two bodies that open alike have in common: their first sentence, letters only."""
    first = sentences.split(body)[:1]
    return sentences.key(first[0]) if first else ""


def _side(words: list[str], templates: Templates) -> str | None:
    """Return the side of a short text's words, empty if none tells it, ``None`` if one is unknown or sides mix."""
    known = templates.words
    if len(words) > templates.longest or any(not any(word in listed for listed in known.values()) for word in words):
        return None
    sides = {"positive": "+", "negative": "-", "mixed": "="}
    met = {sides[name] for name in sides for word in words if word in known[name]}
    return "".join(met) if len(met) < 2 else None


def _spoken(text: str, shop: Shop, templates: Templates) -> str:
    """Return a sentence as this shop says it (« nous » or « je », the trade's place); empty where it cannot."""
    place = templates.places.get(sentences.fold(shop.trade).strip()) or templates.places.get(shop.trade.strip().lower())
    if _PLACE in text and not place:
        return ""
    chosen = _CHOICE.sub(lambda m: m.group(2 if shop.we == "je" else 1), text.replace(_PLACE, place or ""))
    return sentences.capitalised(chosen)


def _fresh(spoken: list[str], recent: list[str], seed: int) -> str:
    """Return one of the sentences not used lately; when all were, the one used longest ago."""
    keys = {text: opening(text) for text in spoken}
    left = [text for text in spoken if keys[text] not in recent]
    return left[seed % len(left)] if left else max(spoken, key=lambda text: recent.index(keys[text]))


def _unlike(first: str, closings: list[str]) -> list[str]:
    """Leave out the closings that repeat a long word of the opening (« comprendre… comprendre »), unless all do."""
    said = {word[:6] for word in re.findall(r"\w{6,}", sentences.fold(first))}
    fine = [text for text in closings if not said & {word[:6] for word in re.findall(r"\w{6,}", sentences.fold(text))}]
    return fine or closings
