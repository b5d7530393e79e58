"""A reward model that was trained with a prompt tree is scored with it, or not at all."""

from __future__ import annotations

import asyncio

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from agentrm_envs.prompt_tree import PromptTree  # noqa: E402
from harness import explore  # noqa: E402
from rewards import registry  # noqa: E402
from rewards.__main__ import main  # noqa: E402
from rewards.backbone.reading import Reading  # noqa: E402
from rewards.chat_model import Replies  # noqa: E402
from rewards.comparison import question, record  # noqa: E402
from rewards.episodes import EpisodesFile  # noqa: E402
from rewards.errors import BadModel  # noqa: E402
from rewards.judge import Judge  # noqa: E402
from rewards.states import merged  # noqa: E402
from rewards.values import read_values  # noqa: E402
from tests.prompt_files import put, write_tree  # noqa: E402
from tests.tiny_model import tiny_base  # noqa: E402

# Said by peft of transformers' next version, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A prompt tree, a run, its values in the tree's words and in ours, and a tiny base."""
    folder = tmp_path_factory.mktemp("made")
    write_tree(folder / "prompt", "maze")
    flags = ["--policy", "random", "--tasks", "maze", "--limit", "3", "--iterations", "1"]
    assert explore.main([*flags, "--out", str(folder / "run")]) == 0
    extract = ["extract", str(folder / "run"), "--paths", "1", "--holdout", "0.3", "--out"]
    assert main([*extract, str(folder / "own")]) == 0
    assert main([*extract, str(folder / "theirs"), "--prompts", str(folder / "prompt")]) == 0
    tiny_base(folder / "base")
    for kind in ("explicit", "implicit"):
        data, base = folder / "theirs" / "values.jsonl", folder / "base"
        train = ["train", "--kind", kind, "--data", data, "--base", base, "--rank", 2]
        assert main([*map(str, train), "--out", str(folder / kind)]) == 0
    return folder


@pytest.fixture
def tree(folder):
    return PromptTree.read(str(folder / "prompt"))


@pytest.fixture
def trajectories(folder):
    [first, *_] = merged(EpisodesFile.of(folder / "run").trees())
    return [first.trajectory(place) for place in range(1, len(first.states), 4)]


def scores(model, trajectories):
    return asyncio.run(model.score(trajectories))


def test_rows_are_in_the_tree_s_words_and_name_them(folder, tree):
    own, theirs = ([*read_values(folder / name / "values.jsonl")] for name in ("own", "theirs"))
    assert [row.values for row in own] == [row.values for row in theirs]
    assert {row.prompts_sha256 for row in theirs} == {tree.scored_checksum}
    assert {row.prompts_sha256 for row in own} == {""}
    assert theirs[0].messages[0]["content"].startswith("Judge maze:")


@pytest.mark.parametrize("kind", ["explicit", "implicit"])
def test_a_model_needs_the_prompts_that_it_was_trained_with(
    kind, folder, tree, trajectories, monkeypatch
):
    reference = f"{kind}:{folder / kind}"
    read = []
    of = Reading.of
    monkeypatch.setattr(Reading, "of", lambda *given: read.append(given[2]) or of(*given))
    scores(registry.load(reference, prompts=tree), trajectories)
    assert read == [tree]
    with pytest.raises(BadModel, match="and none are given; say --prompts DIR"):
        registry.load(reference)
    other = PromptTree.read(f"{folder / 'prompt'}?rm=unified")
    with pytest.raises(BadModel, match="are others"):
        registry.load(reference, prompts=other)


def test_a_policy_s_words_may_change_without_the_reward_model_s(folder, tmp_path):
    tree = write_tree(tmp_path / "prompt", "maze")
    put(tree / "instructions" / "maze_inst.txt", "Something else.")
    assert registry.load(f"explicit:{folder / 'explicit'}", prompts=PromptTree.read(str(tree)))


def test_a_model_that_was_trained_with_our_words_keeps_to_them(tree, folder, trajectories):
    base = ["--base", str(folder / "base"), "--rank", "2", "--max-tokens", "1024"]
    data = str(folder / "own" / "values.jsonl")
    assert main(["train", "--data", data, *base, "--out", str(folder / "ours")]) == 0
    with_tree = registry.load(f"explicit:{folder / 'ours'}", prompts=tree)
    without = registry.load(f"explicit:{folder / 'ours'}")
    assert scores(with_tree, trajectories) == scores(without, trajectories)


def test_rows_in_different_words_are_not_trained_on_together(folder, tmp_path, capsys):
    both = [str(folder / name / "values.jsonl") for name in ("own", "theirs")]
    base = ["--base", str(folder / "base")]
    assert main(["train", "--data", *both, *base, "--out", str(tmp_path / "rm")]) == 2
    assert "different --without or --prompts" in capsys.readouterr().err


def test_it_is_evaluated_with_its_prompts_on_the_run(folder, tmp_path, capsys):
    only = ["--only", str(folder / "theirs" / "values.heldout.jsonl")]
    flags = ["evaluate", str(folder / "run"), *only, "--rm", f"explicit:{folder / 'explicit'}"]
    out = tmp_path / "report.json"
    prompts = str(folder / "prompt")
    assert main([*flags, "--prompts", prompts, "--out", str(out)]) == 0
    assert prompts in out.read_text()
    assert main(flags) == 2
    assert "say --prompts DIR" in capsys.readouterr().err
    assert main(["evaluate", only[1], "--rm", "oracle"]) == 2
    assert "evaluate on the run" in capsys.readouterr().err


def test_a_judge_reads_the_tree_s_words(tree, trajectories):
    deepest = max(trajectories, key=lambda trajectory: len(trajectory.steps))
    asked = question(deepest, [record(each, tree) for each in trajectories], tree)
    assert "| Judge maze:" in asked[1]["content"]
    assert "| Observation: The goal is" in asked[1]["content"]
    chat = Listening()
    scores(Judge(chat, prompts=tree), trajectories)
    assert all("| Judge maze:" in asked for asked in chat.asked)


class Listening:
    """A chat model that notes what it is asked, and chooses the first candidate."""

    checksum = ""

    def __init__(self):
        self.asked = []

    async def reply(self, messages, seeds, *, temperature, limit):
        self.asked.append(messages[-1]["content"])
        return Replies(["The best candidate is candidate 1"] * len(seeds), 1, 1)
