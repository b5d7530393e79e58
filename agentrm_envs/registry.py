"""Which environments there are and how to make one."""

from __future__ import annotations

import re
import sys
from collections import UserDict
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from agentrm_envs import gymnasium_ids, loading
from agentrm_envs.commands import meant
from agentrm_envs.core import TextEnv
from agentrm_envs.errors import MissingDependency, UnknownEnv

ENTRY_POINT_GROUP = "agentrm.envs"


@dataclass(frozen=True, slots=True)
class EnvSpec:
    """What can be known of an environment without importing its simulator."""

    entry_point: str
    """`module:class`; beside the module lie its tasks, its instruction and its expert."""
    id: str
    """The name in Gymnasium's registry."""
    max_steps: int
    metric: str = "score"
    """What the leaderboard reports: `score` or `success`."""
    isolated: bool = False
    """Whether its simulator gets a process of its own."""
    isolated_with: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Keywords of which any, at this value, gives it one where it needs none otherwise."""
    extra: str = ""
    """The extra of this distribution that installs what it needs."""
    protocol_steps: Mapping[str, int] = field(default_factory=dict, hash=False)
    """The step limit by the value of its keyword `protocol`, where that is not `max_steps`."""
    protocol_tasks: Mapping[str, str] = field(default_factory=dict, hash=False)
    """By the same, where it has a list of its own: `module:function` of split and data."""
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Keywords that the environment is made with."""
    reworded: str = ""
    """What writes a text of its prompts anew where settings want it: `module:function` of the
    text and the settings."""
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    """Other keywords by name: `alfworld:eto` is its variant `eto`."""

    @property
    def steps(self) -> int:
        """The step limit that its settings come with."""
        return self.protocol_steps.get(self.settings.get("protocol", ""), self.max_steps)

    @property
    def own_tasks(self) -> str:
        """What lists its tasks, where that is not its package: `module:function`."""
        return self.protocol_tasks.get(self.settings.get("protocol", ""), "")

    @property
    def package(self) -> str:
        return self.entry_point.partition(":")[0].rpartition(".")[0]


class Environments(UserDict[str, EnvSpec]):
    """Specs by short name. As long as one is in here, its id is in Gymnasium's registry."""

    def __setitem__(self, name: str, known: EnvSpec) -> None:
        gymnasium_ids.add(name, known.id)
        before = self.get(name, known)
        super().__setitem__(name, known)
        if before.id != known.id:
            gymnasium_ids.remove(name, before.id)

    def __delitem__(self, name: str) -> None:
        gymnasium_ids.remove(name, self[name].id)
        super().__delitem__(name)


_BUILT_IN = {
    "webshop": EnvSpec(
        "agentrm_envs.webshop.env:WebShopEnv",
        "agentrm/WebShop-v0",
        10,
        protocol_steps={"agentboard": 30},
        variants={"agentboard": {"protocol": "agentboard"}},
    ),
    "alfworld": EnvSpec(
        "agentrm_envs.alfworld.env:ALFWorldEnv",
        "agentrm/ALFWorld-v0",
        30,
        protocol_steps={"eto": 40},
        reworded="agentrm_envs.alfworld.perturbed:reworded",
        variants={
            "eto": {"protocol": "eto"},
            "move": {"grammar": "move"},
            "eto-move": {"protocol": "eto", "grammar": "move"},
            "using": {"perturbation": "using"},
            "move-to": {"perturbation": "move-to"},
            "from-first": {"perturbation": "from-first"},
            "joined": {"perturbation": "joined"},
            "with-first": {"perturbation": "with-first"},
        },
    ),
    "babyai": EnvSpec("agentrm_envs.babyai.env:BabyAIEnv", "agentrm/BabyAI-v0", 30, extra="babyai"),
    "sciworld": EnvSpec(
        "agentrm_envs.sciworld.env:SciWorldEnv",
        "agentrm/SciWorld-v0",
        120,
        extra="sciworld",
        protocol_steps={"agentboard": 30},
        protocol_tasks={"agentboard": "agentrm_envs.sciworld.agentboard:load"},
        variants={"agentboard": {"protocol": "agentboard"}},
    ),
    "pddl": EnvSpec("agentrm_envs.pddl.env:PDDLEnv", "agentrm/PDDL-v0", 30),
    "maze": EnvSpec("agentrm_envs.maze.env:MazeEnv", "agentrm/Maze-v0", 15, metric="success"),
    "jericho": EnvSpec(
        "agentrm_envs.jericho.env:JerichoEnv",
        "agentrm/Jericho-v0",
        30,
        isolated_with={"data": "official", "engine": "jericho"},
        extra="jericho",
    ),
    "tool_query": EnvSpec("agentrm_envs.tool_query.env:ToolQueryEnv", "agentrm/ToolQuery-v0", 20),
    "tool_operation": EnvSpec(
        "agentrm_envs.tool_operation.env:ToolOperationEnv",
        "agentrm/ToolOperation-v0",
        30,
        extra="tool_operation",
    ),
}
ENVS = Environments(_BUILT_IN)
"""The built-in environments; `names` adds those that other packages register."""


def base(name: str) -> str:
    """The environment that `alfworld:eto` is a variant of; any other name as it is."""
    return name if name in ENVS else name.partition(":")[0]


def names() -> list[str]:
    """Every environment's short name: the built-in ones, then those of other packages."""
    others = {point.name for point in entry_points(group=ENTRY_POINT_GROUP)}
    return [*ENVS, *sorted(others - set(ENVS))]


def playable(say: Callable[[str], None]) -> list[str]:
    """Every environment whose dependencies are installed; `say` is told why another is not."""
    found = []
    for name in names():
        try:
            load(spec(name).entry_point, name)
        except (MissingDependency, UnknownEnv) as reason:
            say(f"{name} is left out: {reason}")
        else:
            found.append(name)
    return found


def spec(name: str) -> EnvSpec:
    """An environment's spec by its short name.

    Another package adds one by an entry point of the group `agentrm.envs` that refers to an
    `EnvSpec`, or from Python by assigning to `ENVS`. `name:variant` is a variant of it.
    """
    if name in ENVS:
        return ENVS[name]
    environment, colon, variant = name.partition(":")
    if colon and "," not in name:
        return _variant(environment, variant)
    for point in entry_points(group=ENTRY_POINT_GROUP, name=name):
        return ENVS.setdefault(name, _registered(point))
    raise UnknownEnv(f"no environment is named {name!r}{_hint(name)}")


def _hint(name: str) -> str:
    """What may have been meant: several names, or one, or Gymnasium's id of one."""
    if "," in name:
        return f"; separate names by spaces: {' '.join(name.replace(',', ' ').split())}"
    by_id = {known.id: each for each, known in ENVS.items()}
    if name in by_id:
        return f"; did you mean {by_id[name]!r}?"
    known = names()
    bare = re.sub(r"-v\d+$", "", name.rpartition("/")[2]).lower()
    return meant(bare, known) or f"; there are: {', '.join(known)}"


def _registered(point: EntryPoint) -> EnvSpec:
    """The spec that another package's entry point refers to."""
    owner = point.dist.name if point.dist else "another package"
    try:
        found = point.load()
    except (Exception, SystemExit) as error:  # its module may do anything when it is imported
        raise MissingDependency(
            f"the environment {point.name!r} of {owner} cannot be loaded from {point.value}: "
            f"{loading.said(error)}"
        ) from error
    if not isinstance(found, EnvSpec):
        raise UnknownEnv(
            f"the environment {point.name!r} of {owner}: {point.value} is a "
            f"{type(found).__name__}, not an EnvSpec"
        )
    return found


def _variant(base: str, variant: str) -> EnvSpec:
    known = spec(base)
    if variant not in known.variants:
        offered = ", ".join(f"{base}:{each}" for each in known.variants) or "none"
        raise UnknownEnv(f"{base} has no variant {variant!r}; there are: {offered}")
    settings = {**known.settings, **known.variants[variant]}
    max_steps = settings.pop("max_steps", known.max_steps)
    return replace(known, max_steps=max_steps, settings=settings, variants={})


def make(name: str, *, isolated: bool | None = None, **settings: Any) -> TextEnv:
    """An environment by name, in a process of its own where its spec or the caller says so.

    `settings` are the environment's keywords: `split`, `data`, `max_steps` and its own.
    """
    known = spec(name)
    settings = {**known.settings, **settings}
    steps = known.protocol_steps.get(settings.get("protocol", ""), known.max_steps)
    settings = {"max_steps": steps, **settings}
    if is_isolated(name, **settings) if isolated is None else isolated:
        from agentrm_envs.isolated import IsolatedEnv

        return IsolatedEnv(name, **settings)
    env_class: type[TextEnv] = load(known.entry_point, name)
    return env_class(name, **settings)


def is_isolated(name: str, **settings: Any) -> bool:
    """Whether an environment with these keywords gets a process of its own."""
    known = spec(name)
    settings = {**known.settings, **settings}
    return known.isolated or any(settings.get(key) == v for key, v in known.isolated_with.items())


def expert(name: str) -> Callable[[TextEnv], list[str]]:
    """The environment's expert: a function from an environment to the actions that solve it.

    It plans from the environment's present state and leaves the environment in that state.
    Where it finds no way from there, it raises `NoPlan` or returns no actions.
    """
    from agentrm_envs.isolated import IsolatedEnv

    if not has(name, "expert"):
        raise MissingDependency(
            f"{name} has no expert; one would be the function `plan` of {spec(name).package}.expert"
        )
    plan: Callable[[TextEnv], list[str]] = load(f"{spec(name).package}.expert:plan", name)

    def plan_where_it_runs(env: TextEnv) -> list[str]:
        return env.plan() if isinstance(env, IsolatedEnv) else plan(env)

    return plan_where_it_runs


def has(name: str, part: str) -> bool:
    """Whether the environment's package has a module of that name, as `expert`."""
    return loading.has_module(spec(name).package, part)


def load(reference: str, name: str) -> Any:
    """The object that a `module:attribute` refers to."""
    return loading.attribute(reference, name, spec(name).extra)


def register_with_gymnasium() -> None:
    """Put the id of every environment in Gymnasium's registry, those of other packages too.

    Such a package is imported for its `EnvSpec`, its environment is not. What cannot be loaded is
    left out, as the other environments work; `spec` says why when it is asked for.
    """
    for name in names():
        # A worker's stdout, and that of `list --json`, is read by a program.
        with redirect_stdout(sys.stderr), suppress(Exception, SystemExit):
            gymnasium_ids.add(name, spec(name).id)
