"""Sends reviews through the program's own path and writes what comes out.

`python -m training.evaluate IN.jsonl OUT.jsonl` reads `id`, `trade`, `rating`, `author`, `text` and, where given,
`note`, `tone`, `length`, `lang` from each line; it writes `id`, `reply` (the unapproved draft), `findings` (what the
program would mark), `by` (`model` or `template`) and `seconds`. A review that cannot be answered has an empty reply
and `error`.
`--report` then prints the automatic checks of `training.report`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEventLoop

from repondeur.desk import words
from repondeur.desk.drafter import ReplyDrafter
from repondeur.desk.parts import Proposal, Request
from repondeur.engine.client import Engine
from repondeur.engine.protocol import Sampling
from repondeur.errors import RepondeurError
from repondeur.paths import shipped, starter_model
from repondeur.reply.language import language
from repondeur.reply.record import Length, Review, Tone
from repondeur.reply.shop import Shop
from training import report


class TunedEngine(Engine):
    """The program's engine with some sampling settings changed, to compare settings."""

    changes: Mapping[str, Any] = {}

    def draft(self, prompt: Mapping[str, object], sampling: Sampling) -> int:
        """Start a draft with the changed settings."""
        return super().draft(prompt, replace(sampling, **self.changes))


class Evaluation:
    """Answers reviews one after another, as the window would."""

    def __init__(self, model: Path, changes: Mapping[str, Any], seed: int = 0) -> None:
        """Start the program's engine on `model`; `changes` to its sampling, for comparisons only."""
        self.application = QCoreApplication.instance() or QCoreApplication(sys.argv[:1])
        self.engine = TunedEngine(model)
        self.engine.changes = changes
        self.shop = Shop()
        self.seed = seed
        said = words.load(shipped("prompts"), shipped("resources"))
        self.drafter = ReplyDrafter(lambda: self.engine, lambda: said, lambda: self.shop, lambda: True)

    def answer(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return the output row for one input row."""
        self.shop = Shop(trade=str(raw.get("trade") or ""))
        request = request_of(raw)
        begun = time.monotonic()
        try:
            outcome = self._write(request)
        except RepondeurError as error:
            outcome = error
        row: dict[str, Any] = {"id": raw["id"], "reply": "", "findings": [], "by": ""}
        if isinstance(outcome, Proposal):
            findings = [asdict(f) for f in self.drafter.examine(outcome.text, request)]
            row |= {"reply": outcome.text, "findings": findings, "by": str(outcome.by)}
        else:
            row["error"] = type(outcome).__name__
        row["seconds"] = round(time.monotonic() - begun, 3)
        return row

    def _write(self, request: Request) -> Proposal | RepondeurError:
        loop, outcome = QEventLoop(), list[Proposal | RepondeurError]()

        def end(result: Proposal | RepondeurError) -> None:
            outcome.append(result)
            loop.quit()

        links = [self.drafter.finished.connect(end), self.drafter.failed.connect(end)]
        self.drafter.write(request, seed=self.seed, recent=())
        if not outcome:
            loop.exec()
        for link in links:
            self.drafter.disconnect(link)
        return outcome[0]

    def close(self) -> None:
        """End the engine's process."""
        self.engine.shutdown()


def request_of(raw: Mapping[str, Any]) -> Request:
    """Return the request that an input row asks for. Raises `ValueError` for an unknown tone or length."""
    text = str(raw.get("text") or "")
    review = Review(text, str(raw.get("author") or ""), raw.get("rating"), lang=str(raw.get("lang") or language(text)))
    tone, length = Tone(raw.get("tone") or "chaleureux"), Length(raw.get("length") or "normal")
    return Request(review, str(raw.get("note") or ""), tone, length)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON lines file."""
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def evaluate(source: Path, target: Path, model: Path, changes: Mapping[str, Any], seed: int = 0) -> None:
    """Answer every review of `source` into `target`."""
    evaluation = Evaluation(model, changes, seed)
    try:
        with target.open("w", encoding="utf-8") as file:
            for raw in rows(source):
                print(json.dumps(evaluation.answer(raw), ensure_ascii=False, default=str), file=file, flush=True)
    finally:
        evaluation.close()


def main() -> None:
    """Read the command line, answer, and report where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, metavar="IN.jsonl")
    parser.add_argument("target", type=Path, metavar="OUT.jsonl")
    parser.add_argument("--model", type=Path, default=starter_model(), help="another model file of the same kind")
    parser.add_argument("--sampling", type=json.loads, default={}, help='settings to change, as {"temperature": 0.4}')
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", action="store_true", help="print the automatic checks")
    args = parser.parse_args()
    evaluate(args.source, args.target, args.model, args.sampling, args.seed)
    if args.report:
        print(report.table(list(rows(args.source)), list(rows(args.target))))


if __name__ == "__main__":
    main()
