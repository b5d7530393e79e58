"""ALFWorld's engine beside recorded games: TextWorld's own observations, and walkthroughs."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

import agentrm_envs
from agentrm_envs.alfworld.engine import Engine, bits
from agentrm_envs.alfworld.reader import read_game
from agentrm_envs.alfworld.wording import Wording
from agentrm_envs.errors import BadData, MissingData
from agentrm_envs.task_lists import task_table
from tests.agentrm_envs.alfworld_recorded import BANNER, Player, archive, compact, game_file

RECORDED = 3553
"""Games with an expert's trajectory."""


def player(text: str) -> Player:
    household, grammar = read_game(text, "game")
    engine = Engine(household)
    return Player(engine, Wording(engine, grammar))


@pytest.mark.slow
@pytest.mark.parametrize("every", [60, pytest.param(1, marks=pytest.mark.soak)])
def test_recorded_expert_trajectories_come_out_byte_for_byte(every):
    """One recorded game in sixty, or all."""
    games = 0
    for files in archive("train", every):
        playing = player(files["game.tw-pddl"])
        turns = json.loads(files["gt_traj.json"])
        goal = playing.engine.household.goal.text
        begun = f"{BANNER}{playing.wording.opening(playing.state)}\n\nYour task is to: {goal}"
        assert begun == turns[0]["value"]
        for action, answer in zip(turns[1::2], turns[2::2], strict=True):
            text = playing.step(action["value"].strip())
            # The recording left out where one arrived, as ETO's harness does.
            assert (text.partition(". ")[2] if "arrive at loc" in text else text) == answer["value"]
        assert playing.engine.won(playing.state)
        games += 1
    assert games >= (0.7 * RECORDED / every if every > 1 else RECORDED)


@pytest.mark.parametrize("split", ["valid_seen", "valid_train"])
def test_walkthroughs_of_the_new_release_win_at_their_last_command(split):
    games = 0
    for row in compact(split, 4):
        playing = player(game_file(row))
        assert playing.wording.grammar == "move"
        for command in row["walkthrough"]:
            assert not playing.engine.won(playing.state)
            assert command in playing.commands()
            playing.step(command)
        assert playing.engine.won(playing.state)
        games += 1
    assert games >= 35


def test_walkthroughs_play_alike_in_both_releases():
    old = {
        json.loads(files["game.tw-pddl"])["pddl_problem"]: files
        for files in archive("valid_seen", 8)
    }
    played = 0
    for row in compact("valid_seen"):
        files = old.get(row["pddl_problem"])
        if files is None:
            continue
        before, after = player(files["game.tw-pddl"]), player(game_file(row))
        assert (before.wording.grammar, after.wording.grammar) == ("put", "move")
        for command in row["walkthrough"]:
            said = after.step(command)
            told = before.step(re.sub("^move (.+) to (.+)$", r"put \1 in/on \2", command))
            told = re.sub(r"^You put the (.+) in/on the ", r"You move the \1 to the ", told)
            assert said.partition(". ")[2] == told.partition(". ")[2]
            assert said == told or said.startswith("You arrive at ")
        assert before.engine.won(before.state)
        played += 1
    assert played >= 10


def test_a_foreign_domain_or_grammar_is_refused():
    row = next(compact("valid_seen"))
    for key in ("pddl_domain", "grammar"):
        game = json.loads(game_file(row))
        game[key] = game[key].replace("open", "break")
        with pytest.raises(BadData, match=f"its {key} is not one"):
            read_game(json.dumps(game), "game")


def test_official_games_are_played_in_the_grammar_that_is_asked_for(tmp_path, monkeypatch):
    rows = list(compact("valid_seen", 45))
    root = tmp_path / "alfworld" / "json_2.1.1" / "valid_unseen"
    for row in rows:
        folder = root / row["task"] / row["trial"]
        folder.mkdir(parents=True)
        (folder / "game.tw-pddl").write_text(game_file(row), encoding="utf-8")
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    task_table.cache_clear()
    env = agentrm_envs.make("alfworld", data="official", grammar="move", protocol="eto")
    assert env.tasks == sorted(f"{row['task']}/{row['trial']}" for row in rows)
    for row in rows:
        env.reset(options={"task": f"{row['task']}/{row['trial']}"})
        for command in row["walkthrough"]:
            *_, info = env.step(command)
        assert info["score"] == 1.0
    with pytest.raises(BadData, match="make the environment with grammar='move'"):
        agentrm_envs.make("alfworld", data="official").reset(options={"task": env.tasks[0]})
    task_table.cache_clear()


def test_official_games_that_were_not_solved_are_not_played(tmp_path, monkeypatch):
    rows = list(compact("valid_seen", 45))[:3]
    root = tmp_path / "alfworld" / "json_2.1.1" / "valid_unseen"
    for row, solvable in zip(rows, (True, False, None), strict=True):
        folder = root / row["task"] / row["trial"]
        folder.mkdir(parents=True)
        game = json.loads(game_file(row))
        if solvable is not None:
            game["solvable"] = solvable
        (folder / "game.tw-pddl").write_text(json.dumps(game), encoding="utf-8")
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    task_table.cache_clear()
    played = {f"{row['task']}/{row['trial']}" for row in (rows[0], rows[2])}
    assert set(task_table("alfworld", "test", "official")) == played
    task_table.cache_clear()


def test_missing_official_games_say_where_they_go(tmp_path, monkeypatch):
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    task_table.cache_clear()
    with pytest.raises(MissingData, match="alfworld-download"):
        task_table("alfworld", "test", "official")


def test_what_is_cool_at_the_beginning_is_told_to_be():
    cool = 0
    for row in compact("valid_seen"):
        if "(iscool" not in row["pddl_problem"].lower():
            continue
        playing = player(game_file(row))
        plain = playing.engine.start.cool & ~playing.engine.trait("isreceptacleobject")
        for thing in bits(plain):
            playing.state = replace(playing.engine.start, held=1 << thing)
            name = playing.wording.things[thing]
            assert playing.step(f"examine {name}") == f"This is a cold {name}."
            cool += 1
    assert cool >= 5


def test_a_held_knife_slices_what_is_near_and_examining_tells():
    sliced = 0
    for row in compact("valid_seen", 5):
        playing = player(game_file(row))
        knives = [n for n, t in enumerate(playing.engine.things) if t.kind == "knife"]
        bread = next((n for n, t in enumerate(playing.engine.things) if t.kind == "bread"), None)
        spots = [n for n, mask in enumerate(playing.state.near) if bread and mask >> bread & 1]
        if not knives or not spots:
            continue
        playing.state = replace(playing.state, at=spots[0], held=1 << knives[-1])
        knife, loaf = playing.wording.things[knives[-1]], playing.wording.things[bread]
        said = playing.step(f"slice {loaf} with {knife}")
        assert said == f"You sliced the {loaf} with the {knife}."
        assert playing.state.sliced == 1 << bread
        sliced += 1
    assert sliced >= 3
