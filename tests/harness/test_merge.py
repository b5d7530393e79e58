"""Runs on some environments each become the run that one machine would have made of all."""

import json
from dataclasses import replace

import pytest

from harness import __main__ as harness
from harness import merge
from harness.episode import EPISODES_FILE, read_episodes

PLAY = ["--policy", "expert:0.5", "--rm", "random", "--method", "best-of-n", "--n", "2"]


@pytest.fixture
def play(tmp_path):
    """Play one task or some of environments into a directory of this test's."""

    def play(name, *tasks, flags=()):
        out = tmp_path / name
        command = [*PLAY, "--tasks", *tasks, "--limit", "2", *flags, "--out", str(out)]
        assert harness.main(command) == 0
        return out

    return play


@pytest.fixture
def merged(tmp_path, capsys):
    """What `harness.merge` makes of some runs, or its complaint."""

    def merged(*runs, out="all"):
        status = merge.main([*map(str, runs), "--out", str(tmp_path / out)])
        return tmp_path / out if status == 0 else capsys.readouterr().err

    return merged


def manifest(run):
    return json.loads((run / "run.json").read_text())


def timeless(run):
    return [replace(episode, seconds=0.0) for episode in read_episodes(run)]


def test_merged_runs_are_the_run_of_all_their_environments(play, merged):
    together = merged(play("a", "maze", "toy"), play("b", "pddl"))
    alone = play("alone", "maze", "toy", "pddl")
    assert timeless(together) == timeless(alone)
    assert manifest(together) == manifest(alone)


def test_a_merged_run_is_resumed_where_its_parts_were_stopped(play, merged, tmp_path):
    parts, alone = [play("a", "maze"), play("b", "toy")], play("alone", "maze", "toy")
    lines = (parts[0] / EPISODES_FILE).read_bytes().splitlines(keepends=True)
    (parts[0] / EPISODES_FILE).write_bytes(lines[0] + lines[1][:40])
    together = merged(*parts)
    assert len(read_episodes(together)) == 1 + 2
    assert harness.main(["--resume", str(together)]) == 0
    assert timeless(together) == timeless(alone)
    summaries = [json.loads((run / "summary.json").read_text()) for run in (together, alone)]
    assert summaries[0]["tasks"] == summaries[1]["tasks"]


def test_runs_that_differ_are_refused(play, merged):
    first = play("a", "maze")
    assert "--seed 7 (the run has 0)" in merged(first, play("seed", "toy", flags=["--seed", "7"]))
    assert "maze: in more than one of the runs" in merged(first, play("same", "maze"))
    scored_anew = ["--rescore", str(play("b", "toy")), "--out", str(first.with_name("c"))]
    assert harness.main([*scored_anew, "--rm", "oracle"]) == 0
    assert "in --rm oracle (the run has random)" in merged(first, first.with_name("c"))
    assert "merge the runs that have the trajectories" in merged(first.with_name("c"))


@pytest.mark.parametrize("what", ["models", "versions"])
def test_runs_of_other_models_or_versions_are_refused(play, merged, what):
    first, second = play("a", "maze"), play("b", "toy")
    for run, value in ((first, "1"), (second, "2")):
        content = manifest(run)
        content[what]["x"] = value
        (run / "run.json").write_text(json.dumps(content))
    assert f"made with other {what} than the runs before it: x is 2, not 1" in merged(first, second)


def test_nothing_is_written_over_and_what_is_no_run_is_named(play, merged, tmp_path):
    run = play("a", "maze")
    assert "not an empty directory" in merged(run, out="a")
    assert "is not a run directory" in merged(run, tmp_path / "nothing")
    assert not (tmp_path / "all").exists()
