"""What the reward models that read text read: never the answer to the last action."""

from __future__ import annotations

import asyncio

import pytest

from agentrm_envs import Tree, tasks
from rewards.benchmark.evaluate import evaluate
from rewards.benchmark.limits import Evaluation
from rewards.benchmark.perturbations import PERTURBATIONS
from rewards.comparison import record
from rewards.factories import ModelRequest
from rewards.states import merged
from tests.rewards.trees import back_up
from tests.rewards.walks import walk
from tests.tiny_model import tiny_base


@pytest.fixture
def walked():
    return walk(tasks("maze")[0], 6)


def grown_from(trajectory):
    tree = Tree.rooted(trajectory.task, trajectory.goal, trajectory.observation)
    place = Tree.ROOT
    for step in trajectory.steps:
        place = tree.add(place, step)
    back_up(tree, place)
    return tree


def test_an_explicit_model_scores_the_same_with_the_outcome_hidden(walked, tmp_path):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from rewards.explicit import load

    base, folder = tiny_base(tmp_path / "base"), tmp_path / "rm"
    torch.manual_seed(1)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    names = ("outcome-hidden", "last-observation-hidden")
    reward_model = load(ModelRequest(str(folder)))
    states = merged([grown_from(walked[-1])])
    found = asyncio.run(evaluate(states, reward_model, Evaluation(perturb=names))).changes
    hidden, less = (found[name]["maze"] for name in names)
    assert hidden["same_scores"].count == 6
    assert hidden["score_change"].mean == pytest.approx(0.0, abs=1e-6)
    assert less["score_change"].mean > 0.001, "a model that reads nothing would pass this test"


def test_a_judge_is_shown_the_same_with_the_outcome_hidden(walked):
    for trajectory in walked:
        assert record(PERTURBATIONS["outcome-hidden"](trajectory)) == record(trajectory)
    shown = record(walked[-1])
    assert record(PERTURBATIONS["last-observation-hidden"](walked[-1])) != shown
