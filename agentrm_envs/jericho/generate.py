"""Draws the built-in stories, compiles them and plays them to their ends.

    python -m agentrm_envs.jericho.generate [--seed N]

It needs the Inform 6 compiler (Debian's `inform6-compiler`; not its library) and writes
`stories/*.inf`, `stories/*.z5` and the task tables. Playing the stories needs no compiler.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agentrm_envs.jericho.expert import shut_for_now
from agentrm_envs.jericho.inform import source
from agentrm_envs.jericho.machine import FernzMachine
from agentrm_envs.jericho.plot import Plot, Unfit, draw
from agentrm_envs.jericho.progress import plain
from agentrm_envs.jericho.solution import Solution, solve
from agentrm_envs.jericho.theme import Theme, themes
from agentrm_envs.task_files import listing, write_tables

SERIAL = "260101"
"""The release date in every story file, so that the same source gives the same bytes."""
PER_THEME = 5
SIZES = (2, 3, 3, 4, 4)
"""Obstacles of a theme's stories, in order."""
LENGTHS = (7, 24)
"""Least and most actions of a walkthrough; an episode has 30."""
MAX_ACTIONS = 26
"""What a walkthrough may have with its waits."""
THROWS = 2_000
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class StoryTask:
    """A story as the task table holds it."""

    story: str
    goal: str
    subgoals: list[str]
    walkthrough: list[str]
    commands: list[str]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    tables: dict[str, dict[str, object]] = {"train": {}, "test": {}}
    for theme in themes().values():
        for task in stories(theme, chosen.seed, FOLDER / "stories"):
            tables[theme.split][task.story] = asdict(task)
            print(f"{task.story}: {len(task.walkthrough)} actions, {len(task.subgoals)} subgoals")
    texts = {split: listing(dict(sorted(table.items()))) for split, table in tables.items()}
    write_tables(FOLDER, texts)


def stories(theme: Theme, seed: int, folder: Path) -> list[StoryTask]:
    """The theme's stories: drawn, compiled in `folder`, and admitted as they play to the end."""
    return [build(plot, solution, folder) for plot, solution in drawn(theme, seed)]


def drawn(theme: Theme, seed: int) -> Iterator[tuple[Plot, Solution]]:
    """The theme's plots with their solutions, always the same for a seed."""
    shapes: set[tuple[str, ...]] = set()
    rng = random.Random(f"{seed} {theme.name}")
    for _ in range(THROWS):
        number = len(shapes)
        if number == PER_THEME:
            return
        finale = theme.finales[number % len(theme.finales)]
        try:
            plot = draw(theme, finale, f"{theme.name}-{number + 1}", SIZES[number], rng)
        except Unfit:
            continue
        # Two stories never ask for the same obstacles in the same order.
        shape = (finale.title, *(obstacle.gate.done for obstacle in plot.obstacles))
        solution = solve(plot)
        if shape not in shapes and LENGTHS[0] <= len(solution.walkthrough) <= LENGTHS[1]:
            shapes.add(shape)
            yield plot, solution
    raise RuntimeError(f"{theme.name}: only {len(shapes)} of {PER_THEME} stories were found")


def build(plot: Plot, solution: Solution, folder: Path) -> StoryTask:
    """Compile a plot and play it, with waits where they are needed."""
    text = source(plot, SERIAL)
    (folder / f"{plot.name}.inf").write_text(text, encoding="ascii")
    story = compiled(folder, plot.name)
    walkthrough = played(FernzMachine(story), solution)
    return StoryTask(plot.name, plot.finale.goal, solution.subgoals, walkthrough, solution.commands)


def compiled(folder: Path, name: str) -> Path:
    """The story file of `name`.inf, made by Inform 6."""
    inform = shutil.which("inform6") or shutil.which("inform")
    if inform is None:
        raise RuntimeError("no Inform 6 compiler is found; install Debian's inform6-compiler")
    command = [inform, "-v5", f"{name}.inf", f"{name}.z5"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stdout.splitlines() if "Warning:" in line]
    # A story need not use all of the world model.
    if done.returncode or not all("declared but not used" in line for line in complaints):
        raise RuntimeError(f"{name}.inf is not as Inform 6 wants it:\n{done.stdout[-4000:]}")
    return folder / f"{name}.z5"


def played(machine: FernzMachine, solution: Solution) -> list[str]:
    """The walkthrough as it works, waits included; raises RuntimeError where it does not."""
    observation, left = machine.start(), list(solution.subgoals)
    actions: list[str] = []
    if any(plain(subgoal) in plain(observation) for subgoal in left):
        raise RuntimeError("the opening tells a subgoal")
    for action in solution.walkthrough:
        before = machine.save()
        if action in solution.commands and action not in machine.changing([action]):
            raise RuntimeError(f"{action!r} is not among the valid actions of: {observation}")
        observation = machine.act(action)
        while shut_for_now(action, observation) and len(actions) < MAX_ACTIONS:
            machine.load(before)
            machine.act("wait")
            actions.append("wait")
            before = machine.save()
            observation = machine.act(action)
        actions.append(action)
        hit = next((subgoal for subgoal in left if plain(subgoal) in plain(observation)), None)
        if hit is not None:
            left.remove(hit)
    if left or not machine.halted or len(actions) > MAX_ACTIONS:
        raise RuntimeError(f"the walkthrough {actions} misses {left}; last: {observation}")
    return actions


if __name__ == "__main__":
    main()
