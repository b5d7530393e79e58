"""AgentBoard's English for facts, actions and goals, byte for byte.

The forms are those that `agentboard/environment/pddl_env/pddl_env.py` (hkust-nlp/AgentBoard)
ends up using, oddities included: one table serves all domains there, so that gripper's `free`
and barman's `holding`, which drops its second object, serve the others too; some forms end in a
blank; `room`, `handempty` and `drop` have none and are printed as name and objects.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentrm_envs.pddl.grounding import GroundAction, GroundProblem, bits

FACT_FORMS = {
    # gripper; `free` and `at` of the others look the same
    "at": "{} is at {}. ",
    "at-robby": "Robby is at {}. ",
    "ball": "{} is a ball. ",
    "carry": "{} is carrying {}. ",
    "free": "{} is free. ",
    "gripper": "{} is a gripper. ",
    # blockworld
    "arm-empty": "Your arm is empty.",
    "clear": "The {} is clear.",
    "holding": "You are holding {}. ",
    "on": "{} is on {}.",
    "on-table": "{} is on the table.",
    # barman
    "clean": "{} is clean. ",
    "cocktail-part1": "{} part1 ingredient is {}. ",
    "cocktail-part2": "{} part2 ingredient is {}. ",
    "contains": "{} contains {}. ",
    "dispenses": "{} dispenses {}. ",
    "empty": "{} is empty. ",
    "next": "level {} is next to level {}. ",
    "ontable": "{} is on the table. ",
    "shaked": "{} is shaked. ",
    "shaker-empty-level": "{} is at empty level {}. ",
    "shaker-level": "{} is at level {}. ",
    "unshaked": "{} is unshaked. ",
    "used": "Pour {} from a shot glass to a used shaker {}",
    # tyreworld
    "closed": "{} is closed.",
    "fastened": "Hub {} is fastened.",
    "have": "You have {}.",
    "in": "{} is in {}.",
    "inflated": "Wheel {} is inflated.",
    "intact": "Wheel {} is intact.",
    "isopen": "{} is open.",
    "loose": "The nut {} on the hub {} is loose.",
    "not-inflated": "Wheel {} is not inflated.",
    "not-on-ground": "Hub {} is not on the ground.",
    "on-ground": "Hub {} is on the ground.",
    "tight": "The nut {} on the hub {} is tight.",
    "unfastened": "Hub {} is unfastened.",
    "unlocked": "{} is unlocked.",
}
ACTION_FORMS = {
    "move": "Move from {} to {}. ",
    "pick": "Pick up {} at {} with arm {}. ",
    "pickup": "Pickup {}.",
    "putdown": "Putdown {}.",
    "stack": "Stack {} on {}.",
    "unstack": "Unstack {} from {}.",
    "clean-shaker": "use hand {} and hand {} to clean-shaker {}",
    "clean-shot": "clean-shot glass {} with {} with hand {} holding shot glass and {}. ",
    "empty-shaker": "use hand {} to empty-shaker {} with ingredient {} from level {} to level {}.",
    "empty-shot": "use hand {} to empty-shot glass {} with beverage {}. ",
    "fill-shot": "fill-shot glass {} with {} with {} and {} holding {}. ",
    "grasp": "{} grasp {}. ",
    "leave": "{} leave {}. ",
    "pour-shaker-to-shot": "pour-shaker-to-shot to a shot glass {} the ingredient {} "
    "with hand {} from shaker {} from level {} to level {}",
    "pour-shot-to-clean-shaker": "pour-shot-to-clean-shaker from a shot glass {} with {} "
    "to a clean shaker {} with hand {} from level {} to level {}",
    "pour-shot-to-used-shaker": "pour-shot-to-used-shaker from a shot glass {} with {} "
    "to a used shaker {} with hand {} from level {} to level {}",
    "refill-shot": "refill-shot {} with {} with {} and {} holding {}. ",
    "shake": "shake a cocktail {} with ingredient {} and ingredient {} in a shaker {} "
    "with hand {} and hand {}",
    "close": "Close {}.",
    "do-up": "Do-up the nut {} on the hub {}.",
    "fetch": "Fetch {} from {}.",
    "inflate": "Inflate the wheel {}.",
    "jack-down": "Jack-down the hub {}.",
    "jack-up": "jack-up the hub {}.",
    "loosen": "Loosen the nut {} on the hub {}.",
    "open": "Open {}.",
    "put-away": "Put-away {} in {}.",
    "put-on-wheel": "put-on-wheel {} on the hub {}.",
    "remove-wheel": "Remove-wheel {} from the hub {}.",
    "tighten": "Tighten the nut {} on the hub {}.",
    "undo": "Undo the fastening of the nut {} on the hub {}.",
}
_FORMS = {**FACT_FORMS, **ACTION_FORMS}
GOAL = "The goal is to satisfy the following conditions: "


class Wording:
    """The texts of one grounded problem, made once."""

    def __init__(self, problem: GroundProblem) -> None:
        texts = [_render(fact.predicate, fact.terms) for fact in problem.facts]
        goals = sorted(texts[goal.bit_length() - 1] for goal in problem.goals)
        self.goal = GOAL + ", ".join(goals)
        self.facts = [text.capitalize() for text in texts]

    def state(self, mask: int) -> str:
        """The facts of a state (or of a part of one) as sentences in alphabetical order."""
        return " ".join(sorted(self.facts[number] for number in bits(mask)))


def action_text(action: GroundAction) -> str:
    """The action in AgentBoard's words, which its own parser reads back."""
    return _render(action.name, action.objects)


def _render(name: str, objects: Sequence[str]) -> str:
    form = _FORMS.get(name)
    # Another file's predicate may share a name with one of these and take fewer objects.
    if form is None or form.count("{}") > len(objects):
        return f"{name} {' '.join(objects)}"
    return form.format(*objects)
