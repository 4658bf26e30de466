"""The byte-level BPE of the starter model, trained on generated examples. Control tokens are single ids, never text.

The pre-tokenizer is GPT-2's own regular expression, which llama.cpp knows as `gpt-2`: both cut alike (a test
proves it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from training.generate import Example

CONTROL = (
    "<|pad|>", "<|end|>", "<|trade|>", "<|lang|>", "<|review|>", "<|note|>", "<|rating|>", "<|tone|>", "<|length|>",
    "<|reply|>", "<|hint|>", "<|shop|>", "<|topic|>", "<|r0|>", "<|r1|>", "<|r2|>", "<|r3|>",
)  # fmt: skip
PAD, END, REPLY = 0, 1, CONTROL.index("<|reply|>")
MASKS = ("[prénom]", "[téléphone]", "[adresse]", "[courriel]", "[lien]", "[plaque]", "[numéro]")


def _texts(examples: Iterable[Example]) -> Iterator[str]:
    for example in examples:
        yield example.review
        yield example.reply
        yield example.note or example.trade


def train(examples: Iterable[Example], size: int) -> Tokenizer:
    """Return a byte-level BPE of `size` tokens, control tokens first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(CONTROL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(examples), trainer)
    return tokenizer


class Encoder:
    """Turns examples into token ids, segment by segment as the program does."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Take a trained tokenizer."""
        self.tokenizer = tokenizer
        self.mark = {name: tokenizer.token_to_id(name) for name in CONTROL}
        # Without this, `<|end|>` typed in a review would become the control token.
        self.plain = Tokenizer.from_str(tokenizer.to_str())
        self.plain.encode_special_tokens = True

    @classmethod
    def from_file(cls, path: Path) -> Encoder:
        """Read a tokenizer saved as JSON."""
        return cls(Tokenizer.from_file(str(path)))

    def text(self, text: str) -> list[int]:
        """Return the ids of plain text; no control token can come out."""
        return list(self.plain.encode(text).ids)

    def prompt(self, example: Example) -> tuple[list[int], list[tuple[int, str]]]:
        """Return the prompt's ids up to `<|reply|>`, and the places (index, label) where a point of the review ends."""
        ids = [self.mark["<|trade|>"], *self.text(example.trade), self.mark["<|lang|>"], *self.text(example.lang)]
        ids.append(self.mark["<|review|>"])
        encoded = self.plain.encode(example.review)
        places = []
        for end, label in example.points:
            last = encoded.char_to_token(min(end, len(example.review)) - 1) if example.review and end else None
            if last is not None:
                places.append((len(ids) + last, label))
        ids += encoded.ids
        for name, value in (
            ("<|note|>", example.note),
            ("<|rating|>", str(example.rating)),
            ("<|tone|>", example.tone),
            ("<|length|>", example.length),
        ):
            ids += [self.mark[name], *self.text(value)]
        return [*ids, self.mark["<|reply|>"]], places

    def example(self, example: Example) -> tuple[list[int], int, list[tuple[int, str]]]:
        """Return all ids of an example, the prompt's length, and the places of its points."""
        prompt, places = self.prompt(example)
        reply = self.plain.encode(example.reply)
        for start, label in example.answers:
            first = reply.char_to_token(start)
            if first is not None:
                places.append((len(prompt) + first - 1, label))
        return [*prompt, *reply.ids, END], len(prompt), places


def build(examples: Iterable[Example], path: Path, size: int = 6144, count: int = 40_000) -> Encoder:
    """Train a tokenizer on the first `count` examples and save it at `path`."""
    tokenizer = train(islice(iter(examples), count), size)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return Encoder(tokenizer)
