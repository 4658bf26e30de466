"""Noise for the review side only: what people really type. A reply never passes through here."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

EMOJIS = ("👍", "😊", "😍", "🙏", "😡", "😕", "🤩", "👌", "❤️", "😅", "🔥", "👎", "🥰", "😂", "⭐⭐⭐⭐⭐")
SMS = {
    "c'est": "c", "c'était": "cété", "vraiment": "vrmt", "très": "tres", "pour": "pr", "beaucoup": "bcp",
    "toujours": "tjrs",
    "rendez-vous": "rdv", "quelqu'un": "qqn", "avec": "avc", "que": "ke", "quand": "qd", "tout": "tt", "tous": "ts",
    "parce que": "pcq", "je suis": "chui", "j'ai": "jai", "problème": "pb", "s'il vous plaît": "svp", "dans": "ds",
    "merci": "mrc", "pas": "pa", "week-end": "we", "est-ce que": "esque", "bien": "bi1",
}  # fmt: skip
SLIPS = (
    (r"é\b", "er"), (r"er\b", "é"), (r"ait\b", "é"), (r"\bà\b", "a"), (r"\bça\b", "sa"), (r"\bces\b", "ses"),
    (r"\bont\b", "on"), (r"\bsont\b", "son"), (r"ll", "l"), (r"nn", "n"), (r"mm", "m"), (r"tt", "t"), (r"ent\b", "e"),
    (r"s\b", ""), (r"\bet\b", "é"), (r"qu", "k"), (r"ph", "f"), (r"'", ""), (r"eau", "o"),
)  # fmt: skip
ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn")


def no_accents(text: str) -> str:
    """Return `text` without its accents, œ and ç included."""
    plain = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("Œ", "Oe"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def _typo(rng: random.Random, word: str) -> str:
    if len(word) < 4 or word.startswith("["):
        return word
    at = rng.randrange(1, len(word) - 1)
    kind = rng.random()
    if kind < 0.3:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.6:
        return word[:at] + word[at + 1 :]
    if kind < 0.8:
        return word[:at] + word[at] + word[at:]
    row = next((r for r in ROWS if word[at].lower() in r), None)
    if row is None:
        return word
    near = row[max(0, row.index(word[at].lower()) - 1)]
    return word[:at] + near + word[at + 1 :]


def typos(rng: random.Random, text: str) -> str:
    """Strike wrong keys in about one word in twelve, and make the usual slips of spelling."""
    words = [_typo(rng, w) if rng.random() < 0.08 else w for w in text.split(" ")]
    text = " ".join(words)
    for pattern, other in rng.sample(SLIPS, 3):
        text = re.sub(pattern, lambda m, o=other: o if rng.random() < 0.5 else m.group(0), text)  # type: ignore[misc]
    return text


def sms(rng: random.Random, text: str) -> str:
    """Shorten words as in a text message."""
    low = text.lower()
    for full, short in SMS.items():
        if rng.random() < 0.6:
            low = re.sub(rf"\b{re.escape(full)}\b", short, low)
    return low if rng.random() < 0.5 else no_accents(low)


def _no_capitals(text: str) -> str:
    return text[:1].lower() + text[1:]


def _bare(text: str) -> str:
    return re.sub(r"[.,;:!?…]+", "", text).lower()


def style(rng: random.Random) -> Callable[[str], str]:
    """Draw one way of writing for a whole review; more than half of them change nothing."""
    draw = rng.random()
    if draw < 0.55:
        return lambda t: t
    if draw < 0.65:
        return lambda t: no_accents(_no_capitals(t))
    if draw < 0.73:
        return _bare
    if draw < 0.88:
        return lambda t: typos(rng, t)
    if draw < 0.94:
        return lambda t: sms(rng, t)
    if draw < 0.96:
        return str.upper
    return lambda t: t.replace("'", "’")


def decorate(rng: random.Random, text: str) -> str:
    """Add what people put at the end: emojis, more exclamation marks, dots."""
    draw = rng.random()
    if draw < 0.07:
        return text + " " + rng.choice(EMOJIS) * rng.choice((1, 1, 2, 3))
    if draw < 0.12:
        return re.sub(r"!(?!.*!)", "!" * rng.choice((2, 3, 4)), text)
    if draw < 0.15:
        return text.rstrip(".") + rng.choice(("...", "…", " !!", " !"))
    return text
