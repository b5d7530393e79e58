"""The paper's experiments that train nothing, on policies that need no model."""

from __future__ import annotations

import csv
import itertools
import json
import sys

import pytest

from harness.episode import read_episodes
from leaderboard import source
from leaderboard.__main__ import main
from leaderboard.experiments.command import EXPERIMENTS
from leaderboard.experiments.n_scaling import Draw, expected_best
from leaderboard.experiments.playing import file_names
from leaderboard.experiments.scores import points
from leaderboard.verify import verify
from tests.tiny_model import killed_once_there

FILES = ("result.json", "result.csv", "result.txt", "result.svg")


def experiment(name, out, *flags):
    return main(["experiment", name, "--out", str(out), *map(str, flags)])


def table(out):
    """The mean of each block, row and column, of a finished experiment."""
    assert all((out / name).stat().st_size for name in FILES)
    with (out / "result.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {(row["block"], row["row"], row["column"]): float(row["mean"]) for row in rows}


def by_hand(draws, n):
    """The mean over all choices of n draws of the score of the most valued, ties shared."""
    each = [draw for draw in draws for _ in range(draw.times)]
    picks = []
    for some in itertools.combinations(each, n):
        best = [draw.score for draw in some if draw.value == max(d.value for d in some)]
        picks.append(sum(best) / len(best))
    return sum(picks) / len(picks)


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_a_pick_among_n_is_the_mean_over_all_choices_of_n_draws(n):
    draws = [Draw(1, 0.2, 3.0), Draw(2, 1.0, 1.0), Draw(1, 0.5, 2.0), Draw(2, 0.0, 2.0)]
    # Of equal values one draw is as likely as another, here as by hand: by how often it was drawn.
    assert expected_best(draws, n) == pytest.approx(by_hand(draws, n))


N_FLAGS = ["--policy", "random", "--tasks", "maze", "pddl", "--limit", "4", "--n", "8"]
N_FLAGS += ["--rm", "longest", "oracle", "majority"]


@pytest.fixture(scope="module")
def scaled(tmp_path_factory):
    out = tmp_path_factory.mktemp("n-scaling") / "out"
    assert experiment("n-scaling", out, *N_FLAGS) == 0
    return out


def test_n_scaling_ends_with_the_run_itself(scaled):
    """At the largest N nothing is averaged: it is what the reward model's run came to."""
    found = table(scaled)
    for rm in ("longest", "oracle"):
        entry = source.read_run(scaled / "runs" / f"by-{rm}").evidence.entry
        assert entry.results["pddl"].mean == pytest.approx(found["pddl", rm, "8"], abs=0.13)
        overall = entry.overall
        if rm == "oracle":
            assert overall.mean_over_tasks == pytest.approx(found["mean of environments", rm, "8"])


def test_n_scaling_begins_at_the_mean_draw_and_the_best_only_rises(scaled):
    found = table(scaled)
    columns = ["1", "2", "3", "4", "5", "6", "7", "8"]
    for block in ("maze", "pddl", "mean of environments", "mean of episodes"):
        firsts = {found[block, row, "1"] for row in ("longest", "oracle", "majority")}
        assert firsts == {found[block, "any of them", "1"]}
        curve = [found[block, "oracle", n] for n in columns]
        assert curve == sorted(curve)
        assert curve == [found[block, "the best of them", n] for n in columns]


def test_the_trajectories_of_n_scaling_are_drawn_once(scaled):
    def steps(run):
        return [[node.step for node in e.tree.nodes] for e in read_episodes(scaled / "runs" / run)]

    assert steps("by-longest") == steps("by-oracle") == steps("draws")
    for episode in read_episodes(scaled / "runs" / "draws"):
        assert sum(episode.tree.nodes[leaf].visits for leaf in episode.tree.leaves()) == 8


def test_what_compares_all_draws_is_said_to(scaled):
    assert "majority compared all 8, also where N is less" in (scaled / "result.txt").read_text()


def test_the_runs_of_an_experiment_are_verified_like_any_other(scaled):
    found = source.read_run(scaled / "runs" / "by-longest")
    assert verify(found.evidence, found.trajectories).verified


def test_a_result_names_its_runs_and_settings(scaled):
    written = json.loads((scaled / "result.json").read_text())
    assert written["settings"]["n"] == 8
    assert {"greedy", "draws", "by-oracle"} < set(written["runs"])
    point = written["points"][0]
    assert point["low"] <= point["mean"] <= point["high"]


def test_killed_anywhere_an_experiment_goes_on_to_the_same_result(scaled, tmp_path):
    out = tmp_path / "out"
    command = ["experiment", "n-scaling", "--out", str(out), *N_FLAGS]
    for file in ("runs/draws/run.json", "runs/by-longest/run.json"):
        killed_once_there("leaderboard", command, out / file)
        assert not (out / "result.json").exists()
    assert main(command) == 0
    assert (out / "result.csv").read_bytes() == (scaled / "result.csv").read_bytes()
    assert len((out / "runs/draws/episodes.jsonl").read_bytes().splitlines()) == 8


def test_done_again_nothing_is_played(scaled, monkeypatch):
    before = (scaled / "result.json").read_bytes()
    monkeypatch.setattr("leaderboard.experiments.stage.MAINS", {})
    assert experiment("n-scaling", scaled, *N_FLAGS, "--max-concurrent", 2) == 0
    assert (scaled / "result.json").read_bytes() == before


def test_a_folder_of_other_settings_is_refused(scaled, capsys):
    assert experiment("n-scaling", scaled, *N_FLAGS, "--seed", 1) == 2
    assert "other settings" in capsys.readouterr().err


def test_a_dry_run_prints_the_plan_and_does_nothing(tmp_path, capsys):
    assert experiment("n-scaling", tmp_path / "out", *N_FLAGS, "--dry-run") == 0
    shown = capsys.readouterr().out
    assert "--method best-of-n --n 8 --tasks maze pddl" in shown
    assert "8 episodes of 8 trajectories" in shown
    assert "5 stages, 5 to do" in shown
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--tasks", "chess"], "no environment is named 'chess'"),
        (["--policy", "nobody"], "no policy is named 'nobody'"),
        (["--rm", "nothing"], "no reward model is named 'nothing'"),
        (["--n", "0"], "--n must be at least 1"),
        (["--temperature", "nan"], "--temperature must be at least 0"),
    ],
)
def test_a_mistake_is_found_before_anything_is_played(tmp_path, capsys, flags, message):
    assert experiment("n-scaling", tmp_path / "out", "--tasks", "maze", *flags) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_matplotlib_nothing_is_played(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert experiment("n-scaling", tmp_path / "out", *N_FLAGS) == 2
    assert "pip install 'agentrm[train]'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_stage_that_fails_ends_the_experiment_unfinished(tmp_path, capsys):
    out = tmp_path / "out"
    flags = ["--policy", "random", "--rm", "explicit:nowhere", "--tasks", "maze", "--limit", 1]
    assert experiment("n-scaling", out, *flags, "--n", 2) == 2
    assert "not finished" in capsys.readouterr().err
    assert not (out / "result.json").exists()


def test_perturbed_alfworld_plays_every_form_of_the_commands(tmp_path):
    out = tmp_path / "out"
    flags = ["--policy", "expert:0.5", "--rm", "oracle", "--n", 2, "--limit", 2]
    assert experiment("perturbed-alfworld", out, *flags) == 0
    found = table(out)
    forms = ("using", "move-to", "from-first", "joined", "with-first")
    for row in ("greedy", "best of 2, oracle"):
        numbers = [found["alfworld", row, form] for form in forms]
        assert found["alfworld", row, "average"] == pytest.approx(sum(numbers) / 5, abs=1e-5)
        change = found["alfworld", row, "average"] - found["alfworld", row, "original"]
        assert found["alfworld", row, "change"] == pytest.approx(change, abs=1e-5)
        assert ("alfworld", row, "std") in found
    said = {
        step.action.text.split()[0]
        for episode in read_episodes(out / "runs" / "greedy")
        if episode.task.env == "alfworld:move-to"
        for step in episode.tree.trajectory(episode.chosen).steps
    }
    assert "move" in said
    assert "go" not in said


def test_weak_to_strong_shows_each_policy_alone_and_guided(tmp_path):
    out = tmp_path / "out"
    flags = ["--policies", "random", "expert:0.6", "--rm", "oracle", "--tasks", "pddl"]
    flags += ["--limit", 3, "--n", 3, "--width", 2, "--branch", 2]
    assert experiment("weak-to-strong", out, *flags) == 0
    found = table(out)
    for policy in ("random", "expert:0.6"):
        greedy, guided = found["pddl", policy, "greedy"], found["pddl", policy, "beam 2x2"]
        assert found["pddl", policy, "gain of beam 2x2"] == pytest.approx(guided - greedy, abs=1e-5)
    assert found["pddl", "expert:0.6", "greedy"] == 1.0
    assert found["pddl", "random", "best of 3"] >= found["pddl", "random", "greedy"]


def test_specialised_policies_play_their_own_environment_each(tmp_path):
    out = tmp_path / "out"
    # One of the specialised policies is the general one, whose runs are still its own.
    flags = ["--policies", "maze=expert", "alfworld:eto=expert:0.4", "pddl=random"]
    flags += ["--general", "random"]
    flags += ["--rm", "oracle", "--methods", "greedy", "best-of-n", "--n", 2, "--limit", 2]
    assert experiment("specialised-policy", out, *flags) == 0
    block = "each environment's metric"
    found = table(out)
    assert found[block, "specialised, greedy", "maze"] == 1.0
    assert found[block, "specialised, greedy", "alfworld:eto"] == 1.0
    assert found[block, "general, greedy", "maze"] < 1.0
    assert (block, "specialised, best of 2", "mean of episodes") in found


@pytest.mark.parametrize("pairs", [["maze"], ["maze="], ["maze=random", "maze=expert"]])
def test_specialised_policies_are_named_once_each(tmp_path, capsys, pairs):
    assert experiment("specialised-policy", tmp_path / "out", "--policies", *pairs) == 2
    assert "TASK=POLICY" in capsys.readouterr().err


def test_equal_differences_leave_the_spread_unknown():
    [point] = points("row", "column", {"maze": {"1": [0.0], "2": [0.0]}}, signed=True)
    assert (point.mean, point.low, point.high) == (0.0, -1.0, 1.0)


def test_folders_of_models_never_meet():
    names = file_names(["hf:a/b", "hf:a_b", "hf:a/b", "hf:a:b"])
    assert len(set(names.values())) == 3


def test_every_experiment_says_what_it_is():
    assert all(experiment.about for experiment in EXPERIMENTS.values())
