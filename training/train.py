"""Trains the starter model from nothing, or goes on where it stopped: `python -m training.train --minutes 90`.

The schedule follows the clock (time spent in this run, resumes added up), since time is what a small machine lacks:
warm-up, plateau, then straight down to zero at the end of the budget; more hand-written pairs in the last part.
"""

from __future__ import annotations

import argparse
import csv
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import torch
from torch import Tensor

from training import validation
from training.corpus_data import ROOT, Corpus, load
from training.generate import Example, Generator
from training.loss import cross_entropy
from training.model import Config, Starter
from training.optimizer import Muon, split
from training.tokenizer import PAD, Encoder, build

RUN = ROOT / "runs" / "starter"
LOG = ROOT / "log" / "starter.csv"
LONGEST = 384
USUAL_IDS = 600  # tokens below are letters, endings and small words, which prove nothing
PROMPT_SHARE = 0.15  # one prompt token in seven is learnt: the reply is what counts, and the table of scores is dear
# Until which progress, what the generator draws, and the weight of a reply's token that stands in the review or the
# note: carrying words over is the hard part.
PHASES = (
    (0.66, {"gold_share": 0.05, "single": 0.5, "echo": 0.15, "frame": 0.4, "carried": 4.0}),
    (0.8, {"gold_share": 0.08, "single": 0.25, "echo": 0.05, "frame": 0.7, "carried": 4.0}),
    (1.0, {"gold_share": 0.1, "single": 0.2, "echo": 0.0, "frame": 1.0, "carried": 2.0}),
)
COLUMNS = ("minutes", "step", "tokens", "rate", "train", "points", "gold", "mismatched", "trades", "wordings", "named")


@dataclass(frozen=True, slots=True)
class Batch:
    """`ids` (rows, length); `weights` like `ids`, the weight of each id as a target; `places` (n, 2), `labels` (n,)."""

    ids: Tensor
    weights: Tensor
    places: Tensor
    labels: Tensor


def label_table(corpus: Corpus) -> dict[str, int]:
    """Return the number of each label that a piece of a review can bear."""
    return {name: n for n, name in enumerate(["none", "thing+", "thing-", "person+", *(c.id for c in corpus.cells())])}


def collate(
    coded: list[tuple[list[int], int, list[tuple[int, str]]]],
    labels: dict[str, int],
    rng: random.Random,
    carried: float,
) -> Batch:
    """Pad examples to one length and say which ids are learnt; what a reply carries over weighs `carried`."""
    longest = max(len(ids) for ids, _, _ in coded)
    ids = torch.full((len(coded), longest), PAD)
    weights = torch.zeros(len(coded), longest)
    places = []
    for row, (whole, prompt, points) in enumerate(coded):
        ids[row, : len(whole)] = torch.tensor(whole)
        said = set(whole[:prompt])
        weights[row, prompt : len(whole)] = torch.tensor(
            [carried if i in said and i >= USUAL_IDS else 1.0 for i in whole[prompt:]]
        )
        weights[row, 1:prompt] = (torch.rand(prompt - 1, generator=_torch(rng)) < PROMPT_SHARE).float()
        places += [(row, place, labels[label]) for place, label in points if label in labels]
    table = torch.tensor(places or [(0, 0, 0)])
    return Batch(ids, weights, table[:, :2], table[:, 2])


def _torch(rng: random.Random) -> torch.Generator:
    return torch.Generator().manual_seed(rng.getrandbits(40))


def batches(
    corpus: Corpus,
    encoder: Encoder,
    labels: dict[str, int],
    seed: int,
    tokens: int,
    *,
    carried: float = 1.0,
    **shares: float,
) -> Iterator[Batch]:
    """Yield one chunk of batches of about `tokens` ids, examples of like length together so that little is padding."""
    rng = random.Random(seed)
    generator = Generator(corpus, seed, **shares)
    coded = [c for c in (encoder.example(generator.draw()) for _ in range(1500)) if len(c[0]) <= LONGEST]
    coded.sort(key=lambda c: len(c[0]))
    groups, group = [], []
    for item in coded:
        if group and len(item[0]) * (len(group) + 1) > tokens:
            groups.append(group)
            group = []
        group.append(item)
    rng.shuffle(groups)
    for items in groups:
        yield collate(items, labels, rng, carried)


class Run:
    """One training run, with everything a resume needs."""

    def __init__(self, args: argparse.Namespace) -> None:
        """Build or resume the run in the folder `args.out`."""
        self.args, self.out = args, Path(args.out)
        self.device = torch.device(args.device)
        self.corpus = load()
        self.labels = label_table(self.corpus)
        path = self.out / "tokenizer.json"
        self.encoder = (
            Encoder.from_file(path) if path.exists() else build(Generator(self.corpus, 0), path, args.vocabulary)
        )
        torch.manual_seed(args.seed)
        config = Config(args.vocabulary, args.width, args.layers, args.width // 64, args.inner, labels=len(self.labels))
        self.model = Starter(config).to(self.device)
        matrices, rest = split(self.model)
        self.muon = Muon(matrices, lr=args.muon)
        head = [p for name, p in self.model.named_parameters() if name.startswith("points.")]
        rest = [p for p in rest if all(p is not h for h in head)]
        self.adam = torch.optim.AdamW(rest, lr=args.adam, betas=(0.9, 0.98), weight_decay=0.0)
        self.head = torch.optim.AdamW(head, lr=args.adam, weight_decay=0.0)
        self.step = self.tokens = self.chunk = 0
        self.seconds = 0.0
        self.sets = validation.sets(self.corpus)
        self.stopping = False
        self._resume()
        if args.compile:
            for block in self.model.blocks:
                block.compile(dynamic=True)

    def _resume(self) -> None:
        path = self.out / "last.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        known = state.get("labels", [])
        self._load_model(state["model"], known)
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
        if known == list(self.labels):
            self.head.load_state_dict(state["head"])
        self.step, self.tokens, self.chunk, self.seconds = (state[k] for k in ("step", "tokens", "chunk", "seconds"))
        print(
            f"going on from step {self.step}, {self.tokens / 1e6:.2f} M tokens, {self.seconds / 60:.1f} min", flush=True
        )

    def _load_model(self, weights: dict[str, Tensor], known: list[str]) -> None:
        """Load the net; where the corpus has grown since, the rows of the labels that stayed are kept."""
        own = self.model.state_dict()
        rows = {name: n for n, name in enumerate(known)}
        for key in ("points.weight", "points.bias"):
            for name, n in self.labels.items():
                if name in rows:
                    own[key][n] = weights[key][rows[name]]
            weights[key] = own[key]
        self.model.load_state_dict(weights)

    def save(self) -> None:
        """Write the checkpoint; a crash in the middle leaves the older one whole."""
        state = {
            "model": self.model.state_dict(), "muon": self.muon.state_dict(), "adam": self.adam.state_dict(),
            "head": self.head.state_dict(), "labels": list(self.labels),
            "step": self.step, "tokens": self.tokens, "chunk": self.chunk, "seconds": self.seconds,
            "config": asdict(self.model.config),
        }  # fmt: skip
        part = self.out / "last.partial"
        torch.save(state, part)
        part.replace(self.out / "last.pt")

    @property
    def progress(self) -> float:
        """The share of the time budget that is spent, 0 to 1."""
        return min(1.0, self.seconds / (self.args.minutes * 60))

    def _rate(self) -> float:
        warm = min(1.0, (self.step + 1) / 60)
        return warm * min(1.0, max(0.0, 1 - self.progress) / 0.45)

    def learn(self, batch: Batch) -> tuple[float, float]:
        """Take one step; return the loss a learnt token and the loss of naming the points."""
        rate = self._rate()
        for optimizer, lr in ((self.muon, self.args.muon), (self.adam, self.args.adam), (self.head, self.args.adam)):
            for group in optimizer.param_groups:
                group["lr"] = lr * rate
        ids, weights = batch.ids.to(self.device), batch.weights.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16):
            hidden = self.model.hidden(ids)
        targets, weight = ids[:, 1:].flatten(), weights[:, 1:].flatten()
        keep = weight.nonzero().squeeze(1)
        weight = weight[keep] / weight.sum()
        loss = cross_entropy(hidden[:, :-1].flatten(0, 1)[keep], self.model.embed.weight, targets[keep], weight)
        assert self.model.points is not None
        at = hidden[batch.places[:, 0], batch.places[:, 1]].float()
        named = torch.nn.functional.cross_entropy(self.model.points(at), batch.labels.to(self.device))
        (loss + self.args.points * named).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.muon.step()
        self.adam.step()
        self.head.step()
        self.model.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += int((batch.ids != PAD).sum())
        return float(loss.detach()), float(named.detach())

    def go(self) -> None:
        """Train until the time budget is spent or a signal asks to stop."""
        begun, before = time.monotonic(), self.seconds
        saved = checked = self.seconds
        while self.progress < 1 and not self.stopping:
            shares = next(shares for until, shares in PHASES if self.progress < until)
            seed = self.args.seed * 100_003 + self.chunk
            losses = []
            for batch in batches(self.corpus, self.encoder, self.labels, seed, self.args.tokens, **shares):
                losses.append(self.learn(batch))
                self.seconds = before + time.monotonic() - begun
                if self.progress >= 1 or self.stopping:
                    break
                if self.seconds - saved > 180:
                    self.save()
                    saved = self.seconds
            self.chunk += 1
            if self.seconds - checked > self.args.check * 60 or self.progress >= 1 or self.step < 80:
                self.check(losses)
                checked = self.seconds
            self.seconds = before + time.monotonic() - begun
        self.save()

    def check(self, losses: list[tuple[float, float]]) -> None:
        """Measure on what training never sees; add a row to the log and a few replies to the run's folder."""
        figures = {
            "minutes": round(self.seconds / 60, 1), "step": self.step, "tokens": self.tokens,
            "rate": round(self._rate(), 4),
            "train": round(sum(a for a, _ in losses) / len(losses), 4),
            "points": round(sum(b for _, b in losses) / len(losses), 4),
        }  # fmt: skip
        with torch.autocast(self.device.type, torch.bfloat16):
            for name in ("gold", "mismatched", "trades", "wordings"):
                examples: list[Example] = getattr(self.sets, name)
                loss, named = validation.reply_loss(self.model, self.encoder, examples, self.labels)
                figures[name] = round(loss, 4)
                figures["named"] = round(named, 4)
            texts = validation.samples(self.model, self.encoder)
        log: Path = self.args.log
        new = not log.exists()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if new:
                writer.writeheader()
            writer.writerow(figures)
        with (self.out / "samples.txt").open("a") as file:
            print(figures["minutes"], *texts, sep="\n", end="\n\n", file=file)
        print(figures, flush=True)

    def ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        """End after the present step, with a checkpoint."""
        self.stopping = True


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=90, help="time budget, resumes included")
    parser.add_argument("--out", default=str(RUN), help="the run's folder; a checkpoint there is gone on from")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vocabulary", type=int, default=6144)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=5)
    parser.add_argument("--inner", type=int, default=768)
    parser.add_argument("--tokens", type=int, default=3840, help="ids in a batch")
    parser.add_argument("--muon", type=float, default=0.02, help="learning rate of the matrices")
    parser.add_argument("--adam", type=float, default=0.003, help="learning rate of embeddings and gains")
    parser.add_argument("--points", type=float, default=0.5, help="weight of naming the review's points")
    parser.add_argument("--check", type=float, default=5, help="minutes between two validations")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--log", type=Path, default=LOG, help="the table of validations")
    return parser


def main() -> None:
    """Read the command line and train."""
    args = parser().parse_args()
    torch.set_num_threads(args.threads)
    Path(args.out).mkdir(parents=True, exist_ok=True)
    run = Run(args)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, run.ask_to_stop)
    run.go()


if __name__ == "__main__":
    main()
