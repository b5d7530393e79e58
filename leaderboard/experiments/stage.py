"""One step of an experiment: a command of ours, and the file that proves that it was done."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from harness.__main__ import main as harness
from harness.manifest import RUN_FILE
from harness.summary import SUMMARY_FILE
from rewards.__main__ import main as rewards
from rewards.registry import forget_loaded

MAINS: Mapping[str, Callable[[Sequence[str]], int]] = {"harness": harness, "rewards": rewards}
"""Called in this process: a kill of the experiment must not leave a stage running on."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A command, which may be killed and given again."""

    words: tuple[str, ...]
    """As after `python -m`: the module, then its arguments."""
    proof: Path
    """The file that it writes last."""
    about: str
    """What it does, for people."""

    @property
    def done(self) -> bool:
        """Whether the proof is there; a run's must also say that all tasks have a score."""
        if not self.proof.is_file():
            return False
        if self.proof.name != SUMMARY_FILE:
            return True
        summary = json.loads(self.proof.read_text(encoding="utf-8"))
        return bool(summary["status"] == "complete")

    def __str__(self) -> str:
        mark = "done" if self.done else self.about
        return f"{shlex.join(['python', '-m', *self.words])}    # {mark}"

    def carry_out(self) -> int:
        """Its exit status; a run that was begun is gone on with."""
        module, *arguments = self.words
        if (self.proof.parent / RUN_FILE).exists():
            arguments = ["--resume" if word == "--out" else word for word in arguments]
        # Tables of the stages are not the experiment's result, which alone goes to stdout.
        with redirect_stdout(sys.stderr):
            status = MAINS[module](arguments)
        forget_loaded()
        return status


def carry_out(stages: Sequence[Stage]) -> int:
    """Do what is not done yet, in order; the first exit status that is not 0 ends it."""
    for number, stage in enumerate(stages, start=1):
        if stage.done:
            continue
        print(f"\n[{number}/{len(stages)}] {stage}", file=sys.stderr)
        if status := stage.carry_out():
            return status
    return 0


def extraction(out: Path, *arguments: str) -> Stage:
    """`rewards extract` into the folder `out`."""
    words = ("rewards", "extract", *arguments, "--out", str(out))
    return Stage(words, out / "dataset.json", "values of states")


def subset(values: Path, share: float, seed: int, out: Path) -> Stage:
    """`rewards subset` of a values file."""
    words = ("rewards", "subset", str(values), "--share", f"{share:g}", "--seed", str(seed))
    return Stage((*words, "--out", str(out)), out, f"the rows of {share:.4g} of the tasks")


def training(values: Path, recipe: Path | None, out: Path) -> Stage:
    """`rewards train` on a values file; `recipe` is a file of its flags."""
    words = ("rewards", "train", "--data", str(values), "--out", str(out))
    configured = ("--config", str(recipe)) if recipe else ()
    return Stage((*words, *configured), out / "README.md", "trains a reward model")


def evaluation(
    sources: Sequence[Path], only: Path | None, rms: Sequence[str], prompts: str, out: Path
) -> Stage:
    """`rewards evaluate` on the states of `sources`, of the tasks in `only`."""
    words = ["rewards", "evaluate", *map(str, sources), *(["--only", str(only)] if only else [])]
    words += ["--rm", *rms, *told(prompts), "--out", str(out)]
    return Stage(tuple(words), out, "scores held-out states")


def told(prompts: str) -> tuple[str, ...]:
    """The flag of a prompt tree, where there is one."""
    return ("--prompts", prompts) if prompts else ()
