"""States that are told otherwise, or less of: what changes, and what must not."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from agentrm_envs import Action, Step, Task, Trajectory
from agentrm_envs.chat import render_scored
from rewards.baselines import LengthReward, OracleReward, RandomReward
from rewards.benchmark.evaluate import evaluate
from rewards.benchmark.limits import Evaluation
from rewards.benchmark.matrix import cells, matrix
from rewards.benchmark.perturbations import HIDDEN, PERTURBATIONS
from rewards.benchmark.plots import write_matrix
from rewards.benchmark.quality import OVERALL
from rewards.benchmark.report import Report, report_json, report_text
from rewards.benchmark.robustness import CHANGES
from rewards.errors import BadSetting
from rewards.states import merged
from tests.rewards.trees import drawn

TRAJECTORY = Trajectory(
    Task("toy", "t"),
    "Pick up the red box and put it in the corner.",
    "You see a box.",
    (
        Step(Action("take box", "Thought: It is near.\nAction: take box"), "Taken.", 0.5),
        Step(Action("drop box"), "Success!", 0.5, terminated=True, success=True),
    ),
)


@dataclass(frozen=True)
class Reads:
    """A reward model that only reads: how often a word is in what is shown."""

    word: str

    async def score(self, trajectories: Sequence[Trajectory]) -> list[float]:
        return [float(self.read(trajectory).count(self.word)) for trajectory in trajectories]

    def read(self, trajectory: Trajectory) -> str:
        return " ".join(message["content"] for message in render_scored(trajectory)[1:])


def changes(reward_model, *names, tasks=6):
    settings = Evaluation(perturb=names)
    states = merged(drawn(str(i), i) for i in range(tasks))
    found = asyncio.run(evaluate(states, reward_model, settings, label="rm")).changes
    return {name: found[name]["toy"] for name in names}


# What perturbations do


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_no_perturbation_changes_which_task_and_actions_it_is_about(name):
    perturbed = PERTURBATIONS[name](TRAJECTORY)
    assert perturbed == PERTURBATIONS[name](TRAJECTORY)
    assert perturbed.task == TRAJECTORY.task
    assert [step.action.text for step in perturbed.steps] == ["take box", "drop box"]
    start = Trajectory(TRAJECTORY.task, "Find it.", "A room.")
    assert PERTURBATIONS[name](start).steps == ()


@pytest.mark.parametrize("name", [name for name in PERTURBATIONS if name != "outcome-hidden"])
def test_every_other_perturbation_changes_what_is_read(name):
    assert render_scored(PERTURBATIONS[name](TRAJECTORY)) != render_scored(TRAJECTORY)


def test_goals_and_actions_are_told_in_other_words():
    said = {name: render_scored(PERTURBATIONS[name](TRAJECTORY)) for name in PERTURBATIONS}
    goal = "Take the red box and place it in the corner."
    assert said["goal-reworded"][1]["content"].startswith(f"Your task: {goal}\n")
    assert said["action-labels"][2]["content"] == "Reasoning: It is near.\nCommand: take box"
    assert said["action-labels"][-1]["content"] == "Command: drop box"
    assert said["action-capitals"][2]["content"] == "Thought: It is near.\nAction: TAKE BOX"
    assert said["action-quoted"][-1]["content"] == "Action: `drop box`"


def test_what_is_hidden_is_not_read():
    shown = [message["content"] for message in render_scored(TRAJECTORY)]
    last = render_scored(PERTURBATIONS["last-observation-hidden"](TRAJECTORY))
    assert [m["content"] for m in last] == [*shown[:3], HIDDEN, shown[4]]
    none = render_scored(PERTURBATIONS["observations-hidden"](TRAJECTORY))
    assert [m["content"] for m in none[1::2]] == [f"Your task: {TRAJECTORY.goal}\n{HIDDEN}", HIDDEN]


def test_what_is_scored_never_holds_the_answer_to_the_last_action():
    hidden = PERTURBATIONS["outcome-hidden"](TRAJECTORY)
    assert render_scored(hidden) == render_scored(TRAJECTORY)
    assert "Success!" not in str(render_scored(TRAJECTORY))
    assert (hidden.score, hidden.done, hidden.success) == (0.0, False, False)


# What is found out with them


@pytest.mark.parametrize("reward_model", [Reads("a"), LengthReward(1), RandomReward()])
def test_who_reads_only_what_is_shown_scores_the_same_with_the_outcome_hidden(reward_model):
    [found] = changes(reward_model, "outcome-hidden").values()
    assert found["same_scores"].mean == found["kept_pairs"].mean == 1.0
    assert found["score_change"].mean == found["pair_accuracy_change"].mean == 0.0


def test_who_reads_the_outcome_is_found_out():
    [found] = changes(OracleReward(), "outcome-hidden").values()
    assert found["same_scores"].mean < 1.0
    assert found["leaf_accuracy_change"].mean == -0.5  # from always right to a coin
    assert found["leaf_accuracy_change"].stderr == 0.0


def test_who_goes_by_the_goal_and_the_commands_is_not_moved_by_other_labels():
    found = changes(Reads("xyz"), *PERTURBATIONS)
    assert all(each["same_scores"].mean == 1.0 for each in found.values())
    capital = changes(Reads("Action: A"), "action-capitals", "goal-asked")
    assert capital["action-capitals"]["same_scores"].mean < 1.0
    assert capital["goal-asked"]["same_scores"].mean == 1.0


def test_how_much_rests_on_the_last_observation_is_what_hiding_it_costs():
    # The toy tells the letters so far, so that counting its "a" is to know how many were typed.
    found = changes(Reads("a."), "last-observation-hidden", "goal-stated")
    assert found["last-observation-hidden"]["kept_pairs"].mean < 1.0
    assert found["goal-stated"]["kept_pairs"].mean == 1.0
    for name, measure in found["last-observation-hidden"].items():
        assert measure.tasks > 1, name
        assert measure.stderr is not None, name


def test_an_unknown_perturbation_is_named_with_those_that_there_are():
    with pytest.raises(BadSetting, match=r"'goal-askd'; there are: goal-asked"):
        Evaluation(perturb=("goal-askd",))


# Reports and the matrix


def evaluated(*models, perturb=()):
    states = merged(drawn(str(i), i) for i in range(4))
    return {
        type(model).__name__: asyncio.run(evaluate(states, model, Evaluation(perturb=perturb)))
        for model in models
    }


def test_the_report_has_a_table_and_json_for_every_perturbation():
    found = evaluated(RandomReward(), perturb=("goal-asked", "outcome-hidden"))
    [(name, one)] = found.items()
    settings = Evaluation(perturb=("goal-asked", "outcome-hidden"))
    report = Report({}, settings, {name: one.qualities}, changes={name: one.changes})
    text, read = report_text(report), json.loads(report_json(report))
    assert f"{name}, perturbed " in text
    for perturbation in settings.perturb:
        assert f"\n{perturbation}  " in text
        assert list(read["changes"][name][perturbation]["toy"]) == list(CHANGES)
    assert set(CHANGES) < set(read["measures"])
    assert "kept pairs: share" in text


def test_the_matrix_has_a_row_for_each_reward_model_and_a_column_for_each_environment(tmp_path):
    found = evaluated(OracleReward(), RandomReward())
    qualities = {name: each.qualities for name, each in found.items()}
    told = matrix(qualities, "leaf_accuracy")
    assert told.environments == ["toy", OVERALL]
    assert (
        told.rows["OracleReward"][0] == qualities["OracleReward"]["toy"].measures["leaf_accuracy"]
    )
    assert [(cell.reward_model, cell.env) for cell in cells(told)] == [
        (name, env) for name in ("OracleReward", "RandomReward") for env in ("toy", OVERALL)
    ]
    report = Report({}, Evaluation(), qualities, matrix=told)
    assert json.loads(report_json(report))["matrix"]["rows"]["OracleReward"][0]["mean"] == 1.0
    assert "leaf accuracy  " in report_text(report).split("\n\n")[-2]
    write_matrix(tmp_path, told)
    assert (tmp_path / "matrix.leaf_accuracy.svg").read_bytes().startswith(b"<?xml")
    assert (
        (tmp_path / "matrix.leaf_accuracy.csv")
        .read_text()
        .startswith("reward_model,env,value,value_stderr\nOracleReward,toy,1,0\n")
    )
