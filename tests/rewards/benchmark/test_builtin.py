"""The benchmark that comes with the package: `python -m rewards evaluate NAME`."""

import json

import pytest

from agentrm_envs import names, tasks
from rewards.__main__ import main
from rewards.benchmark import builtin

TASKS = 6
FEWER = {"sciworld": 5}


@pytest.fixture(scope="module")
def heldout():
    return builtin.heldout()


def evaluated(capsys, *words):
    assert main(["evaluate", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_it_has_test_tasks_of_every_environment(heldout):
    found = {}
    for tree in heldout.trees:
        found.setdefault(tree.task.env, []).append(tree.task)
    assert sorted(found) == sorted(name for name in names() if name != "toy")
    for env, some in found.items():
        assert len(some) == FEWER.get(env, TASKS)
        assert set(some) <= set(tasks(env, "test"))


def test_all_states_have_values_of_several_rollouts(heldout):
    for tree in heldout.trees:
        for state in tree.states[1:]:
            assert 0 <= state.value <= 1
            assert state.finished or state.visits >= 8, tree.task


def test_tasks_have_better_and_worse_episodes(heldout):
    """Else there would be nothing to choose in an environment."""
    varied = {}
    for tree in heldout.trees:
        ends = [place for place, state in enumerate(tree.states) if state.finished]
        scores = {round(tree.trajectory(end).score, 6) for end in ends}
        varied[tree.task.env] = varied.get(tree.task.env, 0) + (len(scores) > 1)
    assert min(varied.values()) >= TASKS // 3, varied


def test_the_oracle_is_right_and_chance_is_not(capsys):
    report = evaluated(capsys, "oracle", "random", "--tasks", "maze", "pddl")
    assert sorted(report["qualities"]["oracle"]) == ["maze", "overall", "pddl"]
    oracle, random = (
        report["qualities"][name]["overall"]["measures"]["leaf_accuracy"]["mean"]
        for name in ("oracle", "random")
    )
    assert oracle == 1.0
    assert abs(random - 0.5) < 0.25
    assert set(report["sources"]) >= {"built-in maze.jsonl.gz", "built-in webshop.jsonl.gz"}
