"""The starter model: a small Llama, written so that every tensor has its place in llama.cpp's `llama` architecture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Config:
    """The shape. `width` = `heads` × 64; all matrix sides are multiples of 32, which Q8_0 wants."""

    vocabulary: int = 6144
    width: int = 256
    layers: int = 5
    heads: int = 4
    inner: int = 768
    context: int = 1024
    rope_base: float = 10_000.0
    epsilon: float = 1e-5
    labels: int = 0  # size of the training-only head that names the review's points; 0: none


class Norm(nn.Module):
    """RMSNorm with a learned gain."""

    def __init__(self, width: int, epsilon: float) -> None:
        """Make a norm over vectors of `width`."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` (…, width) with unit mean square, times the gain."""
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon)


def rotations(length: int, size: int, base: float) -> tuple[Tensor, Tensor]:
    """Return cosines and sines (length, size/2) for neighbouring pairs: the order of llama.cpp's `llama`."""
    rates = base ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    angles = torch.arange(length, dtype=torch.float64)[:, None] * rates[None, :]
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair (x[2i], x[2i+1]) of `x` (batch, heads, length, size) by its angle."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


class Block(nn.Module):
    """One layer: attention, then a gated feed-forward net."""

    def __init__(self, c: Config) -> None:
        """Make the layer of shape `c`."""
        super().__init__()
        self.heads = c.heads
        self.attn_norm, self.ffn_norm = Norm(c.width, c.epsilon), Norm(c.width, c.epsilon)
        self.qkv = nn.Linear(c.width, 3 * c.width, bias=False)
        self.out = nn.Linear(c.width, c.width, bias=False)
        self.up_gate = nn.Linear(c.width, 2 * c.inner, bias=False)
        self.down = nn.Linear(c.inner, c.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Return `x` (batch, length, width) after this layer."""
        batch, length, width = x.shape
        qkv = self.qkv(self.attn_norm(x)).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, length, width))
        gate, up = self.up_gate(self.ffn_norm(x)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


class Starter(nn.Module):
    """The whole net. Embeddings are tied: the output matrix is the input one."""

    def __init__(self, c: Config) -> None:
        """Make a net of shape `c` with small random weights."""
        super().__init__()
        self.config = c
        self.embed = nn.Embedding(c.vocabulary, c.width)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = Norm(c.width, c.epsilon)
        self.points = nn.Linear(c.width, c.labels) if c.labels else None
        cos, sin = rotations(c.context, c.width // c.heads, c.rope_base)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self._start()

    def _start(self) -> None:
        nn.init.normal_(self.embed.weight, std=0.02)
        for block in self.blocks:
            for matrix in (block.qkv, block.up_gate):
                nn.init.normal_(matrix.weight, std=matrix.in_features**-0.5 * 0.7)
            for matrix in (block.out, block.down):
                nn.init.normal_(matrix.weight, std=matrix.in_features**-0.5 * 0.1)

    def hidden(self, ids: Tensor) -> Tensor:
        """Return the last hidden states (batch, length, width) for `ids` (batch, length)."""
        x = self.embed(ids)
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        cos, sin = self.cos[: ids.shape[1]].to(x.dtype), self.sin[: ids.shape[1]].to(x.dtype)
        for block in self.blocks:
            x = block(x, cos, sin)
        return self.norm(x)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (batch, length, vocabulary)."""
        return F.linear(self.hidden(ids), self.embed.weight)
