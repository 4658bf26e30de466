"""Personal data is taken out of a review before a model reads it (REPLIES.md 7), and comes back only where it may.

A mask is a word in brackets that the model knows: ``[prénom]``, ``[téléphone]``, ``[adresse]``, ``[courriel]``,
``[lien]``, ``[plaque]``, ``[numéro]``.
"""

import re
from dataclasses import dataclass
from typing import Final

from repondeur.reply.sentences import capitalised, fold, vocabulary

NAME: Final = "prénom"

# A word of a street's name in any case, but none that goes on with the sentence.
_STREET_WORD: Final = (
    r"(?!(?:pour|et|mais|ou|où|qui|que|avec|sans|dans|est|par|sur|à|depuis|quand|chez|sont|était|très|trop|bien|merci|code"
    r"|puis|donc|car|vers|après|avant|ce|cette|il|elle|nous|vous|je|on|un|une|le|la|les|de|du|des)\b)"
    r"[^\W\d_][\w'’\-]{2,}"
)
# French formats. Order matters: what is longer or surer comes first. Every run is bounded, or can start in one place
# alone, so that no text takes long.
PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        "courriel",
        re.compile(
            r"(?<![\w.+-])[\w.+-]{1,64}(?:@|\s?(?:\(at\)|\[at\]|\barobase\b)\s?)[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}", re.I
        ),
    ),
    (
        "lien",
        re.compile(
            r"(?:https?://|www\.)[^\s<>«»]*[^\s<>«».,;:!?)\]]"
            r"|(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:fr|com|net|org|eu|info|be|ch|ca|io|co|shop)\b(?:/[^\s<>«»]*[^\s<>«».,;:!?)\]])?",
            re.I,
        ),
    ),
    (
        "téléphone",
        re.compile(
            r"(?<![\w+])(?:(?:\+|00)[ .\-]?33[ .\-]?(?:\(0\)[ .\-]?)?[1-9]|0[ .\-]?[1-9])"
            r"(?:[ .\-/\u00a0\u202f]?\d){8}(?!\d)"
            r"|(?<![\w+])(?:\+|00)\d{1,3}(?:[ .\-\u00a0\u202f]?\d){7,11}(?!\d)",
        ),
    ),
    (
        "plaque",
        re.compile(r"\b[A-HJ-NP-TV-Z]{2}[ \-]\d{3}[ \-][A-HJ-NP-TV-Z]{2}\b|\b\d{2,4} [A-Z]{2,3} (?:\d{2}|2[AB])\b"),
    ),
    (
        "numéro",
        re.compile(
            r"(?:(?<=commande )|(?<=facture )|(?<=devis )|(?<=dossier )|(?<=client )|(?<=contrat )|(?<=référence ))"
            r"(?:n[°o]s?\.?[ \u00a0]?|num(?:é|e)ro[ \u00a0]|#|:[ ]?)*(?=[A-Z\d/_\-]*\d)[A-Z\d][A-Z\d/_\-]{2,}"
            r"|(?:\bn[°º][ \u00a0]?|#[ ]?)(?=[A-Z\d/_\-]*\d{3})[A-Z\d][A-Z\d/_\-]{3,}",
            re.I,
        ),
    ),
    (
        "adresse",
        re.compile(
            r"\b\d{1,4}(?:[ ,]{1,2}(?:bis|ter|quater|[a-d])\b)?[ ,]{1,2}"
            r"(?:rue|avenue|av\.|boulevard|bd|bld|place|pl\.|chemin|impasse|allées?|quai|route|rte|square|cours|passage"
            r"|faubourg|sentier|ruelle|résidence|lotissement|hameau|lieu-dit)"
            # The street's name: particles, then one word in any case, then whatever starts with a capital.
            r"(?:[ \u00a0](?:d[eu]s?|la|les?|aux?|saint[es]?|(?:de )?l['’]|d['’]))*(?:(?<=['’])|[ \u00a0])"
            rf"{_STREET_WORD}(?:[ \u00a0]{_STREET_WORD})?"
            r"(?:[ \u00a0](?:(?-i:[A-ZÀ-Ý])[\w'’\-]*|(?:d[eu]s?|la|les?)(?=[ \u00a0](?-i:[A-ZÀ-Ý]))))*"
            r"(?:[ ,]+\d{5}(?:[ ](?-i:[A-ZÀ-Ý])[\w'’\-]+)*)?",
            re.I,
        ),
    ),
)

# What a leftover mask says without saying it: « au [téléphone] » becomes « à ce numéro ».
_NEUTRAL: Final = {
    "téléphone": "ce numéro",
    "courriel": "cette adresse",
    "adresse": "cette adresse",
    "lien": "ce lien",
    "plaque": "ce véhicule",
    "numéro": "ce numéro",
}
_DETERMINER: Final = {
    "au ": "à ",
    "aux ": "à ",
    "du ": "de ",
    "des ": "de ",
    "le ": "",
    "la ": "",
    "les ": "",
    "l’": "",
    "l'": "",
    "votre ": "",
    "notre ": "",
    "d’": "de ",
    "d'": "de ",
}
# Words of an author's line that are no name, and names that are also everyday words.
_NO_NAMES: Final = vocabulary(
    "les des une the and von van der den del della local guide google user utilisateur utilisatrice client cliente "
    "anonyme anonymous avis niveau monsieur madame mademoiselle mme mlle contributeur membre"
)
_COMMON_NOUNS: Final = vocabulary(
    "petit petite grand blanc noir roux brun rose fleur claire prudence constance olive ange aime aimee desire "
    "france boulanger boucher charpentier mercier potier marchand fabre lefort fort legrand lepetit leblanc lebon "
    "bon roy roi leroy beau belle joli garnier carpentier tailleur pain poisson perle jolie victoire reine marin "
    "pierre marchal bonnet chapeau rocher rivière dubois bois deschamps champ mai avril juin jade ambre ruby "
    "saison service"
)
_CIVILITY: Final = r"(?:(?:M\.|Mr\.?|MM\.|Mme|Mlle|Mmes|Monsieur|Madame|Mademoiselle|Maître|Dr\.?)[ \u00a0])?"


@dataclass(frozen=True, slots=True)
class Masked:
    """``text`` with masks in place, and what each one hides, in reading order, as (kind, original)."""

    text: str
    found: tuple[tuple[str, str], ...] = ()


def mask(text: str, author: str) -> Masked:
    """Replace phones, e-mail addresses, links, plates, order numbers, postal addresses and the author's name.

    ``author`` is the name as the site shows it; any word of it of three letters or more counts, in any case and with or
    without accents, when it starts with a capital in ``text``.
    """
    found: list[tuple[int, str, str]] = []
    patterns = [*PATTERNS, *([(NAME, pattern)] if (pattern := _name_pattern(author)) else [])]
    spans: list[tuple[int, int, str]] = []
    for kind, pattern in patterns:
        for match in pattern.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end, _ in spans):
                spans.append((*match.span(), kind))
    for start, end, kind in sorted(spans, reverse=True):
        found.append((start, kind, text[start:end]))
        text = f"{text[:start]}[{kind}]{text[end:]}"
    return Masked(text, tuple((kind, original) for _, kind, original in reversed(found)))


def unmask(text: str, first_name: str, *, names: bool) -> str:
    """Return a draft without masks, as far as the rules allow.

    ``[prénom]`` becomes ``first_name`` where ``names`` (the site lets a reply name the customer) and a first name is
    known; otherwise it is left out with its commas. Every other mask becomes a neutral word (« ce numéro »). A mask
    that cannot leave without breaking its sentence stays, and the guard marks it.
    """
    text = re.sub(
        r"\[\s*(pr[ée]nom|t[ée]l[ée]phone|adresse|courriel|lien|plaque|num[ée]ro)\s*\]", _canonical, text, flags=re.I
    )
    text = text.replace(f"[{NAME}]", first_name) if names and first_name else _nameless(text)
    return _neutral(text)


def _canonical(match: re.Match[str]) -> str:
    kinds = {fold(kind): kind for kind in (NAME, *_NEUTRAL)}
    return f"[{kinds[fold(match.group(1))]}]"


def _nameless(text: str) -> str:
    """Drop ``[prénom]`` where it only calls the customer: « Merci [prénom], » reads « Merci, »."""
    name = re.escape(f"[{NAME}]")
    text = re.sub(rf"\b([Mm]erci) à {name}", r"\1 à vous", text)
    text = re.sub(rf"^{name},?[ \u00a0]+(\w)", lambda m: capitalised(m.group(1)), text)
    text = re.sub(rf"(?<=[.!?…][ \u00a0]){name},[ \u00a0]+(\w)", lambda m: capitalised(m.group(1)), text)
    text = re.sub(rf",[ \u00a0]{name},(?=\s)", ",", text)
    text = re.sub(rf",?[ \u00a0]{name}(?=[ \u00a0]?[.!?…])", "", text)
    return re.sub(
        rf"\b([Mm]erci(?: beaucoup| encore| infiniment)?|[Bb]onjour|[Hh]ello|[Tt]hank you|[Tt]hanks)[ \u00a0]{name}",
        r"\1",
        text,
    )


def _neutral(text: str) -> str:
    """Put a neutral word for each other mask, with the article or preposition before it."""
    before = "|".join(re.escape(word) for word in sorted(_DETERMINER, key=len, reverse=True))
    pattern = re.compile(rf"(?:\b({before}))?\[({'|'.join(_NEUTRAL)})\]", re.I)

    def put(match: re.Match[str]) -> str:
        article = match.group(1) or ""
        words = _DETERMINER.get(article.lower(), "") + _NEUTRAL[match.group(2)]
        return capitalised(words) if article[:1].isupper() else words

    return pattern.sub(put, text)


def _name_pattern(author: str) -> re.Pattern[str] | None:
    words = [w for w in re.findall(r"[^\W_]+(?:['’][^\W_]+)*", author) if len(w) > 2 and fold(w) not in _NO_NAMES]
    if not words:
        return None
    sure = [_loose(word) for word in words if fold(word) not in _COMMON_NOUNS]
    # « Petit bémol » is no name, « chez les Petit » is one.
    doubtful = [rf"(?<=[^\W\d_]\s){_loose(word, capital=True)}" for word in words if fold(word) in _COMMON_NOUNS]
    one = "|".join((*sure, *doubtful))
    more = "|".join(_loose(word) for word in words)
    return re.compile(rf"(?<!\w){_CIVILITY}(?:{one})(?:[ \u00a0\-](?:{more}|[A-Z]\.?(?!\w)))*(?!\w)")


def _loose(word: str, *, capital: bool = False) -> str:
    """Return a pattern for a name in any case, with or without accents; ``capital`` wants its first letter so."""
    return "".join(_letter(c, capital=capital and i == 0) for i, c in enumerate(word))


def _letter(character: str, *, capital: bool) -> str:
    if character in "'’":
        return "['’]"
    base = fold(character)
    kin = {character.lower(), *(c for c in "aàâäáãåbcçdeéèêëfghiîïíjklmnñoôöóõpqrsštuùûüúvwxyÿzžœæ" if fold(c) == base)}
    letters = {c.upper() for c in kin} | (set() if capital else kin)
    return f"[{re.escape(''.join(sorted(c for c in letters if len(c) == 1)))}]"
