"""A tree of prompts in the layout of the paper's repository, with words of our own."""

from __future__ import annotations

import json
from pathlib import Path

TALK = [
    {"role": "user", "content": "An example task."},
    {"role": "assistant", "content": "Thought: easy.\nAction: example"},
    {"role": "user", "content": "Observation: Success"},
]


def write_tree(folder: Path, *names: str) -> Path:
    """The files of these names; what a reward model is told comes without turns for the first."""
    for number, name in enumerate(names):
        put(folder / "instructions" / f"{name}_inst.txt", f"Do the {name} well.\n")
        put(folder / "icl_examples" / f"{name}_icl.json", json.dumps([TALK]))
        scored = f"Judge {name}{{turns}}:\n{{task_goal}}\nEnd."
        if number:
            text = scored.replace("{turns}", " in {max_turn} turns")
            put(folder / "prm_instruction" / f"{name}.txt", text)
        else:
            text = scored.replace("{turns}", "")
            put(folder / "prm_instruction" / f"{name}_wo_turninfo.txt", text)
    put(folder / "unified_inst.txt", "Judge any task.")
    return folder


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
