"""Every error that can reach a person has words of its own, in plain French."""

import re

import pytest

from repondeur import errors
from repondeur.ui import messages

CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.RepondeurError)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda c: c.__name__)
def test_each_error_has_its_own_sentence(kind: type[errors.RepondeurError]) -> None:
    text = messages.SENTENCES[kind]
    assert list(messages.SENTENCES.values()).count(text) == 1
    assert text[0].isupper()
    assert text.endswith(".")
    assert len(text) <= 200


@pytest.mark.parametrize("text", messages.SENTENCES.values())
def test_no_jargon_and_french_typography(text: str) -> None:
    assert not re.search(r"\b(LLM|token|GGUF|prompt|mod[eè]le|processus|SQL|base de données|exception)\b", text, re.I)
    assert "'" not in text


def test_a_subclass_without_words_takes_its_parent_s() -> None:
    class Odd(errors.EngineCrashed):
        pass

    assert messages.sentence(Odd()) == messages.SENTENCES[errors.EngineCrashed]


def test_a_bug_never_shows_its_text() -> None:
    assert "secret" not in messages.sentence(ValueError("secret du client"))
