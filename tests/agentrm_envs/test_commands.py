"""How commands end, and what their parser says of a mistake."""

from __future__ import annotations

import errno

import pytest

from agentrm_envs.commands import INTERRUPTED, Parser, ended
from agentrm_envs.errors import EnvError


@pytest.fixture
def parser():
    top = Parser("python -m agentrm_toy")
    verbs = top.add_subparsers(required=True, metavar="VERB")
    walk = verbs.add_parser("walk")
    walk.add_argument("--steps", type=int)
    walk.add_argument("--pace", choices=["slow", "quick"])
    return top


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["wlak"], "did you mean 'walk'?"),
        (
            ["walk", "--setps", "3"],
            "walk: error: there is no flag --setps; did you mean '--steps'?",
        ),
        (["walk", "--setps=3"], "there is no flag --setps; did you mean '--steps'?"),
        (["walk", "--pace", "quik"], "(choose from 'slow', 'quick'); did you mean 'quick'?"),
        (["walk", "--zzz"], "there is no flag --zzz\n"),
        (["walk", "far"], "'far' is one argument too many"),
        (["walk", "--steps", "many"], "argument --steps: invalid int value: 'many'"),
    ],
)
def test_a_mistake_is_told_in_a_line_with_what_may_be_meant(words, said, parser, capsys):
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(words)
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.endswith("--help` says what there is\n")
    assert len(shown.splitlines()) == 2


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (EnvError("no such thing"), 2, "error: no such thing\n"),
        (OSError(errno.ENOSPC, "No space left"), 2, "error: [Errno 28] No space left\n"),
        (FileExistsError(errno.EEXIST, "Exists", "a"), 2, "error: a: Exists\n"),
        (OSError(errno.EISDIR, "A folder", "a.tmp", None, "a"), 2, "error: a: A folder\n"),
        (KeyboardInterrupt(), INTERRUPTED, "stopped\n"),
    ],
)
def test_expected_errors_and_those_of_the_file_system_are_told_in_a_line(
    error, status, said, capsys
):
    def command() -> int:
        raise error

    assert ended(command, (EnvError,), interrupted="stopped") == status
    assert capsys.readouterr().err == said


def test_a_mistake_of_our_own_keeps_its_traceback():
    def command() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ended(command, (EnvError,))
