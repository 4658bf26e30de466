"""Turns a request into a proposal: a template where one serves, else the engine, then the app's own finish."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from repondeur.desk.parts import Proposal, Request
from repondeur.engine.client import Engine
from repondeur.engine.protocol import DraftResult, Sampling
from repondeur.errors import EmptyDraft, RepondeurError
from repondeur.reply import drafting, guard, templates
from repondeur.reply.record import Author, Length
from repondeur.reply.shop import Shop

STARTER: Final = Sampling(temperature=0.55, top_k=40, top_p=0.9, min_p=0.05, repeat_penalty=1.1, max_tokens=160)
"""How the starter model is sampled; see training/README.md for what was measured."""
GENERAL: Final = Sampling(temperature=0.7, top_k=40, top_p=0.9, min_p=0.05, repeat_penalty=1.05, max_tokens=320)
"""How any other model is sampled."""
SHORT: Final = 0.6
"""The share of the length allowed that a short reply gets."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the drafter reads from ``prompts/`` and ``resources/``."""

    texts: drafting.Texts
    templates: templates.Templates
    rules: guard.Rules


def load_words(prompts: Path, resources: Path) -> Words:
    """Read the prompts, the reply templates, the guard's rules and the first names."""

    def read(name: str) -> str:
        return (prompts / name).read_text("utf-8")

    names = (resources / "prenoms.txt").read_text("utf-8")
    return Words(
        drafting.load_texts(compact=read("compact.toml"), general=read("general.toml"), names=names),
        templates.load_templates(read("templates.toml")),
        guard.load_rules(read("guard.toml")),
    )


class ReplyDrafter(QObject):
    """Writes one proposal at a time.

    ``progressed`` carries the text so far, ``finished`` a :class:`Proposal`, ``failed`` a ``RepondeurError``.
    """

    progressed = Signal(str)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        engine: Engine,
        words: Words,
        shop: Callable[[], Shop],
        starter: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """Use ``engine``; ``shop`` and ``starter`` are asked at each draft: the shop's sheet, and which prompt fits."""
        super().__init__(parent)
        self._engine, self._words, self._shop, self._starter = engine, words, shop, starter
        self._job: int | None = None
        self._prepared: drafting.Prepared | None = None
        self._raw = ""
        self._ticket = 0
        engine.text.connect(self._text)
        engine.done.connect(self._done)
        engine.failed.connect(self._engine_failed)

    def prefill(self, request: Request) -> None:
        """Let the engine read the review in advance; one that cannot be answered is told at the click, not here."""
        if self._job is not None or templates.serves(request.review, self._words.templates):
            return
        try:
            self._engine.prefill(self._prepare(request).prompt.to_json())
        except RepondeurError:
            return

    def write(self, request: Request, *, seed: int, recent: Sequence[str]) -> None:
        """Start a proposal.

        Raises:
            EmptyReview: no text and no stars.
            ReviewTooLong: more than a review site accepts.
        """
        prepared = self._prepare(request)
        if templates.serves(request.review, self._words.templates):
            self._job, self._ticket = None, self._ticket + 1
            ticket = self._ticket
            QTimer.singleShot(0, self, lambda: self._from_template(ticket, request, seed, recent))
            return
        base = STARTER if self._starter() else GENERAL
        tokens = int(base.max_tokens * SHORT) if request.length is Length.SHORT else base.max_tokens
        first = zlib.crc32(request.review.text.encode("utf-8", "replace"))
        self._raw, self._prepared = "", prepared
        self._job = self._engine.draft(
            prepared.prompt.to_json(), replace(base, max_tokens=tokens, seed=(first + seed) % 2**32)
        )

    def stop(self) -> None:
        """End the proposal under way."""
        self._ticket += 1
        if self._job is not None:
            self._engine.stop()

    def examine(self, text: str, request: Request) -> tuple[guard.Finding, ...]:
        """Return what a person should look at in ``text``."""
        return guard.examine(text, request.review, request.note, self._shop(), self._words.rules)

    def _prepare(self, request: Request) -> drafting.Prepared:
        style: drafting.Style = "compact" if self._starter() else "general"
        return drafting.prepare(
            request.review, request.note, request.tone, request.length, self._shop(), style, self._words.texts
        )

    def _from_template(self, ticket: int, request: Request, seed: int, recent: Sequence[str]) -> None:
        if ticket != self._ticket:
            return
        openings = [templates.opening(_without_greeting(text)) for text in recent]
        body = templates.choose(request.review, request.tone, self._shop(), openings, seed, self._words.templates)
        text = drafting.dress(body, request.review, self._shop(), self._words.texts.names)
        self.finished.emit(Proposal(text, Author.TEMPLATE, "", self._words.templates.version))

    def _text(self, job: int, piece: str) -> None:
        if job == self._job and self._prepared is not None:
            self._raw += piece
            self.progressed.emit(drafting.finish(self._raw, self._prepared))

    def _done(self, job: int, result: DraftResult) -> None:
        if job != self._job or self._prepared is None:
            return
        self._job = None
        text = drafting.finish(result.text, self._prepared, unfinished=result.reason != "stop")
        if text:
            model = self._engine.model.stem
            self.finished.emit(Proposal(text, Author.MODEL, model, self._prepared.prompt.version))
        else:
            self.failed.emit(EmptyDraft())

    def _engine_failed(self, job: int, error: RepondeurError) -> None:
        if job == self._job:
            self._job = None
            self.failed.emit(error)


def _without_greeting(reply: str) -> str:
    """Return what stands under the greeting of a whole reply."""
    return reply.partition("\n\n")[2] or reply
