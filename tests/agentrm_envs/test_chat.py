from __future__ import annotations

import json

import pytest

import tests.toys  # noqa: F401  # registers the toy
from agentrm_envs import ENVS, Action, Step, Task, Trajectory, chat

START = Trajectory(Task("toy", "abba"), "Spell 'abba'.", "Type a letter.")
TWO_STEPS = Trajectory(
    START.task,
    START.goal,
    START.observation,
    (
        Step(Action("a", "Thought: a.\nAction: a"), "You typed a."),
        Step(Action("b"), "THE END", 1.0),
    ),
)


def test_render_begins_with_instruction_goal_and_observation():
    system, user = chat.render(START)
    assert system["role"] == "system"
    assert system["content"].startswith("You spell words.")
    assert user == {"role": "user", "content": "Your task: Spell 'abba'.\nType a letter."}


def test_render_shows_what_the_policy_said_or_the_usual_form():
    roles = [message["role"] for message in chat.render(TWO_STEPS)]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    said = [m["content"] for m in chat.render(TWO_STEPS) if m["role"] == "assistant"]
    assert said == ["Thought: a.\nAction: a", "Action: b"]


def test_a_reward_model_does_not_read_the_last_answer():
    messages = chat.render_scored(TWO_STEPS)
    assert messages == chat.render(TWO_STEPS)[:-1]
    assert messages[-1] == {"role": "assistant", "content": "Action: b"}
    assert "THE END" not in json.dumps(messages)


def test_a_reward_model_reads_a_beginning_whole():
    assert chat.render_scored(START) == chat.render(START)


def test_without_thoughts_a_reward_model_reads_commands():
    messages = chat.render_scored(TWO_STEPS, chat.Shown(thoughts=False))
    whole = chat.render_scored(TWO_STEPS)
    assert [m["content"] for m in messages if m["role"] == "assistant"] == [
        "Action: a",
        "Action: b",
    ]
    assert [m for m in messages if m["role"] != "assistant"] == [
        m for m in whole if m["role"] != "assistant"
    ]


def test_without_observations_a_reward_model_reads_the_task_and_what_was_said():
    messages = chat.render_scored(TWO_STEPS, chat.Shown(observations=False))
    whole = chat.render_scored(TWO_STEPS)
    assert [m["role"] for m in messages] == [m["role"] for m in whole]
    assert [m["content"] for m in messages if m["role"] == "user"] == [
        "Your task: Spell 'abba'.\n",
        "",
    ]
    assert messages[0] == whole[0]
    assert messages[2] == whole[2]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Thought: up.\nAction: move up", "move up"),
        ("Action:go", "go"),
        ("  move up \n", "move up"),
        ("Action: a\nb", "a\nb"),
        ("Action: a Action: b", "a Action: b"),
        ("", ""),
        ("Action:", ""),
    ],
)
def test_the_action_is_what_follows_the_marker_or_else_all(text, action):
    assert chat.parse_action(text) == action


@pytest.mark.parametrize("name", sorted(ENVS))
def test_worked_examples_are_turns_of_user_and_assistant(name):
    task = Task(name, "any")
    for example in chat.worked_examples(task):
        assert {message["role"] for message in example} <= {"user", "assistant"}
    shown = chat.render(Trajectory(task, "goal", "start"), examples=1)
    expected = sum(len(example) for example in chat.worked_examples(task)[:1])
    assert len(shown) == 2 + expected
