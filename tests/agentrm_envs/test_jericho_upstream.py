"""Jericho as AgentBoard has it: what reaches a story, and what of its answer is shown."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

import agentrm_envs
from agentrm_envs.errors import MissingData
from agentrm_envs.jericho.commands import (
    EMPTY,
    FORBIDDEN,
    MAX_LENGTH,
    asks_for_actions,
    command,
    cut,
    forbidden,
    verbatim,
)
from agentrm_envs.jericho.env import ENGINES, JerichoEnv, _file, _is_old
from agentrm_envs.jericho.machine import FernzMachine, lower_window, tidy
from agentrm_envs.jericho.official import clean_up, clean_up_without_prompt
from agentrm_envs.task_lists import task_table

pytest.importorskip("fernz")
STORY = "mill-1"
NOUNS = ("put egg and tree in sack", "drop all and record", "take hook and record")
HIDDEN = ("north and save", "take all and quit", "the restart", "lamp and script", "of q")
"""What Zork I to III take for a command to the interpreter; the first one writes a file."""


@pytest.fixture(params=ENGINES)
def official(request, monkeypatch):
    """An official task with one of our own stories, as nobody may pass on the real ones."""
    pytest.importorskip(request.param)
    row = {**task_table("jericho", "train")[STORY], "story": str(_file(STORY))}
    monkeypatch.setattr(JerichoEnv, "_find", lambda self, task_id: row)
    env = JerichoEnv(data="official", engine=request.param)
    env.reset(options={"task": "zork1"})
    return env


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\nTaken.\n\n>", " Taken. >"),
        ("  A  cave\n\n\nDark.\n", " A cave Dark. "),
        ("Done.\n\n[Your score has just gone up by five points.]\n\n>", "Done.  >"),
        ("[Your score is 1.] [Your score is 2.] ]", "  ]"),
        ("[Your scores]\t[Your score\n]", "[Your scores]\t"),
    ],
)
def test_an_observation_is_cleaned_as_agentboard_does(printed, shown):
    assert clean_up(printed) == shown


def test_fernz_does_not_speak_of_the_score_in_official_stories_either():
    printed = "\nDone.\n\n[Your score has just gone up by ten points.]\n\nA bell.\n\n>"
    assert clean_up_without_prompt(printed) == "Done.  A bell."


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("\n<< Mayor's house >>\n\n>", "<< Mayor's house >>"),
        ("<< Mayor's house >>", "<< Mayor's house >>"),
        ("> It is written: a > b\n>", "> It is written: a > b"),
        ("A yard.\n\n[The Court Yard]> ", "A yard."),
        (">", ""),
    ],
)
def test_our_own_clean_up_takes_a_prompt_away_and_nothing_else(printed, shown):
    assert tidy(printed) == shown


def test_of_what_fernz_tells_the_lower_window_counts():
    stream = "<bottom>a <<b>\n<top><at 1 1>Cave<bottom><bold>c<top>Moves: 1"
    assert lower_window(stream) == ("a <b>\nc", True)
    assert lower_window("Moves: 2<bottom>d", upper=True) == ("d", False)


def test_which_window_is_written_to_is_part_of_a_saved_state():
    machine = FernzMachine(_file(STORY))
    machine.start()
    kept = machine.save()
    told = machine.act("look")
    machine._upper = True
    machine.load(kept)
    assert machine.act("look") == told != ""


def test_the_c_interpreter_shows_what_agentboard_shows_and_ours_where_told():
    jericho = pytest.importorskip("jericho")
    from agentrm_envs.jericho.frotz import FrotzMachine, as_by_fernz

    with pytest.warns(UserWarning, match="not fully supported"):
        upstream = jericho.FrotzEnv(str(_file(STORY)), seed=1)
    theirs, ours = FrotzMachine(_file(STORY)), FrotzMachine(_file(STORY), clean=as_by_fernz)
    printed = upstream.reset()[0]
    assert (theirs.start(), ours.start()) == (clean_up(printed), as_by_fernz(printed))
    printed = upstream.step("look")[0]
    told = theirs.act("look")
    assert (told, ours.act("look")) == (clean_up(printed), as_by_fernz(printed))
    assert told != tidy(told)


@pytest.mark.parametrize(
    ("action", "asks"),
    [
        ("Check valid actions", True),
        ("please CHECK the actions. now", True),
        ("look, check valid actions", False),
        ("look. check valid actions", False),
        ("check valid, actions", False),
        ("a " * 18 + "check actions", True),
        ("a " * 19 + "check actions", False),
    ],
)
def test_an_action_is_cut_before_it_is_asked_whether_it_wants_the_actions(action, asks):
    assert asks_for_actions(action) is asks


def test_a_check_behind_a_comma_is_not_made_and_the_rest_is_played():
    with closing(agentrm_envs.make("jericho", split="train")) as env:
        env.reset(options={"task": STORY})
        looked = env.step("look")[0]
        assert env.step("look, check valid actions")[0] == looked


@pytest.mark.parametrize(
    ("action", "rest"),
    [
        ("take lamp, go. on", "take lamp"),
        ("a.b,c", "a"),
        ("  two  blanks", "  two  blanks"),
        (" " * 18 + "b c", " " * 18 + "b c"),
        (" " * 19 + "b c", " " * 19 + "b"),
        ("go\n" * 30, "go\n" * 30),
    ],
)
def test_the_cut_is_agentboards(action, rest):
    assert cut(action) == rest


@pytest.mark.parametrize(
    ("action", "typed"),
    [
        ("#", "#"),
        ('say "Hello!"', 'say "Hello!"'),
        ("Examine café", "Examine café"),
        ("look\nnorth", "look"),
        ("\\n\0a\x1bb\x85c\ud800d", " n a b c d"),
        (" ", " "),
        (".", ""),
        ("é" * 99, "é" * (MAX_LENGTH // 2)),
        ("x" + "é" * 99, "x" + "é" * (MAX_LENGTH // 2 - 1)),
    ],
)
def test_an_official_story_is_sent_everything_but_what_breaks_the_interpreter(action, typed):
    assert verbatim(action) == typed


@pytest.mark.parametrize("action", ["", " ", ".", ", look", "..."])
def test_an_official_story_answers_an_empty_action_itself(official, action):
    answer = official.step(action)[0]
    official.reset(options={"task": "zork1"})
    assert answer == official.machine.act(cut(action))
    assert tidy(answer)
    assert answer not in (EMPTY, FORBIDDEN)


@pytest.mark.parametrize("action", ["#", "é", "¿日本?", 'look "', "(look)", "[", "<<", ">"])
def test_an_official_story_answers_odd_signs_itself(official, action):
    answer = official.step(action)[0]
    assert tidy(answer)
    assert answer not in (EMPTY, FORBIDDEN)


@pytest.mark.parametrize("action", NOUNS)
@pytest.mark.parametrize("old", [False, True])
def test_and_may_stand_before_a_thing(action, old):
    assert not forbidden(action, old=old)


@pytest.mark.parametrize("action", HIDDEN)
def test_zork_is_sent_no_command_to_the_interpreter_wherever_it_stands(action):
    assert forbidden(action, old=True)
    assert not forbidden(action)


@pytest.mark.parametrize("action", ["$ve", "$VERIFY", '"quit"', "showverb1 eight", "look then $x"])
def test_signs_do_not_hide_a_command_to_the_interpreter(action):
    assert forbidden(verbatim(action))


@pytest.mark.parametrize("meta", ["quit", "restart", "save", "script", "record"])
@pytest.mark.parametrize("before", ["look", "north", "take all", "all"])
def test_and_begins_no_command_in_our_stories(before, meta):
    machine = FernzMachine(_file(STORY))
    machine.start()
    told = machine.act(command(f"{before} and {meta}"))
    assert not machine.halted
    machine.start()
    assert told == machine.act(f"{before} and xyzzy").replace("xyzzy", meta)


def test_the_oldest_stories_are_known_by_their_version(tmp_path):
    for version in (3, 5):
        (tmp_path / f"{version}.z5").write_bytes(bytes([version, 0]))
    assert _is_old(str(tmp_path / "3.z5"))
    assert not _is_old(str(tmp_path / "5.z5"))
    assert not _is_old(STORY)


@pytest.fixture
def stories():
    """The official stories that are there."""
    pytest.importorskip("jericho")
    try:
        return task_table("jericho", data="official")
    except MissingData as reason:
        pytest.skip(str(reason))


def test_the_official_stories_are_told_as_agentboard_tells_them(stories):
    jericho = pytest.importorskip("jericho")
    asked = ["", ".", "#", "look!", "é", "put egg and tree in sack"]
    with closing(agentrm_envs.make("jericho", data="official", max_steps=99)) as env:
        for name, task in stories.items():
            upstream = jericho.FrotzEnv(task["story"])
            upstream.reset()
            env.reset(options={"task": name})
            for action in [*asked, *task["walkthrough"]]:
                told, _, over, *_ = env.step(action)
                assert told == agentboards(upstream.step(cut(action))[0]), (name, action)
                if over:
                    break


def agentboards(printed: str) -> str:
    """The three substitutions of its `clean_up_text`."""
    for pattern, other in ((r"\n", " "), (r" {2,}", " "), (r"\[Your score .*?\]", "")):
        printed = re.sub(pattern, other, printed)
    return printed


def test_fernz_shows_no_status_line_of_an_official_story(stories):
    from agentrm_envs.jericho.frotz import FrotzMachine

    for name in sorted({"905", "acorncourt", "dragon"} & set(stories)):
        file = Path(stories[name]["story"])
        ours, theirs = FernzMachine(file), FrotzMachine(file, clean=tidy)
        assert ours.start() == theirs.start()
        assert ours.act("look") == theirs.act("look")


def test_the_official_stories_never_see_a_command_to_the_interpreter(stories):
    old = {name for name, task in stories.items() if _is_old(task["story"])}
    assert old == {"zork1", "zork2", "zork3"} & set(stories)
    with closing(agentrm_envs.make("jericho", data="official")) as env:
        for name in sorted(old):
            env.reset(options={"task": name})
            assert {env.step(action)[0] for action in HIDDEN} == {FORBIDDEN}


def test_no_walkthrough_is_refused(stories):
    for task in stories.values():
        old = _is_old(task["story"])
        assert not any(forbidden(action, old=old) for action in task["walkthrough"])
