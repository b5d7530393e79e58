"""The simulator: a function from a node and an action to a node."""

import asyncio
import threading

import pytest

from agentrm_envs import Action, Task, Tree
from agentrm_envs.errors import EnvCrashed, EnvError
from harness.simulator import Simulator
from rewards.metering import metered
from tests.harness.playing import ABBA, spelled
from tests.toy_env.env import ToyEnv


def step(simulator: Simulator, node: int, letter: str) -> int:
    return asyncio.run(simulator.step(node, Action(letter)))


def test_the_root_holds_the_goal_and_the_first_observation():
    tree = Simulator(ToyEnv("toy", 4), ABBA).tree
    assert (tree.task, tree.goal) == (ABBA, "Spell 'abba'.")
    assert tree.trajectory(Tree.ROOT).observation == "Type a letter."


def test_a_plain_rollout_never_restores():
    simulator, node = Simulator(ToyEnv("toy", 4), ABBA), Tree.ROOT
    with metered() as usage:
        for letter in "abba":
            node = step(simulator, node, letter)
    assert (usage.env_steps, usage.restores) == (4, 0)
    trajectory = simulator.tree.trajectory(node)
    assert (trajectory.score, trajectory.success, trajectory.done) == (1.0, True, True)
    assert simulator.done(node)


def test_stepping_from_an_earlier_node_restores_it():
    simulator = Simulator(ToyEnv("toy", 4), ABBA)
    first = step(simulator, Tree.ROOT, "a")
    step(simulator, first, "a")
    with metered() as usage:
        other = step(simulator, first, "b")
    assert simulator.tree.nodes[other].step.observation == "You typed ab."
    assert spelled(simulator.tree, other) == "ab"
    assert (usage.env_steps, usage.restores) == (1, 1)


def test_a_known_child_is_returned_without_a_step():
    simulator = Simulator(ToyEnv("toy", 4), ABBA)
    first = step(simulator, Tree.ROOT, "a")
    with metered() as usage:
        assert asyncio.run(simulator.step(Tree.ROOT, Action("a", "other words"))) == first
    assert usage.env_steps == 0
    assert simulator.children(Tree.ROOT) == [first]


@pytest.mark.parametrize("threaded", [False, True])
def test_only_slow_environments_step_in_threads(threaded):
    threads = []

    class Watched(ToyEnv):
        def _act(self, action):
            threads.append(threading.current_thread())
            return super()._act(action)

    async def go():
        simulator = await Simulator.start(Watched("toy", 4), ABBA, threaded=threaded)
        with metered() as usage:
            await simulator.step(Tree.ROOT, Action("a"))
        return usage.env_steps

    assert asyncio.run(go()) == 1
    assert (threads == [threading.main_thread()]) is not threaded


def test_whatever_an_environment_raises_is_an_environment_error():
    class Broken(ToyEnv):
        def _act(self, action):
            raise KeyError("a room is missing")

    with pytest.raises(EnvError, match="toy abba: KeyError: 'a room is missing'"):
        step(Simulator(Broken("toy", 4), ABBA), Tree.ROOT, "a")


def test_errors_of_the_environments_package_stay_what_they_are():
    class Crashing(ToyEnv):
        def _act(self, action):
            raise EnvCrashed("status -9")

    with pytest.raises(EnvCrashed, match="status -9"):
        step(Simulator(Crashing("toy", 4), ABBA), Tree.ROOT, "a")
    with pytest.raises(EnvError, match="no builtin task 'abbb'"):
        Simulator(ToyEnv("toy", 4), Task("toy", "abbb"))
