"""Values files as they are read: which rows are refused, and which are in two files."""

import json
import math
from pathlib import Path

import pytest

from rewards.__main__ import main
from rewards.dataset import VALUES, extract
from rewards.errors import BadData
from rewards.selection import Extraction
from rewards.values import read_values, repeated
from tests.rewards.trees import tree_of, written

ALL = Extraction(holdout=0.0, paths=None)


def changed(folder: Path, **numbers: object) -> Path:
    """A values file of one row of two actions, with other numbers in it."""
    extract([written(folder / "run", [tree_of("t", "ab=1", "ab=1")])], folder, ALL)
    row = json.loads((folder / VALUES).read_text())
    (folder / VALUES).write_text(json.dumps(row | numbers) + "\n")
    return folder / VALUES


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 7.0, -3])
def test_a_value_that_is_no_mean_return_is_refused(tmp_path, number):
    path = changed(tmp_path, values=[0.5, number])
    with pytest.raises(BadData, match=r"line 1: not a row of values \(.*values\.1"):
        list(read_values(path))


def test_rewards_are_finite(tmp_path):
    path = changed(tmp_path, rewards=[0.0, math.nan])
    with pytest.raises(BadData, match=r"line 1: not a row of values \(.*rewards\.1"):
        list(read_values(path))


def test_blank_lines_are_passed_over(tmp_path):
    path = changed(tmp_path)
    [row] = read_values(path)
    path.write_text(f"\n{path.read_text()}\n \n")
    assert list(read_values(path)) == [row]


def test_no_share_is_taken_of_nothing(tmp_path, capsys):
    empty, out = tmp_path / "values.jsonl", tmp_path / "part.jsonl"
    empty.write_text("")
    assert main(["subset", str(empty), "--share", "0.5", "--out", str(out)]) == 2
    assert f"{empty} has no rows to take a share of" in capsys.readouterr().err
    assert not out.exists()


def test_rows_that_an_earlier_file_has_too_are_counted(tmp_path):
    some, other, both = (tmp_path / name for name in ("some", "other", "both"))
    for folder, task in ((some, "a"), (other, "b")):
        extract([written(folder / "run", [tree_of(task, "ab=1", "b=0")])], folder, ALL)
    files = [folder / VALUES for folder in (some, other, both)]
    both.mkdir()
    files[2].write_bytes(files[0].read_bytes() + files[1].read_bytes())
    assert repeated(files[:2]) == repeated(files[2:]) == []
    assert repeated(files) == [(files[2], 4)]
    assert repeated([files[0], files[0]]) == [(files[0], 2)]
