"""A plot as Inform 6 source, for the world model in `stories/story.h`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentrm_envs.jericho.behaviour import ACTIONS, behaviour, lever, name_of, quoted, told
from agentrm_envs.jericho.plot import Obstacle, Plot
from agentrm_envs.jericho.theme import Thing


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
    for name, thing in plot.things.items():
        where = f"r_{plot.lying[name]}" if name in plot.lying else ""
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
    lines, has = behaviour(number, obstacle), "scenery"
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
        yield _object(f"{name}_lever", gate.lever, where, "scenery", [lever(number, obstacle)])


def _finale(plot: Plot) -> Iterator[str]:
    finale = plot.finale
    action = ACTIONS[finale.verb]
    yield "Global in_place;\n[ Placed part said; remove part; in_place++;"
    yield f"  if (in_place < {len(finale.parts)}) print_ret (string) said;"
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
    actions = " or ".join(dict.fromkeys([action, "A_PUT", "A_GIVE", "A_TIE"]))
    life = f"life [; if (action == {actions}) {{ Bring(noun); rtrue; }} rfalse; ]"
    has = "scenery animate" if finale.person else "scenery container open"
    lines = [before, life, f"listed {quoted(finale.listed)}"]
    yield _object("goal", finale.thing, f"r_{plot.finale_at}", has, lines)


def _start(plot: Plot) -> str:
    contents = "".join(
        f"  move {name_of(o.reward)} to f_{number};\n"
        for number, o in enumerate(plot.obstacles)
        if o.reward and o.gate.kind in ("box", "chest")
    )
    return (
        f"[ StoryStart;\n{contents}  move player to r_0; location = r_0;\n"
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
                f"  if ({seen}) {{"
                f" if ((turns + 1) % {2 * gate.turns} == {gate.turns}) print_ret {opens};"
                f" if ((turns + 1) % {2 * gate.turns} == 0) print_ret {closes}; }}"
            )
        else:
            shut = f"f_{number}.listed = {quoted(told(gate.listed, obstacle))};"
            lines.append(
                f"  if (clock_{number}) {{ clock_{number}--; if (clock_{number} == 0) {{"
                f" give f_{number} ~solved; {shut}"
                f" if ({seen}) {{ print {closes}; new_line; }} }} }}"
            )
    return "\n".join(["[ EachTurn;", *lines, "];"])
