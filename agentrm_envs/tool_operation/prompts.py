"""The instructions and worked examples of the two applications, made from what runs.

`python -m agentrm_envs.tool_operation.prompts` writes the files beside this one. The instruction
tells each tool in one line; `in_full` is the same in AgentBoard's layout, three times as long.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from agentrm_envs.task_files import write_texts
from agentrm_envs.tool_operation.env import APPLICATIONS, problem_of
from agentrm_envs.tool_operation.generate import DRAFTS, is_sound
from agentrm_envs.tool_operation.sheet.tools import TOOLBOX as SHEET
from agentrm_envs.tool_operation.todo.tools import TOOLBOX as TODO
from agentrm_envs.tools import rendering
from agentrm_envs.tools.call import write_call
from agentrm_envs.tools.toolbox import Toolbox

TOOLBOXES: Mapping[str, Toolbox[Any]] = {"todo": TODO, "sheet": SHEET}
_WORK = {
    "todo": "You manage a to-do list by calling tools, one in each turn:",
    "sheet": "You edit a spreadsheet by calling tools, one in each turn:",
}
_ADVICE = {
    "todo": "Ids come from get_projects and get_tasks. Change nothing that is not asked for.\n"
    'When you know the answer, finish with it; when changes are made, finish with "done".',
    "sheet": "Positions are like B2; rows and columns count from 1. operator is SUM, AVERAGE, "
    "COUNT, MAX, MIN, MINUS or PRODUCT; order is asc or des. A range goes from start_position to "
    "end_position; cells that are no range are listed in position_list.\n"
    "Freeze the row of titles before you sort. Change nothing that is not asked for.\n"
    "When all is done, call finish.",
}
_FORM = 'Action: <name> with Action Input: {"<parameter>": <value>, ...}'

EXAMPLE_SEED = "agentrm tool_operation worked examples"
EXAMPLES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "todo": {
        "total_duration": (
            "The project's id comes first.",
            "Now its tasks.",
            "Durations are asked for one by one.",
            "And the next.",
            "And the next.",
            "And the last.",
        ),
        "move_by_days": (
            "I look for the project that has the task.",
            "The task is in this project; I need its id and its date.",
            "Here are both. I count the days from its date.",
        ),
    },
    "sheet": {
        "delete_group": (
            "I see which rows have it, counting the titles as row 1.",
            "Titles are text and stay above numbers in descending order, so I can sort.",
        ),
        "summary_row": (
            "The empty cell in the last row gets the result over the rows between.",
            "The same for the other column.",
        ),
    },
}
"""A thought before each call but the last, by kind of task."""


def brief(application: str) -> str:
    """The instruction of an application in few words."""
    tools = rendering.brief(TOOLBOXES[application])
    return f"{_WORK[application]}\n{tools}\n\n{_close(application)}"


def in_full(application: str) -> str:
    """The same as AgentBoard lays it out, with types and what each tool returns."""
    return f"{rendering.agentboard(TOOLBOXES[application])}\n\n\n{_close(application)}"


def _close(application: str) -> str:
    return f"{_ADVICE[application]}\n\nReply in this form:\n{_FORM}\n"


def examples(application: str) -> list[list[dict[str, str]]]:
    """Conversations that solve a task of each kind, on tasks of neither split."""
    return [
        _played(_drawn(application, kind, len(thoughts)), thoughts)
        for kind, thoughts in EXAMPLES[application].items()
    ]


def _drawn(application: str, kind: str, most: int) -> Mapping[str, Any]:
    """The first task of that kind with a thought for each of its calls."""
    drafts = DRAFTS[application](random.Random(f"{EXAMPLE_SEED} {application}"))
    fitting = (
        task
        for task in drafts
        if task["kind"] == kind and 2 < len(task["program"]) <= most + 1 and is_sound(task)
    )
    return next(islice(fitting, 1))


def _played(task: Mapping[str, Any], thoughts: Sequence[str]) -> list[dict[str, str]]:
    problem = problem_of(task)
    first = f"Your task: {problem.goal}\n{problem.first_observation}"
    turns = [{"role": "user", "content": first}]
    state = problem.start
    said = [*thoughts[: len(problem.program) - 1], "That is all that was asked for."]
    for call, thought in zip(problem.program, said, strict=True):
        reply = problem.toolbox.carry_out(state, call)
        state = reply.state
        action = f"Thought: {thought}\nAction: {write_call(call.tool, call.arguments)}"
        turns += [
            {"role": "assistant", "content": action},
            {"role": "user", "content": reply.observation},
        ]
    return turns


def files() -> dict[str, str]:
    """The text of every instruction and example file by name."""
    texts = {}
    for application in APPLICATIONS:
        texts[f"instruction.{application}.txt"] = brief(application)
        lines = [
            " [\n"
            + ",\n".join(f"  {json.dumps(turn, ensure_ascii=False)}" for turn in example)
            + "\n ]"
            for example in examples(application)
        ]
        texts[f"examples.{application}.json"] = "[\n" + ",\n".join(lines) + "\n]\n"
    return texts


def main() -> None:
    write_texts(Path(__file__).parent, files())


if __name__ == "__main__":
    main()
