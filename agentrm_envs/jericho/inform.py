"""A plot as Inform 6 source, for the world model in `stories/story.h`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentrm_envs.jericho.plot import Obstacle, Plot
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


def source(plot: Plot, serial: str) -> str:
    """The story's whole source; `serial` is the release date that its file carries, YYMMDD."""
    parts = [
        "!% -~S",
        "!% $OMIT_UNUSED_ROUTINES=1",
        "! Made by generate.py from the theme's tables; edit those.",
        f'Release 1;\nSerial "{serial}";',
        'Include ">story.h";',
        *_clocks(plot),
        *_rooms(plot),
        *_lying(plot),
    ]
    for number, obstacle in enumerate(plot.obstacles):
        parts += _obstacle(plot, number, obstacle)
    parts += _finale(plot)
    parts += [_start(plot), _can_go(plot), _each_turn(plot), "End;"]
    return "\n".join(parts) + "\n"


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


def _words(thing: Thing) -> str:
    words = dict.fromkeys(f"{thing.name} {thing.words}".lower().split())
    return " ".join(
        "'" + word.replace("'", "^") + ("//'" if len(word) == 1 else "'") for word in words
    )


def _object(
    name: str, thing: Thing, where: str, has: str = "", lines: Sequence[str] = (), code: int = 0
) -> str:
    """An object with its properties; `lines` are further ones, where `@self` means it."""
    own = [line.replace("@self", name) for line in lines]
    properties = [f"name {_words(thing)}", f"description {quoted(thing.text)}", *own]
    if (article := thing.indefinite.split()[0]) != "a":
        properties.append(f'article "{article}"')
    if thing.written:
        properties.append(f"written {quoted(thing.written.replace('{code}', str(code)))}")
    has = f"{has} plural" if thing.plural else has
    tail = f",\n  has {has.strip()};" if has.strip() else ";"
    head = f'Object {name} "{thing.name}"' + (f" {where}" if where else "")
    return head + "\n  with " + ",\n    ".join(properties) + tail


def _rooms(plot: Plot) -> Iterator[str]:
    dark = {o.beyond for o in plot.obstacles if o.gate.kind == "dark"}
    for number, room in enumerate(plot.rooms):
        lines = [f"description {quoted(plot.texts[number])}"]
        lines += [f"{way[0]}_to r_{to}" for way, to in sorted(plot.exits[number].items())]
        has = " has dark" if number in dark else ""
        yield f'Object r_{number} "{room.name}"\n  with ' + ",\n    ".join(lines) + f"{has};"
        for at, thing in enumerate(room.scenery):
            yield _object(f"r_{number}_{at}", thing, f"r_{number}", "scenery")


def _lying(plot: Plot) -> Iterator[str]:
    """What can be carried, where it lies or, where an obstacle yields it, nowhere yet."""
    codes = {o.gate.item.name: o.code for o in plot.obstacles if o.gate.item and o.code}
    worn = {o.gate.item.name for o in plot.obstacles if o.gate.kind == "wear" and o.gate.item}
    lamps = {o.gate.item.name: o for o in plot.obstacles if o.gate.kind == "dark" and o.gate.item}
    inside = {
        o.reward.name: f"f_{number}"
        for number, o in enumerate(plot.obstacles)
        if o.reward and o.gate.kind in ("box", "chest") and o.beyond is None
    }
    for name, thing in plot.things.items():
        where = f"r_{plot.lying[name]}" if name in plot.lying else inside.get(name, "")
        lines = []
        if name in lamps:
            done = quoted(told(lamps[name].gate.done, lamps[name]))
            lines = [
                "before [; if (action ~= A_LIGHT && (action ~= A_USE || second)) rfalse;"
                " if (@self notin player) { Held(@self); rtrue; }"
                ' if (@self has glowing) "It is giving light already.";'
                f" give @self glowing; print_ret {done}; ]"
            ]
        has = "wearable" if name in worn else ""
        yield _object(name_of(thing), thing, where, has, lines, codes.get(name, 0))


def _obstacle(plot: Plot, number: int, obstacle: Obstacle) -> Iterator[str]:
    gate, name, where = obstacle.gate, f"f_{number}", f"r_{obstacle.at}"
    if gate.thing is None:
        return  # its item or its way is all there is
    lines, has = _behaviour(number, obstacle), "scenery"
    if gate.listed:
        lines.append(f"listed {quoted(told(gate.listed, obstacle))}")
    if gate.kind in ("trade", "ask"):
        has = "animate scenery proper" if gate.thing.name[0].isupper() else "animate scenery"
    if gate.kind == "box":
        has = "scenery container openable locked"
    if gate.kind == "chest":
        has = "scenery container openable"
    if gate.kind == "door":
        has = "scenery locked"
    if gate.kind == "machine":
        has = "scenery container open"
    yield _object(name, gate.thing, where, has, lines)
    if gate.lever is not None:
        yield _object(f"{name}_lever", gate.lever, where, "scenery", [_lever(number, obstacle)])


def _behaviour(number: int, obstacle: Obstacle) -> list[str]:
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


def _lever(number: int, obstacle: Obstacle) -> str:
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


def _finale(plot: Plot) -> Iterator[str]:
    finale = plot.finale
    action = ACTIONS[finale.verb]
    yield f"Global in_place;\n[ Placed part said; remove part; in_place++;\n  if (in_place < {len(finale.parts)}) print_ret (string) said;"
    yield f'  print (string) said, " "; Win({quoted(finale.done)}); rtrue;\n];'
    part_of = "".join(
        f" if (tool == {name_of(part)})"
        f" {{ if (tool notin player) {{ Held(tool); rtrue; }}"
        f" Placed(tool, {quoted(said)}); rtrue; }}"
        for part, said in zip(finale.parts, finale.each, strict=True)
    )
    yield f"[ Bring tool;{part_of} print_ret {quoted(finale.hint)}; ];"
    before = (
        "before [; if (action == A_USE && second) { Bring(second); rtrue; }"
        f" if (action == {action} && second) {{ Bring(second); rtrue; }}"
        f" if (action == {action} or A_ASK or A_TALK) print_ret {quoted(finale.hint)}; rfalse; ]"
    )
    life = f"life [; if (action == {action} or A_PUT or A_GIVE or A_TIE) {{ Bring(noun); rtrue; }} rfalse; ]"
    has = "scenery animate" if finale.person else "scenery container open"
    lines = [before, life, f"listed {quoted(finale.listed)}"]
    yield _object("goal", finale.thing, f"r_{plot.finale_at}", has, lines)


def _start(plot: Plot) -> str:
    return (
        f"[ StoryStart;\n  move player to r_0; location = r_0;\n"
        f"  print (string) {quoted(plot.finale.intro)}; new_line; Look();\n];"
    )


def _can_go(plot: Plot) -> str:
    """The routine that lets one pass, or says why not."""
    checks = []
    for number, obstacle in enumerate(plot.obstacles):
        gate = obstacle.gate
        if obstacle.beyond is None or gate.kind == "dark":
            continue
        match gate.kind:
            case "wear":
                assert gate.item is not None
                closed = f"{name_of(gate.item)} hasnt worn"
            case "timed":
                closed = f"turns % {2 * gate.turns} < {gate.turns}"
            case _:
                closed = f"f_{number} hasnt solved"
        checks.append(
            f"  if (location == r_{obstacle.at} && dest == r_{obstacle.beyond} && {closed})"
            f" {{ print {quoted(told(gate.hint, obstacle))}; new_line; rfalse; }}"
        )
    return "[ CanGo dest;\n" + "\n".join(checks) + "\n  if (dest == 0) rfalse;\n  rtrue;\n];"


def _clocks(plot: Plot) -> list[str]:
    """The turns that a machine's way stays open yet."""
    gates = enumerate(obstacle.gate for obstacle in plot.obstacles)
    return [f"Global clock_{n};" for n, gate in gates if gate.turns and gate.kind == "machine"]


def _each_turn(plot: Plot) -> str:
    """The routine that runs after every command: ways open and close in their own time."""
    lines = []
    for number, obstacle in enumerate(plot.obstacles):
        gate = obstacle.gate
        if not gate.turns:
            continue
        closes, seen = quoted(told(gate.closes, obstacle)), f"location == r_{obstacle.at}"
        if gate.kind == "timed":
            opens = quoted(told(gate.done, obstacle))
            lines.append(
                f"  if ({seen}) {{ if ((turns + 1) % {2 * gate.turns} == {gate.turns})"
                f" print_ret {opens}; if ((turns + 1) % {2 * gate.turns} == 0) print_ret {closes}; }}"
            )
        else:
            shut = f"f_{number}.listed = {quoted(told(gate.listed, obstacle))};"
            lines.append(
                f"  if (clock_{number}) {{ clock_{number}--; if (clock_{number} == 0)"
                f" {{ give f_{number} ~solved; {shut} if ({seen}) {{ print {closes}; new_line; }} }} }}"
            )
    return "\n".join(["[ EachTurn;", *lines, "];"])
