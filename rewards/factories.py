"""Models by name: `name` or `name:argument` refers to a factory that is loaded late."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from agentrm_envs.prompt_tree import PromptTree

Model = TypeVar("Model")

_OURS = ("agentrm_envs", "rewards", "harness")
_EXTRAS = {"httpx2": "server", "vllm": "vllm"}
"""Which extra has a module; the others are `hf`'s."""


class UnknownModel(ValueError):
    """No policy or reward model has that name."""


class MissingModelDependency(ImportError):
    """A model's optional dependencies are not installed."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a factory is told: the one argument of every policy's and reward model's factory."""

    argument: str = ""
    """What follows the first colon of `name:argument`: a path, an address, or nothing."""
    seed: int = 0
    data: str = "builtin"
    """Which task data the run uses, `builtin` or `official`, for models that open environments."""
    prompts: PromptTree | None = None
    """Other words than this project's, where the run has them."""


@dataclass(frozen=True, slots=True)
class Factories(Generic[Model]):
    """The known names of one kind of model, with those that other packages register."""

    kind: str
    """For messages, as in `policy`."""
    group: str
    """The entry-point group through which another package adds a name."""
    table: dict[str, str]
    """Name -> `module:factory`: the built-in names, and those that are assigned from Python."""
    light: frozenset[str] = frozenset()
    """The names of models that cost so little that every process may hold its own."""
    plain: frozenset[str] = frozenset()
    """The names that nothing may follow."""

    def names(self) -> list[str]:
        others = {point.name for point in entry_points(group=self.group)}
        return [*self.table, *sorted(others - set(self.table))]

    def check(self, reference: str) -> None:
        """Raise UnknownModel unless `reference` begins with a known name; loads nothing."""
        name, _, argument = reference.partition(":")
        known = self.names()
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise UnknownModel(
                f"no {self.kind} is named {name!r}; {hint}There are: {', '.join(known)}"
            )
        if argument and name in self.plain:
            raise UnknownModel(f"the {self.kind} {name!r} takes no argument, not {argument!r}")

    def is_light(self, reference: str) -> bool:
        return reference.partition(":")[0] in self.light

    def make(
        self,
        reference: str,
        *,
        seed: int = 0,
        data: str = "builtin",
        prompts: PromptTree | None = None,
    ) -> Model:
        """The model that `name` or `name:argument` refers to."""
        self.check(reference)
        name, _, argument = reference.partition(":")
        return self._factory(name)(ModelRequest(argument, seed, data, prompts))

    def _factory(self, name: str) -> Callable[[ModelRequest], Model]:
        if name not in self.table:
            return self._registered(name)
        module, _, attribute = self.table[name].partition(":")
        try:
            factory: Callable[[ModelRequest], Model] = getattr(
                importlib.import_module(module), attribute
            )
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] in _OURS:
                raise
            raise MissingModelDependency(
                f"the {self.kind} {name!r} needs {error.name}, which is not installed; "
                f"run `pip install 'agentrm[{_EXTRAS.get(error.name or '', 'hf')}]'`"
            ) from error
        return factory

    def _registered(self, name: str) -> Callable[[ModelRequest], Model]:
        [point, *_] = entry_points(group=self.group, name=name)
        try:
            factory: Callable[[ModelRequest], Model] = point.load()
        except Exception as error:  # another's module may raise anything as it is imported
            owner = point.dist.name if point.dist else "another package"
            raise MissingModelDependency(
                f"the {self.kind} {name!r} of {owner} cannot be loaded from {point.value}: "
                f"{type(error).__name__}: {error}"
            ) from error
        return factory
