"""AgentBoard's progress in a household: what observations show on the way to the goal.

AgentBoard's labels are not public. This is the rule of its data set's card: to see the thing
and to pick it up, and for goals that ask for more, one more: to clean, heat or cool it, to put
the first of two, or to see the lamp. They are of the goal's kinds, so that any apple will do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentrm_envs.alfworld.household import Goal


def subgoals(goal: Goal) -> list[re.Pattern[str]]:
    """Patterns, each reached once an observation has shown it; the goal itself is one more."""
    thing, place = re.escape(goal.thing), re.escape(goal.place)
    patterns = [rf"you see .*\b{thing} \d", rf"^You pick up the {thing} \d"]
    match goal.kind:
        case "clean" | "heat" | "cool":
            patterns.append(rf"^You {goal.kind} the {thing} \d")
        case "two":
            patterns.append(rf"^You (put|move) the {thing} \d+ (in/on|to) the {place} \d")
        case "light":
            patterns.append(rf"you see .*\b{place} \d")
    return [re.compile(pattern) for pattern in patterns]


def reached(observation: str, patterns: Sequence[re.Pattern[str]]) -> int:
    """A mask of the subgoals that an observation shows."""
    return sum(1 << i for i, pattern in enumerate(patterns) if pattern.search(observation))
