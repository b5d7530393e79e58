"""A run whose policy is a model on a server: also one that dies in the middle of it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

pytest.importorskip("httpx2")

from harness import __main__ as cli
from harness.episode import read_episodes
from rewards import openai_chat
from rewards.server.client import Patience
from tests.rewards.server.scripted_server import (
    ScriptedServer,
    body,
    cut,
    hang_up,
    silent,
    status,
)


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("AGENTRM_API_KEY", "OPENAI_API_KEY", "AGENTRM_PRICES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AGENTRM_REPLY_CACHE", str(tmp_path / "replies"))
    monkeypatch.setenv("AGENTRM_SERVER_PATIENCE", "0.7")


def wander(body):
    """A step in a direction that the seed and the conversation's length decide."""
    way = ("down", "right", "up", "left")[(body["seed"] + len(body["messages"]) // 2) % 4]
    return [f"Thought: on.\nAction: move {way}"]


def begin(server, run, *flags):
    models = ["--policy", f"openai:tiny@{server.url}", "--rm", "none", "--method", "greedy"]
    return cli.main([*models, "--tasks", "maze", "--limit", "2", "--out", str(run), *flags])


def summary(run):
    return json.loads((run / "summary.json").read_text())


def tasks_of(bodies):
    """The goals that conversations are about: the last task told in them."""
    told = [[m["content"] for m in b["messages"] if "Your task:" in m["content"]] for b in bodies]
    return [goals[-1] for goals in told]


def test_a_server_plays_with_an_example_in_its_prompt(tmp_path):
    run = tmp_path / "run"
    with ScriptedServer(wander) as server:
        assert begin(server, run) == 0
        first = server.asked[0]["messages"]
        assert first[0]["role"] == "system"
        assert "Your task:" in first[1]["content"]
        assert len(set(tasks_of(server.asked))) == 2
        assert json.loads((run / "run.json").read_text())["models"] == {
            "policy": f"tiny@{server.url}"
        }
        [episode, _] = read_episodes(run)
        asked = len(server.asked)
    assert episode.tree.nodes[1].step.action.text.startswith("move ")
    assert "Thought: on." in episode.tree.nodes[1].step.action.completion
    assert summary(run)["usage"]["policy_calls"] == asked
    assert summary(run)["usage"]["policy_tokens"] == asked * (100 - 80 + 7)


def test_a_server_may_be_the_judge_too(tmp_path):
    run = tmp_path / "run"
    with ScriptedServer(wander) as server:
        judge = ["--rm", f"judge:openai:tiny@{server.url}", "--method", "best-of-n", "--n", "2"]
        assert begin(server, run, *judge) == 0
    assert summary(run)["usage"]["rm_tokens"] > 0


def test_a_server_policy_needs_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None; from harness import __main__, player_spec; "
        "player_spec.load_policy('openai:tiny@http://127.0.0.1:1/v1')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_run_made_again_asks_the_server_nothing(tmp_path):
    with ScriptedServer(wander) as server:
        begin(server, tmp_path / "first")
        asked = len(server.asked)
        assert begin(server, tmp_path / "second") == 0
        assert len(server.asked) == asked
    runs = [summary(tmp_path / name) for name in ("first", "second")]
    assert runs[0]["usage"] == runs[1]["usage"]


def test_a_server_that_dies_costs_no_score_and_resume_does_nothing_twice(tmp_path, capsys):
    run = tmp_path / "run"

    def dies_in_the_second_task(body):
        goals = set(tasks_of([*first.answered, body]))
        third = tasks_of(first.answered).count(tasks_of([body])[0]) == 2
        if len(goals) == 2 and third:
            first.die_now()
        return wander(body)

    with ScriptedServer(dies_in_the_second_task) as first:
        assert begin(first, run, "--max-concurrent", "1") == 1
        port = first.port
    failed = [episode for episode in read_episodes(run) if episode.error]
    assert [(e.error.kind, e.error.type) for e in failed] == [("model", "ServerUnavailable")]
    assert "--resume goes on" in failed[0].error.message
    shown = capsys.readouterr().err
    assert "1 of 2 episodes have an error in place of a score:" in shown
    assert f"1 ServerUnavailable, as in maze {failed[0].task.id}: " in shown
    assert f"--resume {run} plays them again" in shown
    assert summary(run)["status"] == "incomplete"
    assert summary(run)["tasks"]["maze"]["errors"] == 1
    played = [episode for episode in read_episodes(run) if not episode.error]

    with ScriptedServer(wander, port=port) as second:
        assert cli.main(["--resume", str(run)]) == 0
    assert "in place of a score" not in capsys.readouterr().err
    assert summary(run)["status"] == "complete"
    assert [episode for episode in read_episodes(run) if episode in played] == played
    answered = [json.dumps(body) for body in [*first.answered, *second.answered]]
    assert len(answered) == len(set(answered)) == summary(run)["usage"]["policy_calls"]


@pytest.fixture
def patient(monkeypatch):
    patience = Patience(answer=0.5, outage=60.0, first=0.01, longest=0.1)
    monkeypatch.setattr(openai_chat, "_patience", lambda: patience)
    monkeypatch.setenv("AGENTRM_REPLY_CACHE", "off")


def played(run):
    """The run's episodes, whatever time they took."""
    return [replace(episode, seconds=0.0) for episode in read_episodes(run)]


@pytest.fixture
def undisturbed(tmp_path, patient):
    with ScriptedServer(wander) as server:
        assert begin(server, tmp_path / "undisturbed") == 0
    return played(tmp_path / "undisturbed")


TROUBLE = [
    *[status(429, Retry_After="0.2")] + [status(429)] * 20,
    *[status(503), cut, hang_up, silent, body(b'{"choices": [{"mess'), body(b"<html>")],
]


def test_a_run_through_trouble_is_the_run_without_it(tmp_path, undisturbed):
    """A storm of 429, replies that are cut, never come, or are none: nothing is lost or zero."""
    with ScriptedServer(wander) as server:
        server.faults.extend(TROUBLE)
        assert begin(server, tmp_path / "run") == 0
        assert not server.faults
    assert played(tmp_path / "run") == undisturbed


def test_a_server_killed_and_started_again_in_mid_run_costs_nothing(tmp_path, undisturbed):
    again, once = [], threading.Lock()

    def killed_at_the_tenth(asked):
        if len(first.answered) >= 10 and once.acquire(blocking=False):
            first.die_now()
            timer.start()
        return wander(asked)

    timer = threading.Timer(0.5, lambda: again.append(ScriptedServer(wander, port=first.port)))
    with ScriptedServer(killed_at_the_tenth) as first:
        try:
            assert begin(first, tmp_path / "run") == 0
        finally:
            timer.join()
            again[0].die()
    assert again[0].answered
    assert played(tmp_path / "run") == undisturbed
