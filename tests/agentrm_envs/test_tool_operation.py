"""ToolOperation as an environment: calls, scores, success, and what counts as collateral."""

from __future__ import annotations

import random
import time

import pytest

import agentrm_envs
from agentrm_envs.playing import planned, play
from agentrm_envs.task_lists import task_table
from agentrm_envs.tool_operation.env import MAX_OBSERVATION, ToolOperationEnv
from agentrm_envs.tool_operation.prompts import TOOLBOXES, brief, in_full
from agentrm_envs.tools.call import FORMAT_ERROR, Call, write_call
from tests.agentrm_envs.tool_operation_transcript import GOLDEN, transcript

QUESTION, COMPLETE, SORT = "due_date", "complete_one", "keep_best"
"""Kinds of tasks; the first of each kind in the train split is played."""


def environment(**settings) -> ToolOperationEnv:
    env = agentrm_envs.make("tool_operation", split="train", **settings)
    assert isinstance(env, ToolOperationEnv)
    return env


def first(kind: str) -> str:
    """The id of the first task of that kind."""
    table = task_table("tool_operation", "train")
    return next(id for id, task in table.items() if task["kind"] == kind)


def begun(kind: str) -> tuple[ToolOperationEnv, list[str]]:
    """The environment at the start of a task of that kind, and the expert's plan."""
    env = environment()
    env.reset(options={"task": first(kind)})
    return env, agentrm_envs.expert("tool_operation")(env)


def call(tool: str, **arguments) -> str:
    return write_call(tool, arguments)


def test_play_is_as_in_the_golden_transcript():
    assert transcript() == GOLDEN.read_text(encoding="utf-8")


def test_the_short_prompt_names_every_tool_and_is_much_shorter():
    for application, toolbox in TOOLBOXES.items():
        text = brief(application)
        assert all(f"\n{name}(" in text for name in toolbox.names)
        assert len(text) < len(in_full(application)) / 2


@pytest.mark.parametrize(
    ("task", "action", "answer"),
    [
        ("todo/train-000", "get_projects", FORMAT_ERROR),
        (
            "todo/train-000",
            "get_tasks with Action Input: {project_id: 1}",
            "ERROR | Exception(Parameters in action input are not valid, please change your "
            "action input.)",
        ),
        ("todo/train-000", "get_tasks with Action Input: {}", "ERROR | KeyError('project_id')"),
        ("todo/train-000", "get_task with Action Input: {}", "ERROR | Invalid action: get_task."),
        (
            "sheet/train-000",
            "delete_batch with Action Input: {}",
            "ERROR | Invalid action: delete_batch. Please choose another valid action from "
            f"{TOOLBOXES['sheet'].names}",
        ),
    ],
)
def test_errors_are_agentboards_alone_where_that_is_asked_for(task, action, answer):
    env = environment(upstream_errors=True)
    env.reset(options={"task": task})
    assert env.step(action)[0] == answer
    told = environment()
    told.reset(options={"task": task})
    first, _, more = told.step(action)[0].partition("\n")
    assert first == answer
    assert more


def test_a_question_needs_its_lookups_and_its_answer():
    env, plan = begun(QUESTION)
    projects, tasks, finish = plan
    env.step(finish)
    assert env.standing.score == pytest.approx(1 / 3)
    env.reset(options={"task": first(QUESTION)})
    scores = [env.step(action)[4]["score"] for action in (projects, projects, tasks)]
    assert scores == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    *_, terminated, _, info = env.step(finish)
    assert (terminated, info["success"], info["score"]) == (True, True, 1.0)


def test_a_wrong_answer_ends_the_task_without_success():
    env, (*lookups, _) = begun(QUESTION)
    for action in lookups:
        env.step(action)
    *_, terminated, _, info = env.step(call("finish", answer="1999-01-01"))
    assert (terminated, info["success"]) == (True, False)
    assert info["score"] == pytest.approx(2 / 3)


def test_only_the_tool_finish_ends_a_task():
    """Upstream ends it at the word in any argument."""
    env, _ = begun(QUESTION)
    for action in (call("get_tasks", project_id="finish"), "I finish", "finish it"):
        assert not env.step(action)[2]
    assert env.step("Thought: done.\nAction: finish with Action Input: {'answer': 1}")[2]


@pytest.mark.parametrize("kind", [QUESTION, SORT])
def test_an_unknown_tool_that_is_called_finish_ends_the_task_as_upstream(kind):
    _, plan = begun(kind)
    env = environment(upstream_errors=True)
    for done, success in ((1, False), (len(plan) - 1, kind == SORT)):
        env.reset(options={"task": first(kind)})
        for action in plan[:done]:
            *_, info = env.step(action)
        answer, reward, terminated, _, after = env.step(call("Finish", answer="x"))
        assert answer.startswith("ERROR | Invalid action: Finish.")
        assert (reward, terminated) == (0.0, True)
        assert (after["score"], after["success"]) == (info["score"], success)


def test_a_change_that_was_not_asked_for_costs_the_success_but_not_the_score():
    env, plan = begun(COMPLETE)
    others = [task for task in env.standing.state.tasks if task.id not in " ".join(plan)]
    for action in plan[:-1]:
        env.step(action)
    assert env.standing.exact
    env.step(call("delete_task", task_id=others[0].id))
    info = env.step(plan[-1])[4]
    assert (info["score"], info["exact"], info["success"]) == (1.0, False, False)


def test_deleting_is_not_completing():
    env, plan = begun(COMPLETE)
    assert "complete_task" in plan[-2]
    for action in (*plan[:-2], plan[-2].replace("complete_task", "delete_task"), plan[-1]):
        *_, info = env.step(action)
    assert (info["exact"], info["success"]) == (False, False)


def test_a_sheet_task_scores_the_gain_and_needs_finish():
    env, plan = begun(SORT)
    assert "delete_batch_data" in plan[-2]
    assert env.step(call("get_all_values"))[4]["score"] == 0.0
    for action in plan[:-1]:
        *_, terminated, _, info = env.step(action)
    assert (terminated, info["score"], info["exact"], info["success"]) == (False, 1.0, True, False)
    assert env.step(plan[-1])[4]["success"]


def test_collateral_in_a_sheet_costs_the_success():
    for spoil in (
        call("update_note", position="A1", content="mine"),
        call("update_cell", position="G9", value="mine"),
        call("merge_cells", start_position="A1", end_position="B1"),
    ):
        env, plan = begun(SORT)
        for action in (*plan[:-1], spoil, plan[-1]):
            *_, info = env.step(action)
        assert (info["score"], info["exact"], info["success"]) == (1.0, False, False)


def test_what_agentboards_overlap_does_not_see_is_scored():
    """Neither a note nor a lost row counts in it: it compares where both tables have cells."""
    env, _ = begun("write_note")
    info = env.step(call("get_all_values"))[4]
    assert (info["overlap"], info["score"]) == (1.0, 0.0)
    height = len(env.standing.state.sheets[0].rows)
    info = env.step(call("delete_batch_data", dimension="row", index_list=[height]))[4]
    assert (info["overlap"], info["score"], info["exact"]) == (1.0, 0.0, False)


def test_equal_numbers_in_two_formats_are_the_same():
    env = environment()
    table = task_table("tool_operation", "train")
    ranks = [id for id, task in table.items() if task["kind"] == "rank_rows"]
    id = next(id for id in ranks if "E" in table[id]["sheets"][0].get("formats", {}))
    env.reset(options={"task": id})
    *before, insert, finish = agentrm_envs.expert("tool_operation")(env)
    for action in before:
        env.step(action)
    sheet = env.standing.state.sheets[0]
    values = [["Rank"], *([rank] for rank in range(1, len(sheet.rows)))]
    column = "ABCDEFG"[sheet.width]
    start, end = f"{column}1", f"{column}{len(values)}"
    env.step(call("update_range", start_position=start, end_position=end, values_list=values))
    assert env.standing.state.sheets[0].texts()[1][-1] == "1"
    assert env.step(finish)[4]["success"]
    assert "insert_cols" in insert


def test_patterns_may_be_written_as_python_or_as_a_string():
    env, _ = begun(SORT)
    for query in ("re.compile('^[A-Z]')", 're.compile(r"^[A-Z]")', "\"re.compile('^[A-Z]')\""):
        answer = env.step("filter_cells with Action Input: {'query': " + query + "}")[0]
        assert answer.startswith("['A1'")
        assert "ERROR" not in answer


def test_a_sheet_blown_up_by_merging_is_answered_in_time_and_cut():
    env, _ = begun(SORT)
    began = time.process_time()
    env.step(call("update_cell", position="A1", value="x" * 800))
    env.step(call("update_cell", position="Z999", value="end"))
    env.step(call("merge_cells", start_position="A1", end_position="Z998"))
    answer = env.step(call("get_all_values"))[0]
    assert MAX_OBSERVATION <= len(answer) < MAX_OBSERVATION + 100
    snapshot = env.snapshot()
    env.restore(snapshot)
    assert time.process_time() - began < 5.0


def test_a_snapshot_is_a_value_that_later_steps_leave_alone():
    env, plan = begun(COMPLETE)
    start = env.snapshot()
    for action in plan:
        env.step(action)
    end = env.snapshot()
    env.restore(start)
    assert env.standing.state == env.problem.start
    env.restore(end)
    assert env.standing.success
    assert play(env, first(COMPLETE), planned(plan)).snapshots[-1] == end


ODD = (
    *(None, True, 0, -1, 1, 3, 27, 1e15, -0.5, "", [], [[]], [1, 2], [[1, "a"], ["b"]], {"a": 1}),
    *("A1", "B2:C3", "=SUM(A1:B2)", "Z1000", "AA1", "A0", "rows", "row", "col", "asc", "des"),
    *("SUM", "MINUS", "re.compile('(a*)*')", "re.compile(','", "Sheet1", "Other", "💥" * 50),
    *("50%", "'x", "True", "2024-01-01", [["x"] * 30], ["A1", "C2"], [2]),
)


@pytest.mark.parametrize("application", ["todo", "sheet"])
def test_odd_arguments_are_never_our_fault_and_failures_change_nothing(application):
    rng, env = random.Random(5), environment()
    toolbox, answers = TOOLBOXES[application], 0
    for task in env.tasks[:: len(env.tasks) // 2][:2]:
        env.reset(options={"task": task})
        if not task.startswith(application):
            continue
        for _ in range(150):
            state = env.problem.start
            for _ in range(10):
                tool = rng.choice(list(toolbox))
                values = {name: rng.choice(ODD) for name in tool.parameters if rng.random() < 0.9}
                if application == "todo" and "task_id" in values:
                    values["task_id"] = rng.choice(env.problem.start.tasks).id
                reply = toolbox.carry_out(state, Call(tool.name, values))
                assert not reply.internal_error, (tool.name, values, reply.observation)
                assert reply.ok or reply.state is state
                state, answers = reply.state, answers + 1
    assert answers == 1500


def test_long_answers_and_odd_bytes_are_answered():
    env, _ = begun(QUESTION)
    for action in (
        call("finish", answer="x" * 30_000),
        "finish with Action Input: " + "[" * 900,
        "finish with Action Input: {'answer': " + "9" * 400 + "}",
        "get_tasks with Action Input: {'project_id': '\x00\ud800'}",
        "with Action Input: {}",
        "__class__ with Action Input: {}",
    ):
        answer, _, terminated, *_ = env.step(action)
        assert answer
        assert not terminated


def test_an_action_of_some_thousand_characters_is_read_whole():
    env, _ = begun(QUESTION)
    answer, _, terminated, *_ = env.step(call("finish", answer="x" * 5_000))
    assert (answer, terminated) == ("x" * 5_000, True)
