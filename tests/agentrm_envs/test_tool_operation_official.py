"""AgentGym's todo tasks and AgentBoard's sheet tasks: their end states and reference paths."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import agentrm_envs
from agentrm_envs import assets
from agentrm_envs.errors import BadData, MissingData, NoPlan
from agentrm_envs.task_lists import task_table
from agentrm_envs.tool_operation import official
from agentrm_envs.tool_operation.env import ToolOperationEnv, problem_of
from agentrm_envs.tool_operation.expert import solves
from agentrm_envs.tool_operation.official_programs import reference_path, sheet_program
from agentrm_envs.tool_operation.problem import Standing
from agentrm_envs.tool_operation.todo.account import status
from agentrm_envs.tool_operation.todo.problem import TodoProblem
from agentrm_envs.tools.call import Call, write_call
from tests.testdata import testdata

FILES = {
    "todo.jsonl": "agentgym_todo.jsonl",
    "sheet.jsonl": "agentgym_sheet.jsonl",
    "projects.json": "todo_projects_agentgym.json",
    "agentboard_projects.json": "todo_projects_agentboard.json",
    "sheets.xlsx": "sheet_template.xlsx",
}
INCOMPLETE_PATH = "sheet/06"
"""Its reference path writes the ranks, but not the new column's title; AgentBoard's overlap is
full all the same, because it was so when the table was sorted and had one column less."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    pytest.importorskip("openpyxl")
    root = tmp_path_factory.mktemp("data")
    target = root / "tool_operation"
    target.mkdir()
    for name, recorded in FILES.items():
        shutil.copy(testdata(f"tool-operation/{recorded}"), target / name)
    return root


@pytest.fixture
def data(folder, monkeypatch):
    """The official files; task tables are forgotten around it."""
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(folder))
    task_table.cache_clear()
    yield folder / "tool_operation"
    task_table.cache_clear()


@pytest.fixture(scope="module")
def tables(folder):
    """The tasks of both splits, read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(assets.ROOT_VARIABLE, str(folder))
        return {split: official.load(split) for split in ("train", "test")}


def rows(name: str) -> list[dict[str, Any]]:
    text = testdata(f"tool-operation/{name}").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def everyone(tables) -> dict[str, Any]:
    return {**tables["test"], **tables["train"]}


@pytest.mark.usefixtures("data")
def test_the_recorded_files_are_the_pinned_ones():
    assert set(assets.verify("tool_operation").values()) == {"ok"}


def test_the_test_split_has_forty_tasks_and_the_train_split_the_rest(tables):
    assert list(tables["test"]) == [
        *(f"todo/{number:03}" for number in range(20)),
        *(f"sheet/{number:02}" for number in range(20)),
    ]
    assert list(tables["train"]) == [f"todo/{number:03}" for number in range(20, 155)]
    goals = [row["goal"] for row in rows("agentgym_todo.jsonl")]
    todo = [task["goal"] for id, task in everyone(tables).items() if id.startswith("todo")]
    assert todo == goals


def test_all_155_todo_end_states_are_reached_and_with_the_answer_are_successes(tables):
    """By the expert's program: looking, the changes that the end state asks for, the answer."""
    reached = unchanged = 0
    for id, task in everyone(tables).items():
        if task["application"] != "todo":
            continue
        problem = problem_of(task)
        assert isinstance(problem, TodoProblem)
        *calls, finish = problem.program
        changes = [call for call in calls if not call.tool.startswith("get_")]
        assert finish == Call("finish", {"answer": task["subgoals"][-1]})
        assert len(task["subgoals"]) == 1, id
        assert len(problem.program) <= 30, id
        assert solves(problem, Standing(problem.start), problem.program), id
        for number in range(len(changes)):
            rest = [*changes[:number], *changes[number + 1 :], finish]
            assert not solves(problem, Standing(problem.start), rest), id
        reached += 1
        unchanged += not changes
    assert (reached, unchanged) == (155, 97)


def test_a_todo_row_counts_as_agentgym_counts(tables):
    """Right answer and wrong state: full progress, no success."""
    id = "todo/001"
    problem = problem_of(tables["test"][id])
    reply = problem.toolbox.carry_out(problem.start, Call("finish", {"answer": "done"}))
    standing = problem.judge(Standing(problem.start), reply)
    assert (standing.score, standing.exact, standing.success) == (1.0, False, False)


def reference_calls(row: dict[str, Any]) -> list[str]:
    """The recorded path as actions."""
    calls = reference_path(row["subgoals"])
    assert len(calls) == row["subgoals"].count("Action Input")
    return [write_call(call.tool, call.arguments) for call in calls]


@pytest.mark.usefixtures("data")
def test_the_expert_solves_every_official_task_but_the_one_with_an_incomplete_path():
    env = agentrm_envs.make("tool_operation", data="official")
    unsolved = []
    for id in env.tasks:
        env.reset(options={"task": id})
        try:
            actions = agentrm_envs.expert("tool_operation")(env)
        except NoPlan:
            unsolved.append(id)
            continue
        for action in actions:
            *_, info = env.step(action)
        assert info["success"], id
    assert unsolved == [INCOMPLETE_PATH]


@pytest.mark.parametrize(
    "subgoals",
    [
        *(None, "", "Action 1: x", "Action 1: finish with Action Input: {oops}"),
        "Action 1: sort_sheet_by_col with Action Input: {'col_num': 99}",
    ],
)
def test_a_row_without_a_usable_path_has_a_program_that_changes_nothing(tables, subgoals):
    workbook = tables["test"]["sheet/00"]["workbook"]
    assert sheet_program(subgoals, workbook) in ([], [["finish", {}]])


@pytest.mark.usefixtures("data")
def test_nineteen_of_twenty_sheet_paths_reach_the_whole_recorded_table(tables):
    env = agentrm_envs.make("tool_operation", data="official", max_steps=40)
    recorded, paths = rows("agentgym_sheet.jsonl"), []
    for number, row in enumerate(recorded):
        id = f"sheet/{number:02}"
        observation, _ = env.reset(options={"task": id})
        assert "\nYou are now in Sheet" in observation
        for action in reference_calls(row):
            observation, *_, info = env.step(action)
            assert "ERROR" not in observation, (id, action, observation)
        *_, terminated, _, info = env.step(write_call("finish", {}))
        assert terminated
        assert info["score"] == info["overlap"] == 1.0
        assert info["success"] == info["exact"]
        paths.append((id, info["exact"]))
    assert len(paths) == 20
    assert [id for id, exact in paths if not exact] == [INCOMPLETE_PATH]


@pytest.mark.usefixtures("data")
def test_the_path_without_a_title_succeeds_once_the_column_is_inserted_whole():
    env = agentrm_envs.make("tool_operation", data="official")
    env.reset(options={"task": INCOMPLETE_PATH})
    ranks = ["Biology_Rank", *range(1, 26)]
    for tool, arguments in (
        ("sort_sheet_by_col", {"col_num": 7, "order": "des"}),
        ("insert_cols", {"values_list": [ranks], "col_idx": 8}),
        ("finish", {}),
    ):
        *_, info = env.step(write_call(tool, arguments))
    assert info["success"]


@pytest.mark.usefixtures("data")
def test_untouched_sheets_already_score_what_agentboard_gives_them():
    """So its overlap says little: 0.12 to 0.57 for looking once."""
    env = agentrm_envs.make("tool_operation", data="official")
    scores = []
    for id in env.tasks[20:]:
        env.reset(options={"task": id})
        assert env.step("nonsense")[4]["score"] == 0.0
        scores.append(env.step(write_call("get_all_values", {}))[4]["score"])
    assert round(min(scores), 3) == 0.125
    assert round(max(scores), 3) == 0.571


@pytest.mark.usefixtures("data")
def test_an_official_episode_can_be_restored():
    env = agentrm_envs.make("tool_operation", data="official")
    other = agentrm_envs.make("tool_operation", data="official")
    assert isinstance(other, ToolOperationEnv)
    env.reset(options={"task": "sheet/07"})
    env.step(write_call("delete_batch_data", {"dimension": "row", "index_list": [2]}))
    snapshot = env.snapshot()
    answer = env.step(write_call("finish", {}))
    other.restore(snapshot)
    assert other.step(write_call("finish", {})) == answer


def test_agentboards_own_file_is_the_test_split_where_it_is_put(folder, tmp_path, monkeypatch):
    target = tmp_path / "tool_operation"
    shutil.copytree(folder / "tool_operation", target)
    todo = {
        "goal": "Is there a project? Please answer Yes or No.",
        "subgoals": [[], "Yes"],
        "additional_info": {
            "answer": "Yes",
            "init_config": {"current_date": "2015-06-01", "current_location": "New York"},
            "goal_type": 0,
            "tool": "todo",
        },
        "difficulty": "easy",
    }
    sheet = rows("agentgym_sheet.jsonl")[3]
    text = "\n".join(json.dumps(row) for row in (todo, sheet))
    (target / "agentboard.jsonl").write_text(text, encoding="utf-8")
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    table = official.load("test")
    assert list(table) == ["todo/agentboard-00", "sheet/agentboard-00"]
    problem = problem_of(table["todo/agentboard-00"])
    assert [project.name for project in problem.start.projects] == [
        "Homework and Assignments",
        "Extracurricular Activities",
    ]
    reply = problem.toolbox.carry_out(problem.start, Call("finish", {"answer": "Yes"}))
    assert problem.judge(Standing(problem.start), reply).score == 0.5


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"goal": 1}', '{"additional_info": {"tool": "todo"}}', '"x"', "\udcff"],
)
def test_a_broken_file_is_told_with_its_line(folder, tmp_path, monkeypatch, text):
    target = tmp_path / "tool_operation"
    shutil.copytree(folder / "tool_operation", target)
    (target / "todo.jsonl").write_text(text, encoding="utf-8", errors="surrogateescape")
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    with pytest.raises(BadData, match=r"todo\.jsonl"):
        official.load("train")


def test_an_account_that_is_no_json_is_told(tmp_path, monkeypatch):
    target = tmp_path / "tool_operation"
    target.mkdir()
    (target / "projects.json").write_text('[{"id": ')
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    with pytest.raises(BadData, match=r"projects\.json is not JSON"):
        official.load("train")


def test_missing_files_say_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    with pytest.raises(MissingData, match="data fetch tool_operation"):
        official.load("train")


def test_a_status_is_compared_as_agentboard_dumps_it(tables):
    answer = rows("agentgym_todo.jsonl")[0]["additional_info"]["answer"]
    assert status(problem_of(tables["test"]["todo/000"]).start) == answer
