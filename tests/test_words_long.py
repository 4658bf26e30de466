"""Texts made to make a pattern go back and forth: each of them must be read in one go (nothing here measures time)."""

from collections.abc import Callable

import pytest
from words_support import all_templates, first_names, rules

from repondeur.reply import envelope, guard, mask, review, sentences, templates, typography
from repondeur.reply.record import Review
from repondeur.reply.shop import Shop

RUNS = (
    *(
        "a",
        "0",
        "a.",
        "1 ",
        "*",
        "**a ",
        "<",
        "<think>",
        "« ",
        '"a ',
        "[",
        "1 rue a ",
        "\n",
        "a\n",
        "a-",
        " ",
        "\u00a0",
    ),
    *("1h", "un ", "Bonjour ", "Aa ", "\nCordialement", ". Cordialement a", "a@", "a@a.", "d'", "★", "n°", "[a]", "{a"),
    *("commande n° ", "modifier un votre ", "quatre-vingt ", "\nl'équipe de ", "il y a 2 "),
)
READERS: dict[str, Callable[[str], object]] = {
    "clean": review.clean,
    "guess": review.guess,
    "language": review.language,
    "first name": lambda text: review.first_name(text, first_names()),
    "mask": lambda text: mask.mask(text, "Sophie Martin"),
    "unmask": lambda text: mask.unmask(text, "", names=False),
    "strip": lambda text: envelope.strip_body(text, Shop(signature="La Maison")),
    "cut": envelope.cut_unfinished,
    "sentences": sentences.split,
    "french": typography.french,
    "english": typography.english,
    "gate": lambda text: templates.serves(Review(text), all_templates()),
    "guard": lambda text: guard.examine(text, Review(text, rating=1), "", Shop(), rules()),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_long_run_of_anything_is_read(reader: Callable[[str], object]) -> None:
    for run in RUNS:
        reader("x" + (run * review.LIMIT)[: review.LIMIT - 2] + "y")
