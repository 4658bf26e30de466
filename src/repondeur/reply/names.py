"""The first name to greet a customer by, told from the name a site shows; with caution: no name beats a wrong one."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from repondeur.reply.sentences import capitalised, fold, vocabulary

_CIVILITIES: Final = vocabulary(
    "m mr mme mlle mmes mm monsieur madame mademoiselle maitre me dr docteur prof mrs ms miss"
)
_NO_PERSON: Final = vocabulary(
    "utilisateur utilisatrice user google client cliente customer anonyme anonymous local guide membre member "
    "visiteur contributeur voyageur inconnu inconnue personne compte profil avis test admin moi nous papa maman "
    "papi papy mamie mamy papou famille couple les le la the des un une chez sarl sas sasu eurl sci scop ets "
    "etablissements societe entreprise association asso club comite mairie ecole college lycee hotel camping gite "
    "restaurant bar cafe brasserie boulangerie patisserie boucherie charcuterie traiteur garage auto autos moto "
    "taxi taxis transport transports coiffure salon institut beaute fleuriste fleurs pizzeria pharmacie cabinet "
    "agence immobilier immo conseil conseils consulting services service groupe group batiment bat construction "
    "renovation plomberie chauffage elec electricite menuiserie couverture toiture peinture jardin jardins paysage "
    "pro shop store company team studio atelier maison domaine chateau france paris lyon marseille super mega big "
    "mister miss lady king queen prince princesse"
)
_COMPOUND_STARTS: Final = frozenset(("jean", "marie", "anne"))
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*\.?")


def load_names(text: str) -> dict[str, str]:
    """Read a list of first names, one or more a line; lines that start with ``#`` are remarks.

    Returns the names by their folded form (lower case, no accents), as :func:`first_name` wants them.
    """
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return by_key(name for line in lines for name in line.split())


def by_key(names: Iterable[str]) -> dict[str, str]:
    """Return ``names`` by their folded form; of two that fold alike the first stays."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(fold(name), name)
    return found


def first_name(author: str, names: Mapping[str, str]) -> str:
    """Return the first name in ``author``, or an empty text when it cannot be told.

    ``names`` are known first names (see :func:`load_names`). A known one is taken, before or after the surname and in
    any case; an unknown one only where the shape says so, « Prénom N. » or « Prénom Nom » in proper case. A civility
    and a surname, initials, pseudonyms, companies, several people: no name.
    """
    words = author.replace("\u00a0", " ").split()
    if not 1 <= len(words) <= 5 or not all(_WORD.fullmatch(word) for word in words):
        return ""
    civil = fold(words[0]).rstrip(".") in _CIVILITIES
    words = _without_shouted_surname(words[1:] if civil and len(words) > 1 else words)
    if any(fold(word).rstrip(".") in _NO_PERSON or fold(word) in {"et", "and", "ou"} for word in words):
        return ""
    return _known(words, names) or ("" if civil else _by_shape(words))


def _without_shouted_surname(words: list[str]) -> list[str]:
    """Drop the capitals of « MARTIN Sophie » or « Sophie MARTIN »; all in capitals, or none, stays whole."""
    quiet = [word for word in words if not (word.isupper() and len(word) > 2)]
    return quiet if quiet and not all(_is_initial(word) for word in quiet) else words


def _known(words: list[str], names: Mapping[str, str]) -> str:
    known = [fold(word) in names or _known_compound(word, names) for word in words]
    if not any(known) or (len(words) > 1 and _is_initial(words[0])):
        return ""
    at = known.index(True)
    if at > 1:
        return ""
    if fold(words[at]) in _COMPOUND_STARTS and len(words) > at + 2 and known[at + 1]:
        return f"{_spelt(words[at], names)} {_spelt(words[at + 1], names)}"
    return _spelt(words[at], names)


def _known_compound(word: str, names: Mapping[str, str]) -> bool:
    parts = word.split("-")
    return len(parts) > 1 and all(fold(part) in names for part in parts)


def _by_shape(words: list[str]) -> str:
    """Return the first word of « Prénom N. » or « Prénom Nom »; a single unknown word is no name."""
    if len(words) != 2 or not _proper(words[0]) or len(words[0]) < 3:
        return ""
    return words[0] if _is_initial(words[1]) or _proper(words[1]) else ""


def _proper(word: str) -> bool:
    parts = re.split(r"[-'’]", word)
    return all(part[:1].isupper() and part[1:].islower() for part in parts)


def _is_initial(word: str) -> bool:
    return len(word.rstrip(".")) == 1 or (word.endswith(".") and len(word) <= 3)


def _spelt(word: str, names: Mapping[str, str]) -> str:
    """Return a name in proper case: the person's own accents, or those of the list when typed in capitals or small."""
    if _proper(word):
        return word
    return "-".join(names.get(fold(part), capitalised(part.lower())) for part in word.split("-"))
