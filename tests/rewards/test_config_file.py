"""Flags from a file."""

from __future__ import annotations

import pytest

from harness.__main__ import PROGRAM
from harness.flags import parse
from rewards.__main__ import parser


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config.toml"


def test_a_file_s_values_are_the_flags(file):
    file.write_text('tasks = ["maze", "pddl"]\nlimit = 3\nmax_concurrent = 2\njson = true\n')
    asked = parse(PROGRAM, ["--config", str(file)])
    assert asked.settings == {"tasks": ("maze", "pddl"), "limit": 3}
    assert (asked.place.max_concurrent, asked.json) == (2, True)


def test_flags_win_on_either_side_of_the_file(file):
    file.write_text('limit = 3\nmethod = "beam"\n')
    default = str(PROGRAM.defaults.limit)
    for words in (
        ["--limit", default, "--config", str(file)],
        ["--config", str(file), "--limit", default],
    ):
        assert parse(PROGRAM, words).settings == {"limit": int(default), "method": "beam"}


def test_a_file_can_have_flags_that_are_needed(file):
    file.write_text('out = "data"\nbalance = true\nwithout = ["thoughts"]\nholdout = 0.2\n')
    given = parser().parse_args(["extract", "run", "--config", str(file)])
    assert (str(given.out), given.balance, given.without) == ("data", 0, ["thoughts"])
    assert given.holdout == 0.2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("limti = 3", "python -m harness has no flag --limti"),
        ("help = true", "has no flag --help"),
        ('limit = "many"', "argument --limit: invalid int value: 'many'"),
        ('method = "walk"', "invalid choice: 'walk'"),
        ("limit = true", "limit takes a value, as --limit does, not true"),
        ('json = "false"', "json is true or false, as --json takes no value, not 'false'"),
        ("limit =", "Invalid value"),
        (None, "No such file"),
    ],
)
def test_mistakes_in_a_file_are_named(text, said, file, capsys):
    if text is not None:
        file.write_text(text)
    with pytest.raises(SystemExit):
        parse(PROGRAM, ["--config", str(file)])
    shown = capsys.readouterr().err
    assert f"--config {file}: " in shown
    assert said in shown


def test_a_shortened_flag_is_no_flag(tmp_path, capsys):
    """A file behind `--conf` would be read by nobody."""
    words = ["subset", "values.jsonl", "--share", "0.5", "--out", "part.jsonl"]
    with pytest.raises(SystemExit):
        parser().parse_args([*words, "--conf", str(tmp_path / "nowhere.toml")])
    assert "there is no flag --conf; did you mean '--config'?" in capsys.readouterr().err
