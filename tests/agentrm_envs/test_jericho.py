"""Jericho's environment: AgentBoard's texts and score, its filter, expert and snapshots."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import signal
import sys
from contextlib import closing

import pytest

import agentrm_envs
from agentrm_envs import ENVS
from agentrm_envs.chat import parse_action, worked_examples
from agentrm_envs.errors import BadData, EnvCrashed, EnvError, MissingData, MissingDependency
from agentrm_envs.jericho import machine, official
from agentrm_envs.jericho.commands import EMPTY, FORBIDDEN, MAX_LENGTH, command, forbidden
from agentrm_envs.jericho.env import ENGINES, JerichoEnv, _file
from agentrm_envs.jericho.progress import plain, reached
from agentrm_envs.playing import hostile
from agentrm_envs.record import Task
from agentrm_envs.task_lists import task_table
from tests.agentrm_envs import hanging
from tests.agentrm_envs.jericho_transcript import GOLDEN, transcript

pytest.importorskip("fernz")


@pytest.fixture
def env():
    with closing(agentrm_envs.make("jericho", split="train")) as env:
        yield env


def play(env, actions):
    return [env.step(action) for action in actions]


def test_the_score_is_the_share_of_subgoals_and_success_comes_with_the_last(env):
    env.reset(options={"task": "abbey-1"})
    answers = play(env, task_table("jericho", "train")["abbey-1"]["walkthrough"])
    scores = [info["score"] for *_, info in answers]
    assert scores == [0, 0, 0.25, 0.25, 0.5, 0.75, 0.75, 1]
    assert [terminated for _, _, terminated, _, _ in answers] == [False] * 7 + [True]
    assert answers[-1][4]["success"]


def test_observations_are_one_line_without_a_prompt(env):
    observation, _ = env.reset(options={"task": "mill-1"})
    texts = [observation, *(answer[0] for answer in play(env, ["look", "north", "xyzzy"]))]
    assert not any("\n" in text or ">" in text or "  " in text for text in texts)
    assert texts[-1] == 'The word "xyzzy" means nothing here.'


@pytest.mark.parametrize(
    ("action", "typed"),
    [
        ("Take Lamp", "take lamp"),
        ("take lamp, then go north", "take lamp"),
        ("look. quit", "look"),
        ("\\n", "n"),
        ("a\0b", "a b"),
        ("put 'x' in the well-worn box!", "put 'x' in the well-worn box"),
        ("é¢☃", ""),
        ("go " * 50, " ".join(["go"] * 20)),
        ("x" * 500, "x" * MAX_LENGTH),
    ],
)
def test_a_command_is_cut_as_agentboard_does_and_has_plain_letters_only(action, typed):
    assert command(action) == typed


@pytest.mark.parametrize(
    "action",
    ["save", "Restore", "quit", "q", "RESTART", "script", "undo", "$verify", "look then quit"],
)
def test_commands_to_the_interpreter_are_refused_and_change_nothing(env, action):
    env.reset(options={"task": "mill-1"})
    before = env.machine.save()
    assert env.step(action)[0] == FORBIDDEN
    assert env.machine.save() == before


@pytest.mark.parametrize(
    "action", ["set dial to 417", "ask keeper about storm", "quite", "read script", "commander"]
)
def test_commands_to_the_story_are_not_refused(action):
    assert not forbidden(command(action))


@pytest.mark.parametrize(
    "action", ["scripture", "restarted", "then restorable", "transcription", "superbriefly"]
)
def test_what_a_story_takes_for_such_a_command_is_refused_too(action):
    assert forbidden(command(action))


def test_a_story_reads_the_first_letters_of_a_word(env):
    env.reset(options={"task": "mill-1"})
    assert env.step("inventoryxyz")[0] == env.step("inventory")[0] == "You are carrying nothing."


def test_an_action_without_a_word_is_answered_and_costs_a_step(env):
    env.reset(options={"task": "mill-1"})
    assert env.step("...")[0] == EMPTY
    assert len(env.snapshot().actions) == 1


def test_check_valid_actions_lists_what_changes_something(env):
    env.reset(options={"task": "abbey-1"})
    env.step("north")
    told, reward, *_ = env.step("Check valid actions")
    assert told == (
        "You can take the following actions: north, south, take clove sprig, take snail shell, "
        "check valid actions"
    )
    assert reward == 0
    for action in env.valid_actions():
        here = env.snapshot()
        before = env.machine.world()
        env.step(action)
        assert env.machine.world() != before
        env.restore(here)


def test_valid_actions_are_computed_once_a_state(env, monkeypatch):
    env.reset(options={"task": "abbey-1"})
    first = env.valid_actions()
    monkeypatch.setattr(env.machine, "changing", lambda commands: pytest.fail("asked again"))
    assert env.valid_actions() == first


def test_no_list_of_valid_actions_tells_a_number_or_a_topic_to_be_read():
    for split in ("train", "test"):
        for task in task_table("jericho", split).values():
            assert not any(each.startswith(("set ", "ask ")) for each in task["commands"])


def test_a_snapshot_is_data_that_another_instance_can_load(env):
    actions = task_table("jericho", "train")["mill-4"]["walkthrough"]
    env.reset(options={"task": "mill-4"})
    play(env, actions[:10])
    kept = pickle.loads(pickle.dumps(env.snapshot()))
    assert kept.state is not None
    rest = play(env, actions[10:])
    with closing(agentrm_envs.make("jericho", split="train")) as other:
        other.restore(kept)
        assert play(other, actions[10:]) == rest


def test_a_thousand_hostile_inputs_are_answered_and_leave_the_story_playable(env):
    env.reset(options={"task": "museum-1"})
    start = env.snapshot()
    for number, action in enumerate(hostile(1_000, seed=5)):
        if number % 25 == 0:
            env.restore(start)
        observation, *_ = env.step(action)
        assert observation
        assert observation.isascii()
    env.restore(start)
    answers = play(env, task_table("jericho", "train")["museum-1"]["walkthrough"])
    assert answers[-1][4]["success"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_worker_killed_in_mid_episode_is_an_error_once_and_the_episode_goes_on(engine):
    pytest.importorskip(engine)
    actions = task_table("jericho", "train")["mill-4"]["walkthrough"]
    with closing(
        agentrm_envs.make("jericho", isolated=True, split="train", engine=engine)
    ) as there:
        there.reset(options={"task": "mill-4"})
        play(there, actions[:5])
        kept = there.snapshot()
        expected = play(there, actions[5:])
        there.restore(kept)
        killed = there._worker.pid
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(EnvCrashed, match="exited with status -9; call reset or restore"):
            there.step(actions[5])
        there.restore(kept)
        assert there._worker.pid != killed
        assert play(there, actions[5:]) == expected
        assert expected[-1][4]["success"]


def test_a_story_that_hangs_has_halted_for_fernz(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "MAX_INSTRUCTIONS", 20_000)
    story = machine.FernzMachine(hanging.write(tmp_path / "hanging.z5"))
    story.start()
    assert story.act("look") == ""
    assert story.act("hang") == machine.HALTED
    assert story.halted


def test_a_story_that_hangs_the_c_interpreter_costs_it_its_worker(tmp_path, monkeypatch):
    pytest.importorskip("jericho")
    monkeypatch.setitem(ENVS, "hanging", hanging.SPEC)
    story = str(hanging.write(tmp_path / "hanging.z5"))
    with closing(
        agentrm_envs.make("hanging", isolated=True, engine="jericho", timeout=30)
    ) as there:
        there.reset(options={"task": story})
        there.step("look")
        kept, hung = there.snapshot(), there._worker
        there._timeout = 2
        with pytest.raises(EnvCrashed, match="no answer within 2 s; its process was killed"):
            there.step("hang")
        assert not hung.alive
        there._timeout = 30
        there.restore(kept)
        assert there.step("look")[0] == ""


@pytest.mark.parametrize(
    ("task", "detour"),
    [
        ("abbey-1", ["north", "take snail shell", "north"]),
        ("lighthouse-4", ["wait", "look", "inventory"]),
        ("mill-2", ["east", "take green pear", "west", "north"]),
    ],
)
def test_the_expert_plans_anew_from_another_state_and_leaves_it_alone(env, task, detour):
    env.reset(options={"task": task})
    play(env, detour)
    before = env.machine.save()
    plan = agentrm_envs.expert("jericho")(env)
    assert env.machine.save() == before
    assert play(env, plan)[-1][4]["success"]


def test_the_expert_goes_on_from_every_state_of_its_own_plan(env):
    walkthrough = task_table("jericho", "train")["mine-1"]["walkthrough"]
    for number in range(3, len(walkthrough), 7):
        env.reset(options={"task": "mine-1"})
        play(env, walkthrough[:number])
        plan = agentrm_envs.expert("jericho")(env)
        assert len(plan) <= len(walkthrough) - number
        assert play(env, plan)[-1][4]["success"]


def test_one_answer_reaches_one_subgoal_at_most_and_punctuation_does_not_count():
    subgoals = ["It opens!", "a lamp", "It opens!"]
    assert plain('"It opens," he says: 5 £') == "It opens he says 5 "
    assert reached(subgoals, (0, 1, 2), "It opens. You see a lamp.") == (1, 2)
    assert reached(subgoals, (1, 2), "It opens. You see a lamp.") == (2,)
    assert reached(subgoals, (2,), "it opens") == (2,)


def test_the_worked_example_is_what_the_story_answers(env):
    [messages] = worked_examples(Task("jericho", "abbey-1"))
    observation, info = env.reset(options={"task": "abbey-1"})
    assert messages[0]["content"] == f"Your task: {info['goal']}\n{observation}"
    for said, answered in zip(messages[1::2], messages[2::2], strict=True):
        observation, *_, info = env.step(parse_action(said["content"]))
        assert answered["content"] == observation
    assert info["success"]


def test_an_unknown_engine_is_refused():
    with pytest.raises(EnvError, match="no engine is named 'glulx'; there are: fernz, jericho"):
        JerichoEnv(engine="glulx")


def test_without_the_c_interpreter_the_error_says_what_to_do(env, monkeypatch):
    monkeypatch.setitem(sys.modules, "jericho", None)
    monkeypatch.delitem(sys.modules, "agentrm_envs.jericho.frotz", raising=False)
    other = JerichoEnv(split="train", engine="jericho")
    with pytest.raises(MissingDependency, match=r"pip install 'agentrm\[frotz\]'"):
        other.reset(options={"task": "mill-1"})


def test_official_tasks_are_those_whose_story_files_are_there(tmp_path, monkeypatch):
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    folder = tmp_path / "jericho"
    folder.mkdir()
    with pytest.raises(MissingData, match=r"no story file is in .*zork1\.z5"):
        official.load("test")
    (folder / "zork1.z5").write_bytes(b"another release")
    with pytest.raises(BadData, match="another release of the story"):
        official.load("test")
    assert official.load("train") == {}


def test_an_official_story_without_its_file_says_which_one_to_put_where(tmp_path, monkeypatch):
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    task_table.cache_clear()
    with (
        closing(agentrm_envs.make("jericho", data="official")) as env,
        pytest.raises(MissingData, match=r"jericho.zork2\.z5 is missing; put your file .* sha256"),
    ):
        env.reset(options={"task": "zork2"})


def test_the_official_walkthroughs_reach_every_subgoal_where_the_stories_are():
    """In the worker, by jericho; nobody may pass the files on, so that CI has none."""
    pytest.importorskip("jericho")
    try:
        table = task_table("jericho", data="official")
    except MissingData as reason:
        pytest.skip(str(reason))
    with closing(agentrm_envs.make("jericho", data="official")) as env:
        for name, task in table.items():
            env.reset(options={"task": name})
            assert play(env, task["walkthrough"])[-1][4]["success"], name


def test_the_tries_for_valid_actions_are_limited_and_from_all_over_the_list():
    frotz = pytest.importorskip("agentrm_envs.jericho.frotz", exc_type=ImportError)
    every = [f"put {number} in sack" for number in range(11_396)]
    some = frotz._some(every, frotz.MAX_TWO)
    assert 0.9 * frotz.MAX_TWO < len(some) <= frotz.MAX_TWO
    assert (some[0], frotz._some(every[:400], frotz.MAX_TWO)) == (every[0], every[:400])


def test_an_official_task_is_played_to_its_end(tmp_path, monkeypatch):
    """With one of our own stories in the place of a file that may not be shipped."""
    task = task_table("jericho", "test")["circus-1"]
    story = _file("circus-1").read_bytes()
    row = {"file": "zork1.z5", "seed": 3, "sha256": hashlib.sha256(story).hexdigest()}
    row |= {key: task[key] for key in ("goal", "subgoals", "walkthrough")}
    (tmp_path / "zork1.z5").write_bytes(story)
    table = official._task(tmp_path / "zork1.z5", row)
    monkeypatch.setattr(JerichoEnv, "_find", lambda self, task_id: table)
    env = JerichoEnv(data="official", engine="fernz")
    env.reset(options={"task": "zork1"})
    assert play(env, row["walkthrough"])[-1][4]["success"]


def test_the_twenty_official_tasks_have_goals_subgoals_and_short_walkthroughs():
    listing = json.loads((_file("mill-1").parents[1] / "official.json").read_text())
    assert len(listing) == 20
    for row in listing.values():
        assert row["goal"]
        assert 4 <= len(set(row["subgoals"])) == len(row["subgoals"]) <= len(row["walkthrough"])
        assert len(row["walkthrough"]) <= 30
        assert all(command(action) == action for action in row["walkthrough"])


def test_the_golden_transcript_is_unchanged():
    assert transcript() == GOLDEN.read_text(encoding="utf-8")
