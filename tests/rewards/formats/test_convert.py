"""From our data to the formats of other trainers and back, and what is refused."""

from __future__ import annotations

import json

import pytest

from agentrm_envs import Task
from rewards.__main__ import main
from rewards.formats.conversation import Conversation, read_conversations
from rewards.values import ValuesRow, to_lines
from tests.rewards.trees import tree_of, written

OPENING = [{"role": "system", "content": "Spell."}, {"role": "user", "content": "Your task: a"}]


def row(said, values, *, finished=True, task="t"):
    messages = list(OPENING)
    for word in said.split():
        messages += [
            {"role": "assistant", "content": word},
            {"role": "user", "content": f"({word})"},
        ]
    counts = [1] * len(values)
    return ValuesRow(
        Task("toy", task), messages[:-1], values, counts, [0.0] * len(values), finished
    )


ROWS = [
    row("a b c", [0.5, None, 1.0]),
    row("a x", [None, 0.1]),
    row("y", [0.4], finished=False),
    row("z", [0.0], task="other"),
]


@pytest.fixture
def values(tmp_path):
    path = tmp_path / "values.jsonl"
    path.write_bytes(to_lines(ROWS))
    return path


def converted(source, to, *flags):
    out = source.parent / f"{source.stem}.{to}.jsonl"
    assert main(["convert", str(source), "--to", to, "--out", str(out), *flags]) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def refused(source, capsys, to="messages", *flags):
    """What is said of a file; nothing may be written."""
    out = source.parent / "out.jsonl"
    assert main(["convert", str(source), "--to", to, "--out", str(out), *flags]) == 2
    assert not list(source.parent.glob("out*"))
    return capsys.readouterr().err


def test_steps_have_their_values_and_labels(values):
    first, second, *_ = converted(values, "stepwise", "--threshold", "0.5")
    assert first == {
        "prompt": "Spell.\n\nYour task: a",
        "completions": ["a", "(a)\nb\n(b)\nc"],
        "labels": [True, True],
        "values": [0.5, 1.0],
    }
    assert (second["completions"], second["labels"]) == (["a\n(a)\nx"], [False])


def test_answers_to_the_same_state_become_preferences(values):
    [pair] = converted(values, "preference", "--margin", "0.1")
    assert pair == {
        "prompt": OPENING,
        "chosen": [{"role": "assistant", "content": "a"}],
        "rejected": [{"role": "assistant", "content": "y"}],
        "margin": 0.1,
    }


def test_finished_trajectories_of_a_task_become_preferences(values):
    [pair] = converted(values, "preference", "--pairs", "finished")
    assert pair["prompt"] == OPENING
    assert [m["content"] for m in pair["chosen"]] == ["a", "(a)", "b", "(b)", "c"]
    assert [m["role"] for m in pair["chosen"]] == ["assistant", "user"] * 2 + ["assistant"]
    assert [m["content"] for m in pair["rejected"]] == ["a", "(a)", "x"]
    assert pair["margin"] == 0.9


def test_values_that_differ_too_little_are_no_preference(values, capsys):
    assert "nothing to make a line of" in refused(values, capsys, "preference", "--margin", "0.2")


def test_finished_trajectories_become_messages_by_score(values):
    assert len(converted(values, "messages")) == 3
    [best] = converted(values, "messages", "--min-score", "0.5")
    assert best == {"messages": ROWS[0].messages, "learn": [True] * 3}


def test_trees_give_what_their_values_give(tmp_path):
    run = written(tmp_path / "run", [tree_of("aa", "ab=1", "aa=0", "b=0.5")])
    pairs = converted(run, "preference", "--margin", "0.5")
    said = [(p["chosen"][-1]["content"], p["rejected"][-1]["content"]) for p in pairs]
    assert said == [("Action: b", "Action: a")]
    assert sorted(row["values"] for row in converted(run, "stepwise")) == [[0.5], [0.5, 0.0], [1.0]]
    assert len(converted(run / "episodes.jsonl", "conversations", "--min-score", "0.5")) == 2


def test_conversations_and_messages_keep_what_is_to_be_learned(tmp_path):
    shown = tmp_path / "demonstrations.jsonl"
    messages = ROWS[0].messages
    task = {"env": "toy", "id": "t"}
    line = {"task": task, "messages": messages, "learn": [True, False, True], "score": 1.0}
    shown.write_text(json.dumps(line) + "\n")
    [item] = converted(shown, "conversations")
    assert item["item_id"] == "toy/t"
    turns = [(turn["from"], turn["loss"], turn["value"]) for turn in item["conversations"]]
    assert turns == [
        ("human", None, "Spell."),
        ("gpt", False, "OK"),
        ("human", None, "Your task: a"),
        ("gpt", True, "a"),
        ("human", None, "(a)"),
        ("gpt", False, "b"),
        ("human", None, "(b)"),
        ("gpt", True, "c"),
    ]
    theirs = tmp_path / "theirs.json"
    theirs.write_text(json.dumps([item]))
    [back] = converted(theirs, "messages")
    assert back == {"messages": messages, "learn": [True, False, True]}
    assert list(read_conversations(theirs)) == [Conversation(messages, back["learn"], "toy/t")]


def test_without_a_mask_all_replies_are_learned(tmp_path):
    path = tmp_path / "eto.json"
    texts = ["Spell.", "OK", "Your task: a", "a", "(a)", "b"]
    turns = [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(texts)]
    path.write_text(json.dumps([{"id": 7, "conversations": turns}]))
    [found] = read_conversations(path)
    assert (found.messages[0], found.learn, found.name) == (OPENING[0], [True, True], "7")
    path.write_text(json.dumps({"messages": ROWS[1].messages}))
    assert [each.learn for each in read_conversations(path)] == [[True, True]]


def turns_of(*said):
    """AgentGym's turns; a pair has the text of a reply and its `loss`."""
    return [
        {"from": "human", "loss": None, "value": each}
        if isinstance(each, str)
        else {"from": "gpt", "loss": each[1], "value": each[0]}
        for each in said
    ]


@pytest.mark.parametrize("answer", ["OK", "Ok.", "OK. I'll follow your instructions."])
def test_an_acknowledged_first_turn_is_the_instruction(answer, tmp_path):
    path = tmp_path / "agentgym.jsonl"
    turns = turns_of("Spell.", (answer, False), "Your task: a", ("a", True))
    path.write_text(json.dumps({"conversations": turns}))
    [found] = read_conversations(path)
    assert (found.messages[:2], found.learn) == (OPENING, [True])


def test_a_first_reply_that_is_not_learned_is_kept_and_the_task_is_the_user_s(tmp_path):
    messages = [
        {"role": role, "content": f"{role} {i}"}
        for i, role in enumerate(["user", "assistant", "user", "assistant"])
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({"messages": messages, "learn": [False, True]}))
    [item] = converted(path, "conversations")
    back = tmp_path / "back.jsonl"
    back.write_text(json.dumps(item))
    assert converted(back, "messages") == [{"messages": messages, "learn": [False, True]}]


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ("user user assistant", "turn 1 is of 'human', out of turn"),
        ("system assistant", "turn 2 is of 'gpt', out of turn"),
        ("assistant", "turn 0 is of 'gpt', out of turn"),
        ("user assistant system user assistant", "it would be read as another conversation"),
    ],
)
def test_what_agentgym_s_format_cannot_hold_is_refused(roles, said, tmp_path, capsys):
    path = tmp_path / "data.jsonl"
    messages = [{"role": role, "content": "x"} for role in roles.split()]
    path.write_text(f"{json.dumps(GOOD)}\n{json.dumps({'messages': messages})}\n")
    shown = refused(path, capsys, "conversations")
    assert f"{path}, conversation 2: AgentGym's format cannot hold it" in shown
    assert said in shown


def test_a_reply_that_would_pass_for_an_acknowledgement_is_refused(tmp_path, capsys):
    path = tmp_path / "data.jsonl"
    messages = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "OK"},
        {"role": "user", "content": "(a)"},
        {"role": "assistant", "content": "b"},
    ]
    path.write_text(json.dumps({"messages": messages, "learn": [False, True]}))
    assert "read as another conversation" in refused(path, capsys, "conversations")


def test_blank_lines_are_passed_over(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\n \n")
    assert len(list(read_conversations(path))) == 1


GOOD = {"messages": ROWS[0].messages}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: not an object"),
        ("{}", "line 2: it has neither `messages` nor `conversations`"),
        ({"messages": ROWS[0].messages, "learn": [True]}, "3 replies of the assistant, 1 to learn"),
        ({"messages": OPENING}, "0 replies"),
        ({"messages": [{"role": "tool", "content": ""}]}, "not 'tool'"),
        ({"messages": [{"role": "assistant"}]}, "a message has no content"),
        ({"conversations": [{"from": "gpt", "value": "a"}]}, "turn 0 is of 'gpt', out of turn"),
        ({"conversations": [{"from": "bot", "value": "a"}]}, "'human' or 'gpt'"),
        (
            {"conversations": [{"from": "human", "value": "a", "loss": True}]},
            "a human turn is to be learned",
        ),
    ],
)
def test_a_bad_line_is_refused_with_its_place_and_nothing_is_written(tmp_path, line, said, capsys):
    path = tmp_path / "data.jsonl"
    second = line if isinstance(line, str) else json.dumps(line)
    path.write_text(f"{json.dumps(GOOD)}\n{second}\n")
    shown = refused(path, capsys)
    assert f"{path}, line 2: " in shown
    assert said in shown


def test_what_has_no_values_makes_no_steps(tmp_path, capsys):
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps(GOOD) + "\n")
    assert "has no values, which stepwise needs" in refused(path, capsys, "stepwise")
    assert "margin must be positive" in refused(
        written(tmp_path / "run", [tree_of("a", "a=1")]), capsys, "preference", "--margin", "0"
    )
    assert "there is no file" in refused(tmp_path / "none.jsonl", capsys)
