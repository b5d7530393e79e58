"""An explicit reward model over a policy as it stands: its scalar head alone is fitted.

All layers are the policy's, so that what the one has read the other need not read again; and the
head is found in closed form, so that training costs one reading of the data: a linear probe (Alain
and Bengio, 2016). `--layers N` trains more, and shares less.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import torch
from tqdm import tqdm

from rewards.backbone.adapters import CONFIG_FILE, read_adapter
from rewards.backbone.base import embedded_base
from rewards.backbone.beginning import begun_at
from rewards.backbone.ridge import FOLDS, Fit, cross_validated
from rewards.backbone.training import FIT_FILE, TRAINING_FILE, Recipe, over, sha256_of
from rewards.backbone.upper_layers import UpperLayers
from rewards.claim import claim
from rewards.errors import BadData, BadSetting
from rewards.explicit import SETTINGS_FILE, Settings
from rewards.explicit_training import Regressor, Row
from rewards.settings import write_settings
from rewards.values import reading_in
from rewards.whole_file import write

STATES_FILE = "states.bin"
"""The hidden states that were read, in float32, row by row: where a killed training goes on."""
_BYTES = 4


def train(
    data: Sequence[Path],
    out: Path,
    *,
    max_tokens: int,
    start: Path | None,
    base: Path | None = None,
) -> None:
    """Fit a scalar head to the values of the states as the adapter `start` sees them."""
    if start is None:
        raise BadSetting("--head-only fits a head over a policy: name its adapter by --start")
    recipe = replace(Recipe(), rank=read_adapter(start).config.r, max_tokens=max_tokens)
    shown, prompts_sha256 = reading_in(data)
    regressor = Regressor.over(base, recipe)
    data_rows = regressor.rows(data, max_tokens)
    if not data_rows:
        raise BadData("there is nothing to learn from: no row is left of the data")
    _check_folds(data_rows)
    inputs = {"stage": "head", "values_sha256": sha256_of(data), **over(base)}
    inputs |= begun_at(start, regressor.model, recipe, base or embedded_base())
    out.mkdir(parents=True, exist_ok=True)
    described = {"recipe": {"rank": recipe.rank, "max_tokens": max_tokens}, **inputs}
    claim(out / TRAINING_FILE, described, "a training")
    if (out / CONFIG_FILE).is_file() and not (out / STATES_FILE).exists():
        return
    states = _states(out / STATES_FILE, regressor, data_rows)
    fit = _fitted(states, data_rows)
    regressor.head.weight.data.copy_(fit.weight)
    write(out / FIT_FILE, _told(fit, data_rows))
    write_settings(out / SETTINGS_FILE, Settings(shown, prompts_sha256))
    regressor.model.save_pretrained(out)
    (out / STATES_FILE).unlink()


def _states(file: Path, regressor: Regressor, data_rows: Sequence[Row]) -> torch.Tensor:
    """What the model makes of the rows' states, (states, width), each row read once."""
    regressor.model.eval()
    decoder, width = UpperLayers(regressor.decoder, 0), regressor.decoder.config.hidden_size
    sizes = [len(row.places) * width * _BYTES for row in data_rows]
    with file.open("ab") as kept, torch.no_grad():
        size = file.stat().st_size
        done = sum(end <= size for end in accumulate(sizes))  # rows that lie whole in it
        kept.truncate(sum(sizes[:done]))
        for row in tqdm(data_rows[done:], total=len(sizes), initial=done, unit="row"):
            kept.write(decoder(row.ids)[row.places].float().numpy().tobytes())
            kept.flush()
    # Copied, as PyTorch warns of memory that it may not write to.
    return torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.float32).view(-1, width)


def _check_folds(data_rows: Sequence[Row]) -> None:
    """Raise BadData where there are too few tasks, before hours are spent on reading them."""
    tasks = {row.task for row in data_rows}
    if len(tasks) < FOLDS:
        raise BadData(
            f"the strength of the fit is chosen on tasks that are left out: {len(tasks)} "
            f"are too few, it takes {FOLDS}; extract values of more tasks"
        )


def _fitted(states: torch.Tensor, data_rows: Sequence[Row]) -> Fit:
    tasks = [f"{row.task.env} {row.task.id}" for row in data_rows for _ in row.places]
    values = torch.tensor([value for row in data_rows for value in row.values])
    return cross_validated(states, values, tasks)


def _told(fit: Fit, data_rows: Sequence[Row]) -> bytes:
    """The fit as JSON, beside what the mean of all values would err by."""
    values = [value for row in data_rows for value in row.values]
    mean = sum(values) / len(values)
    told = {
        "states": len(values),
        "tasks": len({row.task for row in data_rows}),
        "variance": round(sum((value - mean) ** 2 for value in values) / len(values), 6),
        "error": round(fit.errors[fit.doubt], 6),
        "doubt": fit.doubt,
        "errors": {f"{doubt:.2g}": round(error, 6) for doubt, error in fit.errors.items()},
    }
    return json.dumps(told, indent=2).encode() + b"\n"
