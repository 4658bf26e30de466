"""French and English typography (REPLIES.md, « Typography »; Imprimerie nationale as relayed there).

Each function may be applied again to its own result without changing it. Links, e-mail addresses, times written
``14:30``, smileys and control tokens stay as they are.
"""

import re
from collections.abc import Callable
from typing import Final

NBSP: Final = "\u00a0"
NARROW: Final = "\u202f"

_BLANK: Final = " \t\u00a0\u2009\u202f"
_STASH: Final = 0x100000  # private-use characters that stand for what must not change

_PROTECTED: Final = re.compile(
    r"""(?:https?://|www\.)[^\s«»]+                     # links
    | (?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}   # e-mail addresses
    | (?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:fr|com|net|org|eu|be|ch|ca|io)\b(?:/[^\s«»]*)?
    | (?<!\d)\d{1,9}(?::\d{1,9})+                                      # times, ratios
    | &(?:\#\d+|\w+);                                   # character entities
    | <[|/]?[\w|]+\|?>                                  # control tokens: shown by the guard as they are
    | (?<![^ \n])[:;=]'?-?[()DPpOo/|*](?!\w)            # smileys stand after an ordinary space
    | [\U00100000-\U0010fffd]""",
    re.VERBOSE,
)

_TITLE_A: Final = (
    r"\bA(?=[ \u00a0](?:bientôt|très (?:vite|bientôt)|tout (?:de suite|à l)|votre|vos|nous|vous|la prochaine)\b)"
)

# Order matters; the whole list is applied until nothing changes.
_COMMON: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(?<![ \t])[ \t]++(?=\n|$)"), ""),
    (re.compile(rf"(?<![{_BLANK}])[{_BLANK}]{{2,}}+|\t"), " "),
    (re.compile(r"\.{3,}"), "…"),
    (re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])"), "’"),
    (re.compile(rf"(?<=\S)[{_BLANK}]+(?=[,.](?:\s|$))"), ""),
)
_FRENCH: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"\b([dlnjmtscDLNJMTSC]|[Qq]u|[Jj]usqu|[Ll]orsqu|[Pp]uisqu|[Qq]uoiqu)'(?=[«“\"\[])"), r"\1’"),
    (re.compile(r'(?<![\d"])"(?=[^\s"])([^"\n«»]*?)(?<=[^\s"])"'), rf"«{NBSP}\1{NBSP}»"),
    (re.compile(rf"«[{_BLANK}]*(?=[^\s])"), f"«{NBSP}"),
    (re.compile(rf"(?<=[^\s])[{_BLANK}]*»"), f"{NBSP}»"),
    (re.compile(rf"\b(\d{{1,3}})[{_BLANK}]?h[{_BLANK}]?([0-5]\d)\b"), rf"\1{NBSP}h{NBSP}\2"),
    (re.compile(rf"\b(\d{{1,3}})[{_BLANK}]?h\b"), rf"\1{NBSP}h"),
    (re.compile(rf"(?<=\d)[{_BLANK}]?([€%])"), rf"{NBSP}\1"),
    (re.compile(rf"\bMr\.?[{_BLANK}](?=[^\W\d_a-zà-öø-ÿ])"), f"M.{NBSP}"),
    (re.compile(r"\b(M\.|MM\.|Mme|Mmes|Mlle) (?=[^\W\d_a-zà-öø-ÿ])"), rf"\1{NBSP}"),
    (re.compile(_TITLE_A), "À"),
    (re.compile(r"\bE(?=t(?:at|ant|é|ape|age|re)s?\b|videmment\b|galement\b|quipes?\b|coutez?\b|changer?\b)"), "É"),
    (re.compile(r"\bÉtre\b"), "Être"),
    (re.compile(r"\b([cCsSvVnNbBmM]|[cC]h)oe(?=u)"), r"\1œ"),
    (re.compile(r"\b(C|CH|S|V|N|B|M)OE(?=U)"), r"\1Œ"),
    (re.compile(r"\boe(?=u|il)"), "œ"),
    (re.compile(r"\bO[eE](?=[uU]|[iI][lL]\b)"), "Œ"),
)
_ENGLISH: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"(?<=[^\W\d_])'(?=\s|[,.!?]|$)"), "’"),
    (re.compile(r'(?<![\d"])"(?=[^\s"])([^"\n“”]*?)(?<=[^\s"])"'), r"“\1”"),
    (re.compile(rf"(?<=[^\s])[{_BLANK}]+(?=[!?;:]+(?:\s|$))"), ""),
)


def french(text: str, *, site_keeps_narrow: bool = False, region: str = "fr") -> str:
    """Return ``text`` set the French way.

    No-break spaces before ``: ; ! ?`` and inside « » (U+00A0; U+202F before ``; ! ?`` where ``site_keeps_narrow``),
    none before comma and full stop, ``’``, ``…``, ``14 h 30``, ``12 €``, ``M.``, ``cœur``, ``À bientôt``. ``region``
    ``qc``: no space before ``; ! ?``.
    """
    high = "" if region == "qc" else NARROW if site_keeps_narrow else NBSP
    spaced = (
        # Signs in a row keep together: « Quoi ?! ». A colon glued to the next word is no punctuation.
        (re.compile(rf"(?<=[^\s!?;:(\[«“])[{_BLANK}]*(?=[;!?])"), high),
        (re.compile(rf"(?<=[^\s!?;:(\[«“])[{_BLANK}]*(?=:(?:\s|$|[«“]))"), NBSP),
    )
    return _settled(text, (*_COMMON, *_FRENCH, *spaced))


def english(text: str) -> str:
    """Return ``text`` set the English way: ’ and “ ”, ``…``, no space before punctuation."""
    return _settled(text, (*_COMMON, *_ENGLISH))


def typeset(text: str, lang: str, *, site_keeps_narrow: bool = False, region: str = "fr") -> str:
    """Return ``text`` set as ``lang`` (ISO 639-1) wants it; a language without rules here keeps its own marks."""
    if lang == "fr":
        return french(text, site_keeps_narrow=site_keeps_narrow, region=region)
    return english(text) if lang == "en" else _settled(text, _COMMON)


def _settled(text: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    """Apply ``rules`` outside the protected pieces until nothing changes, so that a second call finds nothing to do."""

    def once(current: str) -> str:
        for pattern, replacement in rules:
            current = pattern.sub(replacement, current)
        return current

    return _fixpoint(lambda current: _outside_protected(current, once), text)


def _fixpoint(once: Callable[[str], str], text: str) -> str:
    for _ in range(20):
        after = once(text)
        if after == text:
            break
        text = after
    return text


def _outside_protected(text: str, change: Callable[[str], str]) -> str:
    pieces: list[str] = []

    def stash(match: re.Match[str]) -> str:
        pieces.append(match.group())
        return chr(_STASH + len(pieces) - 1)

    changed = change(_PROTECTED.sub(stash, text))
    return re.sub("[\U00100000-\U0010fffd]", lambda m: pieces[ord(m.group()) - _STASH], changed)
