"""BabyAI's worlds beside minigrid itself: what is seen, what happens, what is saved."""

from __future__ import annotations

import json
import pickle
import random
from contextlib import redirect_stdout
from io import StringIO

import gymnasium
import pytest
from minigrid.core.constants import IDX_TO_COLOR, IDX_TO_OBJECT

import agentrm_envs
from agentrm_envs.babyai.levels import LEVELS, gym_id
from agentrm_envs.babyai.view import look
from agentrm_envs.babyai.world import World
from agentrm_envs.playing import at_random, play

MOVES = [0, 1, 2, 2, 2, 2, 3, 4, 5, 5]
DOOR_STATES = ("open", "closed", "locked")


def from_image(image) -> list[str]:
    """Minigrid's image of a view in our names, row by row."""
    names = []
    for row in range(7):
        for column in range(7):
            kind, color, state = (int(part) for part in image[column, row])
            kind = IDX_TO_OBJECT[kind]
            named = {"unseen": "", "empty": "empty"}
            middle = f" {DOOR_STATES[state]}" if kind == "door" else ""
            names.append(named.get(kind, f"{IDX_TO_COLOR[color]}{middle} {kind}"))
    return names


def plain(level: str, seed: int):
    """Minigrid's own environment of a level."""
    env = gymnasium.make(gym_id(level), disable_env_checker=True).unwrapped
    with redirect_stdout(StringIO()):
        _, _ = env.reset(seed=seed)
    env.max_steps = 10**9
    return env


@pytest.mark.parametrize("level", LEVELS)
def test_a_world_goes_as_minigrid_does_and_shows_what_its_image_shows(level):
    rng = random.Random(level)
    theirs, ours = plain(level, 71_000), World(level, 71_000)
    assert theirs.mission == ours.mission
    seen, verdicts = set(), {"continue"}
    for move in [rng.choice(MOVES) for _ in range(300)]:
        image, reward, terminated, *_ = theirs.step(move)
        status = ours.move(move)
        assert status == ("continue" if not terminated else "success" if reward else "failure")
        assert list(look(ours).names) == from_image(image["image"])
        seen.add(look(ours).names)
        verdicts.add(status)
    assert len(seen) > 5


@pytest.mark.parametrize("level", LEVELS)
def test_a_loaded_state_goes_on_in_another_world_as_in_its_own(level):
    """States are saved all along a random walk and each is continued elsewhere."""
    rng = random.Random(level)
    world, other = World(level, 72_000), World(level, 72_000)
    for _ in range(12):
        for _ in range(rng.randrange(25)):
            world.move(rng.choice(MOVES))
        state = world.save()
        assert pickle.loads(pickle.dumps(state)) == state
        moves = [rng.choice(MOVES) for _ in range(40)]
        expected = [(world.move(move), look(world), world.save()) for move in moves]
        other.load(state)
        assert other.save() == state
        assert [(other.move(move), look(other), other.save()) for move in moves] == expected
        world.load(state)
        assert [(world.move(move), look(world), world.save()) for move in moves] == expected


def test_saved_states_are_numbers_names_and_nothing():
    world = World("BossLevel", 7)
    for move in MOVES * 3:
        world.move(move)
    listed = json.loads(json.dumps(world.save()))
    assert json.dumps(listed) == json.dumps(world.save())


@pytest.mark.parametrize("level", LEVELS)
def test_the_verdicts_of_a_plan_survive_a_restore_before_every_command(level):
    """What the verifier remembers is part of the state: clauses done, things once carried."""
    env, other = agentrm_envs.make("babyai"), agentrm_envs.make("babyai")
    task = f"{level}/10007"
    env.reset(options={"task": task})
    plan = agentrm_envs.expert("babyai")(env)
    snapshots, answers = [], []
    for action in plan:
        snapshots.append(env.snapshot())
        answers.append(env.step(action))
    for start in range(len(plan) - 1, -1, -1):
        for one in (env, other):
            one.restore(snapshots[start])
            assert [one.step(action) for action in plan[start:]] == answers[start:]


@pytest.mark.parametrize("level", LEVELS[::4])
def test_a_snapshot_without_its_state_is_replayed_to_the_same(level):
    env = agentrm_envs.make("babyai")
    played = play(env, f"{level}/73000", at_random(3))
    for snapshot in played.snapshots[:: len(played.snapshots) // 2 or 1]:
        env.restore(snapshot)
        loaded = env.snapshot()
        env.restore(type(snapshot)(*[getattr(snapshot, f) for f in FIELDS]))
        assert env.snapshot().state == loaded.state
        assert env.snapshot() == loaded


FIELDS = ("task", "actions", "goal", "outcome")
