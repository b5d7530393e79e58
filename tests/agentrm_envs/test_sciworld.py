"""SciWorld: how it is played and scored, by ETO's protocol and by AgentBoard's."""

from __future__ import annotations

import math
from contextlib import closing

import pytest

import agentrm_envs
from agentrm_envs.chat import instruction, parse_action, worked_examples
from agentrm_envs.errors import EnvError, NoPlan, UnknownTask
from agentrm_envs.record import Task
from agentrm_envs.sciworld.env import SciWorldEnv
from agentrm_envs.sciworld.expert import _hurried, _solved, plan
from agentrm_envs.sciworld.protocols import Best, Labels
from agentrm_envs.sciworld.simulator import running
from tests.agentrm_envs.sciworld_transcript import GOLDEN, transcript

SHORT = "lifespan-longest-lived/93"
EXAMPLES = ("chemistry-mix-paint-secondary-color/18", "find-plant/150")


@pytest.fixture
def env():
    with closing(agentrm_envs.make("sciworld")) as made:
        assert isinstance(made, SciWorldEnv)
        yield made


@pytest.fixture
def board():
    with closing(agentrm_envs.make("sciworld", protocol="agentboard")) as made:
        yield made


def begin(env, task=SHORT):
    return env.reset(options={"task": task})


def test_a_task_begins_with_a_look_around(env):
    observation, info = begin(env)
    assert observation.startswith("This room is called the ")
    assert "\n\tthe agent\n" in observation
    assert info["goal"].startswith("Your task is to find the animal with the longest life span.")
    assert (info["score"], info["raw_score"]) == (0, 0)


def test_by_etos_protocol_doors_are_open_and_one_can_teleport(env):
    observation, _ = begin(env)
    assert "(that is closed)" not in observation
    assert env.step("teleport to outside")[0] == "You teleport to the outside."


def test_by_agentboards_protocol_nobody_teleports_and_the_inventory_is_shown_first(board):
    observation, _ = begin(board, "agentboard/" + SHORT)
    assert "\nIn your inventory, you see:\n" in observation
    assert board.step("teleport to outside")[0] == "No known action matches that input."


def test_what_the_agent_is_told_is_that_of_the_protocol():
    told = {
        id: instruction(Task(env, id)) + str(worked_examples(Task(env, id)))
        for env, id in (("sciworld", SHORT), ("sciworld:agentboard", "agentboard/" + SHORT))
    }
    assert ["teleport" in text for text in told.values()] == [True, False]
    assert ["check valid actions" in text for text in told.values()] == [False, True]


def test_agentboards_check_lists_the_forms_of_command_without_a_step_of_the_world(board):
    begin(board)
    commands = board.step(" check valid actions ")[0]
    assert commands.startswith("Choose an action from these valid actions: activate OBJ, ")
    assert commands.endswith(", check valid actions")
    assert "reset" not in commands
    assert "teleport" not in commands


def test_the_score_is_the_best_so_far_and_a_fatal_mistake_ends_the_task(env):
    begin(env)
    env.step("teleport to outside")
    *_, info = env.step("look around")
    gained = info["score"]
    assert 0 < gained == info["raw_score"] < 1
    _, reward, terminated, _, info = env.step("focus on air")
    assert (reward, terminated) == (0, True)
    assert (info["score"], info["raw_score"], info["success"]) == (gained, -1, False)


@pytest.mark.parametrize("isolated", [False, True])
def test_the_simulators_own_score_is_told_from_the_beginning_on(isolated):
    with closing(agentrm_envs.make("sciworld", isolated=isolated)) as env:
        told = [begin(env)[1], *(env.step("look around")[4] for _ in range(2))]
        start = env.snapshot()
        env.step("focus on air")
        env.restore(start)
        told.append(env.step("look around")[4])
    assert [info["raw_score"] for info in told] == [0, told[1]["score"], *[told[2]["score"]] * 2]


def test_by_etos_protocol_a_task_ends_when_the_world_has_moved_on_more_than_200_times(env):
    """Stock's `step` with `envStepLimit=200` says `done` at the same actions."""
    begin(env, "boil/0")
    assert [env.step("wait")[2] for _ in range(18)] == [False] * 18
    after_198 = env.snapshot()
    assert [env.step(each)[2] for each in ("look around", "wait1")] == [False] * 2
    assert env.step("close door to kitchen")[1:3] == (0, True)
    env.restore(after_198)
    *_, terminated, truncated, info = env.step("wait")
    assert (terminated, truncated, info["score"], info["success"]) == (True, False, 0, False)


def test_by_agentboards_protocol_the_world_may_move_on_as_often_as_it_likes(board):
    begin(board, "agentboard/boil/0")
    assert [board.step("wait")[2] for _ in range(20)] == [False] * 20


def test_the_best_score_is_never_negative():
    progress = Best()
    for raw, score in ((-1.0, 0), (0.25, 0.25), (0.1, 0.25), (-1.0, 0.25)):
        progress.watch("", raw)
        assert progress.score == score


def test_labels_are_searched_for_in_every_observation_and_stay_matched():
    progress = Labels(["You move to the .*", "focus", r"temperature of (1\d\d)"])
    shares = []
    for text in ("You move to the hall.", "nothing", "a temperature of 101 degrees", "You focus"):
        progress.watch(text, 0.0)
        shares.append(progress.score)
    assert shares == [1 / 3, 1 / 3, 2 / 3, 1]


def test_an_ambiguous_action_asks_and_a_number_answers(env):
    begin(env)
    env.step("teleport to hallway")
    question = env.step("open door")[0]
    assert question.startswith("Ambiguous request: Please enter the number")
    assert env.valid_actions()[:2] == ["0", "1"]
    assert env.step("0")[0] == "The door is already open."


def test_agentboard_strips_an_action_and_eto_does_not(env, board):
    begin(board, "agentboard/" + SHORT)
    board.step("go to hallway")
    board.step("close door")
    answer = board.step(" 0\n")[0]
    assert answer == "The door is now closed."
    running().call("drop", board._branch.save().number, timeout=60)
    assert "(that is closed)" in board.step("look around")[0]
    begin(env)
    env.step("teleport to hallway")
    env.step("close door")
    assert env.step(" 0\n")[0] != answer


def test_what_is_not_understood_is_said_and_costs_a_step(env):
    begin(env)
    answer = env.step("frobnicate the gnusto")
    assert answer[0] == "No known action matches that input."
    assert len(env.snapshot().actions) == 1


def test_the_kinds_steps_end_a_task_and_fewer_may_be_allowed():
    with closing(agentrm_envs.make("sciworld")) as env:
        begin(env)
        ends = [env.step("look around")[2:4] for _ in range(10)]
    assert ends == [(False, False)] * 9 + [(True, False)]
    with closing(agentrm_envs.make("sciworld", max_steps=1)) as env:
        begin(env)
        assert env.step("look around")[2:4] == (False, True)


def test_the_expert_finds_the_animal_from_the_beginning_and_goes_on_with_its_own_plan(env):
    begin(env)
    actions = plan(env)
    for number, action in enumerate(actions):
        assert plan(env) == actions[number:]
        *_, info = env.step(action)
    assert (info["score"], info["success"]) == (1, True)


def test_the_expert_has_no_plan_after_other_actions(env):
    begin(env)
    env.step("wait1")
    with pytest.raises(NoPlan):
        plan(env)


def test_the_expert_takes_no_way_that_the_task_ends_before(env):
    begin(env)
    way = ["wait"] * 19 + plan(env)
    assert _solved(env.variation, way, math.inf, timeout=60) == tuple(way)
    assert _solved(env.variation, way, env.ticks, timeout=60) == ()


def test_a_way_in_a_hurry_keeps_the_last_waits():
    way = ["open freezer", *["wait", "use thermometer on mercury"] * 20, "wait1"]
    hurried = _hurried(way)
    assert hurried[:2] == ["open freezer", "use thermometer on mercury"]
    assert hurried[-11:] == way[-11:]
    assert (hurried.count("wait"), len(hurried)) == (5, len(way) - 15)
    assert _hurried(hurried) == hurried


def test_any_variation_of_the_simulator_can_be_played(env):
    observation, info = begin(env, "power-component/7")
    assert info["task"] == "power-component/7"
    assert observation.startswith("This room is called")
    for unknown in ("power-component/20", "power-component/07", "power-component", "boil/-1"):
        with pytest.raises(UnknownTask):
            begin(env, unknown)


def test_agentboard_has_no_tasks_that_want_electrical_actions(board):
    """Upstream's `load` refuses them with its simplifications, in which `connect` is missing."""
    for unknown in ("power-component/7", "test-conductivity-of-unknown-substances/0"):
        with pytest.raises(UnknownTask, match="noElectricalAction"):
            begin(board, "agentboard/" + unknown)


def test_the_step_does_not_depend_on_what_else_was_asked(env):
    begin(env, "grow-fruit/93")
    quiet = [env.step("wait1")[0] for _ in range(3)] + [env.step("look around")[0]]
    begin(env, "grow-fruit/93")
    asked = []
    for action in ("wait1", "wait1", "wait1", "look around"):
        env.valid_actions()
        asked.append(env.step(action)[0])
    assert asked == quiet


def test_an_unknown_protocol_is_refused():
    with pytest.raises(EnvError, match="no protocol is named 'easy'; there are: eto, agentboard"):
        agentrm_envs.make("sciworld", protocol="easy")


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
@pytest.mark.parametrize(("made", "prefix"), [("env", ""), ("board", "agentboard/")])
def test_a_worked_example_can_be_played_as_it_stands(made, prefix, number, request):
    """They are of variations for development, which are in no split."""
    env = request.getfixturevalue(made)
    task = Task("sciworld", prefix + EXAMPLES[number])
    first, *turns = worked_examples(task)[number]
    observation, info = begin(env, task.id)
    assert first["content"] == f"Your task: {info['goal']}\n{observation}"
    for said, answered in zip(turns[::2], turns[1::2], strict=True):
        observation, *_, info = env.step(parse_action(said["content"]))
        assert answered["content"] == observation
    assert info["success"]


def test_the_golden_transcript_is_unchanged():
    assert transcript() == GOLDEN.read_text(encoding="utf-8")
