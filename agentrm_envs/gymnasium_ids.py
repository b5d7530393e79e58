"""The ids that environments have in Gymnasium's registry."""

from __future__ import annotations

import gymnasium

from agentrm_envs.errors import UnknownEnv

_MAKER = "agentrm_envs.registry:make"


def add(name: str, id: str) -> None:
    """Have `gymnasium.make(id)` make the environment of that name; an id that is taken stays."""
    if id in gymnasium.registry:
        return
    try:
        gymnasium.register(id, entry_point=_MAKER, kwargs={"name": name})
    except gymnasium.error.Error as error:
        raise UnknownEnv(f"{name}: Gymnasium refuses the id {id!r}: {error}") from error


def remove(name: str, id: str) -> None:
    """Take the id out again, where it is that environment's."""
    known = gymnasium.registry.get(id)
    if known and known.entry_point == _MAKER and known.kwargs["name"] == name:
        del gymnasium.registry[id]
