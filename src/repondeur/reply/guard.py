"""What a person must look at before a reply leaves: findings in a draft, or in the person's own text.

The wording rules are data (``prompts/guard.toml``): patterns, a level, one French sentence and the rule of REPLIES.md
that it comes from. What cannot be said as a pattern stands in :mod:`repondeur.reply.checks`; its words are in the same
file. Nothing is changed in the text.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from repondeur.reply import checks
from repondeur.reply.checks import Context
from repondeur.reply.mask import PATTERNS
from repondeur.reply.record import Review
from repondeur.reply.sentences import flat, fold
from repondeur.reply.shop import Shop
from repondeur.reply.sites import profile


class Level(StrEnum):
    """How grave a finding is."""

    RED = "red"
    """Must not stand in a public reply."""
    CHECK = "check"
    """May be true, but nothing the program was told says so."""
    STYLE = "style"
    """Could read better."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A place to look at: ``start`` and ``end`` are character offsets in the text, ``rule`` the rule's name.

    ``reason`` is one French sentence, ``source`` the rule of REPLIES.md in words.
    """

    start: int
    end: int
    level: Level
    rule: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of ``guard.toml``.

    ``patterns`` match the text in small letters without accents, typographic apostrophes made straight, no-break spaces
    made plain; ``unless`` are patterns around which a match does not count. ``masks`` names kinds of
    :data:`repondeur.reply.mask.PATTERNS`. ``own``: what stands in the shop's sheet is no finding where the site lets a
    reply carry it. ``sites`` limits the rule to some sites. A rule with neither patterns nor masks belongs to
    :mod:`repondeur.reply.checks`.
    """

    name: str
    level: Level
    reason: str
    source: str
    patterns: tuple[re.Pattern[str], ...] = ()
    unless: tuple[re.Pattern[str], ...] = ()
    masks: tuple[str, ...] = ()
    own: bool = False
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """``prompts/guard.toml``, and the first names that a sentence may begin with."""

    version: str
    rules: tuple[Rule, ...]
    names: Mapping[str, str]


def load_rules(text: str, names: Mapping[str, str] | None = None) -> Rules:
    """Read ``prompts/guard.toml``; ``names`` are known first names (:func:`repondeur.reply.names.load_names`)."""
    data = tomllib.loads(text)
    return Rules(data["version"], tuple(_rule(entry) for entry in data["rule"]), names or {})


def examine(text: str, review: Review, note: str, shop: Shop, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings in ``text``, a whole reply to ``review``, in order of position.

    ``note`` is the artisan's note and ``shop`` the sheet: what they say, and what the review says, is no invention.
    """
    context = Context(text, review, note, shop, rules.names)
    found: set[Finding] = set()
    for rule in rules.rules:
        if not rule.sites or review.site in rule.sites:
            found.update(
                Finding(start, end, rule.level, rule.name, rule.reason, rule.source)
                for start, end in _spans(rule, context)
                if start < end
            )
    return tuple(sorted(_outermost(found), key=lambda f: (f.start, f.end, f.rule)))


def _rule(entry: Mapping[str, object]) -> Rule:
    def texts(key: str) -> tuple[str, ...]:
        values = entry.get(key, ())
        return tuple(str(value) for value in values) if isinstance(values, list) else ()

    return Rule(
        str(entry["name"]),
        Level(str(entry["level"])),
        str(entry["reason"]),
        str(entry["source"]),
        _patterns(texts("patterns")),
        _patterns(texts("unless")),
        texts("masks"),
        bool(entry.get("own", False)),
        texts("sites"),
    )


def _patterns(texts: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """Compile patterns written in French: their accents and apostrophes are taken off like the text's."""
    return tuple(re.compile(flat(text, lower=False), re.IGNORECASE) for text in texts)


def _spans(rule: Rule, context: Context) -> list[tuple[int, int]]:
    if not rule.patterns and not rule.masks:
        return checks.CHECKS[rule.name](context)
    spans = [match.span() for pattern in rule.patterns for match in pattern.finditer(context.flat)]
    spans += [m.span() for kind, pattern in PATTERNS if kind in rule.masks for m in pattern.finditer(context.text)]
    excused = [match.span() for pattern in rule.unless for match in pattern.finditer(context.flat)]
    spans = [span for span in spans if not any(_touches(span, other) for other in excused)]
    if rule.own and profile(context.review.site).contact:
        spans = [span for span in spans if not _stands_in(context.text[slice(*span)], context.shop.facts())]
    return spans


def _touches(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _stands_in(piece: str, facts: str) -> bool:
    """Tell whether the sheet holds ``piece``; of a phone number the digits count alone."""
    digits = re.sub(r"\D", "", piece)
    if len(digits) >= 9 and not re.search(r"[^\W\d_]", piece):
        return digits[-9:] in re.sub(r"[^\d\n]", "", facts)
    return " ".join(fold(piece).split()) in " ".join(fold(facts).split())


_WEIGHT: Final = {Level.RED: 0, Level.CHECK: 1, Level.STYLE: 2}


def _outermost(found: set[Finding]) -> list[Finding]:
    """Leave out what lies inside a finding that is as grave or graver: a phone number's digits are no further news."""
    kept: list[Finding] = []
    around: list[Finding] = []
    for one in sorted(found, key=lambda f: (f.start, -f.end, _WEIGHT[f.level], f.rule)):
        around = [other for other in around if other.end > one.start]
        if not any(_covers(other, one) for other in around):
            kept.append(one)
            around.append(one)
    return kept


def _covers(outer: Finding, inner: Finding) -> bool:
    if Level.STYLE in (outer.level, inner.level) or inner.end > outer.end:
        return False
    wider = (outer.end - outer.start) > (inner.end - inner.start)
    return _WEIGHT[outer.level] < _WEIGHT[inner.level] or (wider and outer.level is inner.level)
