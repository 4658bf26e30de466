"""The starter model's making, as far as it needs no library of its own: corpus, generator, report, card."""

import hashlib
import json
import random
from itertools import islice
from pathlib import Path

import pytest

from repondeur.paths import starter_model
from training import noise, report
from training.corpus_data import ASSERTS, HELD_OUT_TRADES, Corpus, fingerprint, load
from training.generate import HELD_OUT_FILES, Generator, elide, held_out_reviews


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load()


def test_the_generator_repeats_itself_by_seed(corpus: Corpus) -> None:
    first, again, other = (list(islice(Generator(corpus, seed), 200)) for seed in (4, 4, 5))
    assert first == again
    assert first != other


def test_the_generator_makes_no_held_out_review(corpus: Corpus) -> None:
    held = {fingerprint(t) for t in held_out_reviews(corpus)} - {""}
    assert len(held) > 300
    assert sum(len(path.read_text("utf-8").splitlines()) for path in HELD_OUT_FILES) >= 40
    for example in islice(Generator(corpus, 21, gold_share=0.3), 4000):
        assert fingerprint(example.review) not in held
        assert not {label.split("/")[0] for _, label in example.points} & set(HELD_OUT_TRADES)


def test_no_reply_breaks_the_rules(corpus: Corpus) -> None:
    for example in islice(Generator(corpus, 8), 3000):
        assert not report.FORBIDDEN.search(example.reply), example.reply
        assert "{" not in example.reply + example.review
        assert example.reply[-1] in ".!?…»)", example.reply
        assert "\u00a0" not in example.reply
        if example.points and not example.note:
            assert not ASSERTS.search(example.reply), example.reply


def test_a_named_person_and_a_note_are_carried(corpus: Corpus) -> None:
    examples = list(islice(Generator(corpus, 2), 3000))
    noted = [e for e in examples if e.note and e.points]
    assert 0.02 < len(noted) / len(examples) < 0.5
    named = [e for e in examples if any(label == "person+" for _, label in e.points) and e.length == "normal"]
    assert (
        sum(any(w.strip(".,!’") in e.reply for w in e.review.split() if w[:1].isupper()) for e in named)
        > len(named) / 2
    )


def test_noise_keeps_a_reader_able_to_read() -> None:
    rng = random.Random(1)
    text = "Très bon accueil, c'était parfait pour nous tous !"
    assert noise.no_accents("Œuf à la coque, ça va") == "Oeuf a la coque, ca va"
    for _ in range(200):
        noisy = noise.decorate(rng, noise.style(rng)(text))
        assert len(text) / 2 < len(noisy) < 2 * len(text)


def test_elision_of_first_names() -> None:
    assert elide("le sourire de Alice et de Karim, que Émile") == "le sourire d’Alice et de Karim, qu’Émile"


def test_the_report_sees_what_is_wrong() -> None:
    raw = {"text": "Baguette dure", "polarity": "-", "words": ["baguette"], "rating": 1, "trade": "boulangerie"}
    good = "Nous regrettons que la baguette vous ait déçu. Appelez-nous, nous en parlerons avec vous bien volontiers."
    bad = "Quelle joie de vous lire ! Nous vous rembourserons 20 euros mardi, Kevin a été repris."
    checks = [report.check(raw, {"reply": f"Bonjour,\n\n{text}"}, set()) for text in (good, bad)]
    assert checks[0]["passes"]
    assert not checks[1]["passes"]
    assert checks[1]["forbidden"]
    assert set(checks[1]["invented"]) >= {"20", "Kevin"}


@pytest.mark.parametrize("path", HELD_OUT_FILES, ids=lambda path: path.stem)
def test_held_out_files_are_well_formed(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len({r["id"] for r in rows}) == len(rows)
    for row in rows:
        assert {"id", "trade", "rating", "author", "text"} <= set(row)


def test_the_shipped_model_is_the_one_that_its_card_describes() -> None:
    card = (starter_model().parent / "README.md").read_text("utf-8")
    assert hashlib.sha256(starter_model().read_bytes()).hexdigest() in card
    assert f"{starter_model().stat().st_size:,} bytes" in card
