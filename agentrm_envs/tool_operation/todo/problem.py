"""A problem of the to-do application: what is asked, and how that is judged."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from agentrm_envs.tool_operation.problem import WELCOME, Standing, read_program
from agentrm_envs.tool_operation.todo import reading
from agentrm_envs.tool_operation.todo.account import Account, status, without_id
from agentrm_envs.tool_operation.todo.tools import TOOLBOX
from agentrm_envs.tools.call import Call
from agentrm_envs.tools.toolbox import Reply, Toolbox


class TodoProblem:
    """A question about an account, or changes to be made in it.

    A built-in task has the `program` that solves it; what its calls return are the subgoals,
    and the account after it is the wanted one. An official one has `subgoals` and the `status`
    of the wanted account.
    """

    def __init__(self, task: Mapping[str, Any]) -> None:
        self.goal: str = task["goal"]
        self.first_observation = WELCOME
        self.start = reading.account(
            task["projects"],
            current_date=task["current_date"],
            current_location=task["current_location"],
        )
        self.program = read_program(task.get("program", ()))
        self.wanted_status: Mapping[str, Any] | None = task.get("status")
        self.target, self.marks = run(self.start, self.program)
        self.subgoals: list[Any] = task.get("subgoals", self.marks)

    @property
    def toolbox(self) -> Toolbox[Account]:
        return TOOLBOX

    def prepared(self, action: str) -> str:
        return action

    def judge(self, before: Standing[Account], reply: Reply[Account]) -> Standing[Account]:
        results = (*before.results, cleaned(reply.value)) if reply.ok else before.results
        score = max(before.score, share(self.subgoals, results))
        exact = self.is_wanted(reply.state)
        success = reply.finished and exact and score == 1.0
        return Standing(reply.state, score, exact, success, results)

    def is_wanted(self, account: Account) -> bool:
        """Whether the account is the wanted one, without a change that was not asked for."""
        if self.wanted_status is not None:
            return status(account) == self.wanted_status
        return account == self.target

    def valid_calls(self, account: Account) -> list[Call]:
        """Reading, changing and finishing, with ids that exist, in a fixed order."""
        today = datetime.date.fromisoformat(account.current_date)
        tomorrow = (today + datetime.timedelta(days=1)).isoformat()
        calls = [Call("get_user_current_date", {}), Call("get_projects", {})]
        for project in account.projects:
            of_project = {"project_id": project.id}
            calls.append(Call("get_tasks", of_project))
            if not project.is_favorite:
                calls.append(Call("update_project", {**of_project, "is_favorite": "True"}))
        for task in account.tasks:
            of_task = {"task_id": task.id}
            calls += [Call(f"get_task_{what}", of_task) for what in ("description", "duration")]
            calls += [Call("complete_task", of_task), Call("delete_task", of_task)]
            calls.append(Call("update_task", {**of_task, "due_date": tomorrow}))
        return calls + [Call("finish", {"answer": answer}) for answer in ("Yes", "No", "done", 1)]


def run(account: Account, program: Iterable[Call]) -> tuple[Account, list[Any]]:
    """The account after the calls, and what each of them returned, cleaned.

    Raises ValueError where one fails: then the program is wrong.
    """
    results = []
    for call in program:
        reply = TOOLBOX.carry_out(account, call)
        if not reply.ok:
            raise ValueError(f"the program's {call} fails: {reply.observation}")
        account = reply.state
        results.append(cleaned(reply.value))
    return account, results


def cleaned(value: Any) -> Any:
    """A result without ids, as AgentBoard compares it."""
    if isinstance(value, list):
        return [without_id(item) if isinstance(item, dict) else item for item in value]
    if isinstance(value, dict):
        return {
            key: without_id(item) if key in ("task", "project") else item
            for key, item in without_id(value).items()
        }
    return value


def share(subgoals: Iterable[Any], results: Iterable[Any]) -> float:
    """How many of the subgoals are among the results, each counted once. (AgentBoard)"""
    wanted = Counter(map(_key, subgoals))
    return (wanted & Counter(map(_key, results))).total() / wanted.total()


def _key(value: Any) -> str:
    """The same for values that are equal to Python, as 1 and 1.0 are."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list):
        return "[" + ",".join(map(_key, value)) + "]"
    if isinstance(value, dict):
        keys = sorted(value, key=repr)  # an answer's may be of several types
        return "{" + ",".join(f"{key!r}:{_key(value[key])}" for key in keys) + "}"
    return repr(value)
