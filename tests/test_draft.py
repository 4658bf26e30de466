"""The approval rule: which texts may leave, whatever happened before."""

import copy
import dataclasses
import hashlib
import pickle
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repondeur.errors import NotApproved
from repondeur.reply.draft import Approval, ApprovedReply, Draft, digest, words

REVIEW, OTHER = "Pain excellent.", "Accueil froid."
FRENCH = string.ascii_letters + "éèàçùêîôœ’«»!?.,:;-"
WORD = st.text(FRENCH, min_size=1, max_size=8)
WORDS = st.lists(WORD, min_size=1, max_size=8)
SPACES = st.text(" \t\n\r\u00a0\u202f\u2009\u2003\u2028\x0b", min_size=1, max_size=3)
INVISIBLE = st.sampled_from(["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u202e", "\u2066"])
ANY = st.text(max_size=60)


@st.composite
def spaced(draw: st.DrawFn, parts: list[str]) -> str:
    """Set the words apart by any white space, with invisible characters anywhere."""
    text = draw(st.sampled_from(["", " ", "\n"]))
    for part in parts:
        cut = draw(st.integers(0, len(part)))
        text += part[:cut] + draw(st.one_of(st.just(""), INVISIBLE)) + part[cut:] + draw(SPACES)
    return text


# Words --------------------------------------------------------------------------------------------------------------


@given(parts=WORDS, data=st.data())
def test_white_space_and_format_characters_are_no_words(parts: list[str], data: st.DataObject) -> None:
    assert words(data.draw(spaced(parts))) == tuple(parts)


@given(ANY)
def test_words_of_words_are_the_words(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert words("e\u0301te\u0301") == words("été") == ("été",)


@given(ANY)
def test_digest_is_sha256(text: str) -> None:
    assert digest(text) == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# Approval -----------------------------------------------------------------------------------------------------------


def refuses(draft: Draft) -> bool:
    """Say whether the draft stays inside."""
    if draft.approval is not None:
        return False
    with pytest.raises(NotApproved):
        draft.release()
    return True


@given(ANY)
def test_a_generated_text_stays_inside(text: str) -> None:
    assert refuses(Draft(text, REVIEW))


@given(parts=WORDS, data=st.data())
def test_white_space_and_format_changes_are_no_edit(parts: list[str], data: st.DataObject) -> None:
    draft = Draft(" ".join(parts), REVIEW)
    draft.text = data.draw(spaced(parts))
    assert not draft.edited
    assert refuses(draft)


@given(parts=WORDS, at=st.integers(0), letter=st.sampled_from(FRENCH))
def test_one_letter_more_is_an_edit(parts: list[str], at: int, letter: str) -> None:
    text = " ".join(parts)
    draft = Draft(text, REVIEW)
    at %= len(text) + 1
    draft.text = text[:at] + letter + text[at:]
    reply = draft.release()
    assert (reply.text, reply.generated, reply.approval) == (draft.text, text, Approval.EDITED)
    assert reply.approved_text is None


@given(parts=WORDS)
def test_an_approved_text_leaves_as_it_is(parts: list[str]) -> None:
    text = "\u00a0".join(parts)
    draft = Draft(text, REVIEW)
    draft.approve()
    reply = draft.release()
    assert (reply.text, reply.approved_text, reply.approval) == (text, text, Approval.APPROVED)
    assert reply.sha256 == digest(text)


@given(parts=WORDS, change=ANY)
def test_approval_is_for_exactly_that_text(parts: list[str], change: str) -> None:
    text = " ".join(parts)
    draft = Draft(text, REVIEW)
    draft.approve()
    draft.text = text + change
    assert (draft.approval is Approval.APPROVED) == (change == "")
    assert (draft.approval is Approval.EDITED) == (words(draft.text) != words(text))
    draft.text = text
    assert draft.approval is Approval.APPROVED, "the approved text itself, come back by an undo"


def test_even_white_space_takes_an_approval_away() -> None:
    draft = Draft("Merci !", REVIEW)
    draft.approve()
    draft.text = "Merci\u00a0!"
    assert refuses(draft)


def test_an_edit_undone_is_no_edit() -> None:
    draft = Draft("Merci !", REVIEW)
    draft.text = "Merci beaucoup !"
    assert draft.approval is Approval.EDITED
    draft.text = "Merci !"
    assert refuses(draft)


def test_an_edited_text_that_was_approved_says_both() -> None:
    draft = Draft("Merci !", REVIEW)
    draft.text = "Merci beaucoup !"
    draft.approve()
    reply = draft.release()
    assert (reply.approval, reply.approved_text) == (Approval.EDITED, "Merci beaucoup !")


def test_a_withdrawn_approval_is_gone() -> None:
    draft = Draft("Merci !", REVIEW)
    draft.approve()
    draft.withdraw()
    assert refuses(draft)


@pytest.mark.parametrize("text", ["", " \n\u00a0", "\u200b\u2060", "\ufeff"])
def test_nothing_is_never_a_reply(text: str) -> None:
    draft = Draft("Merci !", REVIEW)
    draft.text = text
    with pytest.raises(NotApproved):
        draft.approve()
    assert refuses(draft)


def test_nothing_is_no_reply_even_when_it_was_one() -> None:
    draft = Draft("Merci !", REVIEW)
    draft.approve()
    draft.text = ""
    assert refuses(draft)


@pytest.mark.parametrize("edit", [False, True])
@pytest.mark.parametrize("approve", [False, True])
def test_another_review_takes_the_permission_away(edit: bool, approve: bool) -> None:
    draft = Draft("Merci !", REVIEW)
    if edit:
        draft.text = "Merci beaucoup !"
    if approve:
        draft.approve()
    draft.asked = OTHER
    assert refuses(draft)
    draft.asked = REVIEW
    assert (draft.approval is not None) == (edit or approve)


@pytest.mark.parametrize(("text", "approval"), [("Merci !", Approval.APPROVED), ("Merci à vous !", Approval.EDITED)])
def test_a_person_may_approve_it_for_another_review(text: str, approval: Approval) -> None:
    draft = Draft("Merci !", REVIEW)
    draft.text, draft.asked = text, OTHER
    draft.approve()
    assert draft.release().approval is approval
    draft.asked = REVIEW
    assert (draft.approval is None) == (approval is Approval.APPROVED)


@given(text=WORD)
def test_what_a_person_writes_alone_is_theirs(text: str) -> None:
    draft = Draft("", REVIEW)
    draft.text = text
    assert draft.release().approval is Approval.EDITED


@pytest.mark.parametrize("name", ["generated", "answers"])
def test_where_a_draft_comes_from_is_for_ever(name: str) -> None:
    draft = Draft("Merci !", REVIEW)
    with pytest.raises(AttributeError):
        setattr(draft, name, "autre")
    assert (draft.generated, draft.answers) == ("Merci !", REVIEW)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.sampled_from(["", "a", "a ", "a\u200b", "b", "a b", "a\u00a0b"])),
        st.tuples(st.just("asked"), st.sampled_from([REVIEW, OTHER])),
        st.tuples(st.sampled_from(["approve", "withdraw"]), st.none()),
    ),
    max_size=12,
)


@given(generated=st.sampled_from(["", "a", "a b"]), steps=STEPS)
def test_whatever_is_released_was_edited_or_approved(generated: str, steps: list[tuple[str, str | None]]) -> None:
    """Compare with a second, plainer statement of the rule, over any order of events."""
    draft, approved = Draft(generated, REVIEW), None
    for name, value in steps:
        if name == "approve":
            try:
                draft.approve()
                approved = (draft.text, draft.asked)
            except NotApproved:
                assert not words(draft.text)
        elif name == "withdraw":
            draft.withdraw()
            approved = None
        else:
            setattr(draft, name, value)
        exactly = approved == (draft.text, draft.asked)
        touched = words(draft.text) != words(generated) and draft.asked == REVIEW
        if words(draft.text) and (exactly or touched):
            reply = draft.release()
            assert (reply.text, reply.generated) == (draft.text, generated)
            assert reply.approved_text == (draft.text if exactly else None)
        else:
            assert refuses(draft)


# The seal -----------------------------------------------------------------------------------------------------------


def approved(text: str = "Merci !") -> ApprovedReply:
    """Return a reply that left by the rule."""
    draft = Draft(text, REVIEW)
    draft.approve()
    return draft.release()


@pytest.mark.parametrize(
    "seal", [None, object(), True, "", "seal", (), (object(), "texte", "texte", Approval.APPROVED, "texte")]
)
def test_nobody_else_makes_a_reply(seal: object) -> None:
    with pytest.raises(TypeError):
        ApprovedReply("texte", "texte", Approval.APPROVED, "texte", seal)


def test_a_reply_without_a_seal_is_none() -> None:
    with pytest.raises(TypeError):
        ApprovedReply("texte", "texte", Approval.APPROVED, "texte")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["text", "generated", "approval", "approved_text", "_seal", "other"])
def test_a_reply_is_frozen(name: str) -> None:
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        setattr(approved(), name, "autre")


def test_the_seal_is_not_shown() -> None:
    assert "seal" not in repr(approved())


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda reply: pickle.loads(pickle.dumps(reply))])
def test_a_copy_says_the_same(again: Callable[[ApprovedReply], ApprovedReply]) -> None:
    reply = approved()
    assert again(reply) == reply
    assert again(reply).genuine == (again is copy.copy)


@pytest.mark.parametrize("changes", [{"text": "autre"}, {"generated": "autre"}, {"approved_text": None}])
def test_no_field_is_replaced(changes: dict[str, str | None]) -> None:
    assert dataclasses.replace(approved()) == approved()
    with pytest.raises(TypeError):
        dataclasses.replace(approved(), **changes)  # type: ignore[arg-type]


def test_the_seal_of_another_reply_does_not_fit() -> None:
    seal = approved("un")._seal
    with pytest.raises(TypeError):
        ApprovedReply("deux", "deux", Approval.APPROVED, "deux", seal)


def test_what_is_made_without_a_constructor_is_not_genuine() -> None:
    shell = object.__new__(ApprovedReply)
    assert not shell.genuine
    for name, value in {"text": "a", "generated": "a", "approval": Approval.APPROVED, "approved_text": "a"}.items():
        object.__setattr__(shell, name, value)
        assert not shell.genuine
    for seal in ((), (object(), "a", "a", Approval.APPROVED, "a"), None):
        object.__setattr__(shell, "_seal", seal)
        assert not shell.genuine


def test_a_reply_changed_by_force_is_not_genuine() -> None:
    reply = approved()
    object.__setattr__(reply, "text", "autre")
    assert not reply.genuine
