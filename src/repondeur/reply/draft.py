"""The approval rule: which text may leave, and the only object that says so.

A :class:`Draft` keeps what was generated, what stands in the editor and what a person approved. Approval is never
stored: it is computed from those texts each time it is asked for, so that an undo, an input-method commit or a
regeneration cannot leave a stale permission behind. Only :meth:`Draft.release` makes an :class:`ApprovedReply`, and the
clipboard takes nothing else.
"""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from repondeur.errors import NotApproved

_SEAL: Final = object()


class Approval(StrEnum):
    """Why a text may leave."""

    EDITED = "edited"
    """A person changed its words."""
    APPROVED = "approved"
    """A person approved exactly this text."""


def words(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` as an eye sees them: composed letters, no white space, no invisible characters.

    Two texts with the same words differ in white space (no-break spaces included) or in format characters (Unicode
    category ``Cf``) alone, which is no edit.
    """
    visible = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    return tuple(visible.split())


def digest(text: str) -> str:
    """Return the SHA-256 of ``text`` in UTF-8, as 64 hexadecimal digits."""
    import hashlib  # OpenSSL behind it: not before a reply leaves

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class ApprovedReply:
    """A text that a person edited or approved; made by :meth:`Draft.release` alone.

    ``text`` is what may leave, ``generated`` what the program had written, ``approval`` why it may leave,
    ``approved_text`` the snapshot a person approved (``None`` if the text was edited and never approved). The seal
    repeats them and so holds for exactly these contents: ``dataclasses.replace``, a pickle or an object made without
    its constructor carries none that fits.
    """

    text: str
    generated: str
    approval: Approval
    approved_text: str | None
    _seal: tuple[object, ...] = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse every maker but :meth:`Draft.release`."""
        if not self.genuine:
            raise TypeError("an ApprovedReply is made by Draft.release() alone")

    @property
    def genuine(self) -> bool:
        """Whether :meth:`Draft.release` made it, with exactly these contents."""
        try:
            seal, *contents = self._seal
            return seal is _SEAL and contents == [self.text, self.generated, self.approval, self.approved_text]
        except (AttributeError, TypeError, ValueError):  # no contents, or no seal at all
            return False

    @property
    def sha256(self) -> str:
        """The SHA-256 of the text, as 64 hexadecimal digits."""
        return digest(self.text)


class Draft:
    """A finished draft for one review; a text that is still streaming is none.

    ``answers`` and :attr:`asked` are the reviews (any text that identifies them) that the draft was written for and
    that stands on the screen now: a reply to another review than the one shown never leaves.
    """

    def __init__(self, generated: str, answers: str) -> None:
        """Start from the text that the program wrote (empty when a person writes alone) for the review ``answers``."""
        self._generated = generated
        self._answers = answers
        self.text = generated
        self.asked = answers
        self._approved: tuple[str, str] | None = None

    @property
    def generated(self) -> str:
        """The text that the program wrote, unchanged."""
        return self._generated

    @property
    def answers(self) -> str:
        """The review that the draft was written for."""
        return self._answers

    @property
    def edited(self) -> bool:
        """Whether the words differ from the generated ones."""
        return words(self.text) != words(self._generated)

    @property
    def approval(self) -> Approval | None:
        """Why the current text may leave, or ``None`` when it may not."""
        if not words(self.text):
            return None
        approved = self._approved == (self.text, self.asked)
        if self.edited and (approved or self.asked == self._answers):
            return Approval.EDITED
        return Approval.APPROVED if approved else None

    def approve(self) -> None:
        """Take the current text, for the review shown now, as approved.

        Raises:
            NotApproved: there is no word to approve.
        """
        if not words(self.text):
            raise NotApproved
        self._approved = (self.text, self.asked)

    def withdraw(self) -> None:
        """Forget the approved snapshot."""
        self._approved = None

    def release(self) -> ApprovedReply:
        """Return the current text as one that may leave.

        Raises:
            NotApproved: it was neither edited nor approved.
        """
        approval = self.approval
        if approval is None:
            raise NotApproved
        snapshot = self._approved[0] if self._approved == (self.text, self.asked) else None
        contents = (self.text, self._generated, approval, snapshot)
        return ApprovedReply(*contents, (_SEAL, *contents))
