"""Muon for the matrices (it learns faster per token than AdamW), AdamW for embeddings and gains."""

from __future__ import annotations

import torch
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonal(g: Tensor, steps: int = 5) -> Tensor:
    """Return about the nearest orthogonal matrix to each of `g` (n, rows, columns): Newton and Schulz."""
    a, b, c = COEFFICIENTS
    x = g.bfloat16()
    turned = x.shape[-2] > x.shape[-1]
    x = x.mT if turned else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        s = x @ x.mT
        x = a * x + (b * s + c * (s @ s)) @ x
    return (x.mT if turned else x).to(g.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal. Matrices of one shape are worked in one batch; `parts` splits fused ones."""

    def __init__(self, matrices: list[nn.Parameter], lr: float, momentum: float = 0.95, decay: float = 0.01) -> None:
        """Take two-dimensional parameters only."""
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every matrix from its gradient."""
        for group in self.param_groups:
            shapes: dict[tuple[int, ...], list[nn.Parameter]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(tuple(p.shape), []).append(p)
            for shape, params in shapes.items():
                self._update(group, shape, params)

    def _update(self, group: dict[str, float], shape: tuple[int, ...], params: list[nn.Parameter]) -> None:
        moves = []
        for p in params:
            state = self.state[p]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(p)
            buffer = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
            moves.append(p.grad.lerp(buffer, group["momentum"]))
        pieces = max(1, shape[0] // shape[1]) if shape[0] % shape[1] == 0 else 1
        stacked = torch.cat([m.view(pieces, shape[0] // pieces, shape[1]) for m in moves])
        done = orthogonal(stacked).view(len(params), *shape)
        scale = max(1.0, shape[0] / pieces / shape[1]) ** 0.5
        for p, move in zip(params, done, strict=True):
            p.mul_(1 - group["lr"] * group["decay"]).add_(move, alpha=-group["lr"] * scale)


def split(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Return the parameters for Muon and those for AdamW."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and n.startswith("blocks.")]
    known = {id(p) for p in matrices}
    return matrices, [p for p in model.parameters() if id(p) not in known]
