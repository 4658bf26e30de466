"""Greeting and signature around a body, and the body alone out of what a model wrote."""

import itertools
import re
from collections.abc import Mapping
from typing import Final

from repondeur.reply import sentences
from repondeur.reply.names import first_name
from repondeur.reply.record import Review
from repondeur.reply.shop import Shop
from repondeur.reply.sites import profile

_GREETINGS: Final = {
    "fr": "Bonjour{},",
    "en": "Hello{},",
    "es": "Hola{}:",
    "de": "Hallo{},",
    "it": "Buongiorno{},",
    "nl": "Hallo{},",
}


def greeting(review: Review, names: Mapping[str, str]) -> str:
    """Return the greeting line: with the first name where it is known and the site lets a reply name somebody."""
    name = first_name(review.author, names) if profile(review.site).names else ""
    return _GREETINGS.get(review.lang, _GREETINGS["fr"]).format(f" {name}" if name else "")


def wrap(body: str, review: Review, shop: Shop, *, names: Mapping[str, str]) -> str:
    """Return the whole reply: greeting, ``body``, signature, a blank line between them; empty for an empty body."""
    if not body.strip():
        return ""
    return "\n\n".join(part for part in (greeting(review, names), body.strip(), shop.closing()) if part)


_THINKING: Final = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)|\A.*?</think(?:ing)?>", re.S)
_CONTROL: Final = re.compile(
    r"<\|[^|<>\n]{1,40}\|?>|<(?:start|end)_of_turn>|\[/?INST\]|</?s>|<</?SYS>>|<(?:eos|bos|pad)>"
)
_HALF: Final = re.compile(r"(?:\[\w{0,12}|<\|?[\w|]{0,12})\Z")  # a mask or a marker still being written
_MARKDOWN: Final = (
    (re.compile(r"^\s*```\w*\s*$", re.M), ""),
    (re.compile(r"^[ \t]*#{1,6}[ \t]+", re.M), ""),
    (re.compile(r"^[ \t]*>[ \t]?", re.M), ""),
    (re.compile(r"^[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+", re.M), ""),
    (re.compile(r"(\*\*|__|`)(?=\S)(.{1,400}?)(?<=\S)\1", re.S), r"\2"),
    (re.compile(r"(?<![\w*])([*_])(?=[^\s*_])([^*_\n]+)(?<=[^\s*_])\1(?![\w*])"), r"\2"),
    (re.compile(r"^[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*$", re.M), ""),
)
_LEAD: Final = re.compile(
    r"\A(?:(?:Bien sûr|Voici|Réponse|Proposition|Corps|Sure|Here(?: is|’s|'s)|Reply|Response)\b[^\n.!?:]{0,80}"
    r"[.!]?[ \u00a0]?:[ \t]*\n*)",
    re.I,
)
_WHOM: Final = (
    r"(?:[ \u00a0]+(?:à (?:vous|tous|toutes|toi)|et bienvenue|client[es]?|chère?s?|cher|madame|monsieur|mademoiselle"
    r"|mme|mlle|m\.|mr\.?|there|everyone|(?-i:[A-ZÀ-Ý][\w’'\-]*\.?)|\[[^\]\n]{1,30}\]))"
)
_GREETING: Final = re.compile(
    r"\A\s*(?:(?:bonjour|bonsoir|hello|hi|hola|hallo|buongiorno|salut|guten tag)" + _WHOM + r"{0,4}"
    r"|(?:chers?|chères?|dear)" + _WHOM + r"{1,4}|(?:madame|monsieur)(?:,? (?:madame|monsieur))?" + _WHOM + r"?)"
    r"(?:[ \u00a0]?[,!.:]+\s*|[ \t]*\n\s*|\s*\Z)",
    re.I,
)
_GREETING_AND: Final = re.compile(r"\A\s*(?:bonjour|bonsoir|hello)(?: à vous)?,? et (?=\w)", re.I)
_POLITE: Final = "|".join(
    (
        r"(?:bien |très )?(?:cordialement|sincèrement|respectueusement|amicalement|chaleureusement)(?: vôtre)?",
        r"(?:veuillez|nous vous prions|je vous prie|recevez)\b[^.\n]{0,60}\b(?:salutations|sentiments)\b[^.\n]*",
        r"bien à vous|(?:best|kind|warm)(?:est)? regards|sincerely(?: yours)?|yours (?:sincerely|truly)",
    )
)
_SIGNER: Final = "|".join(
    (
        r"(?:toute )?l[’']équipe(?: (?:de|du|des|d[’'])[^.!?\n]{0,60})?",
        r"la direction(?: (?:de|du|des|d[’'])[^.!?\n]{0,60})?",
        r"les? gérante?s?|la gérante|le patron|la patronne|signé[^\n]*|the team(?: (?:at|of)[^.!?\n]{0,60})?",
        r"\[[^\]\n]*\]",
    )
)
# A polite formula ends the text with the few short lines or words after it; who signs stands on a line of his own.
_SIGNS: Final = re.compile(rf"[ \u00a0]*(?:{_SIGNER})[ \u00a0]?[,.]?[ \u00a0]*", re.I)
_POLITE_LINE: Final = re.compile(
    rf"[ \u00a0]*(?:{_POLITE})[ \u00a0]?[,.!]?(?:[ \u00a0]+[^\n.!?]{{1,50}}\.?)?[ \u00a0]*", re.I
)
_POLITE_END: Final = re.compile(
    rf"(?<=[.!?…])[ \u00a0]+(?:{_POLITE})[ \u00a0]?[,.!]?(?:[ \u00a0]+[^\n.!?]{{1,50}}\.?)?[ \u00a0]*\Z", re.I
)
_AFTER_POLITE: Final = 3  # lines: a name, a function, a shop
_QUOTES: Final = (("«", "»"), ("“", "”"), ('"', '"'), ("‘", "’"))


def strip_body(text: str, shop: Shop | None = None) -> str:
    """Return the body alone of what a model wrote.

    Goes: a thinking block, control tokens, marks of formatting, an announcement (« Voici une réponse : »), quotation
    marks around the whole, a greeting, a signature (the shop's own too), a sentence that was already said.
    """
    text = _HALF.sub("", _CONTROL.sub("", _THINKING.sub("", text)))
    for pattern, replacement in _MARKDOWN:
        text = pattern.sub(replacement, text)
    text = _unquoted(_LEAD.sub("", text.strip()))
    text = _without_greeting(text)
    text = _without_signature(text, shop)
    return _without_repeats(_unquoted(text))


def cut_unfinished(text: str) -> str:
    """Return ``text`` without a last sentence that has no end; a text without any finished sentence stays whole."""
    parts = sentences.spans(text)
    while parts and not re.search(r"[.!?…](?:[ \u00a0\u202f]?[»”\"])?\Z", text[slice(*parts[-1])]):
        parts = parts[:-1]
    return text[: parts[-1][1]] if parts else text


def _unquoted(text: str) -> str:
    text = text.strip()
    for opening, closing in _QUOTES:
        inner = text[1:-1]
        if len(text) > 2 and text[0] == opening and text[-1] == closing and not {opening, closing} & set(inner):
            return inner.strip(" \u00a0\u202f\n")
    return text


def _without_greeting(text: str) -> str:
    rest = _GREETING_AND.sub("", _GREETING.sub("", text, count=1), count=1).strip()
    return sentences.capitalised(rest) if rest != text else text


def _without_signature(text: str, shop: Shop | None) -> str:
    own = {sentences.key(line) for line in ([*shop.signature.splitlines(), shop.name] if shop else []) if line.strip()}
    lines = text.rstrip().split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or sentences.key(lines[-1]) in own or _SIGNS.fullmatch(lines[-1])):
        lines.pop()
    for at in range(max(0, len(lines) - 1 - _AFTER_POLITE), len(lines)):
        polite = _POLITE_LINE.fullmatch(lines[at]) if at else None
        end = polite or _POLITE_END.search(lines[at])
        if end and all(len(line) <= 60 for line in lines[at + 1 :]):
            return "\n".join([*lines[:at], lines[at][: end.start()]]).rstrip()
    return "\n".join(lines).rstrip()


def _without_repeats(text: str) -> str:
    seen: set[str] = set()
    kept = []
    for start, end in sentences.spans(text):
        said = sentences.key(text[start:end])
        if said and said in seen:
            continue
        seen.add(said)
        kept.append((start, end))
    pieces = [text[start:end] for start, end in kept]
    gaps = ["\n" if "\n" in text[a[1] : b[0]] else " " for a, b in itertools.pairwise(kept)]
    return "".join(piece + gap for piece, gap in zip(pieces, [*gaps, ""], strict=False))
