from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from words_support import all_templates, first_names, rules

from repondeur.reply import drafting, guard, templates
from repondeur.reply.record import Review, Tone
from repondeur.reply.shop import Shop

CELLS = [(lang, rating) for lang in ("fr", "en") for rating in (5, 3, 1)]


@pytest.mark.parametrize(
    ("text", "rating", "side"),
    [
        ("", 5, "+"),
        ("", 4, "+"),
        ("", 3, "="),
        ("", 2, "-"),
        ("", 1, "-"),
        ("", None, None),
        ("👍", 5, "+"),
        ("Super", None, "+"),
        ("Parfait, merci !", 5, "+"),
        ("Très bien", 4, "+"),
        ("Je recommande !", None, "+"),
        ("C’est parfait", 5, "+"),
        ("Merci", 5, "+"),
        ("Merci", 1, None),
        ("Bien", 3, "="),
        ("Bof", 3, "="),
        ("Nul", 1, "-"),
        ("À fuir", 1, "-"),
        ("Nul", 5, None),
        ("Bravo", 1, None),
        ("Super pain", 5, None),
        ("pas bien", 2, None),
        ("Très bien mais cher", 4, None),
        ("Super ?", 5, None),
        ("très très très très très très bien", 5, None),
    ],
)
def test_the_gate_lets_only_wordless_reviews_through(text: str, rating: int | None, side: str | None) -> None:
    review = Review(text, rating=rating)
    assert templates.polarity(review, all_templates()) == side
    assert templates.serves(review, all_templates()) == (side is not None)


def test_a_language_without_sentences_is_left_to_a_model() -> None:
    review = Review("", rating=5, lang="es")
    assert not templates.serves(review, all_templates())
    with pytest.raises(LookupError):
        templates.choose(review, Tone.WARM, Shop(), [], 0, all_templates())


@pytest.mark.parametrize("trade", ["boulangerie", "plomberie", "Esthétique", ""])
@pytest.mark.parametrize("tone", list(Tone))
@pytest.mark.parametrize(("lang", "rating"), CELLS)
@pytest.mark.parametrize("text", ["", "x"])
def test_no_opening_comes_back_within_twenty(text: str, lang: str, rating: int, tone: Tone, trade: str) -> None:
    word = {5: "Top", 3: "Ok", 1: "Horrible"}[rating] if text else ""
    recent: list[str] = []
    for seed in range(70):
        body = templates.choose(
            Review(word, rating=rating, lang=lang), tone, Shop(trade=trade), recent, seed * 7919, all_templates()
        )
        assert templates.opening(body) not in recent[: templates.RECENT]
        recent.insert(0, templates.opening(body))


@given(st.integers(0, 2**32), st.sampled_from(CELLS), st.sampled_from(list(Tone)), st.sampled_from(["nous", "je"]))
def test_a_template_reply_says_nothing_that_the_guard_marks(seed: int, cell: tuple[str, int], tone: Tone, we) -> None:
    lang, rating = cell
    shop = Shop(name="Le Fournil", trade="boulangerie", we=we)
    review = Review("", author="Sophie Martin", rating=rating, lang=lang)
    body = templates.choose(review, tone, shop, [], seed, all_templates())
    whole = drafting.dress(body, review, shop, first_names())
    assert guard.examine(whole, review, "", shop, rules()) == ()
    assert not set("{|}") & set(whole)


def test_another_seed_is_another_proposal() -> None:
    review = Review("", rating=5)
    bodies = {templates.choose(review, Tone.WARM, Shop(), [], seed, all_templates()) for seed in range(12)}
    assert len(bodies) == 12


def test_when_every_opening_was_used_the_oldest_comes_back() -> None:
    review, recent = Review("", rating=5), []
    few = all_templates()
    cell = few.find("fr", "+", Tone.WARM)
    assert cell is not None
    two = templates.Cell(cell.lang, "+", cell.tone, cell.openings[:2], (), (), cell.closings)
    small = templates.Templates(few.version, (two,), few.places, few.longest, few.words)
    for seed in range(6):
        recent.insert(0, templates.opening(templates.choose(review, Tone.WARM, Shop(), recent, seed, small)))
    assert all(one != other for one, other in pairwise(recent))


def test_the_shop_s_own_sentence_proposes_the_private_talk() -> None:
    shop = Shop(contact="Appelez-nous au magasin.")
    review = Review("", rating=1)
    assert templates.choose(review, Tone.SOBER, shop, [], 1, all_templates()).endswith(" Appelez-nous au magasin.")
    hidden = templates.choose(Review("", rating=1, site="tripadvisor"), Tone.SOBER, shop, [], 1, all_templates())
    assert "magasin" not in hidden


def test_there_are_enough_sentences() -> None:
    for cell in all_templates().cells:
        assert len(set(cell.openings)) > templates.RECENT
        assert len(set(cell.closings)) >= 8
