"""BabyAI's commands in a view, the ways that they go and the words for the view."""

from __future__ import annotations

import random
from collections import deque

import pytest

from agentrm_envs.babyai.commands import commands
from agentrm_envs.babyai.levels import LEVELS
from agentrm_envs.babyai.navigation import Ways
from agentrm_envs.babyai.view import EMPTY, SIZE, UNSEEN, View, describe, look
from agentrm_envs.babyai.world import STEP, World


def view_of(*rows: str, carried: str = EMPTY) -> View:
    """A view from (10, 10) to the right; `.` free, `?` unseen, letters as in NAMES."""
    assert len(rows) == SIZE
    assert {len(row) for row in rows} == {SIZE}
    names = [NAMES[cell] for row in rows for cell in row]
    names[SIZE * SIZE - SIZE // 2 - 1] = carried
    return View(tuple(names), 10, 10, 0)


NAMES = {
    ".": EMPTY,
    "?": UNSEEN,
    "#": "grey wall",
    "k": "red key",
    "b": "red ball",
    "x": "red box",
    "g": "green goal",
    "o": "blue open door",
    "c": "blue closed door",
    "l": "blue locked door",
}
FREE = "......."


def test_a_command_passes_over_what_cannot_be_reached_when_it_counts():
    view = view_of(FREE, FREE, "##.....", "k#....k", "##.....", FREE, "...?...")
    assert "There is a red key 1 3 steps in front of you and 3 steps to your left." in describe(
        view, ""
    )
    known = commands(view, "")
    for verb in ("pickup", "go to"):
        command = f"{verb} red key 1"
        assert known.errors[command] == f"You cannot {command}, as there is no path leading to it."
        assert known.moves[command].count(1) == 1
        assert 0 not in known.moves[command]
        assert f"{verb} red key 2" not in {**known.moves, **known.errors}


def test_doors_have_commands_and_errors_by_their_state():
    view = view_of(FREE, FREE, FREE, FREE, "l.....o", "...c...", "...?...")
    known = commands(view, "")
    assert known.moves["go through blue open door 1"]
    assert known.moves["toggle and go through blue closed door 1"][-2:] == [5, 2]
    closed = "go through blue closed door 1"
    assert known.errors[closed] == (
        f"You cannot {closed}, as it is closed. You should toggle it first."
    )
    locked = "toggle and go through blue locked door 1"
    assert "toggle" in commands(view_of(*[FREE] * 5, "...c...", "...?..."), "").moves
    assert (
        commands(view, "red key")
        .errors[locked]
        .endswith("as the color of the key you are carrying does not match the color of door.")
    )
    assert commands(view, "blue key").moves[locked][-2:] == [5, 2]


def test_a_door_without_a_way_is_answered_with_the_upstreams_table_of_counts():
    view = view_of(FREE, FREE, FREE, FREE, "###....", "c##....", "...?...")
    walled = View(view.names[:-SIZE] + ("grey wall",) * 3 + view.names[-SIZE + 3 :], 10, 10, 0)
    known = commands(walled, "")
    assert known.errors["toggle and go through blue closed door 1"] == (
        "You cannot toggle and go through blue closed door {'blue closed door': 1}, "
        "as there is no path leading to it."
    )


def test_a_goal_can_be_gone_to_unless_walls_are_around_it():
    open_view = view_of(FREE, FREE, FREE, FREE, "...g...", FREE, "...?...")
    assert commands(open_view, "").moves["go to goal"] == [2, 2]
    walled = view_of(FREE, FREE, FREE, "..###..", "..#g#..", "..###..", "...?...")
    assert commands(walled, "").errors["go to goal"] == (
        "You cannot go to the goal, as there is no path leading to it."
    )


def test_nothing_can_be_dropped_on_something_else():
    blocked = view_of(*[FREE] * 5, "...b...", "...?...", carried="red key")
    assert commands(blocked, "red key").errors["drop"] == (
        "You cannot drop the object, as there is already an object in front of you."
    )
    assert commands(view_of(*[FREE] * 6, "...?..."), "red key").moves["drop"] == [4]


def test_an_empty_view_is_described_without_a_blank_as_upstream_does():
    text = describe(view_of(*[FREE] * 6, "...?..."), "")
    assert text == (
        "You cannot see any objects within sight.The room has walls around you. "
        "You are not carrying anything."
    )


@pytest.mark.parametrize("level", LEVELS)
def test_ways_are_those_of_a_plain_queue_with_copies(level):
    """AgentBoard's search, told in its own terms: poses wait in a queue, perhaps several times."""
    rng = random.Random(level)
    for seed in range(60_000, 60_003):
        world = World(level, seed)
        for _ in range(3):
            assert_plain_ways(look(world))
            for move in rng.choices([0, 1, 2, 5], [1, 1, 4, 1], k=4):
                world.move(move)


def assert_plain_ways(view: View) -> None:
    sightings = view.sightings()
    ways = Ways(view, sightings)
    solid = {(s.x, s.y) for s in sightings if s.kind not in ("door", "goal")}
    (fx, fy), (rx, ry) = STEP[view.direction], STEP[(view.direction + 1) % 4]
    spans = [(view.x + 6 * fx - 3 * rx, rx - fx), (view.y + 6 * fy - 3 * ry, ry - fy)]
    columns, rows = (
        range(corner, corner + 7) if step > 0 else range(corner - 7, corner + 1)
        for corner, step in spans
    )
    for thing in sightings:
        if thing.kind != "wall":
            for arrive in {False, thing.kind == "door"}:
                expected = plain_way(view, (thing.x, thing.y), solid, columns, rows, arrive)
                assert (ways.onto(thing) if arrive else ways.facing(thing)) == expected


def plain_way(view, goal, solid, columns, rows, arrive):
    start = view.x, view.y, view.direction
    queue, visited, parents = deque([start]), set(), {}
    while queue and len(queue) < 100_000:
        pose = queue.popleft()
        visited.add(pose)
        x, y, d = pose
        dx, dy = STEP[d]
        if ((x, y) if arrive else (x + dx, y + dy)) == goal:
            way = []
            while pose != start:
                pose, move = parents[pose]
                way.append(move)
            return way[::-1]
        for child, move in (
            ((x + dx, y + dy, d), 2),
            ((x, y, (d - 1) % 4), 0),
            ((x, y, (d + 1) % 4), 1),
        ):
            inside = child[0] in columns and child[1] in rows
            if inside and child not in visited and child[:2] not in solid:
                queue.append(child)
                parents[child] = pose, move
    return None
