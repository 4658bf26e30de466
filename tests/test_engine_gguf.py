"""No model file, however broken, does more than be refused with one of the model file errors."""

import os
import random
import struct
from collections.abc import Callable
from pathlib import Path

import gguf as writer
import numpy as np
import pytest
from engine_support import model
from gguf_factory import RECIPES

from repondeur.engine import gguf, machine
from repondeur.errors import (
    ModelEmpty,
    ModelFileError,
    ModelMissing,
    ModelTooLarge,
    ModelTruncated,
    ModelUnsupported,
    NotAModel,
)

__all__ = ["model"]
Models = Callable[..., Path]
GIB = 1 << 30


@pytest.mark.parametrize("name", RECIPES)
def test_a_sound_file_is_described(name: str, model: Models) -> None:
    path = model(name)
    found = gguf.check(path)
    assert found.path == path
    assert found.kind == ("starter" if name == "starter" else "chat")
    assert found.name == ("Répondeur starter" if name == "starter" else "essai")
    assert found.architecture == RECIPES[name].architecture
    assert found.size_bytes == path.stat().st_size
    assert (found.context, found.licence) == (512, "cc0-1.0")
    assert found.template == (RECIPES[name].template or "")
    assert found.vocabulary > 256


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", ModelEmpty),
        (b"G", NotAModel),
        (b"Ceci n'est pas un modele.", NotAModel),
        (b"PK\x03\x04" + bytes(100), NotAModel),
        (b"GGUF", ModelTruncated),
        (b"GGUF" + struct.pack("<I", 3), ModelTruncated),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), NotAModel),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), NotAModel),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), NotAModel),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1), NotAModel),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60), NotAModel),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 62), NotAModel),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 200), ModelTruncated),
    ],
)
def test_what_is_no_model_is_told_apart(content: bytes, error: type[ModelFileError], tmp_path: Path) -> None:
    path = tmp_path / "fichier.gguf"
    path.write_bytes(content)
    with pytest.raises(error):
        gguf.check(path)


def test_a_file_that_changed_is_known(model: Models, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(model("starter").read_bytes())
    found = gguf.check(path)
    assert found.unchanged()
    os.utime(path, ns=(1, 1))
    assert not found.unchanged()
    path.unlink()
    assert not found.unchanged()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        gguf.check(tmp_path / "absent.gguf")
    with pytest.raises(ModelMissing):
        gguf.check(Path("nul\0.gguf"))
    with pytest.raises(NotAModel):
        gguf.check(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "tube")
        with pytest.raises(NotAModel):
            gguf.check(tmp_path / "tube")


def test_a_cut_file_is_truncated_wherever_it_is_cut(model: Models, tmp_path: Path) -> None:
    whole = model("chatml").read_bytes()
    path = tmp_path / "coupe.gguf"
    for share in (0.001, 0.005, 0.02, 0.1, 0.5, 0.9, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ModelTruncated):
            gguf.check(path)


def test_a_model_larger_than_the_free_memory(model: Models, tmp_path: Path) -> None:
    small = model("starter")
    with pytest.raises(ModelTooLarge):
        gguf.check(small, free_memory=1 << 20)
    assert gguf.check(small, free_memory=GIB).kind == "starter"
    huge = tmp_path / "enorme.gguf"
    huge.write_bytes(small.read_bytes())
    os.truncate(huge, (machine.available_memory() or 60 * GIB) + GIB)  # a sparse file: it takes no room
    with pytest.raises(ModelTooLarge):
        gguf.check(huge)


def made(path: Path, architecture: str = "llama", change: Callable[[writer.GGUFWriter], None] | None = None) -> Path:
    """Write a minimal file with one tensor, changed before it is written."""
    out = writer.GGUFWriter(path, architecture)
    out.add_tokenizer_model("gpt2")
    if change is None:
        out.add_token_list(["a", "b"])
    else:
        change(out)
    out.add_tensor("token_embd.weight", np.zeros((2, 32), np.float32))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
    return path


def tokens(*names: str, types: list[int] | None = None, **numbers: int) -> Callable[[writer.GGUFWriter], None]:
    def change(out: writer.GGUFWriter) -> None:
        out.add_token_list(list(names))
        if types is not None:
            out.add_token_types(types)
        for key, number in numbers.items():
            out.add_uint32(key.replace("__", "."), number)

    return change


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (tokens("a\0", "b"), NotAModel),
        (tokens("a", "b", types=[1]), NotAModel),
        (tokens("a", "b", types=[1, 9]), NotAModel),
        (tokens("a", "b", tokenizer__ggml__eos_token_id=2), NotAModel),
        (tokens("a", "b", general__alignment=24), NotAModel),
        (tokens("a", "b", general__alignment=0), NotAModel),
        (tokens("a", "b", llama__block_count=100_000), NotAModel),
        (tokens("a", "b", llama__embedding_length=0), NotAModel),
        (tokens("a", "b", split__count=3), ModelUnsupported),
        (lambda out: out.add_type("adapter"), ModelUnsupported),
        (lambda out: out.add_uint32("tokenizer.ggml.tokens", 4), NotAModel),
        (lambda out: out.add_array("tokenizer.ggml.tokens", [1, 2]), NotAModel),
        (lambda out: None, ModelUnsupported),
    ],
)
def test_what_aborts_llama_cpp_is_refused_before(
    change: Callable[[writer.GGUFWriter], None], error: type[ModelFileError], tmp_path: Path
) -> None:
    with pytest.raises(error):
        gguf.check(made(tmp_path / "m.gguf", change=change))


def test_an_architecture_that_does_not_chat_is_unsupported(tmp_path: Path) -> None:
    assert gguf.check(made(tmp_path / "llama.gguf")).vocabulary == 2
    for architecture in ("clip", "bert", "plamo2", "t5", "inconnue"):
        with pytest.raises(ModelUnsupported):
            gguf.check(made(tmp_path / f"{architecture}.gguf", architecture))


def test_overlapping_or_unknown_tensors_are_refused(model: Models, tmp_path: Path) -> None:
    whole = model("starter").read_bytes()
    path = tmp_path / "m.gguf"
    name = b"output_norm.weight"
    at = whole.index(name) + len(name)  # then: rank 1, length 64, type, offset
    rank, length, kind, offset = struct.unpack_from("<IQIQ", whole, at)
    assert (rank, length, kind) == (1, 64, 0)
    for bad, error in (
        ((1, 64, 0, 0), NotAModel),
        ((1, 64, 77, offset), ModelUnsupported),
        ((1, 0, 0, offset), NotAModel),
        ((0, 64, 0, offset), NotAModel),
        ((1, 64, 0, offset + 4), NotAModel),
        ((1, 64, 0, 1 << 40), ModelTruncated),
        ((1, 1 << 63, 0, offset), NotAModel),
    ):
        path.write_bytes(whole[:at] + struct.pack("<IQIQ", *bad) + whole[at + 24 :])
        with pytest.raises(error):
            gguf.check(path)


EXTREMES = [0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 32, 1 << 62, (1 << 64) - 1]


def mutant(whole: bytes, header: int, chance: random.Random) -> bytes:
    """Return the file with one to four faults: flipped bits, extreme numbers, cuts, copies."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(min(header, len(data)))
        match chance.randrange(5):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + 8] = struct.pack("<Q", chance.choice(EXTREMES))
            case 2:
                data[at : at + 4] = struct.pack("<I", chance.choice(EXTREMES) & 0xFFFFFFFF)
            case 3:
                del data[chance.randrange(4, len(data)) :]
            case _:
                data[at:at] = data[at : at + chance.randrange(64)]
        if len(data) < 8:
            break
    return bytes(data)


@pytest.mark.parametrize("name", ["starter", "gemma"])
def test_no_mutant_raises_anything_else(name: str, model: Models, tmp_path: Path) -> None:
    whole = model(name).read_bytes()
    header = whole.index(b"output.weight") + 64
    chance = random.Random(20261124)
    path = tmp_path / "mutant.gguf"
    refused = 0
    for _ in range(300):
        path.write_bytes(mutant(whole, header, chance))
        try:
            gguf.check(path)
        except ModelFileError:
            refused += 1
    assert refused > 150
