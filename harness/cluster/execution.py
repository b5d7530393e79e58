"""A run on a Ray cluster: its models and its players are started, and end with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayError, RayTaskError

from harness.cluster.connection import connected
from harness.cluster.errors import origin
from harness.cluster.facts import Facts, require_same_package
from harness.cluster.models import PolicyHost, RewardHost
from harness.cluster.player import PlayerHost
from harness.cluster.pool import PATIENCE, Member, Pool
from harness.executor import ExecutorError, Loaded, Place
from harness.manifest import checksums, versions
from harness.player_spec import Models, PlayerSpec
from harness.policy.registry import POLICIES
from rewards.registry import REWARD_MODELS


@contextmanager
def spread(spec: PlayerSpec, place: Place) -> Iterator[Loaded]:
    """Players on all machines of the cluster; models that cost much are shared by them."""
    with connected(place.ray_address):
        yield _loaded(spec, place)


def _loaded(spec: PlayerSpec, place: Place) -> Loaded:
    models = spec.models
    policies: list[Any] = []
    if models.policy and not POLICIES.is_light(models.policy):
        policies = hosts(PolicyHost, models, place)
    reward_models: list[Any] = []
    if not REWARD_MODELS.is_light(models.rm):
        reward_models = hosts(RewardHost, models, place)
    # The first player is waited for, so that what is wrong with the settings is told at once.
    begin = _beginner(spec, place, policies, reward_models)
    first = begin()
    facts = [
        *[_told(host, f"the policy {models.policy!r}") for host in policies],
        *[_told(host, f"the reward model {models.rm!r}") for host in reward_models],
        _told(first, "a player, which needs one CPU"),
    ]
    loaded = {name: version for each in facts for name, version in each.versions.items()}
    sums = {**_agreed(facts), **checksums(prompts=models.prompts)}
    return Loaded(_pool(begin, first, place), place.at_once, sums, {**loaded, **versions()})


def hosts(kind: type, models: Models, place: Place) -> list[Any]:
    """Processes of a model, without CPUs of their own: they start also where all CPUs play."""
    host: Any = ray.remote(kind)
    options = host.options(num_cpus=0, num_gpus=place.ray_model_gpus, max_restarts=-1)
    threads = os.environ.get("OMP_NUM_THREADS")
    return [options.remote(models, os.getcwd(), threads) for _ in range(place.ray_models)]


def _beginner(
    spec: PlayerSpec, place: Place, policies: Sequence[Any], reward_models: Sequence[Any]
) -> Callable[[], Any]:
    """What has one player more begun, which starts when a CPU is free."""
    host: Any = ray.remote(PlayerHost)
    options = host.options(num_cpus=1, max_concurrency=place.at_once + 1)
    stored = ray.put(spec)  # which may hold all episodes of another run
    return lambda: options.remote(stored, os.getcwd(), policies, reward_models, place)


def _pool(begin: Callable[[], Any], first: Any, place: Place) -> Pool:
    ready = [first]

    async def hire() -> Member:
        actor = ready.pop() if ready else begin()
        facts: Facts = await actor.facts.remote()
        require_same_package(facts)
        return Member(actor.play.remote, partial(ray.kill, actor), facts.node)

    cpus = int(ray.cluster_resources().get("CPU", 1))
    at_once = place.at_once
    return Pool(hire, at_first=max(1, min(cpus, at_once)), at_once=at_once)


def _agreed(facts: Sequence[Facts]) -> dict[str, str]:
    """The checksums of the models; processes that hold different ones are refused."""
    sums: dict[str, str] = {}
    for each in facts:
        for model, sum in each.models.items():
            if sums.setdefault(model, sum) != sum:
                raise ExecutorError(
                    f"the machines hold different models as {model}: {sums[model][:12]} on one, "
                    f"{sum[:12]} on {each.node}; copy the same files to all"
                )
    return sums


def _told(actor: Any, what: str) -> Facts:
    """The facts that a process tells once it runs; what it raised is raised here."""
    try:
        facts: Facts = ray.get(actor.facts.remote(), timeout=PATIENCE)
    except GetTimeoutError as error:
        free = {name: n for name, n in ray.available_resources().items() if ":" not in name}
        raise ExecutorError(
            f"the cluster found no place for {what} within {PATIENCE:g} s; it has free: {free}"
        ) from error
    except RayTaskError as error:
        raise origin(error) from None
    except RayError as error:
        raise ExecutorError(f"{what} did not start: {error}") from error
    require_same_package(facts)
    return facts
