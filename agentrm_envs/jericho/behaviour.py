"""How things in a story answer to what is done to them: Inform 6 code for each kind of obstacle."""

from __future__ import annotations

from agentrm_envs.jericho.plot import Obstacle
from agentrm_envs.jericho.theme import Thing

WAYS = {
    "north": "to the north",
    "south": "to the south",
    "east": "to the east",
    "west": "to the west",
}
ACTIONS = {
    "clean": "A_CLEAN",
    "climb": "A_CLIMB",
    "cut": "A_CUT",
    "dig": "A_DIG",
    "drink": "A_DRINK",
    "fill": "A_FILL",
    "fix": "A_MEND",
    "give": "A_GIVE",
    "hit": "A_HIT",
    "light": "A_LIGHT",
    "mend": "A_MEND",
    "oil": "A_OIL",
    "open": "A_OPEN",
    "play": "A_PLAY",
    "pour": "A_POUR",
    "pry": "A_PRY",
    "push": "A_PUSH",
    "put": "A_PUT",
    "ring": "A_RING",
    "tie": "A_TIE",
    "turn": "A_TURN",
    "unlock": "A_UNLOCK",
}
"""The world model's actions by the verbs that themes may use."""


def quoted(text: str) -> str:
    """A string of Inform's: plain ASCII, with ~ for quotation marks."""
    if not text.isascii() or any(sign in text for sign in "^~@\\{}"):
        raise ValueError(f"a story's text must be plain: {text!r}")
    return '"' + text.replace('"', "~") + '"'


def told(text: str, obstacle: Obstacle) -> str:
    """A theme's text with its reward and its way filled in."""
    reward = obstacle.reward.indefinite if obstacle.reward else ""
    filled = text.replace("{reward}", reward).replace("{code}", str(obstacle.code))
    return filled.replace("{way}", WAYS.get(obstacle.direction, ""))


def name_of(thing: Thing) -> str:
    return "t_" + "".join(c if c.isalnum() else "_" for c in thing.name.lower())


def behaviour(number: int, obstacle: Obstacle) -> list[str]:
    gate = obstacle.gate
    tool = name_of(gate.item) if gate.item else ""
    done, hint = quoted(told(gate.done, obstacle)), quoted(told(gate.hint, obstacle))
    overcome = f"{{ give @self solved;{_after(obstacle)}{_yield(obstacle)} print_ret {done}; }}"
    match gate.kind:
        case "door" | "box":
            opened = " give @self ~locked;" + (" give @self open;" if gate.kind == "door" else "")
            unlocking = "action == A_UNLOCK" + (" or A_OPEN" if gate.kind == "door" else "")
            return [
                f"with_key {tool}",
                f"before [; if (action == A_USE && second) action = A_UNLOCK; if ({unlocking}) {{"
                ' if (@self has solved) "It is not locked any more.";'
                f" if ((action == A_UNLOCK || second) && Using({tool})) {{{opened} {overcome[1:]}"
                f' if (second ~= 0 && second ~= {tool}) "That does not fit.";'
                f" print_ret {hint}; }} rfalse; ]",
            ]
        case "chest":
            return [f"on_open {done}"]
        case "tool":
            verbs = " or ".join(dict.fromkeys(ACTIONS[verb] for verb in gate.verbs))
            return [
                f"before [; if (action == {verbs} || (action == A_USE && second)) {{"
                ' if (@self has solved) "That is done already.";'
                f" if (Using({tool})) {overcome}"
                ' if (second) "That is the wrong thing for it.";'
                f" print_ret {hint}; }} rfalse; ]"
            ]
        case "trade":
            giving = f'if (@self has solved) "It is done already."; if ({tool} notin player)' + (
                f" {{ Held({tool}); rtrue; }} remove {tool}; {overcome[2:-2].strip()}"
            )
            return [
                f"before [; if (action == A_USE && second == {tool}) {{ {giving} }}"
                ' if (action == A_ASK or A_TALK) { if (@self has solved) "A nod and a smile are all'
                f' you get."; print_ret {hint}; }} rfalse; ]',
                f"life [; if (action == A_GIVE && noun == {tool}) {{ {giving} }} rfalse; ]",
            ]
        case "ask":
            topics = " || ".join(f"Topic('{word}')" for word in gate.verbs)
            return [
                f"before [; if (action == A_ASK or A_TALK) {{ if ({topics}) {{"
                f' if (@self has solved) "There is no more to say about it."; {overcome[2:-2]} }}'
                f" print_ret {hint}; }} rfalse; ]"
            ]
        case "machine":
            assert gate.put
            filling = (
                f"if ({tool} notin player) {{ Held({tool}); rtrue; }} remove {tool};"
                f" give @self seen; print_ret {quoted(gate.put)};"
            )
            return [
                f"before [; if (action == A_USE && second == {tool}) {{ {filling} }} rfalse; ]",
                "life [; if (action == A_PUT or A_TIE) {"
                f" if (noun == {tool}) {{ {filling} }}"
                ' "That does not belong there."; } rfalse; ]',
            ]
        case "code":
            return [
                "before [; if (action == A_SET or A_TURN) {"
                ' if (@self has solved) "It is set already.";'
                f" if (Topic('{obstacle.code}')) {overcome}"
                ' if (about) "You set that number, and nothing happens.";'
                ' "Say which number to set it to."; }'
                f" if (action == A_OPEN) print_ret {hint}; rfalse; ]"
            ]
        case "search":
            return [
                "before [; if (action == A_SEARCH or A_PUSH or A_PULL or A_OPEN) {"
                f' if (@self has solved) "There is nothing more to find."; {overcome[2:-2]} }}'
                " rfalse; ]"
            ]
        case _:
            return []


def _after(obstacle: Obstacle) -> str:
    if not obstacle.gate.after:
        return ""
    return f" @self.listed = {quoted(told(obstacle.gate.after, obstacle))};"


def _yield(obstacle: Obstacle) -> str:
    """What an obstacle without a room gives; what is in a container lies there already."""
    if obstacle.reward is None or obstacle.gate.passage or obstacle.gate.kind in ("box", "chest"):
        return ""
    name = name_of(obstacle.reward)
    if obstacle.gate.kind in ("trade", "ask", "search"):
        return f" Receive({name});"
    return f" move {name} to location;"


def lever(number: int, obstacle: Obstacle) -> str:
    gate, machine = obstacle.gate, f"f_{number}"
    clock = f" clock_{number} = {gate.turns};" if gate.turns else ""
    after = _after(obstacle).replace("@self", machine)
    return (
        "before [; if (action == A_PULL or A_PUSH or A_TURN or A_USE) {"
        f" if ({machine} hasnt seen) print_ret {quoted(gate.hint)};"
        f' if ({machine} has solved) "Nothing more happens.";'
        f" give {machine} solved;{clock}{after}{_yield(obstacle)}"
        f" print_ret {quoted(told(gate.done, obstacle))}; }} rfalse; ]"
    )
