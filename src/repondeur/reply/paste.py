"""Told from what people paste out of a review site: who wrote, how many stars, when, and what is only decoration.

Only whole lines are ever left out, and only lines that are nothing but a site's own words (« Local Guide · 12 avis »,
« il y a 2 semaines », « J’aime »). A line that might be a customer's stays; when nothing would remain, the whole paste
is the text.
"""

import re
from dataclasses import dataclass
from typing import Final

from repondeur.reply.language import language
from repondeur.reply.record import Review
from repondeur.reply.sentences import fold

_MONTH: Final = (
    r"(?:janv(?:ier)?|fevr(?:ier)?|mars|avr(?:il)?|mai|juin|juil(?:let)?|aout|sept(?:embre)?|oct(?:obre)?|nov(?:embre)?"
    r"|dec(?:embre)?|january|february|march|april|may|june|july|august|september|october|november|december)\.?"
)
_AGO: Final = (
    r"(?:il y a (?:environ )?(?:\d+|une?|quelques)"
    r" (?:secondes?|minutes?|min|heures?|h|jours?|j|semaines?|sem|mois|ans?|annees?)"
    r"|(?:\d+|an?) (?:minutes?|hours?|days?|weeks?|months?|years?) ago|hier|aujourd'hui|a l'instant|yesterday|today)"
)
_DATE: Final = (
    rf"(?:(?:le )?\d{{1,2}}(?:er)? {_MONTH}(?: \d{{4}})?(?: a \d{{1,2}}[:h]\d{{2}})?|(?:en )?{_MONTH} \d{{4}}"
    rf"|{_MONTH} \d{{1,2}}, \d{{4}}"
    rf"|(?:le )?\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}(?: a \d{{1,2}}[:h]\d{{2}})?|\d{{4}}-\d\d-\d\d)"
)
_WHEN: Final = rf"(?:{_AGO}|{_DATE})"
_STATS: Final = (
    r"(?:local guide|guide local|niveau \d+"
    r"|\d[\d .]* (?:avis|reviews?|photos?|contributions?|votes? utiles?|helpful votes?|abonnes?|followers?|amis))"
)
_COMPANY: Final = r"(?:en (?:famille|couple|solo)|entre amis|avec des amis|seul|en voyage d'affaires|pour affaires)"

# Each pattern must match a whole line, folded (small letters, no accents). The keys are sites the line points to.
_DECORATION: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (site, re.compile(pattern))
    for site, pattern in (
        ("google", rf"(?:{_STATS} ?[·•|,\-] ?)*(?:local guide|guide local)(?: ?[·•|,\-] ?{_STATS})*"),
        ("", rf"{_STATS}(?: ?[·•|,\-] ?{_STATS})*"),
        ("", rf"(?:modifie |publie |ecrit |edited )?(?:le )?{_WHEN}(?: ?[·•|] ?.{{0,20}})?"),
        ("google", r"traduit par google(?: ?[·•(].*)?|translated by google.*"),
        ("google", r"voir l'original(?: \(.{2,20}\))?"),
        ("google", r"nouveau|new"),
        ("tripadvisor", rf"(?:date de la visite|visite en) ?:? ?(?:le )?{_WHEN}"),
        ("tripadvisor", rf"{_DATE} ?[•·] ?{_COMPANY}|{_COMPANY}"),
        ("tripadvisor", r"cet avis est l'opinion subjective d'un membre de tripadvisor.*"),
        ("pagesjaunes", r"signaler un abus|cet avis vous a-t-il ete utile ?\?"),
        ("pagesjaunes", r"experience (?:du|de|en) \d\d/\d{4}"),
        ("trustpilot", rf"date de l'experience ?: ?{_DATE}|avis spontane|(?:avis )?sur invitation"),
        ("trustpilot", r"note [1-5] sur 5 etoiles|rated [1-5] out of 5 stars"),
        ("facebook", r"tout afficher|commenter|envoyer|avec public|public"),
        ("", rf"(?:avis|experience) (?:publie|ecrit|redige|depose|du|datant)e? ?:? ?(?:le |du |de )?{_WHEN}"),
        (
            "",
            r"(?:avis )?(?:publie|laisse|depose|posted)? ?(?:sur|via|on) (?:google(?: maps)?|tripadvisor|facebook)",
        ),
        ("", r"(?:avis )?(?:publie|laisse|depose|poste)? ?(?:sur|via) (?:pages ?jaunes|trustpilot)|fr|be|ch|ca|gb|us"),
        ("", r"avis publie sur .{2,30}|avis verifie|verifie|achat verifie|client verifie"),
        ("", r"plus|voir plus|lire la suite|(?:\.\.\.|…) ?plus|moins|more|read more|see more"),
        (
            "",
            r"(?:j'aime|like|utile|helpful|partager|share|repondre|reply|signaler|report)(?: ?[·•|(]? ?\d+ ?\)?)?",
        ),
    )
)
_OWNER: Final = re.compile(
    r"reponse (?:du proprietaire|de la proprietaire|du gerant|de la direction|de l'etablissement|de l'entreprise"
    r"|du professionnel"
    r"|de .{2,60}, (?:proprietaire|gerante?|directeur|directrice).*)(?: .{0,40})?|(?:response|reply) from the owner.*"
)
_STARS: Final = re.compile(
    r"(?:note|noté|notation|rated|rating)? ?:? ?([1-5])(?:[.,]0+)? ?"
    r"(?:/ ?5|sur 5|out of 5|etoiles?|stars?|bulles?)(?: (?:etoiles?|stars?|bulles?|bubbles|sur 5))?"
)
_PLACE: Final = re.compile(r"[A-ZÀ-Ý][\w' \-]+, [A-ZÀ-Ý][\w' \-]+")
_GLYPHS: Final = re.compile(r"([★⭐🌟✭✮⯨]{1,5})[\ufe0f\s]*([☆✩✰]{0,4})")
_EMPTY: Final = re.compile(r"[☆✩✰]{5}")
_RECOMMENDS: Final = re.compile(r"([^\W\d_].{1,39}?) (?:ne )?recommande (?:pas )?[A-ZÀ-Ý].{1,80}")
_PRONOUNS: Final = frozenset(("je", "on", "il", "elle", "nous", "vous", "ma", "mon"))


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    kind: str  # "text", "stars", "decoration"
    site: str = ""
    stars: int | None = None


def guess(pasted: str, *, site: str = "google") -> Review:
    """Return what can be told from a cleaned paste; ``site`` is the answer where no line names one.

    A first line is taken as the author's name only if it looks like one and a site's line follows within four lines.
    Stars are read from a line of their own, or from star signs that open or close the text. The owner's existing reply
    and what follows it are left out.
    """
    lines = [_read(line) for line in _before_owner(pasted.split("\n")) if line.strip()]
    author, rest = _author(lines)
    if author.isalpha() and not any(line.kind == "text" for line in rest):
        author, rest = "", lines  # « Super », then stars: more likely the whole review than a name
    text, sign_stars = _glyphs("\n".join(line.text for line in rest if line.kind == "text"))
    stars = next((line.stars for line in lines if line.stars is not None), sign_stars)
    named = next((line.site for line in lines if line.site), site)
    if not text and stars is None:
        return Review(pasted.strip(), "", None, site, language(pasted))
    return Review(text, author, stars, _told_site(pasted) or named, language(text))


def _before_owner(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if number and _OWNER.fullmatch(_folded(line)):
            return lines[:number]
    return lines


def _folded(line: str) -> str:
    return re.sub(r"[\s\u00a0]+", " ", fold(line)).strip(" \ufe0f")


def _read(line: str) -> _Line:
    folded = _folded(line)
    if stars := _STARS.fullmatch(folded):
        return _Line(line, "stars", _is_decoration(folded) or "", int(stars.group(1)))
    if _GLYPHS.match(line.strip()):
        left, number = _glyphs(line.strip())
        if not left or _is_decoration(_folded(left)) is not None:
            return _Line(line, "stars", stars=number)
    if (site := _is_decoration(folded)) is not None:
        return _Line(line, "decoration", site)
    return _Line(line.strip(), "text")


def _is_decoration(folded: str) -> str | None:
    return next((site for site, pattern in _DECORATION if pattern.fullmatch(folded)), None)


def _author(lines: list[_Line]) -> tuple[str, list[_Line]]:
    """Return the author's name and the lines without it; no name when the first line may be the review itself."""
    if len(lines) < 2 or lines[0].kind != "text":
        return "", lines
    first, evidence = lines[0].text, [line.kind != "text" for line in lines[1:5]]
    match = _RECOMMENDS.fullmatch(first)
    if match and any(evidence) and _looks_like_name(match.group(1)) and fold(match.group(1)) not in _PRONOUNS:
        return match.group(1), lines[1:]
    if len(lines) > 2 and _PLACE.fullmatch(lines[1].text) and "contribution" in _folded(lines[2].text):
        del lines[1]  # Tripadvisor: « Lyon, France » under the name
    inline = re.split(r" ?[·•|] ?", first, maxsplit=1)
    if len(inline) == 2 and _looks_like_name(inline[0]) and _is_decoration(_folded(inline[1])) is not None:
        return inline[0], lines[1:]
    if _looks_like_name(first) and any(evidence):
        return first, lines[1:]
    return "", lines


def _looks_like_name(line: str) -> bool:
    """Tell whether a line could be a name: one to four words, a capital or a pseudonym, no sentence in it."""
    words = line.split()
    if not 1 <= len(words) <= 4 or len(line) > 40 or re.search(r"[!?;:,…]|\.\s+\S{3}|[.]{2}", line):
        return False
    return all(word[:1].isupper() or word in {"de", "du", "la", "le", "et", "von", "van", "d'"} for word in words) or (
        len(words) == 1 and any(c.isdigit() for c in line)
    )


def _glyphs(text: str) -> tuple[str, int | None]:
    """Return ``text`` without star signs at its very start or end, and their number."""
    if _EMPTY.fullmatch(text.strip()):
        return text, None
    for match in (_GLYPHS.match(text), re.search(_GLYPHS.pattern + r"\Z", text)):
        if match and (match.start() == 0 or match.end() == len(text)):
            stars, empty = len(match.group(1)), len(match.group(2))
            if stars + empty == 5 or not empty:
                return (text[: match.start()] + text[match.end() :]).strip("\ufe0f \n"), stars
    return text, None


def _told_site(pasted: str) -> str:
    """Return the site that the paste names in so many words on one of its lines of decoration."""
    for line in pasted.split("\n"):
        folded = _folded(line)
        if _is_decoration(folded) is not None:
            for site in ("tripadvisor", "pagesjaunes", "facebook", "trustpilot", "google"):
                if site in folded.replace(" ", ""):
                    return site
    return ""
