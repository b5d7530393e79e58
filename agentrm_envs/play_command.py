"""`python -m agentrm_envs play`: a task played from the keyboard or a pipe."""

from __future__ import annotations

import argparse
import io
import sys
from contextlib import closing
from typing import Any

from agentrm_envs import chat, subject_flags
from agentrm_envs.commands import count
from agentrm_envs.core import TextEnv
from agentrm_envs.playing import Subject
from agentrm_envs.record import Task
from agentrm_envs.task_lists import spread

MOST_VALID = 40
"""Valid actions shown after each observation; SciWorld has some hundreds."""
HINT = (
    '(An action a line, with or without "Action:". ? lists actions that do something now, --valid '
    "does so after every action. Ctrl-D ends the episode.)"
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    subject_flags.add(parser)
    parser.add_argument("--task", help="the task's id; without it, one is drawn")
    parser.add_argument("--seed", type=count, default=0, help="draws the task (default: 0)")
    parser.add_argument(
        "--valid", action="store_true", help=f"show actions that do something, {MOST_VALID} at most"
    )
    parser.add_argument(
        "--no-instruction",
        dest="instruction",
        action="store_false",
        help="leave out the rules, which are what a policy is told",
    )
    parser.set_defaults(verb=play)


def play(parsed: argparse.Namespace) -> int:
    """Read an action a line until the episode or the input ends; exit 0 on success."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        # What is piped in may be anything; an environment is shown text.
        sys.stdin.reconfigure(errors="replace")
    subject = subject_flags.subject(parsed)
    with closing(subject_flags.made(subject)) as env:
        options = {"task": parsed.task} if parsed.task else None
        observation, info = env.reset(seed=parsed.seed, options=options)
        if parsed.instruction:
            _tell_rules(subject, info["task"])
        print(f"task {info['task']}: {info['goal']}\n\n{observation}")
        info = _episode(env, info, parsed.valid)
    print(f"\n{'success' if info['success'] else 'no success'}, score {info['score']:.3f}")
    return 0 if info["success"] else 1


def _tell_rules(subject: Subject, task: str) -> None:
    if rules := chat.instruction_with(Task(subject.name, task), subject.settings):
        print(f"{rules}\n")


def _episode(env: TextEnv, info: dict[str, Any], show_valid: bool) -> dict[str, Any]:
    """Play until the episode or the input ends; the last `info`."""
    if sys.stdin.isatty():
        print(f"\n{HINT}\n")
    done = False
    while not done:
        if show_valid:
            print(_valid(env, MOST_VALID))
        action = _ask(env)
        if action is None:
            break
        observation, reward, terminated, truncated, info = env.step(action)
        done = terminated or truncated
        print(f"{observation}\n[score {info['score']:.3f}, reward {reward:+.3f}]")
    return info


def _valid(env: TextEnv, most: int) -> str:
    """`most` of the valid actions (0: all), from all over their list."""
    valid = env.valid_actions()
    shown = spread(valid, most)
    left_out = len(valid) - len(shown)
    more = f" ... and {left_out} more" if left_out else ""
    return f"valid: {', '.join(shown) or 'none is listed'}{more}"


def _ask(env: TextEnv) -> str | None:
    """The next action. Only a person is shown a prompt, and can ask what is valid."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return _action(line.rstrip("\n")) if line else None
    try:
        while (line := input("> ")).strip() == "?":
            print(_valid(env, 0))
    except EOFError:
        return None
    return _action(line)


def _action(line: str) -> str:
    """The command in a line that may have the form which the rules ask for."""
    return chat.parse_action(line) if line.startswith("Action:") else line
