"""PDDL's episodes: what is understood, what is said, what counts, and how one goes back."""

from __future__ import annotations

import pickle
import random
from dataclasses import replace

import pytest

import agentrm_envs
from agentrm_envs.errors import EpisodeOver, NotStarted
from agentrm_envs.pddl.env import (
    CHECK,
    FAMILIES,
    LOOK,
    NOT_POSSIBLE,
    NOT_UNDERSTOOD,
    SATISFIED,
    PDDLEnv,
    world,
)
from agentrm_envs.pddl.wording import action_text
from tests.agentrm_envs.pddl_transcript import GOLDEN, transcript

TOLD_CHANGES = {"gripper": False, "blockworld": False, "barman": True, "tyreworld": True}
TOWERS = """(define (problem towers) (:domain block-towers) (:objects b1 b2 b3)
(:init (arm-empty) (on-table b1) (on b2 b1) (clear b2) (on-table b3) (clear b3))
(:goal (and (on b3 b2) (on b2 b1))))"""
BLOCKS = "B1 is on the table. B2 is on b1. B3 is on the table. The b2 is clear. The b3 is clear. "


def begun(task: str) -> tuple[PDDLEnv, str]:
    env = agentrm_envs.make("pddl")
    assert isinstance(env, PDDLEnv)
    observation, _ = env.reset(options={"task": task})
    return env, observation


def towers() -> PDDLEnv:
    """Three blocks, of which b2 lies on b1 as the goal wants it."""
    env = PDDLEnv()
    env._start({"family": "blockworld", "problem": TOWERS})
    return env


def test_play_is_as_in_the_golden_transcript():
    assert transcript() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "said",
    [
        "stack b3 b2",
        "Stack b3 on b2.",
        "  STACK  B3,   B2 ",
        "I shall (stack b3 b2) now",
        "b3 b2 stack",
        "stack b3 b2 b1",
        "jump, then stack the b3 on\nb2",
    ],
)
def test_the_first_possible_name_and_the_first_objects_count(said):
    env = towers()
    env._act("pickup b3")
    assert env._act(said).observation.endswith(SATISFIED)


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("**stack b3 on b2**", True),
        ("`stack b3 on b2`", True),
        ('"Stack b3 on b2."', True),
        ("stack(b3, b2)", True),
        ("It is time. Stack b3 on b2. I wait.", True),
        ("stack b3 on b2...", True),
        ("stack b3's b2", True),
        ("stack b3 [b2]; look", True),
        ("stack/b3/b2", False),
        ("'stack b3 on b2'", False),
        ("stack 'b3' b2", False),
        ("stack b3.b2", False),
        ("stack b3,2 b2", False),
        ("stack b3=b2", False),
        ("stack b3->b2", False),
        ("stack b3\tb2\n", True),
    ],
)
def test_words_are_those_that_nltk_finds_for_agentboard(said, understood):
    env = towers()
    env._act("pickup b3")
    answer = env._act(said).observation
    assert answer.endswith(SATISFIED) if understood else answer == NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("fly b1", NOT_UNDERSTOOD),
        ("stack b3", NOT_UNDERSTOOD),  # nothing is held, so no stacking is possible at all
        ("unstack b2", NOT_UNDERSTOOD),
        ("unstackb2b1", NOT_UNDERSTOOD),
        ("", NOT_UNDERSTOOD),
        ("unstack b1 b2", NOT_POSSIBLE),
        ("unstack b2 b2", NOT_POSSIBLE),
        ("pickup b1", NOT_POSSIBLE),
        ("pickup and unstack b2 b1", NOT_POSSIBLE),
    ],
)
def test_what_cannot_be_done_is_answered_in_agentboards_two_ways(said, answer):
    env = towers()
    before = env.state
    outcome = env._act(said)
    assert (outcome.observation, outcome.score, outcome.terminated) == (answer, 0.0, False)
    assert env.state == before


def test_a_state_is_told_as_sorted_sentences():
    env = PDDLEnv()
    goal, observation = env._start({"family": "blockworld", "problem": TOWERS})
    conditions = "b2 is on b1., b3 is on b2."
    assert goal == f"The goal is to satisfy the following conditions: {conditions}"
    assert observation == BLOCKS + "Your arm is empty."
    assert env._act(LOOK).observation == observation
    assert env._act(CHECK).observation == (
        "Valid actions are: Pickup b3., Unstack b2 from b1., check valid actions"
    )


def test_the_score_is_the_largest_share_of_the_goal_that_ever_held_after_an_action():
    env = towers()
    said = ["look around", "pickup b3", "putdown b3", "unstack b2 b1", "stack b2 b3", "check"]
    scores = [env._act(action).score for action in said]
    # What holds at the start counts only once an action has left it standing.
    assert scores == [0.0, 0.5, 0.5, 0.5, 0.5, 0.5]


def test_the_end_comes_with_success_and_the_whole_score():
    env = towers()
    env._act("pickup b3")
    last = env._act("stack b3 b2")
    assert (last.score, last.terminated, last.success) == (1.0, True, True)


@pytest.mark.parametrize("family", FAMILIES)
def test_barman_and_tyreworld_tell_what_is_new_and_the_others_everything(family):
    env, _ = begun(f"{family}/test-000")
    rng = random.Random(1)
    for _ in range(15):
        before = env.state
        observation, _, terminated, *_ = env.step(rng.choice(env.valid_actions()))
        told = env.state & ~before if TOLD_CHANGES[family] else env.state
        assert observation.removesuffix(SATISFIED) == env.world.wording.state(told)
        if terminated:
            break


@pytest.mark.parametrize("family", FAMILIES)
def test_the_list_of_actions_offers_look_around_where_changes_are_told(family):
    env, _ = begun(f"{family}/test-000")
    offered = env.step("please check")[0].removeprefix("Valid actions are: ").split(", ")
    commands = [CHECK, LOOK] if TOLD_CHANGES[family] else [CHECK]
    assert offered[-len(commands) :] == commands
    actions = offered[: -len(commands)]
    assert actions == sorted(actions)
    possible = [a for a in env.world.problem.actions if a.applies(env.state)]
    assert actions == sorted(action_text(action) for action in possible)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_action_is_read_back_from_its_own_text(family):
    """In both its forms: a form with its objects in another order would act on other things."""
    made = agentrm_envs.make("pddl", split="train")
    assert isinstance(made, PDDLEnv)
    read = set()
    for id in [task for task in made.tasks if task.startswith(f"{family}/")][::20]:
        made.reset(options={"task": id})
        for action in made.world.problem.actions:
            made._state = action.needs
            for text in (action_text(action), action.command):
                assert made._understand(text.lower()) == (action.name, action.objects)
            read.add(action.name)
    assert read == set(made.world.problem.arities)


@pytest.mark.parametrize("family", FAMILIES)
def test_valid_actions_are_those_that_change_the_state(family):
    env, _ = begun(f"{family}/test-001")
    rng = random.Random(2)
    for _ in range(10):
        snapshot, state = env.snapshot(), env.state
        actions = env.valid_actions()
        assert actions == sorted(set(actions))
        for action in actions:
            env.step(action)
            assert env.state != state
            env.restore(snapshot)
        changing = {
            action
            for action in env.world.problem.actions
            if action.applies(state) and action.result(state) != state
        }
        assert actions == sorted(action.command for action in changing)
        if env.step(rng.choice(actions))[2]:
            break


def test_cleaning_a_clean_shaker_is_offered_but_changes_nothing():
    env, _ = begun(next(id for id in PDDLEnv().tasks if id.startswith("barman/")))
    for action in [a for a in env.valid_actions() if a.startswith("leave left")]:
        env.step(action)
    env.step("left grasp shaker1")
    assert "use hand left and hand right to clean-shaker shaker1" in env.step(CHECK)[0]
    assert "clean-shaker left right shaker1" not in env.valid_actions()
    assert env.step("clean-shaker left right shaker1")[0] == NOT_POSSIBLE


@pytest.mark.parametrize("family", FAMILIES)
def test_every_state_of_an_episode_comes_back_by_loading_and_by_replaying(family):
    env, _ = begun(f"{family}/test-002")
    plan = agentrm_envs.expert("pddl")
    snapshots, answers = [env.snapshot()], []
    for action in [CHECK, "nonsense", *plan(env)]:
        answers.append(env.step(action))
        snapshots.append(env.snapshot())
    actions = snapshots[-1].actions
    other, _ = begun(f"{family}/test-003")
    for at, snapshot in reversed(list(enumerate(snapshots))):
        for source in (pickle.loads(pickle.dumps(snapshot)), replace(snapshot, state=None)):
            other.restore(source)
            assert other.snapshot().state == snapshot.state
            assert [other.step(action) for action in actions[at:]] == answers[at:]


def test_a_saved_state_is_three_plain_values():
    env, _ = begun("gripper/test-000")
    task, facts, score = env.snapshot().state
    assert (task, facts, score) == ("gripper/test-000", env.world.problem.init, 0.0)


def test_nothing_can_be_done_after_the_end_or_after_thirty_steps():
    env, _ = begun("blockworld/test-000")
    for action in agentrm_envs.expert("pddl")(env):
        env.step(action)
    with pytest.raises(EpisodeOver):
        env.step(CHECK)
    env.reset(options={"task": "blockworld/test-000"})
    ends = [env.step(LOOK)[2:4] for _ in range(30)]
    assert ends == [(False, False)] * 29 + [(False, True)]


def test_nothing_is_possible_before_the_beginning():
    with pytest.raises(NotStarted, match="pddl: call reset first"):
        PDDLEnv().valid_actions()


def test_the_same_problem_is_grounded_once():
    task = {"family": "blockworld", "problem": TOWERS}
    assert world(task) is world(dict(task))
