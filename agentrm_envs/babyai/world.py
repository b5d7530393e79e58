"""A minigrid level that moves without drawing and whose state can be saved as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, Literal

import gymnasium
import minigrid  # noqa: F401  (importing it registers the levels)
from minigrid.core.world_object import Wall, WorldObj
from minigrid.envs.babyai.core.verifier import (
    ActionInstr,
    AfterInstr,
    AndInstr,
    BeforeInstr,
    Instr,
    ObjDesc,
    PickupInstr,
    PutNextInstr,
)

from agentrm_envs.babyai.levels import gym_id

LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE = range(6)
"""minigrid's primitive moves."""
STEP = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""What a step forward adds to (x, y) for each direction: right, down, left, up."""
SEQUENCES = (AfterInstr, AndInstr, BeforeInstr)
"""The instructions made of two others, whose verdicts they remember."""
Status = Literal["continue", "success", "failure"]

_NOBODY = -1
_OUTSIDE = Wall()
_NO_LIMIT = 10**9
_DESCRIPTIONS = ("desc", "desc_move", "desc_fixed")


class World:
    """One level, with minigrid's own rules and its own verifier of the mission.

    minigrid computes an image after each move; nothing here reads it, so it is switched off.
    """

    def __init__(self, level: str, seed: int) -> None:
        self.level = level
        self.seed = seed
        made: Any = gymnasium.make(gym_id(level), disable_env_checker=True).unwrapped
        made.gen_obs = _no_image
        with redirect_stdout(StringIO()):  # minigrid prints each rejected draw of a level
            made.reset(seed=seed)
        self._limit = int(made.max_steps)
        # Like upstream, past minigrid's own limit of moves; its reward would turn negative.
        made.max_steps = _NO_LIMIT
        self._env = made
        self.mission = str(made.mission)
        self.objects: list[WorldObj] = list(_objects(made))
        self.instructions: list[Instr] = list(_instructions(made.instrs))
        self._number = {id(thing): i for i, thing in enumerate(self.objects)}
        self._walls = [_wall_or_none(cell) for cell in made.grid.grid]

    @property
    def cells(self) -> list[WorldObj | None]:
        """The grid row by row: the cell (x, y) is at y * width + x."""
        found: list[WorldObj | None] = self._env.grid.grid
        return found

    @property
    def width(self) -> int:
        return int(self._env.grid.width)

    @property
    def position(self) -> tuple[int, int]:
        x, y = self._env.agent_pos
        return int(x), int(y)

    @property
    def direction(self) -> int:
        return int(self._env.agent_dir)

    @property
    def carrying(self) -> WorldObj | None:
        found: WorldObj | None = self._env.carrying
        return found

    @property
    def reward(self) -> float:
        """What minigrid pays where the last move fulfilled the mission, less for each move made.

        Below 1, and negative long after its own limit of moves.
        """
        return float(1 - 0.9 * (self._env.step_count / self._limit))

    def at(self, x: int, y: int) -> WorldObj | None:
        """What is in a cell; outside the grid there are walls, as in minigrid's views."""
        grid = self._env.grid
        if 0 <= x < grid.width and 0 <= y < grid.height:
            found: WorldObj | None = grid.grid[y * grid.width + x]
            return found
        return _OUTSIDE

    def move(self, primitive: int) -> Status:
        """Make one of minigrid's moves; say what its verifier makes of the mission."""
        _, reward, terminated, _, _ = self._env.step(primitive)
        if not terminated:
            return "continue"
        return "success" if reward > 0 else "failure"

    def save(self) -> tuple[Any, ...]:
        """The state as tuples of numbers; `load` accepts it in any World of the same level."""
        number = self._number
        env = self._env
        return (
            self.position,
            self.direction,
            self._numbered(env.carrying),
            env.step_count,
            tuple(
                (i, number[id(cell)])
                for i, cell in enumerate(env.grid.grid)
                if cell is not None and id(cell) in number
            ),
            tuple(_condition(thing) for thing in self.objects),
            tuple(self._verifier(instruction) for instruction in self.instructions),
        )

    def load(self, state: tuple[Any, ...]) -> None:
        env = self._env
        env.agent_pos, env.agent_dir, carrying, env.step_count, placed, conditions, verifier = state
        env.carrying = self._object(carrying)
        grid = self._walls.copy()
        for i, number in placed:
            grid[i] = self.objects[number]
        env.grid.grid = grid
        for thing, condition in zip(self.objects, conditions, strict=True):
            _set_condition(thing, condition)
        for instruction, saved in zip(self.instructions, verifier, strict=True):
            self._set_verifier(instruction, saved)

    def _numbered(self, thing: WorldObj | None) -> int:
        return _NOBODY if thing is None else self._number[id(thing)]

    def _object(self, number: int) -> WorldObj | None:
        return None if number == _NOBODY else self.objects[number]

    def _verifier(self, instruction: Any) -> tuple[Any, ...]:
        if isinstance(instruction, SEQUENCES):
            return instruction.a_done, instruction.b_done
        held = _NOBODY
        if isinstance(instruction, PickupInstr | PutNextInstr):
            held = self._numbered(instruction.preCarrying)
        places = [_pairs(description.obj_poss) for description in descriptions(instruction)]
        return held, *places

    def _set_verifier(self, instruction: Any, saved: tuple[Any, ...]) -> None:
        if isinstance(instruction, SEQUENCES):
            instruction.a_done, instruction.b_done = saved
            return
        held, *places = saved
        if isinstance(instruction, PickupInstr | PutNextInstr):
            instruction.preCarrying = self._object(held)
        for description, found in zip(descriptions(instruction), places, strict=True):
            description.obj_poss = list(found)


def descriptions(instruction: Instr) -> list[ObjDesc]:
    """The descriptions of objects in one clause of a mission: the moved before the fixed."""
    return [getattr(instruction, name) for name in _DESCRIPTIONS if hasattr(instruction, name)]


def is_clause(instruction: Instr) -> bool:
    """Whether an instruction is a single clause and not a sequence or conjunction of some."""
    return isinstance(instruction, ActionInstr)


def parts(instruction: Any) -> list[tuple[bool, Instr]]:
    """The two instructions of a sequence or conjunction and whether each is fulfilled."""
    if not isinstance(instruction, SEQUENCES):
        return []
    whole: Any = instruction
    return [
        (whole.a_done == "success", whole.instr_a),
        (whole.b_done == "success", whole.instr_b),
    ]


def _no_image() -> dict[str, Any]:
    return {}


def _wall_or_none(cell: WorldObj | None) -> WorldObj | None:
    return cell if cell is not None and cell.type == "wall" else None


def _objects(env: Any) -> Iterator[WorldObj]:
    """Everything but walls, in the grid's order, with what boxes hold and what is carried."""
    for cell in [*env.grid.grid, env.carrying]:
        thing = cell
        while thing is not None and thing.type != "wall":
            yield thing
            thing = thing.contains


def _instructions(instruction: Any) -> Iterator[Instr]:
    yield instruction
    if isinstance(instruction, SEQUENCES):
        yield from _instructions(instruction.instr_a)
        yield from _instructions(instruction.instr_b)


def _condition(thing: Any) -> tuple[Any, ...]:
    """What of an object changes besides the cell it is in."""
    where = None if thing.cur_pos is None else (int(thing.cur_pos[0]), int(thing.cur_pos[1]))
    if thing.type == "door":
        return where, thing.is_open, thing.is_locked
    return (where,)


def _set_condition(thing: Any, condition: tuple[Any, ...]) -> None:
    thing.cur_pos = condition[0]
    if thing.type == "door":
        _, thing.is_open, thing.is_locked = condition


def _pairs(places: Any) -> tuple[tuple[int, int], ...]:
    return tuple((int(x), int(y)) for x, y in places)
