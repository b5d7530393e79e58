"""One attempt at a task, and the file of them that a run directory holds."""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agentrm_envs import Task, Tree
from agentrm_envs.complaint import complaint
from rewards.episodes import checked
from rewards.metering import Usage

EPISODES_FILE = "episodes.jsonl"


class BadEpisodes(ValueError):
    """A file of episodes holds a line that is not one, or there is no such run."""


@dataclass(frozen=True, slots=True)
class EpisodeError:
    """Why an episode has no score."""

    kind: Literal["environment", "model", "search"]
    """Whose error it is: of the environment, of the policy or reward model, or of the harness."""
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Episode:
    """One attempt at one task: a line of `episodes.jsonl`."""

    task: Task
    tree: Tree
    """Every step that the search took; after an error, as far as it got."""
    chosen: int
    """The node of the tree that the search chose: the episode is judged by its trajectory."""
    usage: Usage
    seconds: float
    error: EpisodeError | None = None

    @property
    def score(self) -> float:
        return self.tree.trajectory(self.chosen).score

    @property
    def success(self) -> bool:
        return self.tree.trajectory(self.chosen).success


EPISODE = TypeAdapter(Episode)


def read_episodes(directory: Path) -> list[Episode]:
    """A run's episodes, sorted by environment and task, each task's last attempt only.

    What a killed run left half-written at the end of the file is not an episode, and a run that
    has just begun has none. Raises BadEpisodes where there is no such directory.
    """
    if not directory.is_dir():
        raise BadEpisodes(f"{directory}: no such run directory")
    latest = {episode.task: episode for episode in attempts(directory)}
    return sorted(latest.values(), key=lambda episode: (episode.task.env, episode.task.id))


def attempts(directory: Path) -> Iterator[Episode]:
    """Every episode that a run has written, in that order, one at a time: trees can be large."""
    path = directory / EPISODES_FILE
    whole = intact_bytes(path)
    if not whole:
        return
    with path.open("rb") as lines:
        number = 0
        while lines.tell() < whole:
            number += 1
            yield _parse(path, number, lines.readline())


def intact_bytes(path: Path) -> int:
    """How much of a file of episodes is whole: all but a last line that was torn.

    A line that is JSON was written to its end, whatever it says: it is never taken for torn.
    """
    if not path.exists() or not path.stat().st_size:
        return 0
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        whole = content.rfind(b"\n") + 1
        last = content.rfind(b"\n", 0, max(whole - 1, 0)) + 1
        return whole if _is_json(content[last:whole]) else last


def _parse(path: Path, number: int, line: bytes) -> Episode:
    try:
        return _checked(EPISODE.validate_json(line))
    except ValueError as error:
        why = complaint(error) if isinstance(error, ValidationError) else error
        raise BadEpisodes(
            f"{path}, line {number} is not an episode: {why}; remove the line and "
            "run with --resume to make that episode again"
        ) from error


def _checked(episode: Episode) -> Episode:
    """The episode, if its tree is one and its numbers can be added up: files can say anything."""
    try:
        _check(episode)
    except ValueError as error:
        name = f"{episode.task.env} {episode.task.id}"
        raise ValueError(f"the episode of {name} is damaged: {error}") from error
    return episode


def _check(episode: Episode) -> None:
    tree = checked(episode.tree)
    if tree.task != episode.task:
        raise ValueError(f"its tree is of {tree.task.env} {tree.task.id}")
    if not 0 <= episode.chosen < len(tree.nodes):
        raise ValueError(f"it chose node {episode.chosen} of {len(tree.nodes)}")
    if not math.isfinite(episode.seconds):
        raise ValueError(f"it took {episode.seconds} seconds, which is not finite")
    for number, node in enumerate(tree.nodes):
        if not math.isfinite(node.step.reward):
            raise ValueError(f"node {number} has the reward {node.step.reward}, not a finite one")


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
