"""`python -m rewards train`: regress the values of explored states (paper, section 3.2).

    L = 1/N sum_t (V_hat(s_t) - V(s_t))^2

over the states of exploration trees. One pass over a path gives the values of all its states,
each read at the last token of its action's message.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from rewards.backbone.base import embedded_base
from rewards.backbone.conversation import ConversationTokens
from rewards.backbone.training import Fit, Recipe, add_flags, over, recipe_of, with_lora
from rewards.values import read_values


@dataclass(frozen=True, slots=True)
class Row:
    """A tokenised path: at each of `places` the model is to say the value beside it."""

    ids: list[int]
    places: list[int]
    values: list[float]


def rows(path: Path, tokenizer: Any, max_tokens: int) -> Iterator[Row]:
    """The rows of a `values.jsonl`; states beyond `max_tokens` are left out."""
    conversation = ConversationTokens(tokenizer)
    for row in read_values(path):
        targets = iter(row.values)
        ids: list[int] = []
        places: list[int] = []
        values: list[float] = []
        messages: Any = row.messages
        for message, segment in zip(messages, conversation.read_path(messages), strict=True):
            ids.extend(segment)
            target = next(targets) if message["role"] == "assistant" else None
            if target is not None and len(ids) <= max_tokens:
                places.append(len(ids) - 1)
                values.append(target)
        if places:
            yield Row(ids[: places[-1] + 1], places, values)


def train(data: Sequence[Path], out: Path, recipe: Recipe, *, base: Path | None = None) -> None:
    """Fit a LoRA adapter and a scalar head; resumes where it was killed."""
    folder = base or embedded_base()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=1, dtype=torch.bfloat16, problem_type="regression"
    )
    data_rows = [row for path in data for row in rows(path, tokenizer, recipe.max_tokens)]
    model = with_lora(model, recipe, task_type="SEQ_CLS", keep=["score"])
    head = model.base_model.model.score.modules_to_save["default"]
    # The head begins at zero and learns what is left of the mean: in float32, as bfloat16
    # cannot hold small updates.
    head.float()
    torch.nn.init.zeros_(head.weight)

    def loss(row: Row) -> tuple[torch.Tensor, int]:
        decoder = model.get_base_model().model
        hidden = decoder(input_ids=torch.tensor([row.ids]), use_cache=False).last_hidden_state
        values = torch.nn.functional.linear(hidden[0, row.places].float(), head.weight)[:, 0]
        errors = values - torch.tensor(row.values)
        return (errors**2).sum(), len(row.places)

    digest = hashlib.sha256(b"".join(path.read_bytes() for path in data)).hexdigest()
    inputs = {"stage": "explicit", "values_sha256": digest, **over(base)}
    Fit(model, data_rows, loss, recipe, out, inputs).run()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m rewards train",
        description=__doc__,
        epilog="Killed at any moment, the same command goes on from the last checkpoint.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="FILE", help="values.jsonl files"
    )
    parser.add_argument("--out", type=Path, required=True, help="where the reward model goes")
    parser.add_argument("--base", type=Path, help="a causal LM's folder (default: embedded)")
    add_flags(parser)
    given = vars(parser.parse_args(argv))
    recipe = recipe_of(given)
    train(given["data"], given["out"], recipe, base=given["base"])
    print(json.dumps({"reward_model": str(given["out"])}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
