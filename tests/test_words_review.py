import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from words_support import first_names

from repondeur.errors import EmptyReview, ReviewTooLong
from repondeur.reply import review
from repondeur.reply.record import Review

GOOGLE = """Sophie Martin
Local Guide · 12 avis · 3 photos
il y a 2 semaines
★★★★☆
Très bon pain, accueil souriant.
Je recommande !
Plus
J'aime
Partager
Réponse du propriétaire
il y a une semaine
Merci Sophie"""
TRIPADVISOR = """Sophie M
Lyon, France
3 contributions
Note : 5 sur 5
Une belle surprise
mars 2024 • En couple
Nous avons adoré.
Avis écrit le 12 mai 2024
Cet avis est l'opinion subjective d'un membre de Tripadvisor et non l'avis de Tripadvisor LLC."""
PAGESJAUNES = "Marc D.\nAvis publié le 12/03/2024\n4/5\nBon plombier, à l'heure.\nSignaler un abus"
FACEBOOK = "Julie Petit recommande Boulangerie du Port.\n12 mars 2024 ·\nPain délicieux !\nJ’aime\nCommenter\nPartager"
TRUSTPILOT = """Jean Dupuis
3 avis
FR
Noté 5 sur 5 étoiles
Il y a 2 jours
Rapide et soigné
Rien à redire.
Date de l'expérience: 12 mars 2024
Utile
Partager"""


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = review.clean(text)
    assert review.clean(once) == once


@given(st.text())
def test_a_cleaned_review_holds_nothing_invisible(text: str) -> None:
    cleaned = review.clean(text)
    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs"} or c in "\n\t" for c in cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()


@given(st.text(alphabet=st.sampled_from("aàé ’!\n.€😀")))
def test_words_survive_cleaning(text: str) -> None:
    assert review.clean(text).split() == text.split()


def test_hidden_characters_go() -> None:
    hidden = "Su\u200bper\u202e \ufeffac\u00adcu\x00eil\U000e0041\U000e0100\u2066 !\r\nÀ\u2028bientôt\ud800"
    assert review.clean(hidden) == "Super accueil !\nÀ\nbientôt"


def test_letters_are_composed() -> None:
    assert review.clean("De\u0301c\u0327u") == "Déçu"


def test_a_review_of_the_limit_passes_and_one_more_character_is_refused() -> None:
    assert len(review.clean("é" * review.LIMIT + "  \n")) == review.LIMIT
    with pytest.raises(ReviewTooLong):
        review.clean("é" * (review.LIMIT + 1))
    with pytest.raises(ReviewTooLong):
        review.clean("x" * 200_000)


def test_emptiness_is_refused_only_where_asked() -> None:
    assert review.clean(" \u200b\n") == ""
    with pytest.raises(EmptyReview):
        review.clean(" \u200b\n", required=True)
    review.check(Review("", rating=5))
    with pytest.raises(EmptyReview):
        review.check(Review(" "))


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        (GOOGLE, ("Très bon pain, accueil souriant.\nJe recommande !", "Sophie Martin", 4, "google")),
        (TRIPADVISOR, ("Une belle surprise\nNous avons adoré.", "Sophie M", 5, "tripadvisor")),
        (PAGESJAUNES, ("Bon plombier, à l'heure.", "Marc D.", 4, "pagesjaunes")),
        (FACEBOOK, ("Pain délicieux !", "Julie Petit", None, "facebook")),
        (TRUSTPILOT, ("Rapide et soigné\nRien à redire.", "Jean Dupuis", 5, "trustpilot")),
        ("zorro33\nil y a un an\nNul", ("Nul", "zorro33", None, "google")),
        ("Sophie Martin · il y a 2 semaines\nTop", ("Top", "Sophie Martin", None, "google")),
        ("Karim B\n5 étoiles", ("", "Karim B", 5, "google")),
        ("★★★★☆ Très bien", ("Très bien", "", 4, "google")),
        ("5/5", ("", "", 5, "google")),
        ("★★★★★", ("", "", 5, "google")),
        ("Super\n★★★★★", ("Super", "", 5, "google")),
    ],
)
def test_what_a_paste_says_is_told(pasted: str, expected: tuple[str, str, int | None, str]) -> None:
    told = review.guess(review.clean(pasted))
    assert (told.text, told.author, told.rating, told.site) == expected


@pytest.mark.parametrize(
    "pasted",
    [
        "Super",
        "Parfait merci",
        "Plus",
        "Merci",
        "4/5 Très bon accueil",
        "Bonjour\nJe suis déçue\nil y a 2 ans c'était mieux",
        "Nous avons attendu 5 sur 5 minutes\nPas mal",
        "Réponse du propriétaire",
        "☆☆☆☆☆",
    ],
)
def test_in_doubt_the_whole_paste_is_the_text(pasted: str) -> None:
    assert review.guess(pasted).text == pasted


@given(st.lists(st.sampled_from([*GOOGLE.split("\n"), *TRUSTPILOT.split("\n"), "Déçue", "5/5", "★★"]), max_size=8))
def test_a_sentence_of_a_paste_is_never_lost(lines: list[str]) -> None:
    told = review.guess(review.clean("\n".join(lines)))
    kept = lines[: next((i for i, line in enumerate(lines) if i and line.startswith("Réponse du")), len(lines))]
    for line in kept:
        if line.endswith(("souriant.", "recommande !", "redire.")):
            assert line in told.text


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("Sophie Martin", "Sophie"),
        ("SOPHIE MARTIN", "Sophie"),
        ("MARTIN Sophie", "Sophie"),
        ("Dupont Sophie", "Sophie"),
        ("sophie", "Sophie"),
        ("helene d", "Hélène"),
        ("jean-pierre D", "Jean-Pierre"),
        ("Marie Claire Dupont", "Marie Claire"),
        ("M. Jean Dupont", "Jean"),
        ("Maëlys Çelik", "Maëlys"),
        ("Xylo Dubar", "Xylo"),
        ("Xylo D.", "Xylo"),
        ("M. Dupont", ""),
        ("Madame Leroy", ""),
        ("Mme Sophie", "Sophie"),
        ("Dupuis", ""),
        ("zorro33", ""),
        ("Jean33", ""),
        ("Client anonyme", ""),
        ("Un utilisateur Google", ""),
        ("J. D.", ""),
        ("J. Martin", ""),
        ("JD", ""),
        ("SARL Dupont", ""),
        ("Boulangerie Dupont", ""),
        ("Sophie et Marc", ""),
        ("Local Guide", ""),
        ("", ""),
        ("😀", ""),
        ("Il était une fois dans la ville", ""),
    ],
)
def test_a_first_name_is_told_or_left_alone(author: str, name: str) -> None:
    assert review.first_name(author, first_names()) == name


@given(st.text())
def test_a_first_name_stands_in_the_author_s_line(author: str) -> None:
    name = review.first_name(author, first_names())
    assert not name or name[0].isalpha()


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Très bon accueil, je recommande vivement cette boulangerie.", "fr"),
        ("C nul, jamais rappelé", "fr"),
        ("👍", "fr"),
        ("", "fr"),
        ("Great place, the staff was very friendly and the bread is amazing.", "en"),
        ("Perfect, thank you!", "en"),
        ("Muy buena atención, volveremos con gusto.", "es"),
        ("Sehr freundlich und schnell, danke!", "de"),
        ("Ottimo servizio, personale gentile, consigliato.", "it"),
        ("Heel vriendelijk en snel geholpen, een aanrader.", "nl"),
    ],
)
def test_the_language_is_told(text: str, lang: str) -> None:
    assert review.language(text) == lang


def test_the_default_language_can_be_given() -> None:
    assert review.language("👍", default="en") == "en"
