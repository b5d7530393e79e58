"""Conversations in the words of a prompt tree, and trees that are not as they should be."""

from __future__ import annotations

import pytest

from agentrm_envs import ENVS, Action, Step, Task, Trajectory, tasks
from agentrm_envs.chat import Shown, render, render_scored
from agentrm_envs.errors import BadData, MissingData
from agentrm_envs.prompt_tree import LAYOUTS, MAX_SIZE, PromptTree
from tests.prompt_files import TALK, put, write_tree

BABYAI = Trajectory(
    Task("babyai", "x/1"),
    "go to the {max_turn} ball",
    "You see a ball.",
    (
        Step(Action("go forward", "Thought: on.\nAction: go forward"), "A wall."),
        Step(Action("turn left"), "Success", 1.0, terminated=True),
    ),
)


@pytest.fixture
def folder(tmp_path):
    return write_tree(tmp_path / "prompt", "babyai", "maze", "alfworld_ab", "pddl_gripper")


@pytest.fixture
def tree(folder):
    return PromptTree.read(str(folder))


def test_a_policy_is_told_the_instruction_the_examples_and_the_labelled_task(tree):
    told = render(BABYAI, examples=1, prompts=tree)
    assert told == [
        {"role": "user", "content": "Do the babyai well."},
        {"role": "assistant", "content": "OK"},
        *TALK,
        {
            "role": "user",
            "content": "Your task is: go to the {max_turn} ball\nObservation: You see a ball.",
        },
        {"role": "assistant", "content": "Thought: on.\nAction: go forward"},
        {"role": "user", "content": "Observation: A wall."},
        {"role": "assistant", "content": "Action: turn left"},
        {"role": "user", "content": "Observation: Success"},
    ]
    assert render(BABYAI, prompts=tree) == [*told[:2], *told[5:]]


def test_a_reward_model_is_told_its_own_instruction_and_never_the_last_answer(tree):
    told = render_scored(BABYAI, prompts=tree)
    # What stands in a goal is no placeholder.
    assert told[0] == {
        "role": "system",
        "content": "Judge babyai:\ngo to the {max_turn} ball\nEnd.",
    }
    assert told[1:] == render(BABYAI, prompts=tree)[2:-1]
    hidden = render_scored(BABYAI, Shown(thoughts=False, observations=False), tree)
    assert "Thought" not in str(hidden)
    assert "A wall" not in str(hidden)


def test_turns_are_told_where_the_file_asks_for_them(tree):
    maze = Trajectory(Task("maze", "m"), "Reach it.", "The goal is at position 1, 1.")
    told = render_scored(maze, prompts=tree)
    assert told[0]["content"] == "Judge maze in 15 turns:\nReach it.\nEnd."
    assert told[1]["content"] == "The goal is at position 1, 1."


@pytest.mark.parametrize(
    ("task", "name", "turns"),
    [
        (Task("alfworld", "pick/1"), "alfworld_ab", 30),
        (Task("alfworld:eto", "pick/1"), "alfworld", 40),
        (Task("alfworld:eto-move", "pick/1"), "alfworld", 40),
        (Task("sciworld", "boil/25"), "sciworld", 120),
        (Task("sciworld:agentboard", "agentboard/boil/25"), "sciworld_ab", 30),
    ],
)
def test_the_words_and_turns_are_those_of_the_variant(tmp_path, task, name, turns):
    names = ("babyai", "alfworld_ab", "alfworld", "sciworld", "sciworld_ab")
    tree = PromptTree.read(str(write_tree(tmp_path, *names)))
    told = tree.scored_instruction(task, "put it there")
    assert told == f"Judge {name} in {turns} turns:\nput it there\nEnd."


def test_the_unified_instruction_is_one_for_all(folder):
    tree = PromptTree.read(f"{folder}?rm=unified")
    assert render_scored(BABYAI, prompts=tree)[0]["content"] == "Judge any task."
    assert tree.scored_checksum != PromptTree.read(str(folder)).scored_checksum


def test_a_variant_has_the_words_of_its_environment_or_its_own(tree):
    using = Task("alfworld:using", "pick/1")
    assert tree.instruction(using) == "Do the alfworld_ab well."
    with pytest.raises(MissingData, match=r"alfworld:eto needs instructions/alfworld_inst\.txt"):
        tree.instruction(Task("alfworld:eto", "pick/1"))


def test_families_have_files_of_their_own(tree):
    assert tree.instruction(Task("pddl", "gripper/test-000")) == "Do the pddl_gripper well."
    with pytest.raises(MissingData, match=r"pddl needs instructions/pddl_barman_inst\.txt"):
        tree.instruction(Task("pddl", "barman/test-000"))
    with pytest.raises(MissingData, match="no words for tasks of pddl like 'chess/1'"):
        tree.instruction(Task("pddl", "chess/1"))


OURS = [env for env, spec in ENVS.items() if spec.entry_point.startswith("agentrm_envs.")]


@pytest.mark.parametrize("env", OURS)
def test_every_task_of_every_environment_has_a_file_to_be_told_in(env, tmp_path):
    stems = set(LAYOUTS[env].names.values())
    tree = PromptTree.read(str(write_tree(tmp_path, *sorted(stems))))
    for split in ("train", "test"):
        tree.check(tasks(env, split), ["instruction", "examples", "scored"])


def test_what_is_missing_is_named_with_its_environment(folder):
    (folder / "icl_examples" / "maze_icl.json").unlink()
    (folder / "prm_instruction" / "babyai_wo_turninfo.txt").unlink()
    tree, maze = PromptTree.read(str(folder)), Task("maze", "m")
    tree.check([maze], ["instruction", "scored"])
    with pytest.raises(MissingData, match=r"maze needs icl_examples/maze_icl\.json in the prompts"):
        tree.check([maze], ["instruction", "examples"])
    both = r"babyai needs prm_instruction/babyai_wo_turninfo\.txt or prm_instruction/babyai\.txt"
    with pytest.raises(MissingData, match=both):
        tree.check([BABYAI.task], ["scored"])
    with pytest.raises(MissingData, match="no words for toy"):
        tree.check([Task("toy", "abba")], ["instruction"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("instructions/maze_inst.txt", b"\xff\xfe", r"maze_inst\.txt is not text in UTF-8"),
        ("instructions/maze_inst.txt", b"x" * (MAX_SIZE + 1), "too long for a prompt"),
    ],
)
def test_a_file_that_is_no_prompt_is_refused(folder, name, content, message):
    (folder / name).write_bytes(content)
    with pytest.raises(BadData, match=message):
        PromptTree.read(str(folder))


@pytest.mark.parametrize(
    "text", ["{", "{}", '[{"role": "user"}]', '[[{"role": "tool", "content": ""}]]', "[[1]]"]
)
def test_examples_that_are_no_conversations_are_refused(folder, text):
    put(folder / "icl_examples" / "maze_icl.json", text)
    tree = PromptTree.read(str(folder))
    with pytest.raises(BadData, match=r"maze_icl\.json is not a list of conversations"):
        tree.check([Task("maze", "m")], ["examples"])


def test_a_folder_without_prompts_is_refused(tmp_path):
    with pytest.raises(MissingData, match="there is no folder"):
        PromptTree.read(str(tmp_path / "none"))
    with pytest.raises(MissingData, match="holds no prompts"):
        PromptTree.read(str(tmp_path))
    with pytest.raises(BadData, match=r"\?rm=unified or nothing"):
        PromptTree.read(f"{tmp_path}?rm=best")


def test_the_checksums_are_of_what_is_told_and_to_whom(folder):
    before = PromptTree.read(str(folder))
    put(folder / "notes.txt", "nothing reads this")
    assert PromptTree.read(str(folder)).checksum == before.checksum
    put(folder / "instructions" / "maze_inst.txt", "Do it otherwise.")
    changed = PromptTree.read(str(folder))
    assert changed.checksum != before.checksum
    assert changed.scored_checksum == before.scored_checksum
    put(folder / "prm_instruction" / "maze.txt", "Judge it otherwise.")
    assert PromptTree.read(str(folder)).scored_checksum != before.scored_checksum
