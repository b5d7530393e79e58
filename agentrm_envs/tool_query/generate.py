"""Makes the built-in tasks: `python -m agentrm_envs.tool_query.generate` writes both task files.

The same seed gives the same bytes. A task is a program of tool calls that was carried out: its
answer is what the program found, its calls are what the expert does. No two tasks make the same
calls for the same user, so the splits are disjoint.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from agentrm_envs.task_files import listing, write_tables
from agentrm_envs.tool_query import questions_academia, questions_movie, questions_weather
from agentrm_envs.tool_query.applications import APPLICATIONS
from agentrm_envs.tool_query.programs import Asker, Program, Unsuitable
from agentrm_envs.tool_query.wording import worded
from agentrm_envs.tools.call import write_call

SEED = "agentrm tool query 1"
TEST, TRAIN = 120, 400
"""Tasks of each application. The test tasks are drawn first."""
MAX_CALLS = 14
"""Calls of a program, the answer not counted: 20 steps leave room for errors."""
MAX_ANSWER = 600
"""Characters of the call that gives the answer; an action may have 1,000."""
DRAWS = 200
"""Draws of a program's particulars before it passes its turn."""

Init = Callable[[random.Random], dict[str, str]]
QUESTIONS: Mapping[str, tuple[Init, Mapping[str, Program]]] = {
    "academia": (questions_academia.init, questions_academia.PROGRAMS),
    "movie": (questions_movie.init, questions_movie.PROGRAMS),
    "weather": (questions_weather.init, questions_weather.PROGRAMS),
}


def main() -> None:
    write_tables(Path(__file__).parent, files())


def files(seed: str = SEED) -> dict[str, str]:
    """The text of each split's task file, one task a line."""
    tables: dict[str, dict[str, dict[str, Any]]] = {"test": {}, "train": {}}
    for app in APPLICATIONS:
        drawn = tasks(app, seed)
        for split, count in (("test", TEST), ("train", TRAIN)):
            tables[split] |= {
                f"{app}/{split}-{number:03}": task
                for number, task in enumerate(islice(drawn, count))
            }
    return {split: listing(table, _written) for split, table in tables.items()}


def _written(task: Any) -> str:
    return json.dumps(task, ensure_ascii=False)


def tasks(app: str, seed: str) -> Iterator[dict[str, Any]]:
    """Tasks without end, each program in turn."""
    init, programs = QUESTIONS[app]
    rng = random.Random(f"{seed} {app}")
    seen: set[str] = set()
    for name in cycle(programs):
        for _ in range(DRAWS):
            task = _draw(app, name, init(rng), rng)
            if task is not None and (signature := _signature(task)) not in seen:
                seen.add(signature)
                yield task
                break


def _draw(
    app: str, program: str, init: Mapping[str, str], rng: random.Random
) -> dict[str, Any] | None:
    ask = Asker(APPLICATIONS[app], init)
    try:
        question = QUESTIONS[app][1][program](ask, rng)
    except Unsuitable:
        return None
    wording = f"{program}.{question.variant}" if question.variant else program
    answer = write_call("finish", {"answer": question.answer})
    if len(ask.calls) > MAX_CALLS or len(answer) > MAX_ANSWER:
        return None
    return {
        "app": app,
        "program": program,
        "init": dict(init),
        "goal": worded(app, wording, question.form, question.slots, rng),
        "answer": question.answer,
        "calls": [[call.tool, dict(call.arguments)] for call in ask.calls],
        "subgoals": [
            ask.calls.index(call) if call in ask.calls else [call.tool, dict(call.arguments)]
            for call in ask.evidence
        ],
    }


def _signature(task: Mapping[str, Any]) -> str:
    """What two different tasks must not have in common: the user, the program and its calls."""
    same = {name: task[name] for name in ("program", "init", "calls")}
    return json.dumps(same, sort_keys=True)


if __name__ == "__main__":
    main()
