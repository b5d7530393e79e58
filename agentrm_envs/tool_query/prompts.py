"""The instructions of the three applications, made from their tools.

`python -m agentrm_envs.tool_query.prompts` writes the instruction files, which tell each tool in
one line; `in_full` is the same in AgentBoard's layout, four times as long.
"""

from __future__ import annotations

from pathlib import Path

from agentrm_envs.tool_query.applications import APPLICATIONS
from agentrm_envs.tools import rendering

_ADVICE = {
    "academia": "Load a net before you use it. Names and titles must be exact.",
    "movie": "Ids come from searches and lists. Lists have at most 10 entries.",
    "weather": "Always ask for a town's latitude and longitude, and for the user's date and city "
    "where they matter. Dates are YYYY-MM-DD; a span has at most 31 days.",
}
_FORM = 'Action: <name> with Action Input: {"<parameter>": <value>, ...}'


def brief(app: str) -> str:
    """The instruction of an application in few words."""
    return (
        "You answer questions by calling tools, one in each turn:\n"
        f"{rendering.brief(APPLICATIONS[app].tools)}\n\n"
        f"{_ADVICE[app]}\n"
        f"When you know the answer, call finish.\n\nReply in this form:\n{_FORM}\n"
    )


def in_full(app: str) -> str:
    """The same as AgentBoard lays it out, with types and what each tool returns."""
    return (
        f"{rendering.agentboard(APPLICATIONS[app].tools)}\n\n\n"
        f'{_ADVICE[app]}\nIf you are finished, you will call "finish" action\n'
        'Your response must be in the format of "Action: [your action] with Action Input: '
        '[your action input]"\n'
    )


def main() -> None:
    for app in APPLICATIONS:
        path = Path(__file__).with_name(f"instruction.{app}.txt")
        path.write_text(brief(app), encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
