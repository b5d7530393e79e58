"""Lists of tasks."""

import pytest

from agentrm_envs.errors import EnvError, UnknownEnv
from agentrm_envs.task_lists import chosen, named, spread


def test_a_limit_is_spread_over_the_list():
    assert spread("0123456789", 4) == list("0257")
    assert spread("0123456789", 0) == spread("0123456789", 99) == list("0123456789")
    assert spread("0123456789", 1) == ["0"]


def test_a_limit_below_0_is_an_error_that_shows_it():
    with pytest.raises(EnvError, match="a limit of -1: "):
        spread("0123456789", -1)


def test_a_word_names_an_environment_or_a_task_of_it():
    assert named("maze") == ("maze", None)
    assert named("pddl/gripper/test-000") == ("pddl", "gripper/test-000")
    assert named("maze/") == ("maze", "")
    assert named("agentrm/Maze-v0") == ("agentrm/Maze-v0", None)


def test_gymnasium_s_id_is_answered_with_the_short_name():
    with pytest.raises(UnknownEnv, match="did you mean 'maze'"):
        chosen(["agentrm/Maze-v0"])
