"""SciWorld's settings: how many steps a task has, and whether its containers are open."""

from __future__ import annotations

from contextlib import closing

import pytest

import agentrm_envs
from agentrm_envs.errors import EnvError
from agentrm_envs.registry import spec
from agentrm_envs.sciworld.env import SciWorldEnv
from agentrm_envs.sciworld.protocols import USUAL_STEPS


def begin(env, task):
    return env.reset(options={"task": task})


@pytest.mark.parametrize(
    ("name", "task", "steps"),
    [("sciworld", "find-animal/0", 17), ("sciworld:agentboard", "agentboard/boil/0", 33)],
)
def test_more_steps_than_are_usual_are_had_where_they_are_asked_for(name, task, steps):
    with closing(agentrm_envs.make(name, max_steps=steps)) as env:
        begin(env, task)
        assert env.steps == steps
        ends = [env.step("look around")[2:4] for _ in range(steps)]
    assert ends == [(False, False)] * (steps - 1) + [(False, True)]


def test_agentboards_thirty_steps_end_a_task():
    with closing(agentrm_envs.make("sciworld:agentboard")) as board:
        begin(board, "agentboard/boil/0")
        ends = [board.step("look around")[2:4] for _ in range(30)]
    assert ends == [(False, False)] * 29 + [(True, False)]


@pytest.mark.parametrize("name", ["sciworld", "sciworld:agentboard"])
def test_the_registry_has_the_protocols_number_of_steps(name):
    with closing(agentrm_envs.make(name)) as made:
        assert made.max_steps == USUAL_STEPS[made.protocol] == spec(name).steps
        with closing(SciWorldEnv(protocol=made.protocol)) as by_itself:
            assert by_itself.max_steps == made.max_steps


@pytest.mark.parametrize(
    ("name", "containers", "answer"),
    [
        ("sciworld", {}, "The fridge is now open."),
        ("sciworld", {"containers": "open"}, "The fridge is already open."),
        ("sciworld:agentboard", {}, "The fridge is already open."),
        ("sciworld:agentboard", {"containers": "closed"}, "The fridge is now open."),
    ],
)
def test_containers_are_open_or_closed_as_asked_for_or_as_the_protocol_has_them(
    name, containers, answer
):
    with closing(agentrm_envs.make(name, **containers)) as env:
        begin(env, "agentboard/freeze/6" if "agentboard" in name else "freeze/6")
        for way in ("go to hallway", "go to kitchen"):
            env.step(way)
        assert env.step("open fridge")[0] == answer


def test_with_open_containers_one_can_teleport_and_connect_as_with_closed_ones():
    for containers in ("closed", "open"):
        with closing(agentrm_envs.make("sciworld", containers=containers)) as each:
            begin(each, "power-component/7")
            assert each.step("teleport to workshop")[0] == "You teleport to the workshop."
            assert any(action.startswith("connect ") for action in each.valid_actions())
            begin(each, "freeze/6")
            each.step("teleport to workshop")
            assert not any(action.startswith("connect ") for action in each.valid_actions())


def test_containers_are_open_or_closed_and_nothing_else():
    with pytest.raises(EnvError, match="no containers is named 'ajar'; there are: open, closed"):
        agentrm_envs.make("sciworld", containers="ajar")
