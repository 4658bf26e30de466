"""What the run is judged by while it runs: reply loss on text that training never sees, and what the model hears."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F

from training.corpus_data import Corpus, Gold
from training.generate import Example, elide
from training.model import Starter
from training.tokenizer import END, PAD, REPLY, Encoder

ASK = (
    ("boulangerie", 5, "chaleureux", "normal", "Les chaussons aux pommes sont divins et la vendeuse est adorable.", ""),
    (
        "plomberie",
        1,
        "sobre",
        "normal",
        "Fuite jamais réparée, et personne ne répond au téléphone !",
        "le joint changé jeudi",
    ),
    ("garage", 3, "sobre", "court", "Bon travail sur les freins mais la facture pique un peu", ""),
    ("coiffure", 5, "soutenu", "court", "Merci à Zohra, ma couleur est superbe", ""),
)


@dataclass(frozen=True, slots=True)
class Sets:
    """Held-out examples: hand-written pairs, the same with another's review, unseen trades, unseen wordings."""

    gold: list[Example]
    mismatched: list[Example]
    trades: list[Example]
    wordings: list[Example]


def of_gold(pair: Gold) -> Example:
    """Return a gold pair as an example without noise."""
    return Example(
        pair.trade, pair.lang, pair.review, pair.note or "", pair.rating or 0, pair.tone, pair.length, pair.reply
    )


def _single(trade: str, polarity: str, label: str, review: str, reply: str) -> Example:
    review, reply = (elide(t.replace("{emp}", "Solène")) for t in (review, reply))
    rating = 5 if polarity == "+" else 1
    return Example(trade, "fr", review, "", rating, "sobre", "court", reply, ((len(review), label),))


def sets(corpus: Corpus, size: int = 120) -> Sets:
    """Build the four sets, always the same ones."""
    rng = random.Random(7)
    gold = [of_gold(p) for p in corpus.held_gold]
    turned = gold[1:] + gold[:1]
    mismatched = [replace(g, review=other.review, note=other.note) for g, other in zip(gold, turned, strict=True)]
    trades = [
        _single(trade, c.polarity, c.id, c.reviews[0], c.replies["sobre"][0])
        for trade, cells in corpus.held_trades.items()
        for c in cells
    ]
    wordings = [
        _single(c.trade or "artisan", c.polarity, c.id, text, c.replies["sobre"][0])
        for c in corpus.cells()
        for text in corpus.held_wordings.get(c.id, ())
    ]
    return Sets(
        gold, mismatched, rng.sample(trades, min(size, len(trades))), rng.sample(wordings, min(2 * size, len(wordings)))
    )


@torch.no_grad()
def reply_loss(
    model: Starter, encoder: Encoder, examples: list[Example], labels: dict[str, int]
) -> tuple[float, float]:
    """Return the mean loss a reply token, and the share of points that the training-only head names right."""
    device = model.embed.weight.device
    coded = sorted((encoder.example(e) for e in examples), key=lambda c: len(c[0]))
    total = count = right = points = 0.0
    for start in range(0, len(coded), 30):
        part = coded[start : start + 30]
        longest = max(len(ids) for ids, _, _ in part)
        ids = torch.tensor([i + [PAD] * (longest - len(i)) for i, _, _ in part], device=device)
        hidden = model.hidden(ids)
        losses = F.cross_entropy(
            F.linear(hidden[:, :-1], model.embed.weight).float().transpose(1, 2), ids[:, 1:], reduction="none"
        )
        for row, (whole, prompt, places) in enumerate(part):
            total += float(losses[row, prompt - 1 : len(whole) - 1].sum())
            count += len(whole) - prompt
            for place, label in places:
                if model.points is not None and label in labels:
                    points += 1
                    right += int(model.points(hidden[row, place].float()).argmax()) == labels[label]
    return total / count, right / points if points else 0.0


@torch.no_grad()
def write(model: Starter, encoder: Encoder, example: Example, most: int = 110) -> str:
    """Return what the model writes when it always takes the likeliest token."""
    ids, _ = encoder.prompt(example)
    assert ids[-1] == REPLY
    out: list[int] = []
    for _ in range(most):
        hidden = model.hidden(torch.tensor([ids + out], device=model.embed.weight.device))
        token = int(F.linear(hidden[0, -1], model.embed.weight).argmax())
        if token == END:
            break
        out.append(token)
    return str(encoder.tokenizer.decode(out))


def samples(model: Starter, encoder: Encoder) -> list[str]:
    """Return a few replies to read while the run goes on."""
    asked = [Example(t, "fr", text, note, stars, tone, length, "") for t, stars, tone, length, text, note in ASK]
    return [f"{e.review} [{e.note}] → {write(model, encoder, e)}" for e in asked]
