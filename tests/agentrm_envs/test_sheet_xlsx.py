"""Workbooks from and to .xlsx: what is kept, and what is refused."""

from __future__ import annotations

import datetime
import sys
import zipfile

import pytest

from agentrm_envs.errors import BadData, MissingDependency
from agentrm_envs.tool_operation.sheet import xlsx
from agentrm_envs.tool_operation.sheet.problem import agreement, items
from tests.agentrm_envs.sheets import Play

openpyxl = pytest.importorskip("openpyxl")


def test_what_is_saved_is_loaded_again(tmp_path):
    play = Play()
    for tool, arguments in (
        ("merge_cells", {"start_position": "A1", "end_position": "B1"}),
        ("update_cell", {"position": "E2", "value": "=SUM(C2:D2)"}),
        ("update_cell", {"position": "E3", "value": "'=not a formula"}),
        ("update_cell", {"position": "E4", "value": "50%"}),
        ("update_cell", {"position": "E5", "value": "true"}),
        ("update_note", {"position": "C2", "content": "look\nhere"}),
        ("freeze_data", {"dimension": "rows", "num": 1}),
    ):
        play(tool, **arguments)
    xlsx.save(play.book, tmp_path / "book.xlsx")
    again = xlsx.load(tmp_path / "book.xlsx")
    assert agreement(items(again), items(play.book)) == 1.0
    assert [(s.name, s.frozen_rows, s.merges) for s in again.sheets] == [
        (s.name, s.frozen_rows, s.merges) for s in play.book.sheets
    ]
    loaded = Play(again)
    loaded("open_sheet", name="Sheet1")
    loaded("update_cell", position="C2", value=10)
    assert loaded.texts[1][4] == "20.00"
    assert loaded.texts[2][4] == "=not a formula"


def test_foreign_files_keep_values_and_lose_only_what_is_not_supported(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["day", 7, None, "=A1&B1"])
    sheet.append([datetime.datetime(2024, 5, 6), True, "x", "=SUM(B1)"])
    sheet["A9"].number_format = "0.00"
    book.save(tmp_path / "foreign.xlsx")
    (made,) = xlsx.load(tmp_path / "foreign.xlsx").sheets
    assert made.texts() == [["day", "7", "", ""], ["2024-05-06", "TRUE", "x", "7"]]


def test_what_is_no_workbook_or_too_large_is_refused(tmp_path, monkeypatch):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(BadData, match=r"broken\.xlsx: not a readable workbook"):
        xlsx.load(broken)
    with zipfile.ZipFile(tmp_path / "empty.xlsx", "w") as archive:
        archive.writestr("a", "a" * 1000)
    with pytest.raises(BadData, match=r"empty\.xlsx: not a readable workbook"):
        xlsx.load(tmp_path / "empty.xlsx")
    monkeypatch.setattr(xlsx, "MAX_FILE", 999)
    with pytest.raises(BadData, match="1000 bytes when unpacked; at most 999"):
        xlsx.load(tmp_path / "empty.xlsx")
    with pytest.raises(FileNotFoundError):
        xlsx.load(tmp_path / "missing.xlsx")


def test_without_openpyxl_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingDependency, match=r"pip install 'agentrm\[tool_operation\]'"):
        xlsx.load(tmp_path / "any.xlsx")


def test_the_environment_does_not_import_openpyxl():
    """Built-in tasks need nothing but the standard library."""
    import subprocess

    code = "import agentrm_envs, sys; agentrm_envs.make('tool_operation').reset(seed=1); "
    code += "assert 'openpyxl' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
