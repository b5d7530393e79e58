"""The built-in stories: drawn as shipped, played to the end, and alike on two Z-machines."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

pytest.importorskip("fernz")

from agentrm_envs.jericho.behaviour import quoted
from agentrm_envs.jericho.env import _file
from agentrm_envs.jericho.generate import MAX_ACTIONS, SERIAL, compiled, drawn, played
from agentrm_envs.jericho.inform import source
from agentrm_envs.jericho.machine import HALTED, FernzMachine
from agentrm_envs.jericho.progress import plain, reached
from agentrm_envs.jericho.theme import themes
from agentrm_envs.task_lists import task_table

SPLITS = ("train", "test")
STORIES = Path(str(resources.files("agentrm_envs.jericho"))) / "stories"
TASKS = {name: task for split in SPLITS for name, task in task_table("jericho", split).items()}


def test_there_are_forty_five_stories_and_the_splits_share_no_theme():
    train, test = (list(task_table("jericho", split)) for split in SPLITS)
    assert (len(train), len(test)) == (30, 15)
    assert not {name.partition("-")[0] for name in train} & {n.partition("-")[0] for n in test}
    assert len({path.stem for path in STORIES.glob("*.z5")} & set(TASKS)) == 45


@pytest.mark.parametrize("theme", sorted(themes()))
def test_the_generator_draws_the_shipped_sources_byte_for_byte(theme):
    for plot, solution in drawn(themes()[theme], seed=0):
        assert (STORIES / f"{plot.name}.inf").read_text("ascii") == source(plot, SERIAL)
        assert solution.subgoals == TASKS[plot.name]["subgoals"]


def test_another_seed_draws_other_stories():
    mill = themes()["mill"]
    here, there = ([source(plot, SERIAL) for plot, _ in drawn(mill, seed)] for seed in (0, 1))
    assert not set(here) & set(there)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_story_is_played_to_its_end_by_its_walkthrough(name):
    task, machine = TASKS[name], FernzMachine(_file(name))
    left = tuple(range(len(task["subgoals"])))
    left = reached(task["subgoals"], left, machine.start())
    assert len(left) == len(task["subgoals"])
    for action in task["walkthrough"]:
        assert left
        assert not machine.halted
        left = reached(task["subgoals"], left, machine.act(action))
    assert not left
    assert machine.halted
    assert len(task["walkthrough"]) <= MAX_ACTIONS


def test_admission_puts_waits_into_a_solution_and_refuses_one_that_misses_a_subgoal():
    name = "mine-4"
    plots = {plot.name: solution for plot, solution in drawn(themes()["mine"], seed=0)}
    solution = plots[name]
    assert "wait" in TASKS[name]["walkthrough"]
    assert "wait" not in solution.walkthrough
    assert played(FernzMachine(_file(name)), solution) == TASKS[name]["walkthrough"]
    with pytest.raises(RuntimeError, match="misses"):
        played(FernzMachine(_file(name)), replace(solution, walkthrough=["look"]))


def test_no_subgoal_is_part_of_another_or_of_a_story_played_idly():
    idle = ["look", "inventory", "wait", "wait", "wait", "north", "east", "south", "west", "look"]
    for name, task in TASKS.items():
        goals = [plain(subgoal) for subgoal in task["subgoals"]]
        assert not any(a in b for a in goals for b in goals if a is not b), name
    machine = FernzMachine(_file("railway-5"))
    told = plain(" ".join([machine.start(), *(machine.act(action) for action in idle)]))
    assert not any(plain(subgoal) in told for subgoal in TASKS["railway-5"]["subgoals"])


@pytest.mark.skipif(not shutil.which("inform6"), reason="Inform 6 is not installed")
def test_the_sources_compile_to_the_shipped_story_files(tmp_path):
    shutil.copy(STORIES / "story.h", tmp_path)
    for name in ("abbey-1", "lighthouse-4", "mine-5", "circus-5"):
        shutil.copy(STORIES / f"{name}.inf", tmp_path)
        assert compiled(tmp_path, name).read_bytes() == (STORIES / f"{name}.z5").read_bytes()


def test_all_stories_tell_the_same_on_frotz():
    frotz = pytest.importorskip("agentrm_envs.jericho.frotz", exc_type=ImportError)
    for name, task in TASKS.items():
        ours = FernzMachine(_file(name))
        theirs = frotz.FrotzMachine(_file(name), seed=1, clean=frotz.as_by_fernz)
        assert ours.start() == theirs.start(), name
        for action in ["inventory", "xyzzy", "take", *task["walkthrough"]]:
            assert ours.act(action) == theirs.act(action), (name, action)


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (["take"], "What do you want to take?"),
        (["take dragon"], 'You see no "dragon" here.'),
        (["take sundial"], 'You see no "sundial" here.'),
        (["frob chickens"], 'The word "frob" means nothing here.'),
        (
            ["chickens"],
            "That is not something one can do here. Begin with a verb, such as take, "
            "open or examine.",
        ),
        (["take chickens"], "You cannot take the chickens."),
        (["open chickens"], "That cannot be opened."),
        (["inventory"], "You are carrying nothing."),
        (["up"], "You cannot go that way."),
    ],
)
def test_the_parser_answers_what_it_does_not_understand(commands, answer):
    machine = FernzMachine(_file("mill-1"))
    machine.start()
    assert [machine.act(command) for command in commands][-1] == answer


@pytest.mark.parametrize(
    "ways",
    [
        ("take clove sprig", "get the clove sprig", "pick up clove sprig", "pick clove sprig up"),
        ("examine hermit", "x the hermit", "look at hermit"),
        ("north", "n", "go north", "walk to north"),
        ("talk to hermit", "ask hermit about tooth", "speak with hermit"),
    ],
)
def test_one_may_say_it_in_several_ways(ways):
    machine = FernzMachine(_file("abbey-1"))
    machine.start()
    machine.act("north")
    here = machine.save()
    answers = set()
    for way in ways:
        machine.load(here)
        answers.add(machine.act(way))
    assert len(answers) == 1


def test_a_halted_story_stays_halted_until_another_state_is_loaded():
    machine = FernzMachine(_file("abbey-1"))
    machine.start()
    begun = machine.save()
    for action in TASKS["abbey-1"]["walkthrough"]:
        machine.act(action)
    assert machine.halted
    assert machine.act("look") == HALTED
    machine.load(begun)
    assert not machine.halted
    assert machine.act("look").startswith("Abbey Gate")


def test_text_that_the_compiler_would_read_otherwise_is_refused():
    assert quoted('"Go," he said') == '"~Go,~ he said"'
    for text in ("a^b", "caf\u00e9", "a~b", "{reward}"):
        with pytest.raises(ValueError, match="must be plain"):
            quoted(text)
