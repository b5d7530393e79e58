"""A reward model over a policy as it stands: `rewards train --head-only`."""

import asyncio
import json
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from safetensors.torch import load_file, save_file  # noqa: E402
from transformers import AutoModelForSequenceClassification, AutoTokenizer  # noqa: E402

from agentrm_envs import Action, Step, Task, Trajectory  # noqa: E402
from agentrm_envs.chat import render_scored  # noqa: E402
from harness.policy.registry import load as load_policy  # noqa: E402
from rewards import registry  # noqa: E402
from rewards.__main__ import main  # noqa: E402
from rewards.backbone.adapters import CONFIG_FILE, WEIGHTS_FILE  # noqa: E402
from rewards.backbone.training import FIT_FILE, TRAINING_FILE  # noqa: E402
from rewards.head_training import STATES_FILE  # noqa: E402
from rewards.metering import metered  # noqa: E402
from rewards.values import ValuesRow, to_lines  # noqa: E402
from tests.tiny_model import killed_once_there, one_thread, random_adapter, tiny_base  # noqa: E402

# Said by peft of transformers' next version, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")
MOVES = ("move down", "move left", "move right", "move up")
TASKS = 40
HEAD = "base_model.model.score.weight"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def policy(base, tmp_path_factory):
    """The folder of an adapter with random matrices in both layers."""
    return random_adapter(base, tmp_path_factory.mktemp("policy"))


def trajectory(task, *actions):
    steps = tuple(Step(Action(action, f"Action: {action}"), "You went.") for action in actions)
    return Trajectory(
        Task("maze", f"train-{task}"), "Reach the goal.", f"You are at {task}.", steps
    )


@pytest.fixture(scope="module")
def truth(base, policy, tmp_path_factory):
    """A reward model over the policy's layers with a random head, by which values are in [0, 1]."""
    folder = tmp_path_factory.mktemp("truth")
    tensors = load_file(policy / WEIGHTS_FILE)
    tensors[HEAD] = -torch.randn(1, 32, generator=torch.manual_seed(11)) / 16
    save_file(tensors, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    (folder / CONFIG_FILE).write_bytes((policy / CONFIG_FILE).read_bytes())
    return registry.load(f"explicit:{folder}")


def walk(task):
    """Some moves of a task, a different number in each."""
    return trajectory(task, *[MOVES[(task + i * i) % 4] for i in range(1 + task % 4)])


def row(taken, values):
    messages = [dict(message) for message in render_scored(taken)]
    none = [0] * len(values)
    return ValuesRow(taken.task, messages, values, none, none, False)


@pytest.fixture(scope="module")
def lines(truth):
    """Rows whose values that reward model said."""
    rows = []
    for task in range(TASKS):
        taken = walk(task)
        some = [replace(taken, steps=taken.steps[: i + 1]) for i in range(len(taken.steps))]
        rows.append(row(taken, asyncio.run(truth.score(some))))
    return to_lines(rows)


@pytest.fixture
def data(lines, tmp_path):
    path = tmp_path / "values.jsonl"
    path.write_bytes(lines)
    return path


def words(data, base, policy, out, *flags):
    given = ["--head-only", "--data", data, "--base", base, "--start", policy, "--out", out]
    return list(map(str, ["train", *given, *flags]))


def scored(out, *trajectories):
    return asyncio.run(registry.load(f"explicit:{out}").score(list(trajectories)))


def test_the_head_that_made_the_values_is_found_again(data, base, policy, truth, tmp_path):
    out = tmp_path / "rm"
    assert main(words(data, base, policy, out)) == 0
    fit = json.loads((out / FIT_FILE).read_text())
    assert (fit["states"], fit["tasks"]) == (100, TASKS)
    assert fit["error"] < 0.1 * fit["variance"]
    new = [trajectory(99, "move up", move) for move in MOVES]
    wanted = torch.tensor(asyncio.run(truth.score(new)))
    found = torch.tensor(scored(out, *new))
    assert float((found - wanted).abs().max()) < 0.3 * fit["variance"] ** 0.5
    assert found.argsort().tolist() == wanted.argsort().tolist()


def test_its_layers_are_the_policy_s_and_its_layout_that_of_every_explicit_one(
    data, base, policy, tmp_path
):
    out = tmp_path / "rm"
    main(words(data, base, policy, out))
    own, theirs = load_file(out / WEIGHTS_FILE), load_file(policy / WEIGHTS_FILE)
    [head] = own.keys() - theirs.keys()
    assert all(torch.equal(own[name], theirs[name]) for name in theirs)
    assert (head, own[head].shape) == (HEAD, (1, 32))
    from peft import PeftModel

    bare = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    model = PeftModel.from_pretrained(bare, out).eval()
    tokenizer = AutoTokenizer.from_pretrained(base)
    some = trajectory(3, "move left")
    text = tokenizer.apply_chat_template(list(render_scored(some)), tokenize=False)
    ids = tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        value = float(model(ids).logits[0, 0])
    assert scored(out, some) == pytest.approx([value], abs=1e-4)


def test_what_the_policy_has_read_it_need_not_read(data, base, policy, tmp_path):
    """Only the last action's message is new: the prompt before it was the policy's."""
    out = tmp_path / "rm"
    main(words(data, base, policy, out))
    player, judge = load_policy(f"hf:{policy}"), registry.load(f"explicit:{out}")
    begun = trajectory(5, "move up", "move left")
    with metered() as counts:
        asyncio.run(player.propose(begun, 1, temperature=0.0))
        before = counts.rm_tokens
        last = replace(begun, steps=(*begun.steps, Step(Action("move up", "Action: move up"), "")))
        asyncio.run(judge.score([last]))
        read = counts.rm_tokens - before
    action = "<|im_start|>assistant\nAction: move up<|im_end|>\n"
    assert read <= len(AutoTokenizer.from_pretrained(base)(action)["input_ids"])


def test_a_training_killed_while_it_reads_ends_as_if_it_never_was(data, base, policy, tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    killed_once_there("rewards", words(data, base, policy, killed), killed / STATES_FILE)
    assert not (killed / WEIGHTS_FILE).exists()
    with (killed / STATES_FILE).open("ab") as torn:
        torn.write(b"half a row")
    with one_thread():
        assert main(words(data, base, policy, killed)) == 0
        assert main(words(data, base, policy, whole)) == 0
    assert (killed / WEIGHTS_FILE).read_bytes() == (whole / WEIGHTS_FILE).read_bytes()
    assert (killed / FIT_FILE).read_bytes() == (whole / FIT_FILE).read_bytes()
    assert not (killed / STATES_FILE).exists()


def test_a_finished_training_is_not_made_again(data, base, policy, tmp_path):
    out = tmp_path / "rm"
    main(words(data, base, policy, out))
    (out / WEIGHTS_FILE).write_bytes(b"kept")
    assert main(words(data, base, policy, out)) == 0
    assert (out / WEIGHTS_FILE).read_bytes() == b"kept"


def test_other_data_in_the_same_folder_is_refused(data, base, policy, tmp_path, capsys):
    out = tmp_path / "rm"
    main(words(data, base, policy, out))
    data.write_bytes(to_lines(row(walk(task), [0.5] * (1 + task % 4)) for task in range(8)))
    assert main(words(data, base, policy, out)) == 2
    assert "values_sha256 differ" in capsys.readouterr().err


def test_the_card_says_what_the_fit_is_worth(data, base, policy, tmp_path):
    out = tmp_path / "rm"
    main(words(data, base, policy, out))
    card, fit = (out / "README.md").read_text(), json.loads((out / FIT_FILE).read_text())
    assert "100 states of 40 tasks. On tasks that were left out its mean squared error is " in card
    assert f"{fit['error']:.4f}, where all values have the variance {fit['variance']:.4f}" in card
    assert json.loads((out / TRAINING_FILE).read_text())["stage"] == "head"


def test_it_needs_a_policy(data, base, tmp_path, capsys):
    given = ["train", "--head-only", "--data", str(data), "--base", str(base)]
    assert main([*given, "--out", str(tmp_path / "rm")]) == 2
    assert "name its adapter by --start" in capsys.readouterr().err


def test_an_implicit_one_has_no_head(data, base, policy, tmp_path, capsys):
    out = tmp_path / "rm"
    assert main(words(data, base, policy, out, "--kind", "implicit")) == 2
    assert "an implicit one has no head" in capsys.readouterr().err
    assert not out.exists()


def test_few_tasks_cannot_choose_the_strength(data, base, policy, tmp_path, capsys):
    data.write_bytes(to_lines(row(walk(task), [0.5] * (1 + task % 4)) for task in range(4)))
    out = tmp_path / "rm"
    assert main(words(data, base, policy, out)) == 2
    assert "4 are too few, it takes 5" in capsys.readouterr().err
    assert not list(out.iterdir()), "nothing may have been read for it"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--epochs", "3", "--learning-rate", "0.1"], "so --learning-rate, --epochs would change"),
        (["--layers", "2"], "--layers"),
        (["--rank", "8"], "--rank"),
        (["--batch", "8"], "--batch"),
    ],
)
def test_what_only_gradients_go_by_is_refused(flags, told, data, base, policy, tmp_path, capsys):
    out = tmp_path / "rm"
    assert main(words(data, base, policy, out, *flags)) == 2
    shown = capsys.readouterr().err
    assert "--head-only trains nothing by gradients" in shown
    assert told in shown
    assert not out.exists()
