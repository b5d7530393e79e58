"""Runs in the words of a prompt tree: whose words they are is part of what a run is."""

from __future__ import annotations

import asyncio
import json

import pytest

from agentrm_envs import Trajectory, tasks
from agentrm_envs.chat import render
from agentrm_envs.prompt_tree import PromptTree
from harness import __main__ as cli
from harness import estimate, explore
from harness.policy.language_model import UNTRAINED, LanguageModelPolicy
from harness.sft import demonstrate, write_demonstrations
from leaderboard import source
from rewards.chat_model import Replies
from tests.prompt_files import put, write_tree

MAZE = tasks("maze", "train")[0]


@pytest.fixture
def folder(tmp_path):
    return write_tree(tmp_path / "prompt", "maze")


def run(out, folder, *flags):
    common = ["--policy", "random", "--tasks", "maze", "--limit", "2"]
    return cli.main([*common, *flags, "--prompts", str(folder), "--out", str(out)])


def test_a_run_names_its_prompts_and_goes_on_with_the_same_only(tmp_path, folder, capsys):
    out = tmp_path / "run"
    assert run(out, folder, "--method", "greedy") == 0
    manifest = json.loads((out / "run.json").read_text())
    assert manifest["config"]["prompts"] == str(folder)
    assert manifest["models"]["prompts"] == PromptTree.read(str(folder)).checksum
    assert cli.main(["--resume", str(out)]) == 0
    put(folder / "icl_examples" / "maze_icl.json", "[]")
    assert cli.main(["--resume", str(out)]) == 2
    assert "other models or prompts" in capsys.readouterr().err
    assert cli.main(["--resume", str(out), "--prompts", "elsewhere"]) == 2
    assert "conflicts with --prompts elsewhere" in capsys.readouterr().err


def test_its_leaderboard_entry_is_another_system(tmp_path, folder):
    assert run(tmp_path / "run", folder, "--method", "greedy") == 0
    entry = source.read_run(tmp_path / "run").evidence.entry
    assert entry.system == "random, greedy, other prompts"
    assert entry.params["prompts"] == PromptTree.read(str(folder)).checksum


def test_what_is_missing_is_said_before_anything_is_played(tmp_path, folder, capsys):
    (folder / "prm_instruction" / "maze_wo_turninfo.txt").unlink()
    assert run(tmp_path / "greedy", folder, "--method", "greedy") == 0
    assert run(tmp_path / "beam", folder, "--rm", "oracle") == 2
    assert "maze needs prm_instruction/maze_wo_turninfo.txt or" in capsys.readouterr().err
    assert run(tmp_path / "pddl", folder, "--tasks", "pddl") == 2
    assert "pddl needs instructions/pddl_" in capsys.readouterr().err
    assert not (tmp_path / "pddl").exists()


def test_scoring_anew_may_bring_prompts_of_its_own(tmp_path, folder):
    drawn, scored = tmp_path / "drawn", tmp_path / "scored"
    flags = ["--policy", "random", "--tasks", "maze", "--limit", "2", "--method", "best-of-n"]
    assert cli.main([*flags, "--rm", "none", "--out", str(drawn)]) == 0
    rescore = ["--rescore", str(drawn), "--rm", "oracle", "--prompts", str(folder)]
    assert cli.main([*rescore, "--out", str(scored)]) == 0
    assert json.loads((scored / "run.json").read_text())["config"]["prompts"] == str(folder)


class Listening:
    """A chat model that notes what it is told."""

    checksum = ""

    def __init__(self):
        self.told = []

    async def reply(self, messages, seeds, *, temperature, limit):
        self.told = messages
        return Replies(["Action: move up"] * len(seeds), 1, 1)


def test_a_policy_is_told_the_tree_s_words(folder):
    tree, chat = PromptTree.read(str(folder)), Listening()
    start = Trajectory(MAZE, "Reach it.", "You are here.")
    policy = LanguageModelPolicy(chat, UNTRAINED, seed=0, prompts=tree)
    asyncio.run(policy.propose(start, 1))
    assert chat.told == render(start, examples=1, prompts=tree)
    assert chat.told[0]["content"] == "Do the maze well."


def test_demonstrations_are_in_the_tree_s_words_and_do_not_teach_its_ok(tmp_path, folder):
    tree = PromptTree.read(str(folder))
    shown = demonstrate(MAZE, noise=0.0, seed=0, prompts=tree)
    said = [message["content"] for message in shown.messages if message["role"] == "assistant"]
    assert said[0] == "OK"
    assert shown.learn == [False] + [True] * (len(said) - 1)
    path = tmp_path / "demonstrations.jsonl"
    write_demonstrations([MAZE], path, noise=0.0, seed=0, prompts=tree)
    settings = json.loads((tmp_path / "demonstrations.settings.json").read_text())
    assert settings["prompts_sha256"] == tree.checksum


def test_exploration_and_estimates_note_their_prompts(tmp_path, folder):
    trees, values = tmp_path / "trees", tmp_path / "values"
    flags = ["--policy", "random", "--tasks", "maze", "--limit", "1", "--prompts", str(folder)]
    assert explore.main([*flags, "--iterations", "1", "--out", str(trees)]) == 0
    told = ["--policy", "random", "--rollouts", "1", "--prompts", str(folder)]
    assert estimate.main([str(trees), *told, "--out", str(values)]) == 0
    noted = json.loads((values / "estimate.json").read_text())
    assert noted["prompts_sha256"] == PromptTree.read(str(folder)).checksum
    assert estimate.main([str(trees), *told[:-2], "--out", str(values)]) == 2
