"""What the contract tests run in other processes: `python -m tests.agentrm_envs.elsewhere`.

digest NAME ...      one line a name: the checksum of what random and expert play answer
reversed NAME ...    the same, with the tasks played in the opposite order
continue FILE ...    for each pickled (name, snapshot, actions): what the actions answer
"""

from __future__ import annotations

import hashlib
import json
import pickle
import sys
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

from agentrm_envs import make
from agentrm_envs.playing import Playthrough, Subject, at_random, planned, play, step

LIMIT = 3


def digest(name: str, *, backwards: bool = False) -> str:
    subject = Subject(name, limit=LIMIT)
    tasks = list(enumerate(subject.tasks))
    texts = {}
    with closing(subject.make()) as env:
        for number, task in reversed(tasks) if backwards else tasks:
            random_play = play(env, task, at_random(number))
            expert_play = play(env, task, planned(subject.plan(task)))
            texts[task] = transcript(random_play) + transcript(expert_play)
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()


def transcript(played: Playthrough) -> list[object]:
    answers = [asdict(answer) for answer in played.answers]
    return [played.first, played.actions, answers]


def go_on(name: str, snapshot, actions) -> list[list[object]]:
    """What the actions answer after restoring by loading, and by replaying."""
    results = []
    for start in (snapshot, replace(snapshot, state=None)):
        with closing(make(name)) as env:
            env.restore(start)
            results.append([asdict(step(env, action)) for action in actions])
    return results


def main(verb: str, *arguments: str) -> None:
    import tests.toys  # noqa: F401  # registers the toy

    for argument in arguments:
        if verb == "continue":
            print(json.dumps(go_on(*pickle.loads(Path(argument).read_bytes()))))
        else:
            print(digest(argument, backwards=verb == "reversed"))


if __name__ == "__main__":
    main(*sys.argv[1:])
