"""What official tasks were made of, for a run's manifest."""

import hashlib

import pytest

from agentrm_envs import assets
from agentrm_envs.data_sums import data_sums


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    (tmp_path / "toy" / "lists").mkdir(parents=True)
    (tmp_path / "toy" / "words.txt").write_bytes(b"words")
    (tmp_path / "toy" / "lists" / "test.json").write_bytes(b"[]")
    return tmp_path / "toy"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_all_files_of_the_folder_count(folder):
    assert data_sums("toy", [{"word": "abba"}]) == {
        "lists/test.json": sha256(b"[]"),
        "words.txt": sha256(b"words"),
    }
    (folder / "words.txt").write_bytes(b"other")
    assert data_sums("toy", [{}])["words.txt"] == sha256(b"other")


def test_where_tasks_name_their_files_only_those_count(folder):
    rows = [{"file": str(folder / "words.txt")}]
    assert data_sums("toy", rows) == {"words.txt": sha256(b"words")}


def test_where_the_folder_lies_does_not_matter(folder, tmp_path, monkeypatch):
    before = data_sums("toy", [{}])
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    folder.rename(moved / "toy")
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(moved))
    assert data_sums("toy", [{}]) == before


def test_tasks_that_come_with_the_package_have_no_files(monkeypatch):
    monkeypatch.delenv(assets.ROOT_VARIABLE, raising=False)
    assert data_sums("maze", [{"rows": []}]) == {}


def test_a_variant_has_the_files_of_its_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    (tmp_path / "sciworld").mkdir()
    (tmp_path / "sciworld" / "test.json").write_bytes(b"[]")
    assert data_sums("sciworld:agentboard", [{}]) == {"test.json": sha256(b"[]")}
