from __future__ import annotations

from dataclasses import replace

import pytest

from leaderboard import source
from leaderboard.compare import paired
from leaderboard.errors import NotComparable


@pytest.fixture
def both(made_runs):
    return [source.read_run(made_runs / name).evidence for name in ("strong", "weak")]


def test_the_difference_is_that_of_the_means_on_the_shared_tasks(both):
    strong, weak = both
    table = paired(strong, weak)
    maze, overall = table.rows
    gap = strong.entry.results["maze"].mean - weak.entry.results["maze"].mean
    assert maze.found.difference == pytest.approx(gap)
    assert maze.found.difference > 0
    assert (maze.name, overall.name, maze.found.tasks, table.left_out) == ("maze", "overall", 6, 0)


def test_the_other_way_round_the_sign_turns_and_the_p_value_stays(both):
    strong, weak = both
    there, back = paired(strong, weak).rows[-1].found, paired(weak, strong).rows[-1].found
    assert back.difference == pytest.approx(-there.difference)
    assert back.p == there.p


def test_a_system_does_not_differ_from_itself(both):
    found = paired(both[0], both[0]).rows[-1].found
    assert (found.difference, found.p) == (0.0, 1.0)


def test_tasks_that_only_one_was_scored_on_are_left_out_and_counted(both):
    strong, weak = both
    fewer = replace(weak, episodes=weak.episodes[2:])
    table = paired(strong, fewer)
    assert table.left_out == 2
    assert table.rows[0].found.tasks == 4
    assert "2 tasks" in str(table)


def test_episodes_that_broke_off_are_left_out(both):
    strong, weak = both
    broken = replace(weak.episodes[0], error="environment: EnvCrashed: died")
    assert paired(strong, replace(weak, episodes=(broken, *weak.episodes[1:]))).left_out == 1


def test_runs_without_a_shared_task_are_refused(both):
    strong, weak = both
    with pytest.raises(NotComparable, match="no task in common"):
        paired(
            replace(strong, episodes=strong.episodes[:3]), replace(weak, episodes=weak.episodes[3:])
        )


def test_built_in_and_official_tasks_are_not_mixed(both):
    strong, weak = both
    official = replace(weak, entry=replace(weak.entry, data="official"))
    with pytest.raises(NotComparable, match="official"):
        paired(strong, official)


def test_a_name_cannot_break_the_lines_of_a_comparison(both):
    strong, weak = both
    named = replace(strong, entry=replace(strong.entry, system="a\nB: c\x1b[2J"))
    assert str(paired(named, weak)).startswith("A: a B: c [2J\nB: random")


def test_the_comparison_is_data_too(both):
    plain = paired(*both).plain()
    assert plain["A"] == "expert, greedy"
    assert set(plain["rows"]) == {"maze", "overall"}
    assert plain["rows"]["maze"]["p"] <= 1
