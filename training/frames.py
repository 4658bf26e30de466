"""Patterns with slots: things, people and notes drawn from open lists, so that the model learns to carry words over."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

from training.corpus_data import Corpus, normal

if TYPE_CHECKING:
    from training.generate import Point

VOWEL = re.compile(r"[aeiouyhâàéèêëîïôöùûüœ]", re.IGNORECASE)
ARTICLE = {
    "le": "le",
    "un": "le",
    "du": "le",
    "mon": "le",
    "la": "la",
    "une": "la",
    "ma": "la",
    "les": "les",
    "mes": "les",
}
BEFORE = re.compile(r"\b(le|un|du|mon|la|une|ma|les|mes) $", re.IGNORECASE)


def things_of_trades(corpus: Corpus) -> dict[str, list[str]]:
    """Return for each trade the words of its swaps, each with the article that its sentences give it."""
    found: dict[str, list[str]] = {}
    for trade, cells in corpus.trades.items():
        for cell in cells:
            for group in cell.swaps:
                article = _article(cell.reviews, group[0])
                if article is None:
                    continue
                for word in group:
                    whole = f"{article} {word}"
                    if article != "les" and VOWEL.match(word):
                        whole = f"l'{word}"
                    found.setdefault(trade, []).append(whole)
    return {trade: sorted(set(words)) for trade, words in found.items()}


def _article(texts: tuple[str, ...], word: str) -> str | None:
    for text in texts:
        at = text.find(word)
        match = BEFORE.search(text[:at]) if at > 0 else None
        if match:
            return ARTICLE[match.group(1).lower()]
    return None


def fill_thing(pattern: str, thing: str, quote: str) -> str:
    """Return `pattern` with the thing in it. `quote` is the apostrophe to write with."""
    plural = thing.startswith("les ")
    text = re.sub(r"\[([^|\]]*)\|([^\]]*)\]", lambda m: m.group(2 if plural else 1), pattern)
    of = (
        thing.replace("les ", "des ", 1)
        if plural
        else ("du " + thing[3:] if thing.startswith("le ") else "de " + thing)
    )
    to = (
        thing.replace("les ", "aux ", 1) if plural else ("au " + thing[3:] if thing.startswith("le ") else "à " + thing)
    )
    for mark, words in (("{np}", thing), ("{de}", of), ("{à}", to)):
        text = text.replace(mark, words)
    text = text.replace("{Np}", thing[0].upper() + thing[1:])
    return normal(text.replace("'", quote).replace("’", quote))


_cache: dict[int, dict[str, list[str]]] = {}


def _things(corpus: Corpus) -> dict[str, list[str]]:
    if id(corpus) not in _cache:
        _cache.clear()
        _cache[id(corpus)] = things_of_trades(corpus)
    return _cache[id(corpus)]


def draw_thing(rng: random.Random, corpus: Corpus, trade: str) -> str:
    """Return a thing with its article, more often one of this trade."""
    raw: Any = corpus.frames["things"]
    own = _things(corpus).get(trade)
    draw = rng.random()
    if own and draw < 0.55:
        return rng.choice(own)
    if draw < 0.7:
        return str(rng.choice(raw["_any"]))
    return str(rng.choice(raw[rng.choice([k for k in sorted(raw) if k != "_any"])]))


def _fresh(rng: random.Random, texts: list[str], taken: list[str]) -> str:
    begun = {" ".join(t.lower().split()[:2]) for t in taken}
    return rng.choice([t for t in texts if " ".join(t.lower().split()[:2]) not in begun] or texts)


def thing(rng: random.Random, corpus: Corpus, trade: str, polarity: str, tone: str, taken: list[str]) -> Point:
    """Return a point that praises or blames one thing by name."""
    from training.generate import Point

    frame: Any = corpus.frames["positive" if polarity == "+" else "negative"]
    word = draw_thing(rng, corpus, trade)
    review = fill_thing(rng.choice(frame["reviews"]), word, "'")
    reply = fill_thing(_fresh(rng, frame["replies"][tone], taken), word, "’")
    return Point(f"thing{polarity}", polarity, f"thing{rng.random()}", review, reply)


def english(rng: random.Random, corpus: Corpus, polarity: str, taken: list[str]) -> Point:
    """Return a point of an English review that praises or blames one thing by name."""
    from training.generate import Point

    raw: Any = corpus.english
    frame = raw["positive" if polarity == "+" else "negative"]
    word = rng.choice(raw["things"])
    plural = word.endswith("s") and not word.endswith(("ss", "us", "glass"))
    texts = []
    for pattern in (rng.choice(frame["reviews"]), _fresh(rng, frame["replies"], taken)):
        text = re.sub(r"\[([^|\]]*)\|([^\]]*)\]", lambda m: m.group(2 if plural else 1), pattern)
        texts.append(text.replace("{np}", word).replace("{Np}", word[0].upper() + word[1:]))
    return Point(f"thing{polarity}", polarity, f"thing{rng.random()}", texts[0], texts[1])


def person(rng: random.Random, corpus: Corpus, tone: str, taken: list[str]) -> Point:
    """Return a point that praises a person by first name."""
    from training.generate import Point, elide

    frame: Any = corpus.frames["people"]
    name = rng.choice(corpus.names)
    review, reply = rng.choice(frame["reviews"]), _fresh(rng, frame["replies"][tone], taken)
    texts = []
    for text in (review, reply):
        text = text.replace("{de_emp}", f"de {name}").replace("{Emp}", name).replace("{emp}", name)
        texts.append(elide(text))
    return Point("person+", "+", "person", texts[0].replace("’", "'"), texts[1])


def note(rng: random.Random, corpus: Corpus, aspect: str, polarity: str, tone: str) -> tuple[str, str] | None:
    """Return an artisan's note and the sentence that carries it, or None where no note fits this aspect."""
    raw: Any = corpus.frames["notes"]
    loose = aspect.startswith("thing") or aspect == "person"
    fit = [f for f in raw if f["polarity"] == polarity and (loose or aspect in f["aspects"])]
    if not fit:
        return None
    frame = rng.choice(fit)
    values = {slot: rng.choice(words) for slot, words in frame["slots"].items()}
    wording, sentence = rng.choice(frame["notes"]), rng.choice(frame["replies"][tone])
    bare = fill_note(wording, values, "'")
    if rng.random() < 0.4:
        bare = re.sub(r"^(?:le|la|une?|les) ", "", bare)
    return bare, fill_note(sentence, values, "’")


def fill_note(pattern: str, values: dict[str, str], quote: str) -> str:
    """Return `pattern` with its slots filled; `[a|b]` follows the gender of the slot x."""
    word, _, gender = values.get("x", "").partition("|")
    text = re.sub(r"\[([^|\]]*)\|([^\]]*)\]", lambda m: m.group(2 if gender == "f" else 1), pattern)
    text = text.replace("{X}", word[:1].upper() + word[1:]).replace("{x}", word)
    for slot, value in values.items():
        text = text.replace(f"{{{slot}}}", value)
    text = re.sub(r"\bde le ", "du ", re.sub(r"\bde les ", "des ", text))
    text = re.sub(r"\b([Dd])e (?=[aeiouâàéèêîôûœ])", r"\1'", text)
    return normal(text.replace("'", quote).replace("’", quote))
