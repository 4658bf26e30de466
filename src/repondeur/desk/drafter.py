"""Turns a request into a proposal: a template where one serves, else the engine, then the app's own finish."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from repondeur.desk.parts import Proposal, Request
from repondeur.errors import EmptyDraft, RepondeurError
from repondeur.reply.shop import Shop
from repondeur.reply.terms import Author, Length
from repondeur.timers import single_shot

if TYPE_CHECKING:
    from repondeur.desk.words import Words
    from repondeur.engine.client import Engine
    from repondeur.engine.protocol import DraftResult, Sampling
    from repondeur.reply.drafting import Prepared
    from repondeur.reply.guard import Finding

SHORT: Final = 0.6
"""The share of the length allowed that a short reply gets."""
CANDIDATES: Final = 12
"""So many drafts of the starter model are compared, 0.03 s each on two cores; with 4, a quarter fewer name a point."""


def sampling(*, starter: bool, length: Length, seed: int) -> "Sampling":
    """Return how a model is sampled; training/README.md says what was measured for the starter model."""
    from repondeur.engine.protocol import Sampling

    if starter:
        base = Sampling(temperature=0.55, top_k=40, top_p=0.9, min_p=0.05, repeat_penalty=1.1, max_tokens=160)
    else:
        base = Sampling(temperature=0.7, top_k=40, top_p=0.9, min_p=0.05, repeat_penalty=1.05, max_tokens=320)
    tokens = int(base.max_tokens * SHORT) if length is Length.SHORT else base.max_tokens
    return replace(base, max_tokens=tokens, seed=seed % 2**32)


@dataclass(slots=True)
class _Writing:
    """A proposal under way: what was asked, and what the model wrote so far."""

    request: Request
    prepared: "Prepared"
    recent: Sequence[str]
    seed: int
    starter: bool
    bodies: list[tuple[str, bool]] = field(default_factory=list)
    """Each finished candidate, and whether it was cut off."""
    raw: str = ""


class ReplyDrafter(QObject):
    """Writes one proposal at a time.

    ``progressed`` carries the text so far, ``finished`` a :class:`Proposal`, ``failed`` a ``RepondeurError``. The words
    and the engine are made when a first review needs them: a window that is only open holds neither.

    A model that a person added streams its one draft. The starter model writes several: what nobody told it about is
    left out of each, and the one that answers most of the review is proposed, or a template where nothing is left or
    where the review is in a language of the templates that the starter model hardly knows.
    """

    progressed = Signal(str)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        engine: "Callable[[], Engine]",
        words: "Callable[[], Words]",
        shop: Callable[[], Shop],
        starter: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """``engine`` and ``words`` are called once, ``shop`` and ``starter`` (which prompt fits) at each draft."""
        super().__init__(parent)
        self._make_engine, self._load_words, self._shop, self._starter = engine, words, shop, starter
        self._job: int | None = None
        self._writing: _Writing | None = None
        self._template_timer = single_shot(self, 0, self._from_template)

    @cached_property
    def _words(self) -> "Words":
        return self._load_words()

    @cached_property
    def _engine(self) -> "Engine":
        engine = self._make_engine()
        engine.text.connect(self._text)
        engine.done.connect(self._done)
        engine.failed.connect(self._engine_failed)
        return engine

    def prefill(self, request: Request) -> None:
        """Let the engine read the review in advance; one that cannot be answered is told at the click, not here."""
        if self._job is not None or self._words.served_by_template(request):
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
        first = zlib.crc32(request.review.text.encode("utf-8", "replace")) + seed * CANDIDATES
        self._job, self._writing = None, _Writing(request, prepared, recent, seed, starter=False)
        if self._words.served_by_template(request) or self._beyond_starter(request):
            self._template_timer.start()  # a turn later, as an engine would
            return
        self._writing.seed, self._writing.starter = first, self._starter()
        self._start_candidate(self._writing)

    def _beyond_starter(self, request: Request) -> bool:
        """Whether a template of the review's language serves better than the starter model, which writes French."""
        if request.review.lang == "fr" or not self._starter():
            return False
        return self._words.general_template(request, self._shop(), 0, ()) is not None

    def stop(self) -> None:
        """End the proposal under way."""
        self._template_timer.stop()
        if self._job is not None:
            self._engine.stop()

    def examine(self, text: str, request: Request) -> "tuple[Finding, ...]":
        """Return what a person should look at in ``text``."""
        return self._words.examine(text, request, self._shop())

    def _prepare(self, request: Request) -> "Prepared":
        return self._words.prepare(request, self._shop(), starter=self._starter())

    def _from_template(self) -> None:
        if self._writing is not None:
            w, shop = self._writing, self._shop()
            if self._words.served_by_template(w.request):
                self.finished.emit(self._words.from_template(w.request, shop, w.seed, w.recent))
            else:
                self.finished.emit(self._words.general_template(w.request, shop, w.seed, w.recent))

    def _start_candidate(self, writing: _Writing) -> None:
        seed = writing.seed + len(writing.bodies)
        how = sampling(starter=writing.starter, length=writing.request.length, seed=seed)
        writing.raw = ""
        self._job = self._engine.draft(writing.prepared.prompt.to_json(), how)

    def _text(self, job: int, piece: str) -> None:
        writing = self._writing
        if job == self._job and writing is not None and not writing.starter:
            writing.raw += piece
            self.progressed.emit(self._words.finish(writing.raw, writing.prepared))

    def _done(self, job: int, result: "DraftResult") -> None:
        writing = self._writing
        if job != self._job or writing is None:
            return
        self._job = None
        cut_off = result.reason != "stop"
        writing.bodies.append((result.text, cut_off))
        if not writing.starter:
            self._propose(writing, self._words.finish(result.text, writing.prepared, unfinished=cut_off))
            return
        text = self._words.choose(writing.bodies, writing.prepared, writing.request)
        if len(writing.bodies) < CANDIDATES and result.reason != "stopped":
            if text:
                self.progressed.emit(text)
            self._start_candidate(writing)
        else:
            self._propose(writing, text)

    def _propose(self, writing: _Writing, text: str) -> None:
        if text:
            self.finished.emit(Proposal(text, Author.MODEL, self._engine.model.stem, writing.prepared.prompt.version))
            return
        general = self._words.general_template(writing.request, self._shop(), writing.seed, writing.recent)
        self.failed.emit(EmptyDraft()) if general is None else self.finished.emit(general)

    def _engine_failed(self, job: int, error: RepondeurError) -> None:
        if job == self._job:
            self._job = None
            self.failed.emit(error)
