"""AgentGym's and AgentBoard's own tasks, of which those run that need no dead service.

`$AGENTRM_DATA/tool_query/` holds AgentGym's `academia.jsonl`, `movie.jsonl` and `weather.jsonl`,
which `data fetch` gets, and `agentboard.jsonl` for whoever has AgentBoard's `tool-query/test.jsonl`
out of its data archive. `python -m agentrm_envs.tool_query.official` lists every task with the
reason why it does not run.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentrm_envs.assets import folder, official_file, text_of
from agentrm_envs.errors import BadData, EnvError
from agentrm_envs.tool_query.answers import same
from agentrm_envs.tool_query.applications import APPLICATIONS
from agentrm_envs.tool_query.globe import distance
from agentrm_envs.tool_query.places import search
from agentrm_envs.tools.literals import MAX_CHARACTERS, NotLiteral, read_literal

NAME = "tool_query"
AGENTBOARD = "agentboard.jsonl"
REASONS = {
    "academia": "needs AgentBoard's citation network, which exists only as Python pickles, and "
    "to load one is to run it",
    "movie": "needs The Movie Database, which asks for a key and changes",
    "weather": "needs Open-Meteo's records, which change and have a daily limit",
}
NOT_THE_DISTANCE = "its answer is not the distance between the two cities"
_DISTANCE_WORDS = ("how far", "distance")


@dataclass(frozen=True, slots=True)
class OfficialTask:
    """A task of a file, and why it does not run; an empty reason where it does."""

    id: str
    task: Mapping[str, Any]
    reason: str


def load(split: str) -> Mapping[str, Mapping[str, Any]]:
    """The tasks that run, by id as `weather/agentgym-225`; all of them are in the test split."""
    if split != "test":
        return {}
    return {each.id: each.task for each in every_task() if not each.reason}


def every_task() -> list[OfficialTask]:
    """Every task of the files, whether it runs or not. Raises MissingData without the files."""
    found: list[OfficialTask] = []
    for app in APPLICATIONS:
        found += tasks(official_file(NAME, f"{app}.jsonl"), "agentgym")
    agentboard = folder(NAME) / AGENTBOARD
    return found + (tasks(agentboard, "agentboard") if agentboard.is_file() else [])


def tasks(file: Path, origin: str) -> list[OfficialTask]:
    """The tasks of one file in its order; raises BadData where a line is no task."""
    return [_judged(task, origin, number) for number, task in _rows(file)]


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, text in enumerate(text_of(file).splitlines(), 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
            yield int(row["id"]), _task(row)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadData(f"{file}, line {line}: not a Tool-Query task ({error!r})") from error


def _task(row: Mapping[str, Any]) -> dict[str, Any]:
    about = row["additional_info"]
    init = about.get("init_config") or {
        name: about[name] for name in ("current_date", "current_location") if about.get(name)
    }
    answer = about["answer"] if "answer" in about else _logged(about["answer_as_logged"])
    if about["tool"] not in APPLICATIONS or not isinstance(row["goal"], str):
        raise ValueError(f"tool {about['tool']!r}, goal {row['goal']!r}")
    subgoals = row.get("subgoals") or [answer]
    return {
        "app": about["tool"],
        "init": init,
        "goal": row["goal"],
        "answer": answer,
        "subgoals": subgoals,
    }


def _logged(text: str) -> Any:
    """An answer as a log shows it: a number or a list where it reads as one, else the text."""
    try:
        value = read_literal(text) if len(text) <= MAX_CHARACTERS else text
    except NotLiteral:
        return text
    return value if isinstance(value, int | float | list) else text


def _judged(task: Mapping[str, Any], origin: str, number: int) -> OfficialTask:
    return OfficialTask(f"{task['app']}/{origin}-{number}", task, _reason(task))


def _reason(task: Mapping[str, Any]) -> str:
    """Why the task does not run; distances are all that can be known without a service."""
    if task["app"] != "weather" or not _asks_for_a_distance(task["goal"]):
        return REASONS[task["app"]]
    lengths = _distances(task)
    if not any(same(task["answer"], length) for length in lengths):
        return NOT_THE_DISTANCE
    return "" if set(task["init"]) == {"current_date", "current_location"} else REASONS["weather"]


def _asks_for_a_distance(goal: str) -> bool:
    return any(words in goal.lower() for words in _DISTANCE_WORDS)


def _distances(task: Mapping[str, Any]) -> Sequence[float]:
    """Kilometres from the user's town to each that the goal names."""
    here = search(task["init"].get("current_location", ""))
    if not here:
        return []
    named = (search(name)[0] for name in APPLICATIONS["weather"].mentions(task["goal"]))
    start = (here[0].latitude, here[0].longitude)
    return [distance(*start, place.latitude, place.longitude) for place in named]


def main() -> None:
    argparse.ArgumentParser(
        prog=f"python -m {__package__}.official",
        description="Lists ToolQuery's official tasks, with the reason where one does not run.",
    ).parse_args()
    try:
        found = every_task()
    except EnvError as problem:
        raise SystemExit(str(problem)) from problem
    for each in found:
        print(f"{each.id:24} {each.reason or 'runs'}")
    for (app, reason), count in sorted(
        Counter((each.id.partition("/")[0], each.reason or "runs") for each in found).items()
    ):
        print(f"{count:4} of {app}: {reason}")


if __name__ == "__main__":
    main()
