"""Lists of tasks."""

from agentrm_envs.task_lists import spread


def test_a_limit_is_spread_over_the_list():
    assert spread("0123456789", 4) == list("0257")
    assert spread("0123456789", 0) == spread("0123456789", 99) == list("0123456789")
    assert spread("0123456789", 1) == ["0"]
