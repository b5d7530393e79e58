"""ToolOperation's golden transcript: the expert and a clumsy player in each application.

`python -m tests.agentrm_envs.tool_operation_transcript` rewrites it; read the difference before
you commit it. The tasks are of the training split.
"""

from __future__ import annotations

from pathlib import Path

import agentrm_envs
from tests.agentrm_envs.transcripts import episode

GOLDEN = Path(__file__).parents[1] / "golden" / "tool_operation.txt"
TASKS = (
    "todo/train-000",
    "todo/train-024",
    "todo/train-026",
    "sheet/train-001",
    "sheet/train-006",
    "sheet/train-013",
)
CLUMSY = {
    "todo/train-000": (
        "get_projects",
        "get_projects with Action Input:",
        "get_projects with Action Input: {}",
        "Thought: which?\nAction: get_tasks with Action Input: {'project_id': 1}",
        "get_tasks with Action Input: {}",
        "get_task with Action Input: {'task_id': 'x'}",
        "update_task with Action Input: {'task_id': '1', 'due_date': '2024-02-30'}",
        "get_tasks with Action Input: __import__('os').getcwd()",
        "check_valid_actions with Action Input: {}",
        "finish with Action Input: {'answer': 'no idea'}",
    ),
    "sheet/train-001": (
        "get_all_values with Action Input: {}",
        "delete_batch with Action Input: {'dimension': 'row', 'index_list': [3]}",
        "delete_batch_data with Action Input: {'dimension': 'row', 'index_list': [2, 3]}",
        "filter_cells with Action Input: {'query': re.compile('[1-9][.]'), 'in_column': 3}",
        "update_cell with Action Input: {'position': 'Z2000', 'value': 1}",
        "update_cell with Action Input: {'position': 'E2', 'value': '=SUM(C2:D2)'}",
        "merge_cells with Action Input: {'start_position': 'A1', 'end_position': 'B1'}",
        "open_sheet with Action Input: {'name': 'Answer1'}",
        "finish with Action Input: {}",
    ),
}


def transcript() -> str:
    env = agentrm_envs.make("tool_operation", split="train")
    plan = agentrm_envs.expert("tool_operation")
    episodes = []
    for task in TASKS:
        env.reset(options={"task": task})
        episodes.append(episode(env, task, plan(env)))
    episodes += [episode(env, task, actions) for task, actions in CLUMSY.items()]
    return "\n".join(episodes)


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}")
