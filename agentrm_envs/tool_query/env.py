"""ToolQuery: AgentBoard's questions that are answered by calling tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from agentrm_envs.core import Outcome, TextEnv
from agentrm_envs.errors import require_known
from agentrm_envs.tool_query.answers import MATCHES
from agentrm_envs.tool_query.application import Application
from agentrm_envs.tool_query.applications import APPLICATIONS
from agentrm_envs.tool_query.objective import Matched, Objective
from agentrm_envs.tool_query.programs import Solution, solve
from agentrm_envs.tool_query.suggestions import Facts, learned, suggested
from agentrm_envs.tools.call import Call, write_call
from agentrm_envs.tools.toolbox import Reply, Toolbox

FIRST_OBSERVATION = (
    "New trial starts. Once you have finished the goal, please remember to take 'finish' action "
    "to end this goal."
)


@dataclass(frozen=True, slots=True)
class Episode:
    """All that changes in the course of a task, as a value."""

    state: Any
    """The application's."""
    matched: Matched = frozenset()
    """The subgoals reached so far."""
    pieces: frozenset[Any] = frozenset()
    """What the results told piece by piece, where several may make up one."""
    made: frozenset[int] = frozenset()
    """The calls of the task's program that were made, for the expert."""
    facts: Facts = ()
    """What observations have told, for random play."""
    ended: bool = False


class ToolQueryEnv(TextEnv):
    """AgentBoard's Tool-Query: weather, movie and academia, with the tools of AgentBoard.

    An action is a call, `NAME with Action Input: {...}`, and the observation is the text of what
    the tool returns. The input is read as JSON or as a Python literal, never evaluated. A call
    that cannot be made costs a step and changes nothing; the answer is AgentBoard's, with a
    second line that lists every problem. `upstream_errors=True` leaves that line out, reads a
    call only where its input is on one line, the text's last, and is Python without JSON's own
    words, and ends the task at the call of an unknown tool whose name has "finish" or "Finish"
    in it.

    The score is AgentBoard's progress rate: the share of the task's subgoals reached, which are
    the results that lead to the answer and the answer itself. The task ends when `finish` is
    called, with success where the answer is right and all subgoals were reached; the limit is
    20 steps. `match="typed"` compares answers by their type, `match="exact"` as AgentBoard does.

    The built-in tasks run on worlds of our own, which are always the same: invented films and
    papers, and weather as a function of place and day (see `generate.py`). Official tasks are
    AgentBoard's and AgentGym's (see `official.py`).
    """

    def __init__(
        self,
        name: str = "tool_query",
        max_steps: int = 20,
        *,
        match: str = "typed",
        upstream_errors: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(name, max_steps, **settings)
        require_known(name, "match", match, sorted(MATCHES))
        self._match = MATCHES[match]
        self._explain = not upstream_errors
        self._problem: Problem | None = None
        self._episode = Episode(None)

    @property
    def problem(self) -> Problem:
        """The present task, for experts."""
        return self._started(self._problem)

    @property
    def episode(self) -> Episode:
        """What has happened so far, for experts."""
        return self._episode

    def _start(self, task: Any) -> tuple[str, str]:
        problem = self._set(task)
        self._episode = Episode(problem.app.begin(task["init"]))
        return task["goal"], FIRST_OBSERVATION

    def _act(self, action: str) -> Outcome:
        reply = self.problem.box.answer(self._episode.state, action)
        if reply.finished and reply.ok:
            return self._finished(reply)
        if reply.ok:
            self._learn(reply)
        self._episode = replace(self._episode, ended=reply.finished)
        objective, matched = self.problem.objective, self._episode.matched
        success = reply.finished and len(matched) == objective.size
        return Outcome(reply.observation, objective.score(matched), reply.finished, success)

    def _learn(self, reply: Reply[Any]) -> None:
        problem, episode = self.problem, self._episode
        app, objective = problem.app, problem.objective
        pieces = episode.pieces | app.pieces(app.cleaned(reply.value))
        matched = objective.after_result(app, episode.matched, reply.value, pieces)
        made = {n for n, call in enumerate(problem.solution.calls) if call == reply.call}
        self._episode = replace(
            episode,
            state=reply.state,
            matched=matched,
            pieces=pieces,
            made=episode.made | made,
            facts=learned(episode.facts, reply.value),
        )

    def _finished(self, reply: Reply[Any]) -> Outcome:
        objective = self.problem.objective
        right = self._match(objective.answer, reply.value)
        matched = objective.after_answer(self._episode.matched, reply.value, right, self._match)
        self._episode = replace(self._episode, matched=matched, ended=True)
        score = objective.score(matched)
        success = right and len(matched) == objective.size
        return Outcome(reply.observation, score, terminated=True, success=success)

    def _save(self) -> tuple[str, Episode]:
        return self._now().task.id, self._episode

    def _load(self, state: tuple[str, Episode]) -> None:
        task_id, self._episode = state
        self._set(self._find(task_id))

    def _set(self, task: Any) -> Problem:
        """Make this the present task; its program is not carried out again for the same one."""
        if self._problem is None or self._problem.task is not task:
            self._problem = Problem(task, self._explain)
        return self._problem

    def valid_actions(self) -> list[str]:
        """Calls about what the goal names and what observations have told, sorted."""
        problem = self.problem
        return suggested(problem.app, problem.mentions, self._episode.facts)


class Problem:
    """A task with its application, and what it wants."""

    def __init__(self, task: Mapping[str, Any], explain: bool) -> None:
        self.task = task
        self.app = APPLICATIONS[task["app"]]
        self.box = toolbox(task["app"], explain)
        self.solution = _solution(self.app, task)

    @property
    def objective(self) -> Objective:
        return self.solution.objective

    @property
    def mentions(self) -> list[str]:
        """The things of the application that the goal names."""
        return self.app.mentions(self.task["goal"])

    @property
    def least_calls(self) -> int:
        """The fewest calls that solve the task, the answer included; 1 where it has no program."""
        return len(self.solution.calls) + 1

    def remaining(self, episode: Episode) -> list[str]:
        """The program's actions that were not taken yet; none after the end."""
        if episode.ended:
            return []
        calls = [c for n, c in enumerate(self.solution.calls) if n not in episode.made]
        answer = Call("finish", {"answer": self.objective.answer})
        return [write_call(call.tool, call.arguments) for call in (*calls, answer)]


@lru_cache(maxsize=8)
def toolbox(app: str, explain: bool) -> Toolbox[Any]:
    """The tools of an application."""
    known = APPLICATIONS[app]
    tools = [*known.tools, *(() if explain else known.unlisted)]
    return Toolbox(tools, explain=explain, aliases=known.aliases)


def _solution(app: Application[Any], task: Mapping[str, Any]) -> Solution:
    """A built-in task's program carried out; an official task has subgoals instead."""
    if "calls" in task:
        return solve(app, task)
    subgoals = tuple(app.cleaned(each) for each in task["subgoals"])
    return Solution((), Objective(subgoals, task["answer"], answer_counts=False))
