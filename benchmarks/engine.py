"""The engine against llama.cpp's own llama-bench: the same file, the same threads, the same numbers of tokens.

Both run in turns, so that whatever else the machine does meets both; the table gives medians. Ours is timed as the
window sees it: from the call that asks for a draft, through the pipe, to the signal that it is complete; with the
review read ahead, as the program does while a person still looks at it, and without. The peer only computes: it reads
the prompt, samples nothing, turns nothing into text, and talks to nobody.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from PySide6.QtCore import QCoreApplication, QEventLoop

from benchmarks.peers import LlamaBench, llama_bench
from benchmarks.table import Row, table
from repondeur import paths
from repondeur.desk.drafter import sampling
from repondeur.engine.client import Engine
from repondeur.engine.protocol import DraftResult, ModelInfo, Sampling
from repondeur.reply.record import Length

RUNS: Final = 21
DECODE_TARGET: Final = 0.90
DRAFT_TARGET: Final = 1.15
SAMPLING: Final = sampling(starter=True, length=Length.NORMAL, seed=4)
LONG: Final = 128
"""Tokens over which writing is timed: what llama-bench takes by itself."""
REVIEW: Final = (
    "Très déçue par ma dernière visite : j’avais commandé un gâteau d’anniversaire pour quinze personnes, il n’était "
    "pas prêt à l’heure et la crème avait tourné. La vendeuse, débordée, ne s’est même pas excusée. Dommage, car vos "
    "croissants du dimanche étaient jusqu’ici les meilleurs du quartier."
)
OTHER: Final = "Pain excellent, accueil chaleureux, je recommande."


@dataclass(frozen=True, slots=True)
class Click:
    """One draft as the window sees it: seconds from the call to the complete draft, and the engine's own account."""

    seconds: float
    result: DraftResult

    @property
    def decode(self) -> float:
        """Tokens written a second: the first token comes from reading the prompt, the others are decoded."""
        return (self.result.text_tokens - 1) / (self.result.seconds - self.result.prefill_seconds)


class TooTerse(Exception):
    """The model ends each text before there is enough of it to be timed."""


class Desk:
    """An engine with an event loop that waits for it."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``."""
        self._engine = engine
        self._loop = QEventLoop()
        self._answer: Any = None
        engine.loaded.connect(self._note_model)
        for signal in (engine.done, engine.failed, engine.prefilled):
            signal.connect(self._note)
        self.model: ModelInfo | None = None

    def read(self, review: str) -> None:
        """Have a review read ahead."""
        self._wait(self._engine.prefill(prompt(review)))

    def click(self, review: str, how: Sampling = SAMPLING) -> Click:
        """Ask for a draft and wait until it is complete."""
        begun = perf_counter()
        result = self._wait(self._engine.draft(prompt(review), how))
        return Click(perf_counter() - begun, result)

    def restart(self) -> None:
        """Have the model loaded afresh: where it lies in memory changes its speed by some per cent."""
        self._engine.unload()
        self.read(OTHER)

    def long_winded(self) -> Sampling:
        """Return a sampling, the program's samplers but hot, with which the model writes :data:`LONG` tokens."""
        for seed in range(100):
            how = replace(SAMPLING, temperature=5.0, top_p=0.999, min_p=1e-6, seed=seed, max_tokens=LONG)
            if self.click(REVIEW, how).result.text_tokens == LONG:
                return how
        raise TooTerse

    def _wait(self, _job: int) -> Any:
        self._loop.exec()
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def _note(self, _job: int, answer: object) -> None:
        self._answer = answer
        self._loop.quit()

    def _note_model(self, model: ModelInfo) -> None:
        self.model = model


def prompt(review: str) -> dict[str, object]:
    """Return the starter model's prompt for a review of a bakery."""
    marked = [("trade", "boulangerie"), ("lang", "fr"), ("review", review), ("note", "four en panne ce matin-là")]
    marked += [("rating", "2"), ("tone", "chaleureux"), ("length", "normal"), ("reply", "")]
    segments = [
        part
        for mark, words in marked
        for part in ({"text": f"<|{mark}|>", "plain": False}, {"text": words, "plain": True})
        if part["text"]
    ]
    return {"kind": "segments", "segments": segments, "fixed": 3}


@contextmanager
def desk(model: Path, threads: int | None) -> Iterator[Desk]:
    """Open an engine with the model in memory; ``threads`` is measured when ``None``."""
    application = QCoreApplication.instance() or QCoreApplication([])
    engine = Engine(model, threads=threads)
    try:
        opened = Desk(engine)
        opened.read(OTHER)
        yield opened
    finally:
        engine.shutdown()
        application.processEvents()


def rows(model: Path | None = None, runs: int = RUNS, threads: int | None = None) -> list[Row]:
    """Measure ``runs`` drafts of each kind in turns with the peer and compare the medians.

    Raises:
        PeerMissing: llama-bench could not be built.
        RepondeurError: the engine could not draft.
        TooTerse: the model writes too little to be timed.
    """
    path = model or paths.starter_model()
    with desk(path, threads) as ours:
        assert ours.model is not None
        return _compare(ours, llama_bench(path, ours.model.threads), runs)


def _compare(ours: Desk, peer: LlamaBench, runs: int) -> list[Row]:
    cold, ahead, long, peer_decode, peer_draft = [], [], [], [], []
    long_winded = ours.long_winded()
    for _ in range(runs):
        ours.restart()
        cold.append(ours.click(REVIEW))
        first = cold[0].result
        read = first.prompt_tokens - first.reused_tokens
        peer_draft.append(peer.draft(read, first.text_tokens))
        ours.read(OTHER)
        ours.read(REVIEW)
        ahead.append(ours.click(REVIEW))
        ours.read(OTHER)  # so that the prompt is read just before, as the peer reads its own
        long.append(ours.click(REVIEW, long_winded))
        peer_decode.append(peer.decode(first.prompt_tokens, LONG))
    return [
        Row(
            f"decode, {peer.threads} thread(s) (tokens/s)",
            median(click.decode for click in long),
            median(peer_decode),
            DECODE_TARGET,
            at_least=True,
        ),
        Row(
            f"click to draft, read ahead, {read} + {first.text_tokens} tokens (s)",
            median(click.seconds for click in ahead),
            median(peer_draft),
            DRAFT_TARGET,
        ),
        Row("the same, nothing read ahead (s)", median(click.seconds for click in cold), median(peer_draft)),
    ]


if __name__ == "__main__":
    print(table(rows(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
