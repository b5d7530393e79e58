"""One environment's way through the simulator: where it is, and how it gets elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from agentrm_envs.errors import EnvError, StateLost
from agentrm_envs.sciworld.simulator import Simulator, running


@dataclass(frozen=True, slots=True)
class Variation:
    """What the simulator is told to begin: a kind of task, which one, and how simplified."""

    kind: str
    number: int
    simplifications: str


@dataclass(frozen=True, slots=True)
class Place:
    """A state in the simulator: the process that holds it, and its number there."""

    process: str
    number: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the simulator answers to an action."""

    observation: str
    raw_score: float
    """In [-1, 1]; negative after a fatal mistake, such as a focus on the wrong thing."""
    completed: bool
    ticks: int
    """How often the world has moved on since the beginning, which a look does not let it do."""


class Branch:
    """A state that moves on by actions; saved states stay as they are.

    `timeout` is how many seconds the simulator may take for a call.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._home: Simulator | None = None
        self._number = ""
        self._saved = False

    def begin(self, variation: Variation) -> str:
        """Go to the beginning of a variation, and return the task's description."""
        self.release()
        self._home = running()
        error, description, self._number = self._home.call(
            "begin",
            variation.kind,
            variation.number,
            variation.simplifications,
            timeout=self._timeout,
        )
        self._saved = False
        if error:
            raise EnvError(f"sciworld: {variation.kind}/{variation.number}: {error}")
        return description

    def step(self, action: str, seed: int) -> Reply:
        """Take an action, of which all that is random is drawn from `seed`."""
        how = "keep" if self._saved else "spend"
        observation, score, completed, ticks, number = self._call("step", how, seed, action)
        self._number, self._saved = number, False
        return Reply(observation, float(score), completed == "true", int(ticks))

    def inventory(self) -> str:
        return self._call("inventory")[0]

    def commands(self) -> list[str]:
        """The forms of command that there are, sorted."""
        return self._call("commands")

    def valid_actions(self) -> list[str]:
        """The actions on things in view that the simulator takes to be possible, sorted."""
        return self._call("valid")

    def save(self) -> Place:
        """This state, which later steps leave as it is."""
        home, number = self._here()
        self._saved = True
        return Place(home.name, number)

    def load(self, place: Place) -> None:
        """Go to a saved state; raises `StateLost` where the simulator has it no more."""
        home = running()
        if home.name != place.process:
            raise StateLost("sciworld: the process with this state is gone")
        home.call("touch", place.number, timeout=self._timeout)
        if place.number != self._number:
            self.release()
        self._home, self._number, self._saved = home, place.number, True

    def release(self) -> None:
        """Forget where this is; a state that nobody saved is dropped."""
        home, number, saved = self._home, self._number, self._saved
        self._home, self._number = None, ""
        if home is not None and number and not saved and home.alive:
            home.call("drop", number, timeout=self._timeout)

    def _call(self, call: str, *rest: object) -> list[str]:
        home, number = self._here()
        if not home.alive:
            raise StateLost("sciworld: the process with this state is gone")
        return home.call(call, number, *rest, timeout=self._timeout)

    def _here(self) -> tuple[Simulator, str]:
        if self._home is None:
            raise StateLost("sciworld: nothing has begun, or it was released")
        return self._home, self._number


def gold(variation: Variation, timeout: float) -> list[str]:
    """The actions by which the simulator's own solver solves a variation; it may fail."""
    return running().call(
        "gold", variation.kind, variation.number, variation.simplifications, timeout=timeout
    )
