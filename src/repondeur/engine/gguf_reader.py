"""The bytes of a GGUF header as Python values, each length checked against a limit and against the file's end.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (little-endian, versions 2 and 3).
"""

import mmap
import struct
from dataclasses import dataclass
from typing import Final

from repondeur.errors import ModelTruncated, NotAModel

MAX_KEYS: Final = 4096
MAX_TENSORS: Final = 20_000
MAX_STRING: Final = 1 << 24
MAX_ARRAY: Final = 1 << 22
MAX_TOKEN: Final = 1 << 16

_STRING, _ARRAY, _BOOL = 8, 9, 7
_FLOATS: Final = (6, 12)
_SIGNED: Final = (1, 3, 5, 11)
_SIZES: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_ELEMENT_TYPES: Final = {
    "tokenizer.ggml.tokens": _STRING,
    "tokenizer.ggml.merges": _STRING,
    "tokenizer.ggml.scores": 6,
    "tokenizer.ggml.token_type": 5,
}

Value = int | bytes | list[bytes]
"""Whole numbers and booleans; the bytes of strings, of floating-point numbers and of number arrays; string arrays."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The keys and values of a header; asking for a key that is missing or of another type gives the empty value."""

    values: dict[str, Value]

    def text(self, key: str) -> str:
        """Return a string."""
        return self.raw(key).decode("utf-8", "replace")

    def raw(self, key: str) -> bytes:
        """Return the bytes of a string or of an array of numbers."""
        value = self.values.get(key)
        return value if isinstance(value, bytes) else b""

    def strings(self, key: str) -> list[bytes]:
        """Return an array of strings."""
        value = self.values.get(key)
        return value if isinstance(value, list) else []

    def number(self, key: str) -> int | None:
        """Return a whole number, or ``None``."""
        value = self.values.get(key)
        return value if isinstance(value, int) else None


class Reader:
    """Little-endian values read one after another from a mapped file; past its end is :class:`ModelTruncated`."""

    def __init__(self, data: mmap.mmap, size: int) -> None:
        """Start at the beginning of ``data``, which is ``size`` bytes long."""
        self._data = data
        self._size = size
        self.position = 0

    @property
    def size(self) -> int:
        """The file's length in bytes."""
        return self._size

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        end = self.position + count
        if end > self._size:
            raise ModelTruncated
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def u32(self) -> int:
        """Return the next 32-bit number."""
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        """Return the next 64-bit number."""
        return int.from_bytes(self.take(8), "little")

    def string(self, limit: int) -> bytes:
        """Return the next string, of at most ``limit`` bytes."""
        length = self.u64()
        if length > limit:
            raise NotAModel("string too long")
        return self.take(length)

    def strings(self, count: int) -> list[bytes]:
        """Read ``count`` strings; the loop is spelled out since a vocabulary has hundreds of thousands."""
        data, size, position = self._data, self._size, self.position
        unpack = struct.Struct("<Q").unpack_from
        out = []
        for _ in range(count):
            if position + 8 > size:
                raise ModelTruncated
            (length,) = unpack(data, position)
            if length > MAX_TOKEN:
                raise NotAModel("token too long")
            position += 8 + length
            if position > size:
                raise ModelTruncated
            out.append(data[position - length : position])
        self.position = position
        return out


def read_header(reader: Reader) -> tuple[Metadata, int]:
    """Return the metadata and the number of tensors; the reader then stands before the first tensor's description.

    Raises:
        NotAModel: no GGUF, or a malformed one.
        ModelTruncated: the file ends too soon.
    """
    if reader.size < 4 or reader.take(4) != b"GGUF":
        raise NotAModel("no GGUF magic")
    if reader.u32() not in (2, 3):
        raise NotAModel("unknown version")
    tensor_count, key_count = reader.u64(), reader.u64()
    if tensor_count > MAX_TENSORS or key_count > MAX_KEYS:
        raise NotAModel("absurd counts")
    metadata: dict[str, Value] = {}
    for _ in range(key_count):
        key = _key(reader.string(256))
        if key in metadata:
            raise NotAModel("duplicate key")
        metadata[key] = _value(reader, key)
    return Metadata(metadata), tensor_count


def _key(raw: bytes) -> str:
    if not raw or not raw.isascii():
        raise NotAModel("bad key")
    return raw.decode("ascii")


def _value(reader: Reader, key: str) -> Value:
    kind = reader.u32()
    if kind == _ARRAY:
        return _array(reader, key)
    if key in _ELEMENT_TYPES:
        raise NotAModel(key)
    if kind == _STRING:
        return reader.string(MAX_STRING)
    return _scalar(kind, reader.take(_width(kind)))


def _width(kind: int) -> int:
    if kind not in _SIZES:
        raise NotAModel("unknown value type")
    return _SIZES[kind]


def _scalar(kind: int, raw: bytes) -> int | bytes:
    if kind in _FLOATS:
        return raw
    if kind == _BOOL and raw not in (b"\0", b"\1"):
        raise NotAModel("bad boolean")
    return int.from_bytes(raw, "little", signed=kind in _SIGNED)


def _array(reader: Reader, key: str) -> Value:
    kind, count = reader.u32(), reader.u64()
    if count > MAX_ARRAY or kind != _ELEMENT_TYPES.get(key, kind):
        raise NotAModel(key)
    if kind != _STRING:
        return reader.take(count * _width(kind))
    strings = reader.strings(count)
    joined = b"\n".join(strings)
    if b"\0" in joined:
        raise NotAModel("NUL inside a string")
    _utf8(joined)
    return strings


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotAModel("not UTF-8") from error
