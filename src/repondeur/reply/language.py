"""Which of six languages a review is written in."""

import re
from typing import Final

from repondeur.reply.sentences import fold, vocabulary

# The commonest function words of each language, and the words that short reviews are made of. A word that two of the
# languages share (« a », « de », « top ») helps nobody and stands in none of the lists.
_WORDS: Final = {
    "fr": vocabulary(
        "le les un une du au aux et est ne pas que qui pour avec sur dans nous vous je il elle on ce cette ces son sa "
        "ses mon mes notre nos votre vos tout tous tres bien bon bonne mais ou ete etait sont ont avons avez j l d "
        "c n s qu plus merci parfait super bravo nickel accueil service equipe rapide toujours jamais rien "
        "recommande recommander genial excellent excellente correct decu decue nul nulle cher moi leur leurs des "
        "par chez apres sans tres trop peu encore aussi comme ai fait impeccable rapport qualite prix personnel "
        "travail produits avis dommage"
    ),
    "en": vocabulary(
        "the and is was were are be been to of in it this that with for on at you your they their we our i my not "
        "very so but have has had from there here would will all great good nice best amazing awesome lovely "
        "friendly staff food thanks thank perfect recommend recommended place quality experience bad terrible "
        "never always again wonderful helpful quick job highly which when what really just could my me he she his "
        "her love loved poor rude"
    ),
    "es": vocabulary(
        "el los las y es muy con por para pero una unos lo al del se su sus fue son mi nos todo todos bien bueno "
        "buena gracias excelente atencion trato servicio recomendable recomiendo siempre nunca mas calidad precio "
        "lugar encantador perfecto malo mal estan esta este como cuando donde hay han hemos sin tiempo"
    ),
    "de": vocabulary(
        "der die das und ist war nicht sehr mit fur auf ein eine einen einem einer wir ich sie es wurde waren sind "
        "zu im den dem von gut gute guter super danke immer wieder schnell freundlich empfehlen empfehlenswert "
        "leider aber auch hat haben alles nur noch toll bei uns man kann service qualitat preis leistung personal "
        "schlecht beste"
    ),
    "it": vocabulary(
        "il lo gli di e che non per con un molto sono stato stata della del dei delle nel nella anche tutto tutti "
        "ottimo ottima grazie servizio personale gentile gentilissimi consiglio consigliato sempre mai qualita "
        "prezzo bravi bello bella buono buona davvero questo questa piu ma ci ho abbiamo perfetto pessimo"
    ),
    "nl": vocabulary(
        "het een van en is niet zeer met voor op aan wij ik zij we zijn was waren heel erg goed goede lekker "
        "lekkere bedankt dank altijd nooit snel vriendelijk vriendelijke aanrader personeel bediening maar ook wat "
        "om te bij naar als dat dit deze geen onze ons kwaliteit prijs mooi mooie fijn fijne slecht"
    ),
}
_SHARED: Final = frozenset(
    word for word in set().union(*_WORDS.values()) if sum(word in w for w in _WORDS.values()) > 2
)
_SPELLING: Final = {
    "fr": re.compile(r"[êèàçùœîôû]|é(?:e|s|es)?\b|\b(?:qu|jusqu|[cdjlmnst])['’]", re.I),
    "en": re.compile(r"\b(?:i|it|don|didn|wasn|can|couldn|won|you|they|we)['’](?:m|s|t|re|ve|ll|d)\b|wh|ght\b", re.I),
    "es": re.compile(r"[ñ¡¿]|ción\b", re.I),
    "de": re.compile(r"[ßäöü]|sch|ung\b", re.I),
    "it": re.compile(r"zione\b|issim[oaie]\b|\b(?:dell|nell|all|un)['’]", re.I),
    "nl": re.compile(r"ij|aa|oo[kgpr]|\b\w*heid\b", re.I),
}


def language(text: str, default: str = "fr") -> str:
    """Return the language of ``text`` as ISO 639-1: ``fr``, ``en``, ``es``, ``de``, ``it`` or ``nl``.

    Each word that belongs to a language's list of function words and usual review words counts one for it (half if
    another language has it too); each spelling that gives a language away counts one half, once per kind of match and
    at most three times. The highest sum wins; on a tie, or without any sign, the answer is ``default``. No
    statistics are learnt and nothing is random, so the same text always gets the same answer; a person can correct it.
    """
    words = re.findall(r"[^\W\d_]+", fold(text))
    scores = {lang: _score(lang, words, text) for lang in _WORDS}
    best = max(scores.values())
    if best < 0.5:
        return default
    winners = [lang for lang, score in scores.items() if score == best]
    return winners[0] if len(winners) == 1 or default not in winners else default


def _score(lang: str, words: list[str], text: str) -> float:
    own = _WORDS[lang]
    others = [listed for other, listed in _WORDS.items() if other != lang]
    met = [word for word in words if word in own and word not in _SHARED]
    counted = sum(0.5 if any(word in listed for listed in others) else 1.0 for word in met)
    return counted + 0.5 * min(3, len(_SPELLING[lang].findall(text)))
