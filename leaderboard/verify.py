"""Replays every episode's actions in the environments and compares what they answer.

No model is needed: the recorded actions are. An entry is verified if it has an episode of each
of its tasks, every answer and score is the recorded one, and its results are what the episodes
come to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from tqdm import tqdm

from agentrm_envs import Action, Step, Task, TextEnv, Trajectory, make
from agentrm_envs.errors import EnvError
from leaderboard import entry as entries
from leaderboard.claims import differing, differing_claims, differing_tasks
from leaderboard.entry import Entry
from leaderboard.evidence import Answer, Evidence, Played, answers, opening, played
from leaderboard.report import Difference, Report
from leaderboard.source import Source, read_run, rival_of

TEXT_SHOWN = 300
"""Characters of an answer that a report shows."""
RUN_LEADERBOARD = "leaderboard.json"
"""What a run directory calls its own entry."""


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
    found += differing_tasks(evidence) + differing_claims(evidence)
    return Report(evidence.entry.system, len(scored), steps, errors, tuple(found))


def verify_source(source: Source, *, quiet: bool = True) -> list[Report]:
    """Replay a run directory or an entry's file; a report of it, and of the run's rival if any.

    A run's own leaderboard.json must say what the episodes of both come to; their `verified` is
    set to what was found. Other entries in it lose theirs, since nobody replayed them. An
    entry's file is only read. Raises BadFile where a file is not what its schema says.
    """
    rival = rival_of(source.path)
    sources = [source, *([read_run(rival, allow_incomplete=True)] if rival else [])]
    reports = [verify(each.evidence, each.trajectories, quiet=quiet) for each in sources]
    path = source.path / RUN_LEADERBOARD
    if not source.path.is_dir() or not path.is_file():
        return reports
    return _marked_in(path, [each.evidence.entry for each in sources], reports)


def _marked_in(path: Path, counted: Sequence[Entry], reports: Sequence[Report]) -> list[Report]:
    """Set the marks in a run's leaderboard; the reports with what it claims amiss added."""
    others = list(entries.read(path).entries)
    replayed: list[Entry] = []
    found: list[Report] = []
    for entry, report in zip(counted, reports, strict=True):
        claim = _claim_of(entry, others)
        if claim is None:  # a rival's may be missing: it is listed once both have been played
            found.append(report if found else report.with_([_lacking(path)]))
            continue
        others = [each for each in others if each is not claim]
        found.append(report.with_(differing(claim, entry)))
        replayed.append(replace(claim, verified=found[-1].verified))
    forgotten = [replace(each, verified=False) for each in others]
    entries.write(entries.ranked([*replayed, *forgotten]), path)
    return found


def _claim_of(counted: Entry, claims: Sequence[Entry]) -> Entry | None:
    """The entry of that run; of several, as of a run compared with its like, the most alike."""
    config = counted.run.config_sha256
    same = [claim for claim in claims if claim.run.config_sha256 == config]
    return min(same, key=lambda claim: len(differing(claim, counted)), default=None)


def _lacking(path: Path) -> Difference:
    return Difference(f"{path}: entries", "an entry of this run", "entries of other runs")


def marked(evidence: Evidence, report: Report | None) -> Evidence:
    """The evidence with `verified` set to what its replay found; without replay it is not."""
    verified = report is not None and report.verified
    return replace(evidence, entry=replace(evidence.entry, verified=verified))


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
            return Difference(where, f"{answered} observations", f"{wanted} with the first one")
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
        if not steps[-1].done:
            goes_on = f"an episode that goes on after {len(episode.actions)} actions"
            return Difference(f"{where}: end", "an answer that ends the episode", goes_on)
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
