"""The engine of bit masks goes step for step with a naive interpreter of the same files."""

from __future__ import annotations

import json
import random
from importlib import resources

import pytest

import agentrm_envs
from agentrm_envs.pddl.env import FAMILIES, PDDLEnv
from agentrm_envs.pddl.expert import find_plan
from agentrm_envs.pddl.grounding import GroundProblem, bits, ground
from agentrm_envs.pddl.reader import read_domain, read_problem
from agentrm_envs.task_lists import task_table
from tests.agentrm_envs.strips import Strips
from tests.testdata import testdata

OFFICIAL = "pddl/agentboard-pddlgym"
RANDOM_STEPS = 12


def facts(problem: GroundProblem, state: int) -> set[str]:
    names = (problem.facts[number] for number in bits(state))
    return {" ".join((fact.predicate, *fact.terms)) for fact in names}


def possible(problem: GroundProblem, state: int) -> set[tuple[str, tuple[str, ...]]]:
    return {(a.name, a.objects) for a in problem.actions if a.applies(state)}


def go_together(domain: str, problem: str, seed: str) -> int:
    """A random walk and the expert's way from its end; how many steps were compared."""
    naive = Strips(domain, problem)
    fast = ground(read_problem(problem, read_domain(domain, "domain"), "problem"), "problem")
    state, rng = fast.init, random.Random(seed)
    assert facts(fast, state) == naive.state
    walk: list[tuple[str, tuple[str, ...]]] = []
    for _ in range(RANDOM_STEPS):
        actions = possible(fast, state)
        assert actions == set(naive.possible())
        if not actions:
            break
        walk.append(rng.choice(sorted(actions)))
        state = advance(fast, naive, state, *walk[-1])
    for action in (plan := find_plan(fast, state)):
        state = advance(fast, naive, state, action.name, action.objects)
    assert naive.goal <= naive.state
    assert fast.satisfied(state) == len(fast.goals) == len(naive.goal)
    return len(walk) + len(plan)


def advance(
    fast: GroundProblem, naive: Strips, state: int, name: str, objects: tuple[str, ...]
) -> int:
    (action,) = (a for a in fast.by_name[name] if a.objects == objects)
    after = naive.after(name, objects)
    assert after is not None
    naive.state = after
    state = action.result(state)
    assert facts(fast, state) == naive.state
    return state


@pytest.mark.parametrize("family", FAMILIES)
def test_built_in_problems_go_alike(family):
    domain = (resources.files("agentrm_envs.pddl") / "domains" / f"{family}.pddl").read_text()
    tasks = {id: t for id, t in task_table("pddl").items() if t["family"] == family}
    steps = [go_together(domain, task["problem"], id) for id, task in list(tasks.items())[::5]]
    assert sum(steps) > 60


@pytest.mark.parametrize(
    ("family", "names"),
    [
        ("gripper", ("prob01", "prob05")),
        ("blockworld", ("problem1", "problem10", "problem5")),
        ("barman", ("p01", "p02", "p03")),
        ("tyreworld", ("p01", "p02")),
    ],
)
def test_official_problems_go_alike(family, names):
    folder = testdata(OFFICIAL)
    domain = (folder / f"{family}.pddl").read_text()
    for name in names:
        assert go_together(domain, (folder / family / f"{name}.pddl").read_text(), name) > 5


def test_the_recorded_plans_of_all_official_problems_go_alike():
    """Random play never gets far enough to notice a level that is read wrongly; plans do."""
    folder = testdata(OFFICIAL)
    plans = json.loads(testdata("pddl/plans_gbfs-ff.json").read_text())
    for key, plan in plans.items():
        _, family, file = key.split("|")
        domain, problem = (
            (folder / path).read_text() for path in (f"{family}.pddl", f"{family}/{file}")
        )
        naive = Strips(domain, problem)
        fast = ground(read_problem(problem, read_domain(domain, key), key), key)
        state = fast.init
        for action in plan:
            name, *objects = action.split()
            state = advance(fast, naive, state, name, tuple(objects))
        assert naive.goal <= naive.state
        assert fast.satisfied(state) == len(fast.goals)
    assert len(plans) == 120


def test_an_impossible_action_changes_nothing_in_either():
    id, task = next(iter(task_table("pddl").items()))
    domain = (resources.files("agentrm_envs.pddl") / "domains" / "gripper.pddl").read_text()
    naive = Strips(domain, task["problem"])
    env = agentrm_envs.make("pddl")
    assert isinstance(env, PDDLEnv)
    env.reset(options={"task": id})
    allowed = set(naive.possible())
    tried = 0
    for name, done in naive.moves.items():
        for objects in [("rooma", "roomb"), ("ball1", "rooma", "left"), ("left", "ball1", "rooma")]:
            if len(objects) == len(done.parameters) and (name, objects) not in allowed:
                before = env.state
                env.step(f"{name} {' '.join(objects)}")
                assert env.state == before
                tried += 1
    assert tried > 2
