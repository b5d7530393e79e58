"""ALFWorld's recorded games and expert trajectories, and how they are played again."""

from __future__ import annotations

import json
import lzma
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from zlib import crc32

from agentrm_envs.alfworld.engine import Engine
from agentrm_envs.alfworld.wording import NOTHING, Wording
from tests.testdata import testdata

FILES = ("game.tw-pddl", "gt_traj.json")
BANNER = "-= Welcome to TextWorld, ALFRED! =-\n\n"


def archive(name: str, every: int = 1) -> Iterator[dict[str, str]]:
    """Each game's files by name; of the archive's games, one in `every`."""
    suffix = "old-grammar_with_gt_traj" if name == "train" else "old-grammar"
    games: dict[str, dict[str, str]] = defaultdict(dict)
    with tarfile.open(testdata(f"alfworld/{name}.{suffix}.tar.xz")) as tar:
        for member in tar:
            folder, _, file = member.name.rpartition("/")
            if member.isfile() and file in FILES:
                stream = tar.extractfile(member) if crc32(folder.encode()) % every == 0 else None
                if stream is not None:
                    games[folder][file] = stream.read().decode()
    yield from (files for files in games.values() if "game.tw-pddl" in files)


def compact(split: str, every: int = 1) -> Iterator[dict[str, object]]:
    """The rows of a split of the new release, one in `every`."""
    path = testdata(f"alfworld/compact/{split}.jsonl.xz")
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        for number, line in enumerate(stream):
            if number % every == 0:
                yield json.loads(line)


def game_file(row: dict[str, object]) -> str:
    """The game file that a compact row was packed from."""
    folder = testdata("alfworld/compact")
    grammar = (folder / "alfred_2.1.3_template.twl2").read_text(encoding="utf-8")
    domain = (folder / "alfred_2.1.3.pddl").read_text(encoding="utf-8")
    return json.dumps(
        {
            "pddl_domain": domain,
            "grammar": grammar.replace("UNKNOWN GOAL", str(row["goal"])),
            "pddl_problem": row["pddl_problem"],
            "walkthrough": row["walkthrough"],
        }
    )


class Player:
    """Plays commands on the bare engine, as TextWorld would."""

    def __init__(self, engine: Engine, wording: Wording) -> None:
        self.engine, self.wording, self.state = engine, wording, engine.start

    def commands(self) -> dict:
        helps = self.wording.grammar == "move"
        found: dict = {}
        for command in self.engine.possible(self.state, helps=helps):
            found.setdefault(self.wording.command(command), command)
        return found

    def step(self, text: str) -> str:
        command = self.commands().get(text)
        if command is None:
            return NOTHING
        self.state = self.engine.after(self.state, command)
        return self.wording.answer(command, self.state)
