"""The guard's rules that no pattern can say: facts that nobody told, and the manner of a reply.

Each check returns the spans (character offsets) of what it finds in :attr:`Context.text`; level and words stand in
``prompts/guard.toml`` under the check's name.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from repondeur.reply import sentences
from repondeur.reply.language import language
from repondeur.reply.record import Review
from repondeur.reply.sentences import flat, fold, vocabulary
from repondeur.reply.shop import Shop
from repondeur.reply.sites import profile

Span = tuple[int, int]


@dataclass(frozen=True)
class Context:
    """A reply and everything that it may draw on."""

    text: str
    review: Review
    note: str
    shop: Shop
    names: Mapping[str, str]

    @cached_property
    def flat(self) -> str:
        """The reply, same length, without accents and in small letters."""
        return flat(self.text)

    @cached_property
    def told(self) -> str:
        """Everything the program was told: review, author, note, sheet; folded."""
        return fold("\n".join((self.review.text, self.review.author, self.note, self.shop.facts())))

    @cached_property
    def told_words(self) -> frozenset[str]:
        """The words of :attr:`told`, and those without a plural's or a feminine's ending."""
        words = set(re.findall(r"[^\W_]+", self.told))
        return frozenset(words | {word.rstrip("sxe") for word in words})

    @cached_property
    def told_numbers(self) -> frozenset[str]:
        """The numbers of :attr:`told`, and the stars, in digits."""
        spelt = {str(_value(match.group())) for match in _SPELT.finditer(self.told)}
        numbers = {digits.lstrip("0") for digits in re.findall(r"\d+", self.told)} | spelt
        return frozenset(numbers | ({str(self.review.rating), "5"} if self.review.rating else set()))


_NUMBERS: Final = {
    word: value
    for value, words in {
        1: "un une one",
        2: "deux two",
        3: "trois three",
        4: "quatre four",
        5: "cinq five",
        6: "six",
        7: "sept seven",
        8: "huit eight huitaine",
        9: "neuf nine",
        10: "dix dizaine ten",
        11: "onze eleven",
        12: "douze douzaine twelve",
        13: "treize",
        14: "quatorze",
        15: "quinze quinzaine fifteen",
        16: "seize",
        20: "vingt vingtaine twenty",
        30: "trente trentaine thirty",
        40: "quarante quarantaine forty",
        50: "cinquante cinquantaine fifty",
        60: "soixante soixantaine sixty",
        100: "cent centaine hundred",
        1000: "mille millier thousand",
    }.items()
    for word in words.split()
}
_ONE: Final = rf"(?:{'|'.join(_NUMBERS)})s?"
_SPELT: Final = re.compile(rf"\b{_ONE}(?:(?:[ \-]|[ \-]et[ \-]){_ONE}){{0,6}}\b")


def _value(spelt: str) -> int:
    """Return a number written in words: « quatre-vingt-dix » is 90, « deux cents » 200, « soixante et onze » 71."""
    total = 0
    for word in re.findall(r"[a-z]+", spelt):
        value = _NUMBERS.get(word) or _NUMBERS.get(word.rstrip("s"), 0)
        multiplies = (value in (100, 1000) and 0 < total < value) or (value == 20 and total % 100 == 4)
        total = total * value if multiplies and total < 100 else total + value
    return total


_UNITS: Final = (
    r"(?:minutes?|heures?|jours?|journees?|semaines?|mois|ans?|annees?|fois|personnes?|metres?|kilometres?|km|kilos?"
    r"|grammes?|pour cent|degres?|hours?|days?|weeks?|months?|years?|times|people)"
)
_MONTHS: Final = "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre"
_DAYS: Final = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
_WHEN: Final = re.compile(
    rf"\b(?:{_DAYS})s?\b|\b(?:en|de|du|debut|fin|mi-|mois d['e]|\d{{1,2}}|1er) ?(?P<month>{_MONTHS})\b"
    r"|\b(?:demain|avant-hier|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|yesterday)s?\b"
)
_CAPITAL: Final = re.compile(
    r"(?<![\w’'\-])(?:[ldjmtsncLDJMTSNC]['’]|[Qq]u['’])?([^\W\d_][\w\-]*(?:['’][^\W\d_][\w\-]+)?)"
)
# Words that are written with a capital and are no invention.
_USUAL: Final = vocabulary(
    "madame monsieur mesdames messieurs mademoiselle mme mlle m mr mrs ms noel paques internet google tripadvisor "
    "facebook trustpilot pagesjaunes france francais francaise i ok sav tva rdv bonjour hello merci dieu etat terre "
    "english french german dutch spanish italian"
)


def untold_numbers(context: Context) -> list[Span]:
    """Numbers, in digits or as words before a unit, that stand neither in review, note nor sheet."""
    digits = [m.span() for m in re.finditer(r"\d+(?:[.,]\d+)?", context.text) if not _told(m.group(), context)]
    spelt = [
        m.span(1)
        for m in _MEASURE.finditer(context.flat)
        if _value(m.group(1)) > 1 and str(_value(m.group(1))) not in context.told_numbers and m.group() not in _IDIOMS
    ]
    return digits + spelt


_MEASURE: Final = re.compile(rf"({_SPELT.pattern})(?: d['e])? ?(?:\w+ )?{_UNITS}\b")
_IDIOMS: Final = frozenset(("mille fois", "cent fois", "deux fois", "mille et une fois", "cent pour cent"))


def _told(number: str, context: Context) -> bool:
    return all(part.lstrip("0") in context.told_numbers for part in re.split(r"[.,]", number) if part.lstrip("0"))


def untold_dates(context: Context) -> list[Span]:
    """Days and months that stand neither in review, note nor sheet."""
    spans = []
    for match in _WHEN.finditer(context.flat):
        group = "month" if match.group("month") else 0
        if match.group(group).rstrip("s") not in context.told_words:
            spans.append(match.span(group))
    return spans


def untold_names(context: Context) -> list[Span]:
    """Capitalised words inside a sentence, or a first name at its start, that nobody told."""
    if context.review.lang == "de":
        return []  # every noun has a capital there
    starts = {start for start, _ in sentences.spans(context.text)}
    spans = []
    for match in _CAPITAL.finditer(context.text):
        word, start = match.group(1), match.start(1)
        if not word[0].isupper() or _is_told(word, context):
            continue
        opens = match.start() in starts or re.search(r"[«“\"(:]\s*\Z", context.text[: match.start()])
        if not opens or (fold(word) in context.names and fold(word) not in _FIRST_WORDS):
            spans.append((start, match.end(1)))
    return _joined(spans, context.text)


# First names that are also usual first words of a sentence.
_FIRST_WORDS: Final = vocabulary(
    "aimé aimée ange claire constant grâce honoré juste modeste prune reine rose will may sous si"
)


def _is_told(word: str, context: Context) -> bool:
    folded = fold(word)
    parts = re.findall(r"[^\W_]+", folded)
    return folded in _USUAL or all(p in context.told_words or p.rstrip("sxe") in context.told_words for p in parts)


def _joined(spans: list[Span], text: str) -> list[Span]:
    """Join neighbours: « Jean Dupont » is one name."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and text[joined[-1][1] : start] in {" ", "\u00a0", "-"}:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def customer_named(context: Context) -> list[Span]:
    """The customer's name, on a site that forbids whatever identifies a person."""
    if profile(context.review.site).names:
        return []
    words = [word for word in re.findall(r"[^\W\d_]{3,}", context.review.author) if fold(word) not in _USUAL]
    return [m.span() for word in words for m in re.finditer(rf"\b{re.escape(flat(word))}\b", context.flat)]


_THOU: Final = re.compile(
    r"(?<!['\-])\b(?:tu|toi|te|tes|ta)\b(?!')|\bt'(?=\w)"
    r"|(?<!le )(?<!un )(?<!ce )(?<!du )(?<!au )(?<!de )(?<!bon )(?<!meme )\bton\b"
    r"(?! (?:est|etait|employe|de|du|des|qui|sur)\b)"
)


def thou(context: Context) -> list[Span]:
    """« Tu » and its forms, in a French reply."""
    return [m.span() for m in _THOU.finditer(context.flat)] if context.review.lang == "fr" else []


_PERSONS: Final = {
    "je": re.compile(r"\b(?:je|moi|mon|mes|ma)\b|\bj'(?=\w)|\bm'(?=\w)|\bme\b"),
    "nous": re.compile(r"\b(?:nous|notre|nos)\b"),
}


def mixed_persons(context: Context) -> list[Span]:
    """« Je » in a reply that says « nous », or the other way round, against the shop's habit; quotations left out."""
    if context.review.lang != "fr":
        return []
    quoted = [m.span() for m in re.finditer(r"«[^»]*»|“[^”]*”|\"[^\"\n]*\"", context.text)]
    met = {
        person: [m.span() for m in p.finditer(context.flat) if not any(a <= m.start() < b for a, b in quoted)]
        for person, p in _PERSONS.items()
    }
    return met["nous" if context.shop.we == "je" else "je"] if all(met.values()) else []


def other_language(context: Context) -> list[Span]:
    """The whole reply, when it is clearly in another language than the review."""
    if len(context.text.split()) < 6 or language(context.text, default=context.review.lang) == context.review.lang:
        return []
    return [(0, len(context.text))]


def too_long(context: Context) -> list[Span]:
    """What stands beyond the site's limit (bytes of UTF-8)."""
    limit = profile(context.review.site).limit
    encoded = context.text.encode("utf-8", "surrogatepass")
    if limit is None or len(encoded) <= limit:
        return []
    return [(len(encoded[:limit].decode("utf-8", "ignore")), len(context.text))]


def repeated(context: Context) -> list[Span]:
    """A sentence that was already said."""
    seen: set[str] = set()
    spans = []
    for start, end in sentences.spans(context.text):
        said = sentences.key(context.text[start:end])
        if said in seen:
            spans.append((start, end))
        if len(said) > 3:
            seen.add(said)
    return spans


CHECKS: Final[dict[str, Callable[[Context], list[Span]]]] = {
    "nombre": untold_numbers,
    "date": untold_dates,
    "nom": untold_names,
    "nom du client": customer_named,
    "tutoiement": thou,
    "nous et je": mixed_persons,
    "langue": other_language,
    "longueur": too_long,
    "répétition": repeated,
}
"""The checks by the name of their rule in ``guard.toml``."""
