"""What every environment promises, as checks that run on any of them, also on other packages'."""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from gymnasium.utils.env_checker import check_env

from agentrm_envs.chat import render_scored
from agentrm_envs.core import Snapshot, TextEnv
from agentrm_envs.errors import (
    EnvError,
    EpisodeOver,
    MissingData,
    MissingDependency,
    NotStarted,
    UnknownTask,
)
from agentrm_envs.playing import (
    NONSENSE,
    Playthrough,
    Subject,
    hostile,
    planned,
    play,
    step,
)
from agentrm_envs.record import Action, Step, Task, Trajectory
from agentrm_envs.registry import expert
from agentrm_envs.task_lists import SPLITS, task_table

HOSTILE_ACTIONS = 200
MAX_OBSERVATION_LENGTH = 200_000
NEXT_STEPS = 6
"""That are played again after most of the restored states; after some, all are."""


class Broken(EnvError):
    """The environment does not keep a promise; the message says where."""


class NotApplicable(EnvError):
    """The check asks for something that the environment need not have."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one check went."""

    check: str
    status: Literal["PASS", "FAIL", "SKIP"]
    detail: str
    seconds: float


def check(subject: Subject, only: Sequence[str] = ()) -> Iterator[Verdict]:
    """Run every check, or `only` those named, one verdict each."""
    for name in only or CHECKS:
        yield _verdict(name, subject)


def _verdict(name: str, subject: Subject) -> Verdict:
    began = time.perf_counter()
    status: Literal["PASS", "FAIL", "SKIP"]
    try:
        CHECKS[name](subject)
        _true(bool(subject.tasks), "there was no task to check it on")
        status, detail = "PASS", ""
    except NotApplicable as reason:
        status, detail = "SKIP", str(reason)
    except Exception as error:  # whatever an environment raises is this check's result
        status, detail = "FAIL", f"{type(error).__name__}: {error}"
    return Verdict(name, status, detail, time.perf_counter() - began)


def follows_gymnasium(subject: Subject) -> None:
    """Gymnasium's own checker is content, warnings included."""
    with warnings.catch_warnings(), closing(subject.make()) as env:
        warnings.simplefilter("error")
        check_env(env, skip_render_check=True)


def lists_tasks(subject: Subject) -> None:
    """The task list is the same each time, without doubles, and every task begins."""
    with closing(subject.make()) as env, closing(subject.make()) as other:
        _same(env.tasks, other.tasks, "the task lists of two instances")
        _true(len(set(env.tasks)) == len(env.tasks) > 0, "the task list is empty or has doubles")
        for task in env.tasks:
            _, info = env.reset(options={"task": task})
            _same(info["task"], task, "info['task'] of the task that was asked for")
        try:
            env.reset(options={"task": "no such task"})
        except UnknownTask:
            return
    raise Broken("an unknown task id raises no UnknownTask")


def keeps_train_and_test_apart(subject: Subject) -> None:
    """No id and no task of the train split is in the test split."""
    if subject.data != "builtin":
        raise NotApplicable("official splits are as the upstream made them")
    tables = []
    for split in SPLITS:
        try:
            tables.append(task_table(subject.name, split, subject.data))
        except MissingData as error:
            raise NotApplicable(str(error)) from error
    train, test = tables
    _same(sorted(set(train) & set(test)), [], "the ids in both splits")
    known = {json.dumps(task, sort_keys=True, default=repr) for task in train.values()}
    same = [id for id, t in test.items() if json.dumps(t, sort_keys=True, default=repr) in known]
    _same(same, [], "the test tasks that are also train tasks")


def keeps_score(subject: Subject) -> None:
    """Rewards are the increments of the score, which stays in [0, 1]; info is complete."""
    with closing(subject.make()) as env:
        for played in subject.playthroughs(env):
            before = played.first[1]
            _true(before["score"] == 0.0, f"{before['task']} begins with a score")
            for answer in played.answers:
                info = answer.info
                _same(info["task"], before["task"], "info['task'] along an episode")
                _same(info["goal"], before["goal"], "info['goal'] along an episode")
                _true(type(info["success"]) is bool, "info['success'] is not a bool")
                _true(0.0 <= info["score"] <= 1.0, f"a score of {info['score']}")
                gain = info["score"] - before["score"]
                _true(math.isclose(answer.reward, gain, abs_tol=1e-9), "a reward is no increment")
                before = info


def keeps_order(subject: Subject) -> None:
    """A step before the beginning or after the end raises; the step limit ends an episode."""
    with closing(subject.make()) as env:
        try:
            env.step(NONSENSE)
        except NotStarted:
            played = play(env, subject.tasks[0], lambda env: NONSENSE)
        else:
            raise Broken("a step before reset raises no NotStarted")
        _true(played.answers[-1].done, "nonsense goes on for ever")
        _true(len(played.answers) <= env.max_steps, f"more than {env.max_steps} steps were taken")
        try:
            env.step(NONSENSE)
        except EpisodeOver:
            return
    raise Broken("a step after the end raises no EpisodeOver")


def answers_alike_elsewhere(subject: Subject) -> None:
    """Another instance and another process (with another hash seed) give the same text."""
    with (
        closing(subject.make()) as env,
        closing(subject.make()) as other,
        closing(subject.make(isolated=True)) as there,
    ):
        for played in subject.playthroughs(env):
            task = played.first[1]["task"]
            for twin in (other, there):
                again = play(twin, task, planned(played.actions))
                _same(again.first, played.first, f"the beginning of {task}")
                _same(again.answers, played.answers, f"the answers in {task}")


def restores(subject: Subject) -> None:
    """From every state of an episode, also its end, going on equals what came then.

    By loading, in the same instance and in another; from some states, to the episode's end, also
    by loading in another process, and by replaying here what was saved there and the reverse.
    """
    with (
        closing(subject.make()) as env,
        closing(subject.make()) as other,
        closing(subject.make(isolated=True)) as there,
    ):
        for played in subject.playthroughs(env):
            states = list(enumerate(played.snapshots))
            for at, snapshot in reversed(states):
                _goes_on(env, snapshot, played, at, NEXT_STEPS)
                _goes_on(other, snapshot, played, at, NEXT_STEPS)
            again = play(there, played.first[1]["task"], planned(played.actions))
            whole = len(played.actions)
            for at, snapshot in states[:: max(1, len(states) // 4)]:
                _goes_on(env, snapshot, played, at, whole)
                _goes_on(there, again.snapshots[at], played, at, whole)
                _goes_on(there, snapshot, played, at, whole)
                _goes_on(other, again.snapshots[at], played, at, whole)


def _goes_on(env: TextEnv, snapshot: Snapshot, played: Playthrough, at: int, steps: int) -> None:
    env.restore(snapshot)
    end = min(at + steps, len(played.actions))
    answers = [step(env, action) for action in played.actions[at:end]]
    task = played.first[1]["task"]
    _same(answers, played.answers[at:end], f"{task}: what comes after step {at}")
    _same(env.snapshot(), played.snapshots[end], f"{task}: the state {end - at} steps after {at}")


def answers_anything(subject: Subject) -> None:
    """Hostile text is answered with text that can be written down, never an exception."""
    with closing(subject.make()) as env:
        for number, task in enumerate(subject.tasks):
            env.reset(options={"task": task})
            for action in hostile(HOSTILE_ACTIONS, seed=number):
                answer = step(env, action)
                text = answer.observation
                _true(type(text) is str, f"{action[:40]!r} is answered with {type(text)}")
                _true(len(text) <= MAX_OBSERVATION_LENGTH, f"{action[:40]!r}: {len(text)} letters")
                text.encode("utf-8")
                json.dumps(answer.info, allow_nan=False)
                if answer.done:
                    env.reset(options={"task": task})


def keeps_the_outcome_from_the_reward_model(subject: Subject) -> None:
    """What a reward model reads does not depend on the last answer or on any reward."""
    hidden = Step(Action(""), "the answer that nobody may see", 0.5, True, False, True)
    with closing(subject.make()) as env:
        for played in subject.playthroughs(env):
            goal = played.first[1]["goal"]
            steps = [
                Step(Action(action), answer.observation, answer.reward, *_ends(answer.terminated))
                for action, answer in zip(played.actions, played.answers, strict=True)
            ]
            blind = [Step(step.action, step.observation) for step in steps[:-1]]
            blind.append(replace(hidden, action=steps[-1].action))
            task = Task(subject.name, played.first[1]["task"])
            seen, unseen = (
                render_scored(Trajectory(task, goal, played.first[0], tuple(some)))
                for some in (steps, blind)
            )
            _same(
                seen, unseen, f"{task.id}: what a reward model reads with and without the outcome"
            )


def _ends(terminated: bool) -> tuple[bool, bool, bool]:
    return terminated, False, terminated


def expert_solves(subject: Subject) -> None:
    """The expert's plan ends in success and a full score within the step limit."""
    if subject.data != "builtin":
        raise NotApplicable("only built-in tasks are admitted by an expert")
    try:
        expert(subject.name)
    except (ModuleNotFoundError, MissingDependency) as error:
        raise NotApplicable(f"{subject.name} has no expert: {error}") from error
    with closing(subject.make()) as env:
        for task in subject.tasks:
            played = play(env, task, planned(subject.plan(task)))
            _true(bool(played.answers), f"{task}: the expert does nothing")
            last = played.answers[-1].info
            _true(last["success"], f"{task}: the expert ends with a score of {last['score']}")
            _same(last["score"], 1.0, f"{task}: the score of success")


CHECKS: dict[str, Callable[[Subject], None]] = {
    "follows-gymnasium": follows_gymnasium,
    "lists-tasks": lists_tasks,
    "train-test-apart": keeps_train_and_test_apart,
    "keeps-score": keeps_score,
    "keeps-order": keeps_order,
    "alike-elsewhere": answers_alike_elsewhere,
    "restores": restores,
    "answers-anything": answers_anything,
    "hides-outcome": keeps_the_outcome_from_the_reward_model,
    "expert-solves": expert_solves,
}


def _same(got: object, wanted: object, what: str) -> None:
    if got != wanted:
        raise Broken(f"{what}: got {_short(got)}, not {_short(wanted)}")


def _true(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 500 else text[:250] + " ... " + text[-250:]
