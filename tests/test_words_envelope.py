import pytest
from hypothesis import given
from hypothesis import strategies as st
from words_support import first_names

from repondeur.reply import envelope
from repondeur.reply.record import Review
from repondeur.reply.shop import Shop


def wrapped(**review: object) -> str:
    return envelope.wrap("Merci.", Review("x", **review), Shop(signature="La Maison"), names=first_names())


def test_the_greeting_carries_the_first_name() -> None:
    assert wrapped(author="Sophie Martin") == "Bonjour Sophie,\n\nMerci.\n\nLa Maison"


@pytest.mark.parametrize("author", ["zorro33", "Client anonyme", "M. Dupont", "", "Boulangerie Dupont"])
def test_a_pseudonym_gets_no_name(author: str) -> None:
    assert wrapped(author=author).startswith("Bonjour,\n")


def test_a_site_that_forbids_names_gets_none() -> None:
    assert wrapped(author="Sophie Martin", site="tripadvisor").startswith("Bonjour,\n")


@pytest.mark.parametrize(
    ("lang", "first"),
    [
        ("en", "Hello Sophie,"),
        ("es", "Hola Sophie:"),
        ("de", "Hallo Sophie,"),
        ("it", "Buongiorno Sophie,"),
        ("nl", "Hallo Sophie,"),
    ],
)
def test_the_greeting_follows_the_review_s_language(lang: str, first: str) -> None:
    assert wrapped(author="Sophie", lang=lang).split("\n")[0] == first


def test_the_shop_s_name_signs_where_there_is_no_signature() -> None:
    assert envelope.wrap("Merci.", Review("x"), Shop(name="Le Fournil"), names={}).endswith("\n\nLe Fournil")
    assert envelope.wrap("Merci.", Review("x"), Shop(), names={}) == "Bonjour,\n\nMerci."
    assert envelope.wrap(" ", Review("x"), Shop(name="Le Fournil"), names={}) == ""


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ("Merci pour tout.", "Merci pour tout."),
        ("Bonjour Sophie,\n\nMerci.", "Merci."),
        ("Bonjour et merci pour votre avis !", "Merci pour votre avis !"),
        ("Bonjour à tous ! Merci.", "Merci."),
        ("Bonjour [prénom],\nMerci.", "Merci."),
        ("Chère Madame Martin,\nMerci.", "Merci."),
        ("Cher client, merci.", "Merci."),
        ("Madame, Monsieur,\n\nNous avons lu.", "Nous avons lu."),
        ("Hello Sophie,\n\nThank you.", "Thank you."),
        ("Dear Sophie, thank you.", "Thank you."),
        ("Merci.\n\nCordialement,\nL’équipe du Fournil", "Merci."),
        ("Merci. Bien à vous.", "Merci."),
        ("Merci. Cordialement, Jean Dupont", "Merci."),
        ("Merci.\n\nL’équipe du Fournil", "Merci."),
        ("Merci.\nVeuillez agréer, Madame, nos salutations distinguées.", "Merci."),
        ("Thank you.\n\nBest regards,\nThe team", "Thank you."),
        ("Merci.\n\n[Votre nom]\n[Votre entreprise]", "Merci."),
        ("Merci.\n\nLa Maison Dupain", "Merci."),
        ("Merci. L’équipe sera ravie de vous revoir.", "Merci. L’équipe sera ravie de vous revoir."),
        ("Merci, et à bientôt !", "Merci, et à bientôt !"),
        ("Voici une réponse possible :\n\n« Merci. »", "Merci."),
        ("Réponse : Merci.", "Merci."),
        ('"Merci."', "Merci."),
        ("<think>Hum.\nOui.</think>\nMerci.", "Merci."),
        ("Hum, voyons.</think>Merci.", "Merci."),
        ("<think>Hum", ""),
        ("Merci.<|im_end|>", "Merci."),
        ("Merci.</s>", "Merci."),
        ("Merci. Merci. À bientôt. Merci !", "Merci. À bientôt."),
        ("Merci **beaucoup** et *vraiment*.", "Merci beaucoup et vraiment."),
        ("# Réponse\nMerci.", "Réponse\nMerci."),
        ("- Merci.\n- À bientôt.", "Merci.\nÀ bientôt."),
        ("```\nMerci.\n```", "Merci."),
        ("Merci à [pré", "Merci à"),
        ("", ""),
    ],
)
def test_the_body_alone_remains(written: str, body: str) -> None:
    assert envelope.strip_body(written, Shop(signature="La Maison Dupain")) == body


@given(st.text(max_size=300))
def test_any_text_can_be_stripped(text: str) -> None:
    assert envelope.strip_body(text) == envelope.strip_body(text).rstrip()


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Merci. Nous avons", "Merci."),
        ("Merci ! À bientôt.", "Merci ! À bientôt."),
        ("Nous avons lu", "Nous avons lu"),
        ("« Merci. » Et", "« Merci. »"),
        ("", ""),
    ],
)
def test_an_unfinished_sentence_goes(text: str, whole: str) -> None:
    assert envelope.cut_unfinished(text) == whole
