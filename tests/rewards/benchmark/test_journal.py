"""An evaluation that was killed goes on, and ends as if it never was."""

import asyncio
import json
import math
import sys
from dataclasses import dataclass, field

import pytest

import tests.toys  # noqa: F401  registers the environment `toy`
from rewards import registry
from rewards.__main__ import main
from rewards.baselines import RandomReward
from rewards.benchmark.journal import Journaled
from rewards.errors import BadData
from rewards.judge import Judge
from tests.rewards.test_judge import best
from tests.rewards.trees import drawn, written
from tests.tiny_model import killed_once_there


class Killed(BaseException):
    pass


@dataclass
class Mortal:
    """Scores as the random reward model does, until it has been asked so often."""

    lives: float = float("inf")
    checksum: str = "1234"
    asked: list = field(default_factory=list)

    async def score(self, trajectories):
        if len(self.asked) >= self.lives:
            raise Killed
        self.asked.append([t.steps for t in trajectories])
        return await RandomReward(0).score(trajectories)


@pytest.fixture
def run(tmp_path):
    return written(tmp_path / "run", [drawn(str(i), i) for i in range(6)])


@pytest.fixture
def evaluate(run, monkeypatch):
    """Evaluate a reward model; what the report says."""

    def evaluate(reward_model, out, *flags):
        monkeypatch.setitem(registry.REWARD_MODELS.table, "mortal", f"{__name__}:mortal")
        monkeypatch.setattr(
            sys.modules[__name__], "mortal", lambda request: reward_model, raising=False
        )
        assert main(["evaluate", str(run), "--rm", "mortal", *flags, "--out", str(out)]) == 0
        return json.loads(out.read_text())

    return evaluate


def test_what_was_answered_is_not_asked_again_and_the_report_is_the_same(evaluate, tmp_path):
    whole, first, second = Mortal(), Mortal(lives=8), Mortal()
    flags = ["--perturb", "goal-asked", "outcome-hidden"]
    expected = evaluate(whole, tmp_path / "whole.json", *flags)
    out = tmp_path / "killed.json"
    with pytest.raises(Killed):
        evaluate(first, out, *flags)
    assert not out.exists()
    journal = tmp_path / "killed.json.scores.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"call": "torn')
    assert evaluate(second, out, *flags) == expected
    assert first.asked + second.asked == whole.asked
    assert len(second.asked) == len(whole.asked) - 8 > 0
    assert [path.name for path in tmp_path.glob("killed*")] == ["killed.json"]


def test_another_model_of_the_same_name_is_asked_anew(evaluate, tmp_path):
    out = tmp_path / "report.json"
    with pytest.raises(Killed):
        evaluate(Mortal(lives=3), out)
    trained = Mortal(checksum="5678")
    assert evaluate(trained, out)["models"] == {"mortal": "5678"}
    assert len(trained.asked) == 6


def test_a_judge_s_conduct_is_that_of_all_its_answers(evaluate, tmp_path):
    def judge(lives):
        chat = best("a")
        reply = chat.reply

        async def mortal(*words, **settings):
            if len(chat.asked) >= lives:
                raise Killed
            return await reply(*words, **settings)

        chat.reply = mortal
        return Judge(chat)

    expected = evaluate(judge(10**9), tmp_path / "whole.json")
    assert expected["notes"]["mortal"]["comparisons"] > 100
    with pytest.raises(Killed):
        evaluate(judge(100), tmp_path / "killed.json")
    assert (tmp_path / "killed.json.scores.jsonl").stat().st_size > 0
    assert evaluate(judge(10**9), tmp_path / "killed.json") == expected


def test_a_command_killed_with_sigkill_goes_on(run, tmp_path, monkeypatch):
    killed, whole = tmp_path / "killed.json", tmp_path / "whole.json"
    journal = tmp_path / "killed.json.scores.jsonl"
    words = ["evaluate", str(run), "--rm", "slow", "--out"]
    killed_once_there("tests.rewards.benchmark.slow", [*words, str(killed)], journal)
    assert journal.exists()
    assert not killed.exists()
    monkeypatch.setitem(registry.REWARD_MODELS.table, "slow", "rewards.baselines:random_reward")
    assert main([*words, str(killed)]) == 0
    assert main([*words, str(whole)]) == 0
    assert killed.read_text() == whole.read_text()


@pytest.mark.parametrize("bad", [[math.nan, 0.5], [0.5, math.inf], [0.5]])
def test_scores_that_no_evaluation_can_use_leave_the_journal_readable(bad, tmp_path):
    class Bad(Mortal):
        async def score(self, trajectories):
            await super().score(trajectories)
            return bad

    shown = [drawn("t", 1).trajectory(place) for place in (1, 2)]
    path = tmp_path / "x.scores.jsonl"
    kept = asyncio.run(Journaled(Mortal(), path, "good").score(shown))
    assert asyncio.run(Journaled(Bad(), path, "bad").score(shown)) is bad
    never = Mortal(lives=0)
    assert asyncio.run(Journaled(never, path, "good").score(shown)) == kept
    better = Mortal()
    asyncio.run(Journaled(better, path, "bad").score(shown))
    assert better.asked


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    path = tmp_path / "report.json.scores.jsonl"
    path.write_text("mine\n")
    with pytest.raises(BadData, match=r"not a journal of scores: .*; remove it to begin again"):
        Journaled(Mortal(), path, "mortal")


def test_what_cannot_be_written_is_told_before_any_model_is_asked(run, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    words = ["evaluate", str(run), "--rm", "no-such-model"]
    for flag, place in (("--out", tmp_path), ("--plots", tmp_path / "file")):
        assert main([*words, flag, str(place)]) == 2
        assert f"error: {place}: " in capsys.readouterr().err


def test_without_out_nothing_is_kept(run, tmp_path, capsys):
    before = sorted(tmp_path.rglob("*"))
    assert main(["evaluate", str(run), "--rm", "random"]) == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_an_answer_is_found_again_by_what_is_shown(tmp_path):
    [tree] = [drawn("t", 1)]
    shown = [tree.trajectory(place) for place in (1, 2)]
    path = tmp_path / "x.scores.jsonl"
    first = asyncio.run(Journaled(Mortal(), path, "m").score(shown))
    again = Mortal(lives=1)
    journaled = Journaled(again, path, "m")
    assert asyncio.run(journaled.score(shown)) == first
    assert not again.asked
    asyncio.run(journaled.score(shown[::-1]))
    assert len(again.asked) == 1
