"""Reads training/corpus into cells and gold pairs, mends what a filter can mend, and keeps the held-out parts apart.

Three things are held out, and validation reads only them: whole trades (`HELD_OUT_TRADES`), half of the natural gold
pairs, and about one review wording in eleven of each cell that has many.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent
CORPUS = ROOT / "corpus"
TONES = ("chaleureux", "sobre", "soutenu")
HELD_OUT_TRADES = ("céramique", "imprimerie", "moto")

# A reply never tells what was done in the workshop, unless a note says so: a model trained on it would invent.
ASSERTS = re.compile(
    r"\b(?:est|sont|a été|ont été|sera|seront|avons|ai)\s+(?:\w+ement |bien |fidèlement )?"
    r"(?:revu|repris|corrigé|renforcé|rappelé|vérifié|modifié|réglé|changé)e?s?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that a customer says, with every way to say it and every reply to it."""

    id: str
    trade: str | None
    polarity: str
    aspect: str
    reviews: tuple[str, ...]
    replies: dict[str, tuple[str, ...]]
    swaps: tuple[tuple[str, ...], ...] = ()
    note: str | None = None
    ratings: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Gold:
    """One whole review with one whole reply, written by hand."""

    trade: str
    rating: int | None
    tone: str
    length: str
    note: str | None
    lang: str
    review: str
    reply: str


@dataclass(slots=True)
class Corpus:
    """Everything the generator draws from. The `held_*` parts are never drawn from in training."""

    trades: dict[str, list[Cell]] = field(default_factory=dict)
    topics: list[Cell] = field(default_factory=list)
    special: list[Cell] = field(default_factory=list)
    notes: list[Cell] = field(default_factory=list)
    gold: list[Gold] = field(default_factory=list)
    openings: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    closings: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    bridges: dict[str, list[str]] = field(default_factory=dict)
    frames: dict[str, object] = field(default_factory=dict)
    english: dict[str, object] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    held_trades: dict[str, list[Cell]] = field(default_factory=dict)
    held_gold: list[Gold] = field(default_factory=list)
    held_wordings: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def cells(self) -> list[Cell]:
        """Every cell that training may use, in a stable order."""
        return [c for cells in self.trades.values() for c in cells] + self.topics + self.special + self.notes


def normal(text: str) -> str:
    """Return `text` in NFC with plain spaces: French spacing is the program's work, not the model's."""
    text = unicodedata.normalize("NFC", text).replace("\u202f", " ").replace("\u00a0", " ")
    return re.sub(r"[ \t]+", " ", text).strip()


def fingerprint(text: str) -> str:
    """Return `text` reduced to its letters and digits, to compare reviews across noise."""
    plain = unicodedata.normalize("NFD", normal(text).lower())
    return re.sub(r"[^a-z0-9]+", "", "".join(c for c in plain if not unicodedata.combining(c)))


def held(text: str, one_in: int) -> bool:
    """Say whether `text` belongs to the held-out part: a fixed choice by hash, the same on every machine."""
    return int(sha256(fingerprint(text).encode()).hexdigest(), 16) % one_in == 0


def _replies(raw: dict[str, list[str]], *, facts_allowed: bool) -> dict[str, tuple[str, ...]]:
    kept = {}
    for tone in TONES:
        texts = [normal(t) for t in raw.get(tone, [])]
        good = [t for t in texts if facts_allowed or not ASSERTS.search(t)]
        kept[tone] = tuple(good)
    every = tuple(t for texts in kept.values() for t in texts)
    return {tone: texts or every for tone, texts in kept.items()}


def _cell(raw: dict[str, object], where: str, trade: str | None, more: list[str]) -> Cell:
    reviews = [normal(t) for t in (raw.get("reviews") or [raw["review"]])] + [normal(t) for t in more]  # type: ignore
    note = raw.get("note")
    return Cell(
        id=where,
        trade=trade,
        polarity=str(raw.get("polarity", "-")),
        aspect=str(raw.get("aspect", "")),
        reviews=tuple(dict.fromkeys(reviews)),
        replies=_replies(raw["replies"], facts_allowed=note is not None),  # type: ignore[arg-type]
        swaps=tuple(tuple(g) for g in raw.get("swaps", [])),  # type: ignore[attr-defined]
        note=normal(str(note)) if note else None,
        ratings=tuple(raw.get("ratings", [])),  # type: ignore[arg-type]
    )


def _split_wordings(cell: Cell, corpus: Corpus) -> Cell:
    if len(cell.reviews) < 7:
        return cell
    away = tuple(t for t in cell.reviews if held(t, 11))
    if not away or len(away) > len(cell.reviews) // 2:
        return cell
    corpus.held_wordings[cell.id] = away
    return replace(cell, reviews=tuple(t for t in cell.reviews if t not in away))


def _read_gold(corpus: Corpus) -> None:
    for path in sorted((CORPUS / "gold").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            raw = json.loads(line)
            pair = Gold(**{k: normal(v) if isinstance(v, str) else v for k, v in raw.items() if k != "id"})
            away = path.stem == "naturels" and held(pair.review, 2)
            (corpus.held_gold if away else corpus.gold).append(pair)


def load() -> Corpus:
    """Read the whole corpus. Raises `OSError` or `ValueError` when a file is missing or broken."""
    corpus = Corpus()
    for path in sorted((CORPUS / "bank").glob("*.json")):
        bank = json.loads(path.read_text("utf-8"))
        trade = unicodedata.normalize("NFC", bank["trade"])
        cells = [_cell(c, f"{trade}/{n}", trade, []) for n, c in enumerate(bank["cells"])]
        if trade in HELD_OUT_TRADES:
            corpus.held_trades[trade] = cells
        else:
            corpus.trades[trade] = [_split_wordings(c, corpus) for c in cells]
    general = json.loads((CORPUS / "general.json").read_text("utf-8"))
    for n, raw in enumerate(general["topics"]):
        path = CORPUS / "phrasings" / f"{n}.json"
        more = json.loads(path.read_text("utf-8"))["reviews"] if path.exists() else []
        corpus.topics.append(_split_wordings(_cell(raw, f"topic/{n}", None, more), corpus))
    corpus.special = [_cell(c, f"special/{n}", None, []) for n, c in enumerate(general["special"])]
    corpus.notes = [_cell(c, f"note/{n}", None, []) for n, c in enumerate(general["notes"])]
    corpus.openings, corpus.closings = _tidy(general["openings"]), _tidy(general["closings"])
    corpus.bridges = general["bridges"]
    corpus.frames = json.loads((CORPUS / "frames.json").read_text("utf-8"))
    corpus.english = json.loads((CORPUS / "english.json").read_text("utf-8"))
    corpus.names = (CORPUS / "names.txt").read_text("utf-8").split()
    _read_gold(corpus)
    return corpus


def _tidy(raw: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
    return {p: {t: [normal(x) for x in xs if not ASSERTS.search(x)] for t, xs in by.items()} for p, by in raw.items()}
