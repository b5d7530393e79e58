"""Replays every episode's actions in the environments and compares what they answer.

No model is needed: the recorded actions are. An entry is verified if every answer and score
is the recorded one and the entry's results are what the episodes come to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from tqdm import tqdm

from agentrm_envs import Action, Step, Task, TextEnv, Trajectory, make
from agentrm_envs.errors import EnvError
from leaderboard.entry import DECIMALS, plain
from leaderboard.evidence import Answer, Evidence, Played, answers, opening, played, results

TEXT_SHOWN = 300
"""Characters of an answer that a report shows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a record and its replay part."""

    where: str
    """The episode and its step, or the key of the entry."""
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.where}\n    expected {self.expected}\n    got      {self.got}"


@dataclass(frozen=True, slots=True)
class Report:
    """What the replay of one entry found."""

    system: str
    episodes: int
    """How many were replayed."""
    steps: int
    errors: int
    """Episodes that broke off: they are not scored, so there is nothing to replay."""
    differences: tuple[Difference, ...]

    @property
    def verified(self) -> bool:
        return self.episodes > 0 and not self.errors and not self.differences

    def __str__(self) -> str:
        counts = f"{self.episodes} episodes, {self.steps} steps, {self.errors} errors"
        if self.verified:
            return f"verified: {self.system} ({counts}): every answer and score is the same"
        if not self.differences:
            return f"NOT VERIFIED: {self.system} ({counts}): not every episode can be replayed"
        found = "\n".join(f"  - {difference}" for difference in self.differences)
        return f"NOT VERIFIED: {self.system} ({counts}), {len(self.differences)} differ:\n{found}"


def verify(
    evidence: Evidence, trajectories: Sequence[Trajectory] = (), *, quiet: bool = True
) -> Report:
    """Replay the evidence; `trajectories`, where at hand, let the report quote whole answers.

    Each episode is reported with its first difference only: what follows is its consequence.
    """
    scored = [i for i, episode in enumerate(evidence.episodes) if episode.error is None]
    found: list[Difference] = []
    with closing(_Replayer(evidence.entry.data)) as replayer:
        for i in tqdm(scored, "replay", unit="episode", disable=quiet, dynamic_ncols=True):
            recorded = answers(trajectories[i]) if trajectories else []
            difference = replayer.difference(evidence.episodes[i], recorded)
            found += [difference] if difference else []
    steps = sum(len(evidence.episodes[i].actions) for i in scored)
    errors = len(evidence.episodes) - len(scored)
    found += differing_claims(evidence)
    return Report(evidence.entry.system, len(scored), steps, errors, tuple(found))


def marked(evidence: Evidence, report: Report | None) -> Evidence:
    """The evidence with `verified` set to what its replay found; without replay it is not."""
    verified = report is not None and report.verified
    return replace(evidence, entry=replace(evidence.entry, verified=verified))


def differing_claims(evidence: Evidence) -> list[Difference]:
    """The entry's numbers that are not what its episodes come to."""
    try:
        table, overall = results(evidence.episodes)
    except EnvError as error:
        return [Difference("entry: results", "known environments", str(error))]
    claimed = _leaves({"results": evidence.entry.results, "overall": evidence.entry.overall})
    counted = _leaves({"results": table, "overall": overall})
    return [
        Difference(f"entry: {key}", f"{counted.get(key)} from the episodes", f"{claimed.get(key)}")
        for key in sorted({*claimed, *counted})
        if not _same(claimed.get(key), counted.get(key))
    ]


@dataclass(slots=True)
class _Replayer:
    """Environments that are made once and used for all episodes."""

    data: str
    environments: dict[str, TextEnv] = field(default_factory=dict)

    def close(self) -> None:
        for env in self.environments.values():
            env.close()

    def difference(self, episode: Played, recorded: Sequence[Answer]) -> Difference | None:
        """Where the episode's record and its replay part first; None where they never do."""
        where = f"{episode.task.env} {episode.task.id}"
        answered, wanted = len(episode.observations_sha256), len(episode.actions) + 1
        if answered != wanted:
            return Difference(where, f"{wanted} answers", f"{answered} in the record")
        steps: list[Step] = []
        replayed = self.replay(episode)
        for number, digest in enumerate(episode.observations_sha256):
            action = f"action {episode.actions[number - 1]!r}" if number else "reset"
            step = f"{where}: step {number} ({action})"
            expected = _shown(recorded[number]) if recorded else f"an answer of digest {digest}"
            try:
                answer = next(replayed)
            except EnvError as error:
                return Difference(step, expected, f"{type(error).__name__}: {error}")
            if answer.digest != digest:
                return Difference(step, expected, _shown(answer))
            steps.append(_step(answer))
        end = played(Trajectory(episode.task, "", "", tuple(steps[1:])))
        if (end.score, end.success) != (episode.score, episode.success):
            return Difference(f"{where}: end", _outcome(episode), _outcome(end))
        return None

    def replay(self, episode: Played) -> Iterator[Answer]:
        """The answers to the reset and to each action, as far as they are asked for."""
        env = self._environment(episode.task)
        observation, info = env.reset(options={"task": episode.task.id})
        yield opening(info["goal"], observation)
        for action in episode.actions:
            observation, reward, terminated, truncated, info = env.step(action)
            yield Answer(observation, reward, terminated, truncated, info["success"])

    def _environment(self, task: Task) -> TextEnv:
        if task.env not in self.environments:
            self.environments[task.env] = make(task.env, data=self.data)
        return self.environments[task.env]


def _step(answer: Answer) -> Step:
    return Step(
        Action(""),
        answer.text,
        answer.reward,
        answer.terminated,
        answer.truncated,
        answer.success,
    )


def _outcome(episode: Played) -> str:
    return f"score {episode.score}, success {episode.success}"


def _shown(answer: Answer) -> str:
    text = answer.text if len(answer.text) <= TEXT_SHOWN else answer.text[:TEXT_SHOWN] + "..."
    ends = [name for name in ("terminated", "truncated", "success") if getattr(answer, name)]
    marks = ", ".join(["reward " + format(answer.reward, ".9g"), *ends])
    return f"{text!r} ({marks}; digest {answer.digest})"


def _leaves(value: Any, place: str = "") -> dict[str, Any]:
    """Every number and word of nested records by its dotted place."""
    if isinstance(value, Mapping):
        parts = [_leaves(item, f"{place}.{key}") for key, item in value.items()]
        return {key: leaf for part in parts for key, leaf in part.items()}
    if isinstance(value, list):
        return _leaves({str(i): item for i, item in enumerate(value)}, place)
    if isinstance(value, str | float | int):
        return {place.removeprefix("."): value}
    return _leaves(plain(value), place)


def _same(claimed: object, counted: object) -> bool:
    if isinstance(claimed, float | int) and isinstance(counted, float | int):
        return abs(claimed - counted) < 2.0 * 0.1**DECIMALS
    return bool(claimed == counted)
