"""Refuse a malformed or unsuitable GGUF in pure Python, before native code sees the file, and say what it holds.

llama.cpp trusts much of what a file declares (a NUL in a token, a special id outside the vocabulary and overlapping
tensors have each aborted it), so every length, type and offset is checked here. A crafted file may still abort
llama.cpp: the engine's process is the second wall.
"""

import mmap
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from stat import S_ISREG
from typing import Final, Literal

from repondeur.engine.gguf_reader import Metadata, Reader, read_header
from repondeur.engine.machine import available_memory
from repondeur.errors import (
    ModelEmpty,
    ModelMissing,
    ModelTooLarge,
    ModelTruncated,
    ModelUnsupported,
    NotAModel,
)

MAX_FILE: Final = 64 << 30
MARGIN: Final = 256 << 20
"""Memory, in bytes, that a model needs beside its file: context, working buffers, the process."""

# Architectures, by llama.cpp's names, of text models that answer a chat.
_ARCHITECTURES: Final = """
llama mistral3 mistral4 qwen2 qwen2moe qwen3 qwen3moe qwen3next qwen35 qwen35moe gemma gemma2 gemma3 gemma3n gemma4
phi2 phi3 phimoe granite granitemoe granitehybrid smollm3 lfm2 lfm2moe olmo2 olmoe exaone4 falcon-h1 mamba mamba2
command-r cohere2 apertus ernie4_5 ernie4_5-moe hunyuan-dense internlm2 stablelm minicpm minicpm3 glm4
"""
ARCHITECTURES: Final = frozenset(_ARCHITECTURES.split())
COMPACT_MARKERS: Final = (b"<|trade|>", b"<|review|>", b"<|rating|>", b"<|tone|>", b"<|length|>", b"<|reply|>")
"""A vocabulary that holds all of these as control tokens is one of the starter models."""

_TOKENS: Final = "tokenizer.ggml.tokens"
_CONTROL, _BYTE = 3, 6
_TOKEN_TYPES: Final = frozenset(range(1, 7))
_BOUNDS: Final = {
    "block_count": (1, 512),
    "embedding_length": (1, 65_536),
    "context_length": (1, 1 << 24),
    "feed_forward_length": (0, 1 << 20),
    "attention.head_count": (0, 1024),
}
# Elements in a block: {ggml type: bytes of a block}, from ggml_type_traits.
_BLOCK_WIDTHS: Final = {
    1: {0: 4, 1: 2, 24: 1, 25: 2, 26: 4, 27: 8, 28: 8, 30: 2},
    32: {2: 18, 3: 20, 6: 22, 7: 24, 8: 34, 9: 40, 20: 18, 39: 17},
    256: dict(enumerate((84, 110, 144, 176, 210, 292, 66, 74, 98, 50), start=10))
    | {21: 110, 22: 82, 23: 136, 29: 56, 34: 54, 35: 66},
}
_BLOCKS: Final = {kind: (size, widths[kind]) for size, widths in _BLOCK_WIDTHS.items() for kind in widths}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What a checked file says of its model. ``context`` is the trained one, in tokens (0: not said).

    ``kind`` is "starter" when the vocabulary has the markers of the compact prompt, "chat" otherwise. ``template`` is
    the chat template ("" if none); ``licence`` and ``name`` are as the file gives them, possibly "". ``modified_ns`` is
    the file's date, in nanoseconds.
    """

    path: Path
    name: str
    architecture: str
    size_bytes: int
    context: int
    vocabulary: int
    licence: str
    template: str
    kind: Literal["starter", "chat"]
    modified_ns: int

    def unchanged(self) -> bool:
        """Whether the file on the disk still has the size and the date of when it was checked."""
        try:
            status = self.path.stat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (self.size_bytes, self.modified_ns)


@dataclass(frozen=True, slots=True)
class _Tensor:
    offset: int
    size: int


def check(path: Path, free_memory: int | None = None) -> ModelFile:
    """Return what the model file holds once everything in its header was found sound.

    ``free_memory`` is in bytes; left out, the system is asked.

    Raises:
        ModelMissing: there is no such file, or it may not be read.
        ModelEmpty: it has no byte.
        ModelTruncated: it ends before what it declares.
        NotAModel: it is a folder, no GGUF, or a malformed one.
        ModelUnsupported: it is a GGUF of a kind that the engine does not run.
        ModelTooLarge: it needs more memory than the computer has free.
    """
    status = _regular(path)
    size = status.st_size
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            reader = Reader(data, size)
            metadata, tensor_count = read_header(reader)
            _check_kind(metadata)
            _check_numbers(metadata)
            _check_vocabulary(metadata)
            _check_tensors(reader, tensor_count, _alignment(metadata))
    except OSError as error:
        raise ModelMissing(path) from error
    memory = available_memory() if free_memory is None else free_memory
    if size > MAX_FILE or (memory is not None and size + MARGIN > memory):
        raise ModelTooLarge(path)
    return _describe(path, status, metadata)


def _regular(path: Path) -> os.stat_result:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise ModelMissing(path) from error
    if not S_ISREG(status.st_mode):
        raise NotAModel("not a regular file")
    if status.st_size == 0:
        raise ModelEmpty(path)
    return status


def _alignment(metadata: Metadata) -> int:
    alignment = 32
    if "general.alignment" in metadata.values:
        alignment = metadata.number("general.alignment") or 0
    if not 8 <= alignment <= 65_536 or alignment & (alignment - 1):
        raise NotAModel("bad alignment")
    return alignment


def _check_kind(metadata: Metadata) -> None:
    architecture = metadata.text("general.architecture")
    if not architecture:
        raise NotAModel("no architecture")
    if architecture not in ARCHITECTURES:
        raise ModelUnsupported(architecture[:40])
    if metadata.text("general.type") not in ("", "model"):
        raise ModelUnsupported("not a whole model")
    if (metadata.number("split.count") or 0) > 1:
        raise ModelUnsupported("one piece of several")
    if not metadata.strings(_TOKENS):
        raise ModelUnsupported("no vocabulary")


def _check_numbers(metadata: Metadata) -> None:
    architecture = metadata.text("general.architecture")
    for name, (low, high) in _BOUNDS.items():
        number = metadata.number(f"{architecture}.{name}")
        if number is not None and not low <= number <= high:
            raise NotAModel(name)


def _check_vocabulary(metadata: Metadata) -> None:
    tokens = metadata.strings(_TOKENS)
    for key in ("tokenizer.ggml.scores", "tokenizer.ggml.token_type"):
        if key in metadata.values and len(metadata.raw(key)) != 4 * len(tokens):
            raise NotAModel(key)
    for key in metadata.values:
        if key.startswith("tokenizer.ggml.") and key.endswith("_token_id"):
            number = metadata.number(key)
            if number is None or not 0 <= number < len(tokens):
                raise NotAModel(key)
    types = _types(metadata)
    if not set(types) <= _TOKEN_TYPES:
        raise NotAModel("bad token type")
    if metadata.text("tokenizer.ggml.model") == "llama":
        if types.count(_BYTE) not in (0, 256):
            raise NotAModel("incomplete byte tokens")
        if len(set(tokens)) != len(tokens):
            raise NotAModel("duplicate tokens")


def _types(metadata: Metadata) -> list[int]:
    raw = metadata.raw("tokenizer.ggml.token_type")
    return [kind for (kind,) in struct.iter_unpack("<i", raw)]


def _check_tensors(reader: Reader, count: int, alignment: int) -> None:
    names: set[bytes] = set()
    tensors = []
    for _ in range(count):
        name = reader.string(64)
        if name in names:
            raise NotAModel("duplicate tensor")
        names.add(name)
        tensors.append(_tensor(reader, alignment))
    base = -(-reader.position // alignment) * alignment
    _check_layout(tensors, base, reader.size)


def _tensor(reader: Reader, alignment: int) -> _Tensor:
    rank = reader.u32()
    if not 1 <= rank <= 4:
        raise NotAModel("bad tensor rank")
    shape = [reader.u64() for _ in range(rank)]
    kind, offset = reader.u32(), reader.u64()
    elements = _elements(shape)
    if kind not in _BLOCKS:
        raise ModelUnsupported("tensor type")
    per_block, width = _BLOCKS[kind]
    if shape[0] % per_block or offset % alignment:
        raise NotAModel("bad tensor row or offset")
    return _Tensor(offset, elements // per_block * width)


def _elements(shape: Iterable[int]) -> int:
    elements = 1
    for length in shape:
        elements *= length
        if not 0 < elements <= 1 << 40:
            raise NotAModel("absurd tensor")
    return elements


def _check_layout(tensors: list[_Tensor], base: int, size: int) -> None:
    if not tensors:
        raise ModelUnsupported("no tensor")
    for before, after in _neighbours(tensors):
        if before.offset + before.size > after.offset:
            raise NotAModel("overlapping tensors")
    if any(base + tensor.offset + tensor.size > size for tensor in tensors):
        raise ModelTruncated


def _neighbours(tensors: list[_Tensor]) -> Iterator[tuple[_Tensor, _Tensor]]:
    return pairwise(sorted(tensors, key=lambda tensor: tensor.offset))


def _describe(path: Path, status: os.stat_result, metadata: Metadata) -> ModelFile:
    architecture = metadata.text("general.architecture")
    tokens, types = metadata.strings(_TOKENS), _types(metadata)
    kinds = dict(zip(tokens, types, strict=False))
    return ModelFile(
        path=path,
        name=metadata.text("general.name") or path.stem,
        architecture=architecture,
        size_bytes=status.st_size,
        context=metadata.number(f"{architecture}.context_length") or 0,
        vocabulary=len(tokens),
        licence=metadata.text("general.license"),
        template=metadata.text("tokenizer.chat_template"),
        kind="starter" if all(kinds.get(marker) == _CONTROL for marker in COMPACT_MARKERS) else "chat",
        modified_ns=status.st_mtime_ns,
    )
