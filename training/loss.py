"""Cross entropy over a vocabulary, with its gradient made in the same pass, chunk by chunk.

The plain way writes the (tokens × vocabulary) table several times, which costs a third of a step on two cores.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

ROWS = 384  # rows a chunk: its logits stay in the processor's cache


class FusedCrossEntropy(torch.autograd.Function):
    """Weighted sum of −log p(target) for logits = hidden · embeddingᵀ."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, embedding: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """Return the loss (a scalar) for `hidden` (n, width), `targets` (n,), `weights` (n,)."""
        matrix = embedding.to(hidden.dtype)
        to_hidden, to_matrix = torch.empty_like(hidden), torch.zeros_like(embedding)
        total = hidden.new_zeros((), dtype=torch.float32)
        for start in range(0, len(hidden), ROWS):
            part = slice(start, start + ROWS)
            scores = (hidden[part] @ matrix.T).float()
            rows, wanted, w = torch.arange(len(scores), device=scores.device), targets[part], weights[part]
            known = scores[rows, wanted]
            high = scores.amax(1, keepdim=True)
            scores.sub_(high).exp_()
            sums = scores.sum(1, keepdim=True)
            total += ((sums.log() + high).squeeze(1) - known).mul(w).sum()
            scores.mul_(w[:, None] / sums)
            scores[rows, wanted] -= w
            slope = scores.to(hidden.dtype)
            to_hidden[part] = slope @ matrix
            to_matrix += slope.T @ hidden[part]
        ctx.save_for_backward(to_hidden, to_matrix)
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:  # type: ignore[override]
        """Return the gradients kept by `forward`, times `grad`."""
        to_hidden, to_matrix = ctx.saved_tensors
        return to_hidden * grad.to(to_hidden.dtype), to_matrix * grad, None, None


def cross_entropy(hidden: Tensor, embedding: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return Σ weight · −log p(target): `hidden` (n, width), `targets` and `weights` (n,)."""
    return FusedCrossEntropy.apply(hidden, embedding, targets, weights)  # type: ignore[no-any-return]
