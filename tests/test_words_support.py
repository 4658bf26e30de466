"""A draft keeps what stands on something: the review, the note, the sheet or courtesy."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.reply import sentences
from repondeur.reply.support import Grounds, answered, best, load_grounds, stems, supported

GROUNDS: Grounds = load_grounds((Path(__file__).parents[1] / "prompts" / "appuis.toml").read_text("utf-8"))
REVIEW = "Les croissants sont parfaits et la vendeuse est souriante, mais vingt minutes de queue."


def told(*texts: str) -> frozenset[str]:
    return frozenset(stems("\n".join(texts)))


@pytest.mark.parametrize(
    "sentence",
    [
        "Merci beaucoup pour votre message.",
        "Que les croissants vous plaisent nous touche.",
        "Votre mot sur l’accueil nous va droit au cœur.",
        "Nous comprenons que cette attente vous ait pesé.",
    ],
)
def test_what_stands_on_the_review_or_on_courtesy_stays(sentence: str) -> None:
    assert supported(sentence, told(REVIEW), 4, GROUNDS) == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "La climatisation était en panne ce jour-là.",
        "Le décor vient d’un ami menuisier.",
        "Votre remarque sur les photos nous touche.",
        "Zoé prépare les gâteaux chaque nuit.",
    ],
)
def test_what_nobody_told_is_left_out(sentence: str) -> None:
    assert supported(f"Merci pour votre message. {sentence}", told(REVIEW), 4, GROUNDS) == "Merci pour votre message."


def test_what_the_note_tells_stays() -> None:
    sentence = "La climatisation était en panne ce jour-là."
    note = told(REVIEW, "climatisation en panne jeudi")
    assert supported(sentence, note, 2, GROUNDS) == sentence


def test_gladness_under_one_star_and_regret_under_five_are_left_out() -> None:
    glad, sorry = "Votre message nous réjouit.", "Nous sommes désolés."
    assert supported(f"{glad} {sorry}", told(""), 1, GROUNDS) == sorry
    assert supported(f"{glad} {sorry}", told(""), 5, GROUNDS) == glad
    assert supported(f"{glad} {sorry}", told(""), 3, GROUNDS) == f"{glad} {sorry}"


def test_disappointment_under_four_stars_is_left_out_and_regret_stays() -> None:
    let_down, sorry = "Quel dommage que les croissants vous aient déçue.", "Nous sommes désolés de cette attente."
    assert supported(f"{let_down} {sorry}", told(REVIEW), 4, GROUNDS) == sorry


def test_the_body_that_answers_most_is_taken() -> None:
    bodies = [
        "Merci pour votre message.",
        "Les photos vous ont plu. Les croissants vous ont plu, et l’accueil aussi.",
        "Merci pour vos mots sur les croissants.",
    ]
    assert best(bodies, REVIEW, told(REVIEW), 4, GROUNDS) == "Les croissants vous ont plu, et l’accueil aussi."
    assert best(["Les photos vous ont plu."], REVIEW, told(REVIEW), 4, GROUNDS) == ""
    assert best([], REVIEW, told(REVIEW), 4, GROUNDS) == ""


def test_a_thing_counts_once() -> None:
    assert answered("Les croissants, oui, les croissants !", REVIEW, GROUNDS) == 1


@given(st.lists(st.sampled_from([*REVIEW.split(), "Merci.", "photos", "Bonjour.", "zébu."])), st.integers(1, 5))
def test_nothing_is_added_and_a_second_reading_changes_nothing(words: list[str], rating: int) -> None:
    body = " ".join(words)
    once = supported(body, told(REVIEW), rating, GROUNDS)
    assert set(sentences.split(once)) <= set(sentences.split(body))
    assert supported(once, told(REVIEW), rating, GROUNDS) == once
