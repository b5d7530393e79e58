"""Other words for the same tasks: prompt files, laid out as the paper's repository has them.

    instructions/NAME_inst.txt          what a policy is told first
    icl_examples/NAME_icl.json          worked examples: a list of conversations
    prm_instruction/NAME_wo_turninfo.txt, or NAME.txt    what a reward model is told first
    unified_inst.txt                    one instruction of reward models for all environments

The layout and the file names are that repository's (`eval_agent/prompt` there); none of its words
are here. What it does not say, and we assume: that a reward model reads the conversation as the
policy has it, with its own instruction and without examples. It has no files that go with the
perturbed forms of ALFWorld by name, so these share those of ALFWorld.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agentrm_envs.complaint import complaint
from agentrm_envs.errors import BadData, MissingData
from agentrm_envs.message import Message
from agentrm_envs.record import Task
from agentrm_envs.registry import spec

MAX_SIZE = 1_000_000
"""Bytes that a file may have; the longest of the paper's has some 30,000."""
UNIFIED = "unified_inst.txt"
HELP = (
    "another's prompts, in the layout of the paper's repository; DIR?rm=unified tells reward "
    "models its one instruction for all environments (default: this project's own)"
)
"""Of the flag --prompts."""
Part = Literal["instruction", "examples", "scored"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a worked example, as its file has it."""

    role: Literal["user", "assistant"]
    content: str


_CONVERSATIONS = TypeAdapter(list[list[Turn]])


@dataclass(frozen=True, slots=True)
class Layout:
    """How the paper's environments tell a task: no words but the labels around them."""

    names: Mapping[str, str]
    """The NAME of the files by the family of a task, `""` for all others."""
    first: Callable[[str, str], str] = lambda goal, observation: f"Your task is: {goal}"
    """The first message, of the goal and the first observation."""
    label: str = "Observation: "
    """What stands before each answer."""


def _both(label: str) -> Callable[[str, str], str]:
    return lambda goal, observation: f"{label}{goal}\nObservation: {observation}"


def _household(goal: str, observation: str) -> str:
    return f"{observation}\nYour task is to: {goal}"


LAYOUTS: Mapping[str, Layout] = {
    "webshop": Layout(
        {"": "webshop"}, lambda goal, observation: f"Observation:\n{observation}", "Observation:\n"
    ),
    "alfworld": Layout({"": "alfworld_ab"}, _household),
    "alfworld:eto": Layout({"": "alfworld"}, _household),
    "alfworld:eto-move": Layout({"": "alfworld"}, _household),
    "sciworld": Layout(
        {"agentboard": "sciworld_ab", "": "sciworld"},
        lambda goal, observation: f"Task Description:\n{goal}",
    ),
    "babyai": Layout({"": "babyai"}, _both("Your task is: ")),
    "jericho": Layout({"": "jericho"}, _both("Your task is to: ")),
    "pddl": Layout(
        {name: f"pddl_{name}" for name in ("barman", "blockworld", "gripper", "tyreworld")},
        _both("Your task is: "),
    ),
    "maze": Layout({"": "maze"}, lambda goal, observation: observation),
    "tool_query": Layout({name: f"tool_{name}" for name in ("academia", "movie", "weather")}),
    "tool_operation": Layout({name: f"tool_{name}" for name in ("sheet", "todo")}),
}
"""By environment; a variant that is not named has that of its environment."""


@dataclass(frozen=True, slots=True)
class PromptTree:
    """The files of a tree, all read at once, so that nothing changes during a run."""

    folder: Path
    texts: Mapping[str, str]
    """The files' contents by their path in the tree."""
    unified: bool = False
    """Whether reward models are told what is in `unified_inst.txt`."""

    @classmethod
    def read(cls, reference: str) -> PromptTree:
        """`DIR`, or `DIR?rm=unified`; files that are not there are missed once they are needed."""
        path, question, option = reference.partition("?")
        if question and option != "rm=unified":
            raise BadData(
                f"after a prompt tree's folder comes ?rm=unified or nothing, not {option!r}"
            )
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise MissingData(f"there is no folder {folder} of prompts; it holds instructions/")
        texts = {name: text for name in _names() if (text := _text(folder / name)) is not None}
        if not texts:
            raise MissingData(
                f"{folder} holds no prompts: it has neither {UNIFIED} nor instructions/"
                "alfworld_ab_inst.txt or the like (of the paper's repository: eval_agent/prompt)"
            )
        return cls(folder, texts, bool(option))

    @property
    def checksum(self) -> str:
        """sha256 of everything that is read."""
        return _digest([*sorted(self.texts.items()), ("unified", str(self.unified))])

    @property
    def scored_checksum(self) -> str:
        """sha256 of what reward models are told."""
        told = [(n, t) for n, t in sorted(self.texts.items()) if n.startswith("prm_instruction/")]
        return _digest([(UNIFIED, self.texts.get(UNIFIED, ""))] if self.unified else told)

    def check(self, tasks: Iterable[Task], parts: Iterable[Part]) -> None:
        """Raise an error that names the file which is missing, or no good, for one of the tasks."""
        families = {(task.env, task.id.partition("/")[0]): task for task in tasks}
        for task in families.values():
            for part in parts:
                if part == "examples":
                    self.examples(task)
                else:
                    self._file(task, part)

    def instruction(self, task: Task) -> str:
        """What a policy is told first."""
        return self._file(task, "instruction").strip()

    def examples(self, task: Task) -> list[list[Message]]:
        """Worked examples, each a conversation."""
        name = _files(_name(task))["examples"][0]
        try:
            found = _CONVERSATIONS.validate_json(self._file(task, "examples"))
        except ValidationError as error:
            raise BadData(
                f"{self.folder / name} is not a list of conversations of role and content: "
                f"{complaint(error)}"
            ) from error
        return [[{"role": turn.role, "content": turn.content} for turn in each] for each in found]

    def scored_instruction(self, task: Task, goal: str) -> str:
        """What a reward model is told first."""
        text = self._file(task, "scored").strip()
        turns = str(spec(task.env).steps)
        return text.replace("{max_turn}", turns).replace("{task_goal}", goal)

    def _file(self, task: Task, part: Part) -> str:
        names = (UNIFIED,) if part == "scored" and self.unified else _files(_name(task))[part]
        for name in names:
            if name in self.texts:
                return self.texts[name]
        raise MissingData(f"{task.env} needs {' or '.join(names)} in the prompts of {self.folder}")


def layout(env: str) -> Layout:
    """How an environment's tasks are told."""
    found = LAYOUTS.get(env) or LAYOUTS.get(env.partition(":")[0])
    if found is None:
        raise MissingData(f"prompt trees have no words for {env}; they have: {', '.join(LAYOUTS)}")
    return found


def _name(task: Task) -> str:
    names = layout(task.env).names
    family = task.id.partition("/")[0]
    if family not in names and "" not in names:
        raise MissingData(f"prompt trees have no words for tasks of {task.env} like {task.id!r}")
    return names.get(family) or names[""]


def _files(name: str) -> dict[Part, tuple[str, ...]]:
    """The files that may hold each part, the one that is preferred first."""
    return {
        "instruction": (f"instructions/{name}_inst.txt",),
        "examples": (f"icl_examples/{name}_icl.json",),
        # The files without turns are the paper's later ones, which all environments have.
        "scored": (f"prm_instruction/{name}_wo_turninfo.txt", f"prm_instruction/{name}.txt"),
    }


def _names() -> list[str]:
    """Every file that a tree may have."""
    stems = sorted({name for each in LAYOUTS.values() for name in each.names.values()})
    return [UNIFIED, *(file for stem in stems for some in _files(stem).values() for file in some)]


def _text(file: Path) -> str | None:
    """A file's content; None where there is none."""
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise BadData(f"{file} is too long for a prompt: it has more than {MAX_SIZE} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadData(f"{file} is not text in UTF-8: {error}") from error


def _digest(parts: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for name, text in parts:
        digest.update(f"{name}\0{len(text)}\0{text}\0".encode())
    return digest.hexdigest()
