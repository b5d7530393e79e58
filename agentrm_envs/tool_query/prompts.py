"""The instructions and worked examples of the three applications.

`python -m agentrm_envs.tool_query.prompts` writes their files. The instructions are made from the
tools and tell each in one line; `in_full` is the same in AgentBoard's layout, twice as long. The
examples are training tasks that the expert plays, with thoughts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from agentrm_envs.chat import Message
from agentrm_envs.task_files import write_texts
from agentrm_envs.tool_query.applications import APPLICATIONS
from agentrm_envs.tool_query.env import ToolQueryEnv
from agentrm_envs.tool_query.expert import plan
from agentrm_envs.tools import rendering

_ADVICE = {
    "academia": "Load a net before you use it. Names and titles must be exact.",
    "movie": "Ids come from searches and lists. Lists have at most 10 entries.",
    "weather": "Always ask for a town's latitude and longitude, and for the user's date and city "
    "where they matter. Dates are YYYY-MM-DD; a span has at most 31 days.",
}
EXAMPLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "academia": {
        "first_authors_home": (
            "I need the paper's authors. Papers are in the PaperNet, which I load.",
            "Now I look the paper up.",
            "The authors are known. Where they work is in the AuthorNet.",
            "I look up the author who is asked for.",
            "This is the organization.",
        ),
        "best_paper_together": (
            "Papers of two authors are told by their edge in the AuthorNet.",
            "I ask for the edge between the two.",
            "Citations and years are in the PaperNet.",
            "I look up the first paper.",
            "I look up the second paper.",
            "I compare the two papers and answer with the title.",
        ),
    },
    "movie": {
        "actors_id": (
            "I search for the film, to get its id.",
            "The cast tells who plays the role.",
            "I take the id of the person with that character and ask for the other ids.",
            "The id that is asked for is there.",
        ),
        "first_film": (
            "I need both release dates. First the id of one film.",
            "Its details tell the date.",
            "Now the id of the other film.",
            "And its details.",
            "I compare the two release dates.",
        ),
    },
    "weather": {
        "total": (
            "The question is about my location, so I ask for the city.",
            "I need the coordinates of the city.",
            "The days count back from today, so I ask for the date.",
            "The span ends yesterday.",
            "I add up the days' values.",
        ),
        "warmer_town": (
            "The day is given. I need the coordinates of the first city.",
            "Now its temperature on that day.",
            "The same for the second city.",
            "Its temperature on that day.",
            "I compare the two mean temperatures.",
        ),
    },
}
"""By application and program, a thought for each action; the example is the first training task
of the program that takes so many actions."""
_FORM = 'Action: <name> with Action Input: {"<parameter>": <value>, ...}'


def brief(app: str) -> str:
    """The instruction of an application in few words."""
    tools = rendering.brief(APPLICATIONS[app].tools)
    return f"You answer questions by calling tools, one in each turn:\n{tools}\n\n{_close(app)}"


def in_full(app: str) -> str:
    """The same as AgentBoard lays it out, with types and what each tool returns."""
    return f"{rendering.agentboard(APPLICATIONS[app].tools)}\n\n\n{_close(app)}"


def _close(app: str) -> str:
    return (
        f"{_ADVICE[app]}\nWhen you know the answer, call finish.\n\nReply in this form:\n{_FORM}\n"
    )


def worked_examples(app: str) -> list[list[Message]]:
    """The application's worked examples as conversations."""
    env = ToolQueryEnv(split="train")
    return [_example(env, app, name, thoughts) for name, thoughts in EXAMPLES[app].items()]


def _example(env: ToolQueryEnv, app: str, program: str, thoughts: tuple[str, ...]) -> list[Message]:
    for task in env.tasks:
        observation, info = env.reset(options={"task": task})
        actions = plan(env)
        wanted = (app, program, len(thoughts))
        if (env.problem.task["app"], env.problem.task["program"], len(actions)) == wanted:
            break
    told: list[Message] = [{"role": "user", "content": f"Your task: {info['goal']}\n{observation}"}]
    for action, thought in zip(actions, thoughts, strict=True):
        observation = env.step(action)[0]
        told.append({"role": "assistant", "content": f"Thought: {thought}\nAction: {action}"})
        told.append({"role": "user", "content": observation})
    return told


def files() -> dict[str, str]:
    """The text of each file by its name."""
    texts = {f"instruction.{app}.txt": brief(app) for app in APPLICATIONS}
    for app in APPLICATIONS:
        examples = json.dumps(worked_examples(app), ensure_ascii=False, indent=1)
        texts[f"examples.{app}.json"] = f"{examples}\n"
    return texts


def main() -> None:
    write_texts(Path(__file__).parent, files())


if __name__ == "__main__":
    main()
