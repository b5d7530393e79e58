from __future__ import annotations

import random
from dataclasses import replace

import pytest

from leaderboard.entry import plain, ranked
from leaderboard.table import markdown, render, short


def shown(*entries):
    return plain(ranked(list(entries)))


def test_a_row_has_the_mean_its_error_and_count(evidence):
    text = render(shown(evidence.entry))
    result = evidence.entry.results["maze"]
    assert f"{result.mean:.3f} ± {result.stderr:.3f} (n=6)" in text
    assert evidence.entry.system in text
    assert text.splitlines()[-1].endswith("no")


def test_columns_are_aligned(evidence):
    long = replace(evidence.entry, system="a system with a rather long name, beam 10x10")
    head, rule, *rows = render(shown(evidence.entry, long)).splitlines()
    starts = [i for i in range(1, len(rule)) if rule[i - 1] == " " and rule[i] == "-"]
    assert len(rows) == 2
    assert len(starts) == 6
    for line in (head, *rows):
        assert all(line[i - 1] == " " and line[i] != " " for i in starts)


def test_errors_are_shown(evidence):
    result = replace(evidence.entry.results["maze"], episodes=4, errors=2)
    text = render(shown(replace(evidence.entry, results={"maze": result})))
    assert "(n=4, 2 errors)" in text


def test_no_episode_with_a_score_is_no_score(evidence):
    result = replace(evidence.entry.results["maze"], episodes=0, mean=0.0, errors=2)
    text = render(shown(replace(evidence.entry, results={"maze": result})))
    assert "no score, 2 errors" in text


def test_systems_over_different_tasks_do_not_share_a_table(evidence):
    run = replace(evidence.entry.run, tasks_sha256="b" * 64)
    text = render(shown(evidence.entry, replace(evidence.entry, run=run)))
    tables = text.split("\n\n")
    assert len(tables) == 2
    assert sum("tasks bbbbbbbb" in table for table in tables) == 1


def test_a_task_that_a_system_has_not_played_is_a_dash(evidence):
    result = evidence.entry.results["maze"]
    other = replace(evidence.entry, system="x", results={"maze": result, "pddl": result})
    assert "  -  " in render(shown(evidence.entry, other))


def test_a_name_cannot_steer_the_terminal_or_break_the_line(evidence):
    text = render(shown(replace(evidence.entry, system="a\x1b[2Jb\nc\u202e")))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == 3


def test_nor_can_the_name_of_an_environment(evidence):
    result = evidence.entry.results["maze"]
    text = render(shown(replace(evidence.entry, results={"a\x1b[2J\n# b": result})))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 3


def test_markdown_cells_hold_hostile_names(evidence):
    text = markdown(shown(replace(evidence.entry, system="a | b <script> [c](d) `e` *f*")))
    head, rule, row = text.strip().splitlines()
    assert "<script>" not in text
    assert row.replace("\\|", "").count("|") == head.count("|") == rule.count("|")
    assert "\\[c\\](d)" in row


def test_no_entries_are_said_to_be_none():
    assert "no entries" in render(shown())
    assert "no entries" in markdown(shown())


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (999, "999"), (12_345, "12.3k"), (4_500_000, "4.5M"), (2e9, "2.0G")],
)
def test_counts_are_short(count, text):
    assert short(count) == text


def test_the_table_does_not_depend_on_the_order_of_entries(evidence):
    entries = [replace(evidence.entry, system=f"system {i}") for i in range(5)]
    mixed = random.Random(0).sample(entries, 5)
    assert render(shown(*entries)) == render(shown(*mixed))
