"""Cutting a short French or English text into sentences, and comparing sentences and words loosely."""

import re
import unicodedata
from typing import Final

# « M. Dupont » and « Sophie D. » end no sentence.
_END: Final = re.compile(
    r"(?<!\bM\.)(?<!\bMM\.)(?<!\bMr\.)(?<!\bDr\.)"
    r"(?<=[.!?…])(?:[ \u00a0\u202f]?[»”\"])?\s+(?=[^\W\d_a-zà-öø-ÿœ]|[«“\"\[\d])"
)


def split(text: str) -> tuple[str, ...]:
    """Return the sentences of ``text`` in order, trimmed; a new line also ends one."""
    return tuple(text[start:end] for start, end in spans(text))


def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return where each sentence of ``text`` starts and ends (character offsets), white space left out."""
    found = []
    for line in re.finditer(r"[^\n]+", text):
        start = line.start()
        for gap in _END.finditer(text, line.start(), line.end()):
            found.append((start, gap.end()))
            start = gap.end()
        found.append((start, line.end()))
    return tuple(trimmed for span in found if (trimmed := _trim(text, *span)))


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents, ligatures or typographic apostrophes: a key to compare by."""
    plain = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


def key(sentence: str) -> str:
    """Return the letters and digits of a sentence alone, folded: equal for two sentences that read the same."""
    return " ".join(re.findall(r"\w+", fold(sentence)))


def capitalised(text: str) -> str:
    """Return ``text`` with its first character in upper case."""
    return text[:1].upper() + text[1:]


def vocabulary(words: str) -> frozenset[str]:
    """Return the words of a text, folded, as a set to look words up in."""
    return frozenset(fold(words).split())


def flat(text: str, *, lower: bool = True) -> str:
    """Return ``text`` of the same length, without accents, apostrophes and blanks made plain, in small letters.

    Offsets found in the result hold in ``text``; a character that would change length stays as it is.
    """
    return "".join(_flat(c, lower=lower) for c in text)


def _flat(character: str, *, lower: bool) -> str:
    if character in "’‘ʼ":
        return "'"
    if character in "\u00a0\u202f\u2009":
        return " "
    if character.isascii():
        return character.lower() if lower else character
    base = unicodedata.normalize("NFD", character)[0]
    small = base.lower() if lower else base
    return small if len(small) == 1 else character
