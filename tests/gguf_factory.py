"""Small GGUF files with random weights, written by the tests themselves: real models for llama.cpp, senseless to read.

Every vocabulary has the 256 bytes and a few merges, so that any text can be read and written. The weights are random
but the same each time; the tokens that end a text are made unlikely, so that a draft lasts as long as a test needs.
"""

from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

NORMAL, UNKNOWN, CONTROL, USER, BYTE = 1, 2, 3, 4, 6

CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}"
    "}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA3 = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + "
    "message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}"
    "{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}"
    "{% endif %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token + ' ' }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)
UNKNOWN_TEMPLATE = (
    "{% for m in messages %}### {{ m.role }}:\n{{ m.content }}<|fin|>\n{% endfor %}"
    "{% if add_generation_prompt %}### réponse:\n{% if enable_thinking is not defined or enable_thinking %}<think>\n"
    "{% endif %}{% endif %}"
)
ENDLESS_TEMPLATE = (
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{{ messages[0].content }}"
)
PRYING_TEMPLATE = "{{ ''.__class__.__mro__[1].__subclasses__() }}{% for m in messages %}{{ m.content }}{% endfor %}"


@dataclass(frozen=True)
class Recipe:
    """What a model is made of. ``tokenizer`` is "gpt2" or "llama" (SentencePiece); ``special`` maps token to type."""

    template: str | None
    special: dict[str, int]
    bos: str
    end: str
    tokenizer: str = "gpt2"
    pre: str = "llama-bpe"
    architecture: str = "llama"
    add_bos: bool = False
    context: int = 512
    width: int = 64
    layers: int = 2
    heads: int = 4
    feed_forward: int = 128
    words: int = 0
    quantization: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F32
    ends_soon: bool = False
    name: str = "essai"


_MARKS = """
<|trade|> <|lang|> <|review|> <|note|> <|rating|> <|tone|> <|length|> <|reply|> <|end|>
<|hint|> <|shop|> <|topic|> <|pad|> <|r0|> <|r1|> <|r2|> <|r3|>
"""
STARTER_MARKS = _MARKS.split()

RECIPES = {
    "starter": Recipe(None, dict.fromkeys(STARTER_MARKS, CONTROL), "<|pad|>", "<|end|>", name="Répondeur starter"),
    "chatml": Recipe(
        CHATML,
        {"<|im_start|>": CONTROL, "<|im_end|>": CONTROL, "<think>": USER, "</think>": USER, "<tool_call>": USER},
        "<|im_start|>",
        "<|im_end|>",
        pre="qwen2",
    ),
    "llama3": Recipe(
        LLAMA3,
        dict.fromkeys(
            ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], CONTROL
        ),
        "<|begin_of_text|>",
        "<|eot_id|>",
        add_bos=True,
    ),
    "gemma": Recipe(
        GEMMA,
        {
            "<bos>": CONTROL,
            "<eos>": CONTROL,
            "<start_of_turn>": CONTROL,
            "<end_of_turn>": CONTROL,
            "[multimodal]": USER,
            "\n\n": USER,
        },
        "<bos>",
        "<end_of_turn>",
        tokenizer="llama",
        add_bos=True,
    ),
    "mistral": Recipe(
        MISTRAL,
        {"<s>": CONTROL, "</s>": CONTROL, "[INST]": CONTROL, "[/INST]": CONTROL},
        "<s>",
        "</s>",
        tokenizer="llama",
        add_bos=True,
    ),
    "unknown": Recipe(
        UNKNOWN_TEMPLATE,
        {"<|début|>": CONTROL, "<|fin|>": CONTROL, "<think>": CONTROL, "</think>": CONTROL},
        "<|début|>",
        "<|fin|>",
    ),
    "endless": Recipe(ENDLESS_TEMPLATE, {"<s>": CONTROL, "</s>": CONTROL}, "<s>", "</s>"),
    "prying": Recipe(PRYING_TEMPLATE, {"<s>": CONTROL, "</s>": CONTROL}, "<s>", "</s>"),
    "mamba": Recipe(
        CHATML,
        {"<|im_start|>": CONTROL, "<|im_end|>": CONTROL},
        "<|im_start|>",
        "<|im_end|>",
        architecture="mamba",
    ),
}


def write(path: Path, recipe: Recipe) -> Path:
    """Write the model of ``recipe`` to ``path`` and return it."""
    writer = gguf.GGUFWriter(path, recipe.architecture)
    writer.add_name(recipe.name)
    writer.add_license("cc0-1.0")
    tokens, types, scores = _vocabulary(recipe)
    _describe_tokenizer(writer, recipe, tokens, types, scores)
    random = np.random.default_rng(7)
    if recipe.architecture == "mamba":
        _mamba(writer, recipe, len(tokens), random)
    else:
        _llama(writer, recipe, len(tokens), random)
    _output(writer, recipe, tokens, random)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _byte_letters() -> list[str]:
    """Return the letters by which GPT-2's vocabulary writes the 256 bytes."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in shown else chr(next(others)) for byte in range(256)]


def _vocabulary(recipe: Recipe) -> tuple[list[str], list[int], list[float]]:
    special = list(recipe.special)
    if recipe.tokenizer == "llama":
        rows = [("<unk>", UNKNOWN), *recipe.special.items(), *[(f"<0x{byte:02X}>", BYTE) for byte in range(256)]]
        rows += [(piece, NORMAL) for piece in ["▁", *"abcdefghijklmnopqrstuvwxyzéè,.!", "le", "▁le", "merci", "▁merci"]]
    else:
        rows = [(letter, NORMAL) for letter in _byte_letters()]
        rows += [(piece, NORMAL) for piece in ["le", "Ġle", "er", "Mer", *_numbered(recipe.words)]]
        rows += [(name, recipe.special[name]) for name in special]
    tokens = [token for token, _ in rows]
    return tokens, [kind for _, kind in rows], [-float(i) for i in range(len(rows))]


def _numbered(count: int) -> list[str]:
    """Return ``count`` further words, for a vocabulary of a given size; no merge leads to them."""
    return [f"Ġmot{i}" for i in range(count)]


def _describe_tokenizer(
    writer: gguf.GGUFWriter, recipe: Recipe, tokens: list[str], types: list[int], scores: list[float]
) -> None:
    writer.add_tokenizer_model(recipe.tokenizer)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    if recipe.tokenizer == "llama":
        writer.add_token_scores(scores)
        writer.add_unk_token_id(0)
        writer.add_add_space_prefix(False)
    else:
        writer.add_tokenizer_pre(recipe.pre)
        writer.add_token_merges(["l e", "Ġ le", "e r", "M er"])
    writer.add_bos_token_id(tokens.index(recipe.bos))
    writer.add_eos_token_id(tokens.index(recipe.end))
    writer.add_add_bos_token(recipe.add_bos)
    if recipe.template is not None:
        writer.add_chat_template(recipe.template)


def _put(writer: gguf.GGUFWriter, recipe: Recipe, name: str, values: np.ndarray) -> None:
    data = values.astype(np.float32)
    wide = data.ndim == 2 and data.shape[-1] % 32 == 0 and "ssm" not in name
    if wide and recipe.quantization != gguf.GGMLQuantizationType.F32:
        quantized = gguf.quants.quantize(data, recipe.quantization)
        writer.add_tensor(name, quantized, raw_dtype=recipe.quantization)
    else:
        writer.add_tensor(name, data)


def _llama(writer: gguf.GGUFWriter, recipe: Recipe, vocabulary: int, random: np.random.Generator) -> None:
    width, inner = recipe.width, recipe.feed_forward
    writer.add_context_length(recipe.context)
    writer.add_embedding_length(width)
    writer.add_block_count(recipe.layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(recipe.heads)
    writer.add_head_count_kv(recipe.heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // recipe.heads)
    writer.add_vocab_size(vocabulary)
    for i in range(recipe.layers):
        block = f"blk.{i}"
        for norm in ("attn_norm", "ffn_norm"):
            _put(writer, recipe, f"{block}.{norm}.weight", np.ones(width))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            _put(writer, recipe, f"{block}.{name}.weight", random.normal(0, width**-0.5, (width, width)))
        for name in ("ffn_gate", "ffn_up"):
            _put(writer, recipe, f"{block}.{name}.weight", random.normal(0, width**-0.5, (inner, width)))
        _put(writer, recipe, f"{block}.ffn_down.weight", random.normal(0, inner**-0.5, (width, inner)))


def _mamba(writer: gguf.GGUFWriter, recipe: Recipe, vocabulary: int, random: np.random.Generator) -> None:
    width, state, kernel, rank = recipe.width, 8, 4, 4
    inner = 2 * width
    writer.add_context_length(recipe.context)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_block_count(recipe.layers)
    writer.add_ssm_conv_kernel(kernel)
    writer.add_ssm_inner_size(inner)
    writer.add_ssm_state_size(state)
    writer.add_ssm_time_step_rank(rank)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(vocabulary)
    for i in range(recipe.layers):
        block = f"blk.{i}"
        _put(writer, recipe, f"{block}.attn_norm.weight", np.ones(width))
        _put(writer, recipe, f"{block}.ssm_in.weight", random.normal(0, width**-0.5, (2 * inner, width)))
        _put(writer, recipe, f"{block}.ssm_conv1d.weight", random.normal(0, 0.5, (inner, kernel)))
        _put(writer, recipe, f"{block}.ssm_conv1d.bias", np.zeros(inner))
        _put(writer, recipe, f"{block}.ssm_x.weight", random.normal(0, inner**-0.5, (rank + 2 * state, inner)))
        _put(writer, recipe, f"{block}.ssm_dt.weight", random.normal(0, 0.5, (inner, rank)))
        _put(writer, recipe, f"{block}.ssm_dt.bias", np.full(inner, -3.0))
        _put(writer, recipe, f"{block}.ssm_a", -np.tile(np.arange(1.0, state + 1), (inner, 1)))
        _put(writer, recipe, f"{block}.ssm_d", np.ones(inner))
        _put(writer, recipe, f"{block}.ssm_out.weight", random.normal(0, inner**-0.5, (width, inner)))


def _output(writer: gguf.GGUFWriter, recipe: Recipe, tokens: list[str], random: np.random.Generator) -> None:
    """Write the embeddings and the last layer, whose rows decide how likely each token is."""
    width = recipe.width
    _put(writer, recipe, "token_embd.weight", random.normal(0, 1.0, (len(tokens), width)))
    _put(writer, recipe, "output_norm.weight", np.ones(width))
    rows = random.normal(0, 2.0 * width**-0.5, (len(tokens), width))
    for name in recipe.special:
        rows[tokens.index(name)] = 0.0
    if recipe.ends_soon:
        rows[tokens.index(recipe.end)] = random.normal(0, 6.0 * width**-0.5, width)
    _put(writer, recipe, "output.weight", rows)
