"""ALFWorld's environment: protocols, grammars, perturbed commands, and built-in households."""

from __future__ import annotations

import pytest

import agentrm_envs
from agentrm_envs.alfworld.env import OFFERED
from agentrm_envs.alfworld.furnish import household_of, layout_of
from agentrm_envs.alfworld.household import GOAL_KINDS, numbered
from agentrm_envs.alfworld.perturbed import PERTURBATIONS, command, read
from agentrm_envs.alfworld.wording import NOTHING
from agentrm_envs.errors import EnvError, NoPlan
from agentrm_envs.task_lists import task_table
from tests.agentrm_envs.alfworld_transcript import GOLDEN, transcript


def household(task):
    return household_of(task["seed"], goal=task["goal"], room=task["room"], layouts=task["layouts"])


def played(task: str, **settings):
    """The environment, its expert's plan, and every answer to it."""
    env = agentrm_envs.make("alfworld", **settings)
    env.reset(options={"task": task})
    plan = agentrm_envs.expert("alfworld")(env)
    return env, plan, [env.step(action) for action in plan]


def one_of(kind: str) -> str:
    return next(id for id in task_table("alfworld") if id.startswith(f"{kind}/"))


@pytest.mark.parametrize("kind", GOAL_KINDS)
def test_progress_rises_by_a_share_for_each_subgoal_and_ends_at_one(kind):
    _, _, answers = played(one_of(kind))
    scores = [answer[4]["score"] for answer in answers]
    assert scores == sorted(scores)
    assert scores[-1] == 1.0
    assert answers[-1][4]["success"]
    share = 3 if kind == "pick" else 4
    assert set(scores) <= {number / share for number in range(share + 1)}
    assert 1 / share in scores or 2 / share in scores


def test_eto_scores_success_only():
    _, _, answers = played(one_of("clean"), protocol="eto")
    assert [answer[4]["score"] for answer in answers] == [0.0] * (len(answers) - 1) + [1.0]


def test_agentboard_repeats_what_was_last_seen_and_lists_commands():
    env, plan, _ = played(one_of("pick"))
    first, _ = env.reset(options={"task": one_of("pick")})
    assert env.step("look")[0] == first
    arrived = env.step(plan[0] + ".")[0]
    assert env.step("inventory")[0] == "You are not carrying anything."
    assert env.step("look")[0] == arrived
    offered = env.step("check valid actions")[0]
    assert offered == OFFERED + ", ".join([*env.valid_actions(), "check valid actions"])
    assert env.step("put the moon in/on shelf 1")[0] == NOTHING


def test_agentboard_cuts_a_full_stop_off_twice_and_blanks_are_nothing_to_the_game():
    """What is left of "look . ." is no "look" to AgentBoard, but one to TextWorld."""
    env, plan, _ = played(one_of("pick"))
    env.reset(options={"task": one_of("pick")})
    place = plan[0].removeprefix("go to ")
    assert env.step(plan[0] + " . .")[0] != NOTHING
    assert env.step("look . .")[0] == f"You are facing the {place}. Next to it, you see nothing."
    assert env.step("check valid actions . .")[0] == NOTHING
    assert env.step("look . . .")[0] == NOTHING


@pytest.mark.parametrize("word", ["in", "on"])
def test_agentboard_reads_put_in_and_put_on_as_the_one_command(word):
    env, plan, _ = played(one_of("pick"))
    env.reset(options={"task": one_of("pick")})
    [put] = [action for action in plan if action.startswith("put")]
    for action in plan[: plan.index(put)]:
        env.step(action)
    assert env.step(put.replace("in/on", word) + "..")[4]["success"]


def test_eto_reads_no_such_put():
    env, plan, _ = played(one_of("pick"), protocol="eto")
    env.reset(options={"task": one_of("pick")})
    for action in plan[:-1]:
        env.step(action)
    assert env.step(plan[-1].replace("in/on", "in"))[0] == NOTHING


def test_in_eto_s_protocol_looking_tells_where_one_stands():
    env, plan, _ = played(one_of("pick"), protocol="eto")
    env.reset(options={"task": one_of("pick")})
    env.step(plan[0])
    place = plan[0].removeprefix("go to ")
    assert env.step("look")[0] == f"You are facing the {place}. Next to it, you see nothing."
    assert env.step("check valid actions")[0] == NOTHING


def test_in_eto_s_protocol_looking_around_in_the_middle_of_a_room_shows_nothing():
    """TextWorld lists all receptacles at the beginning only."""
    env = agentrm_envs.make("alfworld", protocol="eto")
    first, _ = env.reset(options={"task": one_of("pick")})
    told = env.step("look")[0]
    assert first.startswith(told.removesuffix("nothing."))
    assert told.endswith(" you see nothing.")


def test_a_thing_can_be_examined_only_while_it_is_held():
    env, plan, _ = played(one_of("pick"))
    env.reset(options={"task": one_of("pick")})
    take = next(action for action in plan if action.startswith("take "))
    for action in plan[: plan.index(take)]:
        env.step(action)
    examine = f"examine {take.removeprefix('take ').partition(' from ')[0]}"
    assert examine not in env.valid_actions()
    assert env.step(examine)[0] == NOTHING
    env.step(take)
    assert examine in env.valid_actions()
    assert env.step(examine)[0].startswith("There's nothing special about ")


def test_the_grammars_differ_in_their_words_and_not_in_the_world():
    _, put, old = played(one_of("two"))
    _, move, new = played(one_of("two"), grammar="move")
    assert [" ".join(action.split()[:1]) for action in put if action[:3] != "put"] == [
        " ".join(action.split()[:1]) for action in move if action[:4] != "move"
    ]
    assert any(action.startswith("put ") for action in put)
    assert any(action.startswith("move ") for action in move)
    assert old[0][0] in new[0][0]
    assert new[0][0].startswith("You arrive at ")


def test_help_is_a_command_of_the_new_grammar_only():
    env = agentrm_envs.make("alfworld", grammar="move")
    env.reset(options={"task": one_of("pick")})
    assert "help" in env.valid_actions()
    assert env.step("help")[0].startswith("Available commands:\n")
    env = agentrm_envs.make("alfworld")
    env.reset(options={"task": one_of("pick")})
    assert env.step("help")[0] == NOTHING


@pytest.mark.parametrize("perturbation", PERTURBATIONS)
def test_the_expert_solves_tasks_however_commands_are_written(perturbation):
    for kind in ("clean", "heat", "light"):
        env, plan, answers = played(one_of(kind), perturbation=perturbation)
        assert answers[-1][4]["success"]
        usual = [read(action, perturbation) for action in plan]
        assert [command(action, perturbation) for action in usual] == plan
        env.reset(options={"task": one_of(kind)})
        assert all(env.step(action)[0] != NOTHING for action in plan)


@pytest.mark.parametrize(
    ("perturbation", "wrong", "right"),
    [
        ("move-to", "go to {}", "move to {}"),
        ("joined", "go to {}", "go to {joined}"),
    ],
)
def test_the_usual_form_does_not_hold_where_another_does(perturbation, wrong, right):
    env = agentrm_envs.make("alfworld", perturbation=perturbation)
    _, info = env.reset(options={"task": one_of("pick")})
    assert "Here, write:" in info["goal"]
    place = env.world.wording.places[0]
    assert env.step(wrong.format(place))[0] == NOTHING
    assert env.step(right.format(place, joined=place.replace(" ", "")))[0] != NOTHING


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ({}, ""),
        ({"protocol": "eto"}, ""),
        ({"grammar": "move"}, "\nHere, write: move {obj} to {recep}, not put"),
        (
            {"grammar": "move", "perturbation": "move-to"},
            "\nHere, write: move {obj} to {recep}, not put; move to {recep}",
        ),
    ],
)
def test_the_goal_tells_where_commands_are_not_as_the_instruction_says(settings, note):
    env = agentrm_envs.make("alfworld", **settings)
    _, info = env.reset(options={"task": one_of("pick")})
    assert info["goal"] == env.world.engine.household.goal.text + note


def test_an_unknown_keyword_says_what_there_is():
    with pytest.raises(EnvError, match="there are: agentboard, eto"):
        agentrm_envs.make("alfworld", protocol="agentbored")


def test_no_test_task_is_in_a_layout_of_the_train_split():
    layouts = {
        split: {layout_of(household(task)) for task in task_table("alfworld", split).values()}
        for split in ("train", "test")
    }
    assert not layouts["train"] & layouts["test"]
    assert (len(layouts["train"]), len(layouts["test"])) == (2_259, 234)


def test_the_splits_hold_every_kind_of_goal_and_room():
    train, test = (task_table("alfworld", split) for split in ("train", "test"))
    assert len(train) >= 2_000
    assert len(test) >= 200
    for table in (train, test):
        assert {task["goal"] for task in table.values()} == set(GOAL_KINDS)
        assert {task["room"] for task in table.values()} == {
            *("kitchen", "livingroom", "bedroom", "bathroom")
        }


def test_the_expert_needs_as_many_commands_as_the_table_says_and_has_to_search():
    table = task_table("alfworld")
    for id in list(table)[::6]:
        env, plan, answers = played(id)
        assert len(plan) == table[id]["plan_length"] <= env.max_steps
        assert answers[-1][4]["success"]
    searched = sum(task["plan_length"] > 8 for task in table.values())
    assert searched > len(table) / 3


def test_the_expert_goes_on_from_any_state_also_with_something_else_in_hand():
    env = agentrm_envs.make("alfworld")
    for id in list(task_table("alfworld"))[:12]:
        env.reset(options={"task": id})
        for _ in range(6):
            takes = [action for action in env.valid_actions() if action.startswith("take ")]
            env.step(takes[0] if takes else env.valid_actions()[-2])
        try:
            plan = agentrm_envs.expert("alfworld")(env)
        except NoPlan:
            continue
        before = env.snapshot()
        for action in plan[: 30 - len(before.actions)]:
            *_, info = env.step(action)
        assert info["success"] or len(plan) > 24


def test_the_first_id_of_a_kind_has_the_highest_number():
    names = numbered(["mug_bar_b", "mug_bar_a", "sink_bar_1_bar_sinkbasin", "loc_bar_0", "plain"])
    assert names == {
        "mug_bar_a": "mug 2",
        "mug_bar_b": "mug 1",
        "sink_bar_1_bar_sinkbasin": "sinkbasin 1",
        "loc_bar_0": "loc 1",
        "plain": "plain ",
    }


def test_the_golden_transcript_is_unchanged():
    assert transcript() == GOLDEN.read_text(encoding="utf-8")
