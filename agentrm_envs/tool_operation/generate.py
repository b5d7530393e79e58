"""Makes the built-in tasks: `python -m agentrm_envs.tool_operation.generate` writes both files.

The same seed gives the same bytes. Every task is solved by its own program before it is
admitted, and by no part of it. No two tasks have the same account or table.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from agentrm_envs.task_files import listing, write_tables
from agentrm_envs.tool_operation.env import APPLICATIONS, problem_of
from agentrm_envs.tool_operation.expert import solves
from agentrm_envs.tool_operation.problem import Standing
from agentrm_envs.tool_operation.sheet.generate import drafts as sheet_drafts
from agentrm_envs.tool_operation.todo.generate import drafts as todo_drafts
from agentrm_envs.tools.call import write_call

SEED = "agentrm tool_operation 1"
SPARE, TRAIN, TEST = 30, 330, 120
"""Tasks of each application, in the order in which they are drawn. The spare ones are in
neither split: for trying things out without touching a test task."""
MOST_CALLS = 15
"""Calls of the program: the step limit is 30."""
MAX_CALL = 1_000
"""Characters of a call: what a model may be expected to write."""
READING = ("get_note",)
"""What a model has to ask and the program knows."""
DRAFTS: dict[str, Callable[[random.Random], Iterator[dict[str, Any]]]] = {
    "todo": todo_drafts,
    "sheet": sheet_drafts,
}


def main() -> None:
    write_tables(Path(__file__).parent, files())


def files(seed: str = SEED) -> dict[str, str]:
    """The text of each split's task file, one task a line."""
    drawn = {name: list(islice(tasks(name, seed), SPARE + TRAIN + TEST)) for name in APPLICATIONS}
    bounds = {"train": (SPARE, SPARE + TRAIN), "test": (SPARE + TRAIN, SPARE + TRAIN + TEST)}
    texts = {}
    for split, (first, last) in bounds.items():
        table = {
            f"{name}/{split}-{number:03}": task
            for name in APPLICATIONS
            for number, task in enumerate(drawn[name][first:last])
        }
        texts[split] = listing(table, _written)
    return texts


def tasks(application: str, seed: str = SEED) -> Iterator[dict[str, Any]]:
    """Admitted tasks of an application, without end."""
    rng = random.Random(f"{seed} {application}")
    known: set[str] = set()
    for task in DRAFTS[application](rng):
        world = _written([task.get("projects"), task.get("sheets")])
        if world not in known and is_sound(task):
            known.add(world)
            yield task


def is_sound(task: Mapping[str, Any]) -> bool:
    """Whether the program solves the task, is brief enough, and has nothing to leave out."""
    problem = problem_of(task)
    program = problem.program
    start = Standing(problem.start)
    fits = all(len(write_call(call.tool, call.arguments)) <= MAX_CALL for call in program)
    return (
        fits
        and len(program) <= MOST_CALLS
        and solves(problem, start, program)
        and not any(
            solves(problem, start, program[:number] + program[number + 1 :])
            for number, call in enumerate(program)
            if call.tool not in READING
        )
    )


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
