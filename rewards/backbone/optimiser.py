"""AdamW for a model in bfloat16."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

CLIP = 1.0
"""The largest norm of a gradient."""


class MasterAdamW:
    """AdamW that steps on float32 copies of the trained weights (Micikevicius et al., 2018).

    bfloat16 holds eight bits of a number: most updates of a low rate would be rounded away.
    """

    def __init__(self, model: torch.nn.Module, head_rate: float) -> None:
        named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        self._weights = dict(named)
        self._masters = {n: p.detach().float().clone().requires_grad_() for n, p in named}
        # A scalar head has a rate of its own.
        heads = [m for n, m in self._masters.items() if _is_head(n)]
        others = [m for n, m in self._masters.items() if not _is_head(n)]
        groups: list[dict[str, Any]] = [{"params": others, "share": 1.0}]
        groups += [{"params": [m], "share": head_rate / m.shape[-1]} for m in heads]
        self._adam = torch.optim.AdamW(groups, weight_decay=0.0)

    def step(self, rate: float, count: int) -> None:
        """Move the weights against their gradients, which are sums of `count` terms."""
        for name, weight in self._weights.items():
            grad = weight.grad
            self._masters[name].grad = None if grad is None else grad.float() / count
            weight.grad = None
        torch.nn.utils.clip_grad_norm_(self._masters.values(), CLIP)
        for group in self._adam.param_groups:
            group["lr"] = rate * group["share"]
        self._adam.step()
        self._show()

    def adopt(self) -> None:
        """Take the model's weights as they are now for the copies."""
        for name, weight in self._weights.items():
            self._masters[name].data.copy_(weight.data)

    def state(self) -> dict[str, Any]:
        """What a checkpoint has to keep."""
        return {"weights": self._masters, "optimiser": self._adam.state_dict()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint's state."""
        for name, weight in state["weights"].items():
            self._masters[name].data.copy_(weight)
        self._adam.load_state_dict(state["optimiser"])
        self._show()

    def _show(self) -> None:
        for name, weight in self._weights.items():
            weight.data.copy_(self._masters[name].data)


def _is_head(name: str) -> bool:
    """Whether a weight is a classifier's, alone or within an adapter."""
    return name == "score.weight" or "modules_to_save" in name
