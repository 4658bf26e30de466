"""Writes a trained checkpoint as the GGUF file that the program ships: `python -m training.export`.

The net is written in F32, then quantised to Q8_0 by llama.cpp's own quantiser. Only the net and its vocabulary go in:
the head that names points, the optimizers' state and the checkpoint's paths do not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
import torch
from tokenizers import Tokenizer

from training.corpus_data import ROOT
from training.model import Config, Starter
from training.tokenizer import CONTROL, END, PAD

MODEL = ROOT.parent / "models" / "repondeur-starter.gguf"
TEMPLATE = (
    "<|trade|>artisan<|lang|>fr<|review|>{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ message['content'] }}{% endif %}{% endfor %}<|note|><|rating|>0<|tone|>chaleureux<|length|>normal<|reply|>"
)
DESCRIPTION = (
    "Writes the body of a reply to a customer review, in French, for artisans. Trained from nothing on sentences and "
    "pairs written for this purpose; no customer data. See models/README.md."
)


def read(path: Path) -> tuple[Starter, dict[str, int]]:
    """Return the net of a checkpoint and its counters (`step`, `tokens`, `seconds`)."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    model = Starter(Config(**state["config"]))
    model.load_state_dict(state["model"])
    return model.eval(), {k: int(state[k]) for k in ("step", "tokens", "seconds")}


def tensors(model: Starter) -> Iterator[tuple[str, np.ndarray]]:
    """Yield llama.cpp's tensor names with their values in F32; fused matrices come apart."""
    yield "token_embd.weight", _array(model.embed.weight)
    yield "output_norm.weight", _array(model.norm.weight)
    for n, block in enumerate(model.blocks):
        q, k, v = block.qkv.weight.chunk(3)
        gate, up = block.up_gate.weight.chunk(2)
        parts = {
            "attn_norm": block.attn_norm.weight, "attn_q": q, "attn_k": k, "attn_v": v, "attn_output": block.out.weight,
            "ffn_norm": block.ffn_norm.weight, "ffn_gate": gate, "ffn_up": up, "ffn_down": block.down.weight,
        }  # fmt: skip
        for name, value in parts.items():
            yield f"blk.{n}.{name}.weight", _array(value)


def _array(value: torch.Tensor) -> np.ndarray:
    return value.detach().float().contiguous().numpy()


def _vocabulary(writer: gguf.GGUFWriter, tokenizer: Tokenizer, size: int) -> None:
    model = json.loads(tokenizer.to_str())["model"]
    by_id = {number: text for text, number in tokenizer.get_vocab(with_added_tokens=True).items()}
    normal, control, unused = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL, gguf.TokenType.UNUSED
    names = [by_id.get(n, f"<|unused{n}|>") for n in range(size)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(names)
    writer.add_token_types(
        [unused if n not in by_id else control if by_id[n] in CONTROL else normal for n in range(size)]
    )
    writer.add_token_merges([" ".join(m) if isinstance(m, list) else m for m in model["merges"]])
    writer.add_bos_token_id(END)
    writer.add_eos_token_id(END)
    writer.add_eot_token_id(END)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)


def write_f32(model: Starter, tokenizer: Tokenizer, path: Path, notes: str = "") -> None:
    """Write `model` and `tokenizer` as an F32 GGUF at `path`."""
    c = model.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Répondeur starter")
    writer.add_description(f"{DESCRIPTION} {notes}".strip())
    writer.add_license("MIT")
    writer.add_author("The Répondeur authors")
    writer.add_languages(["fr", "en"])
    writer.add_tags(["text-generation", "customer-reviews", "french"])
    writer.add_vocab_size(c.vocabulary)
    writer.add_context_length(c.context)
    writer.add_embedding_length(c.width)
    writer.add_block_count(c.layers)
    writer.add_feed_forward_length(c.inner)
    writer.add_head_count(c.heads)
    writer.add_head_count_kv(c.heads)
    writer.add_rope_dimension_count(c.width // c.heads)
    writer.add_rope_freq_base(c.rope_base)
    writer.add_layer_norm_rms_eps(c.epsilon)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    _vocabulary(writer, tokenizer, c.vocabulary)
    for name, value in tensors(model):
        writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def quantize(source: Path, target: Path) -> None:
    """Quantise `source` to Q8_0 at `target` with llama.cpp. Raises `RuntimeError` when llama.cpp refuses."""
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0
    params.nthread = 2
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), params) != 0:
        raise RuntimeError(f"llama.cpp could not quantise {source.name}")


def export(model: Starter, tokenizer: Tokenizer, target: Path, notes: str = "") -> str:
    """Write the shipped file and return its SHA-256."""
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder, "plain.gguf"), Path(folder, "small.gguf")
        write_f32(model, tokenizer, plain, notes)
        quantize(plain, small)
        content = small.read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".partial")
    part.write_bytes(content)
    part.replace(target)
    return hashlib.sha256(content).hexdigest()


def main() -> None:
    """Export a run's last checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=ROOT / "runs" / "starter", help="the run's folder")
    parser.add_argument("--to", type=Path, default=MODEL)
    args = parser.parse_args()
    model, counters = read(args.run / "last.pt")
    notes = f"Trained {counters['tokens'] / 1e6:.1f} M tokens in {counters['step']} steps."
    digest = export(model, Tokenizer.from_file(str(args.run / "tokenizer.json")), args.to, notes)
    print(f"{args.to.name}: {args.to.stat().st_size} bytes, SHA-256 {digest}; {notes}")


if __name__ == "__main__":
    main()
