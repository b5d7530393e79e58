"""Changing one thing in what a run left, as a cheat or an accident would."""

from __future__ import annotations

import json
from pathlib import Path


def edit_episode(run: Path, change, number: int = 0) -> dict:
    """Apply `change` to one line of episodes.jsonl; returns the changed episode."""
    path = run / "episodes.jsonl"
    lines = path.read_text().splitlines()
    lines.sort(key=lambda line: json.loads(line)["task"]["id"])
    episode = json.loads(lines[number])
    change(episode)
    lines[number] = json.dumps(episode)
    path.write_text("\n".join(lines) + "\n")
    return episode


def chosen_path(episode: dict) -> list[int]:
    """The numbers of the nodes from the root to the chosen one."""
    path = [episode["chosen"]]
    while (parent := episode["tree"]["nodes"][path[0]]["parent"]) >= 0:
        path.insert(0, parent)
    return path


def chosen_step(episode: dict, step: int) -> dict:
    """The record of the step of that number on the chosen path; 0 is the root's."""
    return episode["tree"]["nodes"][chosen_path(episode)[step]]["step"]


def edit_json(path: Path, change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
