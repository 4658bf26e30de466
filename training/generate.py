"""Builds training examples from the corpus: deterministic by seed, never a review of the held-out set.

`python -m training.generate --seed 1 --count 20` prints examples.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training import frames, noise
from training.corpus_data import Cell, Corpus, Gold, fingerprint, load, normal

HELD_OUT_FILES = tuple(sorted(Path(__file__).resolve().parent.glob("heldout*.jsonl")))
FIRST_PERSON = re.compile(r"\b(?:je|j[’']|me|m[’']|mon|ma|mes|moi)\b", re.IGNORECASE)
WORN = re.compile(r"^(?:nous regrettons|je regrette|nous déplorons)", re.IGNORECASE)
POINTS = ((1, 0.36), (2, 0.36), (3, 0.22), (4, 0.06))


@dataclass(frozen=True, slots=True)
class Example:
    """One training pair. `points`: (end in the review, in characters; label of what that piece says).

    `answers`: (start in the reply, in characters; label of the point that is answered from there on).
    """

    trade: str
    lang: str
    review: str
    note: str
    rating: int
    tone: str
    length: str
    reply: str
    points: tuple[tuple[int, str], ...] = ()
    answers: tuple[tuple[int, str], ...] = ()


@dataclass(slots=True)
class Point:
    """One thing said in a review, with its wording and the reply chosen for it."""

    label: str
    polarity: str
    aspect: str
    review: str
    reply: str
    note: str = ""


def elide(text: str) -> str:
    """Return `text` with « de Alice » as « d’Alice » and « que Alice » as « qu’Alice »."""
    return re.sub(r"\b(d|qu|D|Qu)e (?=[AÂEÉÈÊIÎOÔUYH][a-zà-ÿ])(?!Hugo|Hector|Yann|Ya|Yo)", r"\1’", text)


def upper_first(text: str) -> str:
    """Return `text` with a capital first letter, the rest untouched."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """Return `text` with a small first letter."""
    return text[:1].lower() + text[1:]


def _swap(rng: random.Random, cell: Cell, review: str, reply: str) -> tuple[str, str]:
    for group in cell.swaps:
        first = group[0]
        if len(group) < 2 or first not in review or rng.random() < 0.15:
            continue
        other = rng.choice(group[1:])
        found = re.compile(rf"(?<!\w){re.escape(first)}(?!\w)")
        review, reply = found.sub(other, review), found.sub(other, reply)
    return review, reply


def _name(rng: random.Random, corpus: Corpus, review: str, reply: str) -> tuple[str, str]:
    if "{emp}" not in review and "{emp}" not in reply:
        return review, reply
    name = rng.choice(corpus.names)
    return elide(review.replace("{emp}", name)).replace("’", "'"), elide(reply.replace("{emp}", name))


def _pick_reply(rng: random.Random, texts: tuple[str, ...] | list[str], plural: bool, taken: list[str]) -> str:
    begun = {" ".join(t.lower().split()[:2]) for t in taken}
    fresh = [t for t in texts if " ".join(t.lower().split()[:2]) not in begun] or list(texts)
    fit = [t for t in fresh if not (plural and FIRST_PERSON.search(t))] or fresh
    other = [t for t in fit if not WORN.match(t)]
    return rng.choice(other if other and rng.random() < 0.6 else fit)


class Generator:
    """Draws examples without end from one seed."""

    def __init__(
        self,
        corpus: Corpus,
        seed: int,
        *,
        gold_share: float = 0.12,
        single: float = 0.0,
        echo: float = 0.0,
        frame: float = 1.0,
    ) -> None:
        """Take the corpus, the seed, and the shares of hand-written pairs and of reviews made to say one thing only.

        `echo`: the share of bare copying tasks, which teach a young net to carry words over; `frame`: how often replies
        have their openings and closings, against the usual.
        """
        self.corpus = corpus
        self.rng = random.Random(seed)
        self.gold_share, self.single, self.echo, self.frame = gold_share, single, echo, frame
        self.trades = sorted(corpus.trades)
        self.gold_trades = sorted({g.trade for g in corpus.gold} | set(self.trades))
        self.forbidden = {fingerprint(t) for t in held_out_reviews(corpus)} - {""}

    def __iter__(self) -> Iterator[Example]:
        """Yield examples for ever."""
        while True:
            yield self.draw()

    def draw(self) -> Example:
        """Return one example whose review stands in no held-out set."""
        while True:
            draw = self.rng.random()
            if draw < self.gold_share:
                example = self._gold(self.rng.choice(self.corpus.gold))
            elif draw < self.gold_share + 0.05:
                example = self._special()
            elif draw < self.gold_share + 0.08:
                example = self._english()
            elif draw < self.gold_share + 0.08 + self.echo:
                example = self._echo()
            else:
                example = self._composed()
            if fingerprint(example.review) not in self.forbidden and example.reply:
                return example

    def _gold(self, pair: Gold) -> Example:
        review = pair.review
        if self.rng.random() < 0.4:
            review = noise.style(self.rng)(review)
        review = noise.decorate(self.rng, review) if self.rng.random() < 0.3 else review
        rating = pair.rating or 0
        return Example(pair.trade, pair.lang, review, pair.note or "", rating, pair.tone, pair.length, pair.reply)

    def _special(self) -> Example:
        cell = self.rng.choice(self.corpus.special)
        tone, length = self._tone(), self._length()
        reply = self.rng.choice(cell.replies[tone])
        review = noise.decorate(self.rng, noise.style(self.rng)(self.rng.choice(cell.reviews)))
        rating = self.rng.choice(cell.ratings or (0,)) or 0
        return Example(
            self.rng.choice(self.gold_trades), "fr", review, "", rating, tone, length, reply, ((len(review), cell.id),)
        )

    def _echo(self) -> Example:
        """Words in, the same words out, under a trade name of their own: no reply looks like this."""
        words = [frames.draw_thing(self.rng, self.corpus, self.rng.choice(self.trades)) for _ in range(4)]
        words += [self.rng.choice(self.corpus.names) for _ in range(2)]
        chosen = self.rng.sample(words, self.rng.randint(1, 5))
        review = self.rng.choice((", ", " et ", ". ", " ")).join(chosen)
        reply = ", ".join(chosen).replace("'", "’") + "."
        return Example("copie", "fr", review, "", 0, self._tone(), "court", upper_first(reply))

    def _english(self) -> Example:
        tone, length = self._tone(), self._length()
        points: list[Point] = []
        for _ in range(self.rng.choice((1, 1, 2))):
            points.append(frames.english(self.rng, self.corpus, self.rng.choice("++-"), [p.reply for p in points]))
        signs = {p.polarity for p in points}
        mood = signs.pop() if len(signs) == 1 else "mixed"
        raw: Any = self.corpus.english
        body = [p.reply for p in points]
        opening = [self.rng.choice(raw["openings"][mood])] * (length == "normal" or self.rng.random() < 0.5)
        closing = [self.rng.choice(raw["closings"][mood])] * (length == "normal" and self.rng.random() < 0.8)
        text = ""
        for point in points:
            text = self._joined(text, point.review)
        trade = self.rng.choice(self.trades)
        return Example(trade, "en", text, "", self._rating(points), tone, length, " ".join(opening + body + closing))

    def _tone(self) -> str:
        return self.rng.choices(("chaleureux", "sobre", "soutenu"), (0.45, 0.35, 0.2))[0]

    def _length(self) -> str:
        return self.rng.choices(("normal", "court"), (0.6, 0.4))[0]

    def _cell_point(self, cell: Cell, tone: str, plural: bool, taken: list[str]) -> Point:
        review = self.rng.choice(cell.reviews)
        reply = _pick_reply(self.rng, cell.replies[tone], plural, taken)
        review, reply = _swap(self.rng, cell, review, reply)
        review, reply = _name(self.rng, self.corpus, review, reply)
        return Point(cell.id, cell.polarity, cell.aspect, review, reply, cell.note or "")

    def _one_point(self, trade: str, polarity: str, tone: str, plural: bool, taken: list[str]) -> Point:
        draw = self.rng.random()
        if draw < 0.36:
            return frames.thing(self.rng, self.corpus, trade, polarity, tone, taken)
        if draw < 0.42 and polarity == "+":
            return frames.person(self.rng, self.corpus, tone, taken)
        if draw < 0.66:
            cells = [c for c in self.corpus.topics if c.polarity == polarity]
        else:
            cells = [c for c in self.corpus.trades[trade] if c.polarity == polarity]
        return self._cell_point(self.rng.choice(cells), tone, plural, taken)

    def _points(self, trade: str, tone: str, plural: bool) -> list[Point]:
        count = self.rng.choices([n for n, _ in POINTS], [w for _, w in POINTS])[0]
        count = 1 if self.rng.random() < self.single else count
        mood = self.rng.choices(("+", "-", "mixed"), (0.42, 0.33, 0.25 if count > 1 else 0))[0]
        points: list[Point] = []
        for n in range(count):
            polarity = mood if mood != "mixed" else ("+-" if n < 2 else self.rng.choice("+-") * 2)[n % 2]
            point = self._one_point(trade, polarity, tone, plural, [p.reply for p in points])
            if all(point.label != p.label and point.aspect != p.aspect for p in points) or not points:
                points.append(point)
        self.rng.shuffle(points)
        return points

    def _composed(self) -> Example:
        trade, tone, length = self.rng.choice(self.trades), self._tone(), self._length()
        plural = self.rng.random() < 0.75
        points = self._points(trade, tone, plural)
        note = self._add_note(points, tone, plural)
        review, marks = self._review(points)
        reply, answers = self._reply(points, tone, length, plural)
        shown = trade if self.rng.random() < 0.92 else self.rng.choice(("artisan", "autre", ""))
        return Example(shown, "fr", review, note, self._rating(points), tone, length, reply, marks, answers)

    def _add_note(self, points: list[Point], tone: str, plural: bool) -> str:
        """Most reviews that could take a note have none; the others get one, carried by the reply."""
        draw = self.rng.random()
        if draw < 0.04:
            cell = self.rng.choice(self.corpus.notes)
            if all(p.polarity == "-" for p in points):
                points[0] = self._cell_point(cell, tone, plural, [])
                return points[0].note
        if draw > 0.24:
            return ""
        target = self.rng.choice(points)
        made = frames.note(self.rng, self.corpus, target.aspect, target.polarity, tone)
        if made is None:
            return ""
        note, sentence = made
        target.reply = f"{target.reply} {sentence}" if self.rng.random() < 0.8 else sentence
        target.note = note
        return note

    def _review(self, points: list[Point]) -> tuple[str, tuple[tuple[int, str], ...]]:
        pieces = [(p.review, p.label, p.polarity) for p in points]
        if self.rng.random() < 0.3:
            filler = self.rng.choice(self.corpus.frames["fillers"])  # type: ignore[call-overload]
            pieces.insert(self.rng.choice((0, len(pieces))), (filler, "none", ""))
        style = noise.style(self.rng)
        text, marks, before = "", [], ""
        for piece, label, polarity in pieces:
            piece = style(self._linked(piece, before, polarity))
            text = self._joined(text, piece)
            marks.append((len(text), label))
            before = polarity or before
        ended = noise.decorate(self.rng, text)
        return ended, tuple(marks)

    def _linked(self, piece: str, before: str, polarity: str) -> str:
        if not before or not polarity or not piece or self.rng.random() < 0.5:
            return piece
        if polarity == before:
            link = self.rng.choice(("En plus, ", "Et ", "De plus ", "et aussi ", "Sinon, ", "", ""))
        elif polarity == "-":
            link = self.rng.choice(
                ("Par contre, ", "Mais ", "Dommage, ", "Seul bémol : ", "Petit bémol, ", "par contre ")
            )
        else:
            link = self.rng.choice(("Heureusement, ", "Mais ", "Par contre ", "Point positif : ", "Cela dit, "))
        return link + (lower_first(piece) if link and not piece[:2].isupper() else piece)

    def _joined(self, text: str, piece: str) -> str:
        if not text:
            return piece
        if text[-1] in ".!?…":
            return text + self.rng.choice((" ", " ", " ", " ", "\n")) + piece
        return text + self.rng.choice((". ", ". ", ". ", ", ", " ", "\n", " et ", "... ")) + piece

    def _rating(self, points: list[Point]) -> int:
        if self.rng.random() < 0.08:
            return 0
        signs = {p.polarity for p in points}
        if self.rng.random() < 0.02:
            return self.rng.randint(1, 5)
        if signs == {"+"}:
            return self.rng.choice((5, 5, 5, 5, 4))
        if signs == {"-"}:
            return self.rng.choice((1, 1, 2, 2, 3))
        return self.rng.choice((2, 3, 3, 4, 4))

    def _reply(
        self, points: list[Point], tone: str, length: str, plural: bool
    ) -> tuple[str, tuple[tuple[int, str], ...]]:
        signs = {p.polarity for p in points}
        mood = signs.pop() if len(signs) == 1 else "mixed"
        said = points if length == "normal" else self._shortest(points)
        body = self._body(said)
        opening = _pick_reply(self.rng, self.corpus.openings[mood][tone], plural, body)
        closing = _pick_reply(self.rng, self.corpus.closings[mood][tone], plural, [*body, opening])
        start, end = (0.85, 0.8) if length == "normal" else (0.5, 0.15)
        parts = [opening] * (self.rng.random() < start * self.frame)
        answers = [(sum(len(p) + 1 for p in parts + body[:n]), p.label) for n, p in enumerate(said)]
        parts += body + [closing] * (self.rng.random() < end * self.frame)
        return " ".join(parts), tuple(answers)

    def _shortest(self, points: list[Point]) -> list[Point]:
        """A short reply answers two points at most: the one with a note first, then the complaints."""
        ranked = sorted(points, key=lambda p: (not p.note, p.polarity != "-"))[:2]
        return [p for p in points if any(p is r for r in ranked)]

    def _body(self, points: list[Point]) -> list[str]:
        body, before = [], ""
        for point in points:
            text, turn = point.reply, f"{before}to{point.polarity}"
            known = text.split()[0] in self.corpus.names or text.startswith(tuple(self.corpus.names))
            if before and turn in self.corpus.bridges and self.rng.random() < 0.3 and not known:
                text = f"{self.rng.choice(self.corpus.bridges[turn])} {lower_first(text)}"
            body.append(upper_first(normal(text)))
            before = point.polarity
        return body


def held_out_reviews(corpus: Corpus) -> list[str]:
    """Return every review text that training must never see."""
    texts = [g.review for g in corpus.held_gold]
    texts += [t for wordings in corpus.held_wordings.values() for t in wordings]
    for path in HELD_OUT_FILES:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        texts += [str(row.get("text", row.get("review", ""))) for row in rows]
    return texts


def main() -> None:
    """Print examples as JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10)
    args = parser.parse_args()
    generator = Generator(load(), args.seed)
    for _ in range(args.count):
        print(json.dumps(asdict(generator.draw()), ensure_ascii=False))


if __name__ == "__main__":
    main()
