"""A customer's review as a person pastes it: cleaned, and only as far as asked, understood."""

import re
import unicodedata
from typing import Final

from repondeur.errors import EmptyReview, ReviewTooLong
from repondeur.reply.language import language
from repondeur.reply.names import first_name
from repondeur.reply.paste import guess
from repondeur.reply.record import Review

__all__ = ["LIMIT", "check", "clean", "first_name", "guess", "language"]

LIMIT: Final = 8_000
"""Characters of a cleaned review; no review site accepts as many (SECURITY.md 6.4)."""

# Invisible characters that are no format or control character: fillers, joiners, the second block of variation
# selectors (both carry hidden text), the blank Braille pattern.
_INVISIBLE: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\U000e0100-\U000e01ef]")
_NEW_LINES: Final = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")


def clean(text: str, *, required: bool = False) -> str:
    """Return ``text`` as an eye sees it: composed letters, plain line ends, nothing invisible, no outer white space.

    Control characters (but tab and line end), direction marks, tags, zero-width characters, byte-order marks, lone
    surrogates and non-characters go. Cleaning twice changes nothing.

    Raises:
        ReviewTooLong: more than :data:`LIMIT` characters remain.
        EmptyReview: nothing remains and ``required`` is set.
    """
    visible = "".join(c for c in _NEW_LINES.sub("\n", text) if c in "\n\t" or _visible(c))
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", visible))
    lines = "\n".join(line.rstrip() for line in composed.split("\n"))
    kept = re.sub(r"\n{3,}", "\n\n", lines).strip()
    if len(kept) > LIMIT:
        raise ReviewTooLong
    if required and not kept:
        raise EmptyReview
    return kept


def check(review: Review) -> None:
    """Refuse a review that nothing can be answered to.

    Raises:
        EmptyReview: no text and no stars.
        ReviewTooLong: see :func:`clean`.
    """
    clean(review.text, required=review.rating is None)


def _visible(character: str) -> bool:
    code = ord(character)
    non_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs"} and not non_character
