"""The experiments that train reward models, with a random tiny model as the base."""

from __future__ import annotations

import csv
import itertools
import json

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

from agentrm_envs import Task
from harness import explore
from leaderboard.__main__ import main
from rewards.__main__ import main as rewards
from rewards.backbone.training import CHECKPOINT_FILE
from rewards.subset import chosen
from rewards.values import read_values
from tests.tiny_model import killed_once_there, one_thread, tiny_base

# Said by peft of transformers' next version, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")
PLAY = ["--policy", "random", "--tasks", "maze", "--limit", "2", "--n", "2"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Trees of a few mazes, their values, and a recipe over the tiny base."""
    folder = tmp_path_factory.mktemp("made")
    flags = ["--policy", "random", "--tasks", "maze", "--limit", "4", "--iterations", "2"]
    assert explore.main([*flags, "--out", str(folder / "trees")]) == 0
    extract = ["extract", str(folder / "trees"), "--paths", "1", "--holdout", "0.25"]
    assert rewards([*extract, "--out", str(folder / "values")]) == 0
    base = tiny_base(folder / "base")
    recipe = {"base": str(base), "rank": 2, "batch": 1, "max_tokens": 1024, "checkpoint_every": 1}
    lines = [f"{key} = {json.dumps(value)}" for key, value in recipe.items()]
    (folder / "recipe.toml").write_text("\n".join(lines))
    return folder


def rows(out):
    with (out / "result.csv").open() as file:
        return {(row["block"], row["row"], row["column"]) for row in csv.DictReader(file)}


def data_scaling(made, out):
    flags = ["--values", str(made / "values"), "--trees", str(made / "trees")]
    flags += ["--shares", "0.3", "1", "--recipe", str(made / "recipe.toml")]
    return ["experiment", "data-scaling", "--out", str(out), *flags, *PLAY]


def test_data_scaling_killed_in_training_and_play_ends_as_if_it_never_was(made, tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for file in (f"models/share-1/{CHECKPOINT_FILE}", "runs/draws/run.json"):
        killed_once_there("leaderboard", data_scaling(made, killed), killed / file)
        assert not (killed / "result.json").exists()
    with one_thread():
        for out in (killed, whole):
            assert main(data_scaling(made, out)) == 0
    assert (killed / "result.csv").read_bytes() == (whole / "result.csv").read_bytes()
    columns = {column for _, _, column in rows(whole)}
    assert len(columns) == 2
    assert all(column.isdigit() for column in columns)
    assert ("maze", "best of 2", max(columns, key=int)) in rows(whole)
    assert ("held-out mse", "reward model", min(columns, key=int)) in rows(whole)


def test_other_values_are_another_experiment(made, tmp_path, capsys):
    copy = tmp_path / "values"
    copy.mkdir()
    for name in ("values.jsonl", "values.heldout.jsonl"):
        (copy / name).write_bytes((made / "values" / name).read_bytes())
    out = tmp_path / "out"
    flags = ["experiment", "data-scaling", "--out", str(out), "--values", str(copy)]
    flags += ["--recipe", str(made / "missing.toml")]
    assert main(flags) == 2
    assert "there is no file" in capsys.readouterr().err


def test_a_reward_model_is_trained_for_each_way_to_read_a_state(made, tmp_path):
    out = tmp_path / "out"
    flags = ["--trees", str(made / "trees"), "--holdout", "0.25", "--paths", "1"]
    flags += ["--recipe", str(made / "recipe.toml"), "--evaluate-only", *PLAY]
    assert main(["experiment", "state-ablation", "--out", str(out), *flags]) == 0
    found = {row for _, row, _ in rows(out)}
    assert found == {"everything", "without thoughts", "without observations", "without both"}
    shown = json.loads((out / "models" / "without-both" / "explicit.json").read_text())["shown"]
    assert shown == {"thoughts": False, "observations": False}


def test_smaller_subsets_lie_in_larger_ones_and_keep_every_environment():
    tasks = [Task(env, str(i)) for env in ("maze", "pddl") for i in range(20)]
    shares = [0.01, 0.1, 0.25, 0.5, 1.0]
    subsets = [chosen(tasks, share, seed=0) for share in shares]
    assert [len(some) for some in subsets] == [2, 4, 10, 20, 40]
    assert all(one < other for one, other in itertools.pairwise(subsets))
    assert subsets[1] != chosen(tasks, 0.1, seed=1)


def test_a_subset_keeps_whole_tasks(made, tmp_path):
    out = tmp_path / "values.some.jsonl"
    values = made / "values" / "values.jsonl"
    assert rewards(["subset", str(values), "--share", "0.5", "--out", str(out)]) == 0
    kept = {row.task for row in read_values(out)}
    every = [row for row in read_values(values) if row.task in kept]
    assert list(read_values(out)) == every
    assert len(kept) == 2
    assert rewards(["subset", str(values), "--share", "0", "--out", str(out)]) == 2
