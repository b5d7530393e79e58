"""Nine text environments behind one interface, each of whose states can be restored."""

from agentrm_envs.core import Outcome, Snapshot, TextEnv, TextSpace
from agentrm_envs.record import Action, Node, Step, Task, Trajectory, Tree
from agentrm_envs.registry import ENVS, EnvSpec, expert, make, names, register_with_gymnasium
from agentrm_envs.task_lists import tasks

__all__ = [
    "ENVS",
    "Action",
    "EnvSpec",
    "Node",
    "Outcome",
    "Snapshot",
    "Step",
    "Task",
    "TextEnv",
    "TextSpace",
    "Trajectory",
    "Tree",
    "expert",
    "make",
    "names",
    "register_with_gymnasium",
    "tasks",
]

# The last line: a package that it imports finds all of the above.
register_with_gymnasium()
