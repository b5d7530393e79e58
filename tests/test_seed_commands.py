"""The commands of the paper's repository do what ours do."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from agentrm_envs.registry import spec
from harness.__main__ import PROGRAM
from harness.explore import main as explore
from harness.flags import parse
from tests.prompt_files import write_tree

SCRIPTS = Path(__file__).parents[1] / "scripts" / "agentrm"


def call(script: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.fixture
def roots(tmp_path):
    """The trees of four maze tasks."""
    flags = ["--policy", "expert:0.5", "--tasks", "maze", "--limit", "4", "--iterations", "4"]
    assert explore([*flags, "--out", str(tmp_path / "roots" / "maze")]) == 0
    return tmp_path


def test_the_inference_command_runs_the_harness(tmp_path):
    write_tree(tmp_path / "prompt", "maze")
    flags = ["--inference_method", "greedy", "--tasks", "maze", "--part_num", "1"]
    ours = ["--policy", "expert", "--limit", "2", "--prompts", "prompt", "--out", "run"]
    done = call("inference_script_policy.py", *flags, *ours, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "--part_num not needed" in done.stderr
    config = json.loads((tmp_path / "run" / "run.json").read_text())["config"]
    assert (config["method"], config["rm"], config["tasks"]) == ("greedy", "none", ["maze"])
    assert config["prompts"] == "prompt"
    assert len((tmp_path / "run" / "episodes.jsonl").read_text().splitlines()) == 2


TABLES = {
    "1": "webshop alfworld_ab sciworld_ab babyai jericho pddl tool_query tool_operation maze",
    "2": "webshop alfworld sciworld",
}


@pytest.mark.parametrize("tasks", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("method", ["greedy", "bestofn", "beam"])
def test_the_command_lines_of_the_readme_are_runs_of_the_harness(tasks, method):
    """As its README has them: a policy on a server, and a reward model's folder."""
    line = ["--policy_path", "models/p", "--prm_path", "models/r", "--port", "8000"]
    line += ["--part_num", "1", "--inference_method", method, "--tasks", *tasks.split()]
    script = runpy.run_path(str(SCRIPTS / "inference_script_policy.py"))
    config = parse(PROGRAM, script["translated"](script["parser"]().parse_args(line))).config(
        PROGRAM.defaults
    )
    assert config.policy == "openai:models/p@http://127.0.0.1:8000/v1"
    assert config.rm == ("none" if method == "greedy" else "explicit:models/r")
    assert (config.method, config.n) == ({"bestofn": "best-of-n"}.get(method, method), 5)
    assert config.limit == 0
    assert all(spec(name) for name in config.tasks)
    assert len(config.tasks) == len(tasks.split())
    agentboard = "alfworld_ab" in tasks
    assert config.tasks[1] == ("alfworld" if agentboard else "alfworld:eto")
    assert ("sciworld:agentboard" if agentboard else "sciworld") in config.tasks


def test_a_port_without_a_model_is_refused(tmp_path):
    done = call("inference_script_policy.py", "--port", "8000", cwd=tmp_path)
    assert done.returncode == 2
    assert "--port needs --policy_path" in done.stderr


@pytest.mark.parametrize(
    "script",
    ["train_reward_regression_all.sh", "alignment-handbook/train_reward_regression_all.sh"],
)
def test_the_training_command_trains_on_the_combined_samples(tmp_path, script):
    """It fails where it should: at the data that no combining command has made."""
    pytest.importorskip("peft")
    (tmp_path / "alignment-handbook").mkdir()
    command = ["bash", str(SCRIPTS / script)]
    env = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(SCRIPTS.parents[1])}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=(tmp_path / script).parent,
        env=env,
        timeout=300,
    )
    assert done.returncode == 2
    assert "there is no file samples_all/values.jsonl" in done.stderr


def test_the_inference_command_says_which_environments_there_are(tmp_path):
    flags = ["--inference_method", "bestofn", "--tasks", "chess"]
    done = call("inference_script_policy.py", *flags, cwd=tmp_path)
    assert done.returncode == 2
    assert "no environment is named 'chess'" in done.stderr


@pytest.mark.parametrize(
    ("script", "out"),
    [
        ("extract_regression_samples.py", "samples/maze"),
        ("combine_regression_samples.py", "samples_all"),
    ],
)
def test_the_sample_commands_extract_the_states_of_all_trees(roots, script, out):
    write_tree(roots / "prompt", "maze")
    done = call(script, "--holdout", "0.25", "--prompts", "prompt", cwd=roots)
    assert done.returncode == 0, done.stderr
    assert (roots / out / "values.jsonl").read_text().count("Judge maze") > 0


def test_without_trees_the_sample_commands_say_how_to_make_some(tmp_path):
    done = call("extract_regression_samples.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "python -m harness.explore" in done.stderr
