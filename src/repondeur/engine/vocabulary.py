"""A model's vocabulary: text to tokens and back, with text of people kept apart from the tokens that steer a model."""

import codecs
import ctypes
from typing import Final

from repondeur.engine.bindings import C

_ODD: Final = int(C.LLAMA_TOKEN_ATTR_UNKNOWN) | int(C.LLAMA_TOKEN_ATTR_CONTROL) | int(C.LLAMA_TOKEN_ATTR_USER_DEFINED)
_LOOKALIKES: Final = str.maketrans({"<": "‹", ">": "›", "|": "¦", "[": "(", "]": ")"})
_THINKING: Final = ("<think>", "</think>", "<|channel>", "<channel|>")


class Vocabulary:
    """The tokens of one loaded model."""

    def __init__(self, model: int) -> None:
        """Take the vocabulary of the native ``model``, which must outlive this object."""
        self._vocab = C.llama_model_get_vocab(model)
        self.size: int = C.llama_vocab_n_tokens(self._vocab)
        self._pieces: dict[int, bytes] = {}
        self._buffer = ctypes.create_string_buffer(256)
        self._show_thinking_marks()

    def tokens(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of ``text``; with ``special``, the names of control tokens in it become those tokens."""
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 8
        out = (C.llama_token * room)()
        count = C.llama_tokenize(self._vocab, raw, len(raw), out, room, False, special)
        return out[:count] if count > 0 else []

    def plain_tokens(self, text: str) -> list[int]:
        """Return the tokens of a text that a person wrote: whatever it says, none of them steers the model.

        llama.cpp recognises user-defined tokens even without ``special``, so the result is inspected; brackets that
        would make such a token are then replaced by look-alikes, and anything left is dropped.
        """
        for candidate in (text, text.translate(_LOOKALIKES)):
            tokens = self.tokens(candidate, special=False)
            if not any(self._odd(token) for token in tokens):
                return tokens
        return [token for token in tokens if not self._odd(token)]

    def start(self) -> list[int]:
        """Return the token that this vocabulary wants before every text, if any."""
        return [C.llama_vocab_bos(self._vocab)] if C.llama_vocab_get_add_bos(self._vocab) else []

    def name(self, token: int) -> str:
        """Return how the vocabulary writes ``token`` (-1: nothing)."""
        raw: bytes | None = C.llama_vocab_get_text(self._vocab, token) if token >= 0 else b""
        return (raw or b"").decode("utf-8", "replace")

    @property
    def first_name(self) -> str:
        """The name of the token that opens a text."""
        return self.name(C.llama_vocab_bos(self._vocab))

    @property
    def last_name(self) -> str:
        """The name of the token that ends a text."""
        return self.name(C.llama_vocab_eos(self._vocab))

    def ends(self) -> frozenset[int]:
        """Return the tokens that end what a model writes: those made for it, and any other mark of a turn.

        A model that opens a turn of its own has ended its reply. Marks of a thought end nothing.
        """
        ends = {token for token in range(self.size) if C.llama_vocab_is_eog(self._vocab, token)}
        control = {token for token in range(self.size) if C.llama_vocab_is_control(self._vocab, token)}
        return frozenset(ends | control - self._pieces.keys())

    def piece(self, token: int) -> bytes:
        """Return the bytes that ``token`` writes: perhaps half a character, nothing for a control token."""
        piece = self._pieces.get(token)
        if piece is None:
            piece = self._pieces[token] = self._native_piece(token)
        return piece

    def _native_piece(self, token: int) -> bytes:
        length = C.llama_token_to_piece(self._vocab, token, self._buffer, len(self._buffer), 0, False)
        if length >= 0:
            return self._buffer.raw[:length]
        buffer = ctypes.create_string_buffer(-length)
        length = C.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[: max(length, 0)]

    def _odd(self, token: int) -> bool:
        """Whether a token may steer the model. Gemma's line breaks are user-defined tokens, and harmless."""
        attributes = C.llama_vocab_get_attr(self._vocab, token)
        if attributes & C.LLAMA_TOKEN_ATTR_USER_DEFINED and not self.piece(token).strip():
            return False
        return bool(attributes & _ODD)

    def _show_thinking_marks(self) -> None:
        """Let the marks of a thought be seen as text, even as control tokens, so that the thought can be cut out."""
        for mark in _THINKING:
            tokens = self.tokens(mark, special=True)
            if len(tokens) == 1:
                self._pieces[tokens[0]] = mark.encode()


class Written:
    """Turns the bytes of tokens into text for a person: whole characters, no thought, no leading white space."""

    _MARKS: Final = (("<think>", "</think>"), ("<|channel>", "<channel|>"))

    def __init__(self) -> None:
        """Start at the beginning of a draft."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._closing = ""
        self._begun = False

    def add(self, raw: bytes) -> str:
        """Take more bytes and return the text that can be shown now."""
        return self._show(self._decoder.decode(raw), last=False)

    def end(self) -> str:
        """Return the text still held back; a thought that was never closed is dropped."""
        return self._show(self._decoder.decode(b"", True), last=True)

    def _show(self, text: str, *, last: bool) -> str:
        self._held += text
        shown = ""
        while self._held:
            if self._closing:
                if not self._skip_thought():
                    break
            else:
                part, more = self._before_thought(last)
                shown += part
                if not more:
                    break
        if not self._begun:
            shown = shown.lstrip()
            self._begun = bool(shown)
        return shown

    def _skip_thought(self) -> bool:
        """Drop what belongs to the open thought; return whether it ended."""
        thought, found, rest = self._held.partition(self._closing)
        keep = 0 if found else _overlap(thought, self._closing)
        self._held = rest if found else thought[len(thought) - keep :]
        if found:
            self._closing = ""
        return bool(found)

    def _before_thought(self, last: bool) -> tuple[str, bool]:
        """Return what stands before the next thought and whether one was opened."""
        held = self._held
        found = [(at, opening, closing) for opening, closing in self._MARKS if (at := held.find(opening)) >= 0]
        if found:
            at, opening, self._closing = min(found)
            self._held = held[at + len(opening) :]
            return held[:at], True
        keep = 0 if last else max(_overlap(held, opening) for opening, _ in self._MARKS)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep], False


def _overlap(text: str, mark: str) -> int:
    """Return how many characters at the end of ``text`` could begin ``mark``."""
    return next((n for n in range(min(len(mark) - 1, len(text)), 0, -1) if mark.startswith(text[-n:])), 0)
