"""Training an implicit reward model: its rows, its loss, and what it leaves behind.

What both kinds of training do, as to go on after they were killed, is tested in test_train.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from rewards import registry  # noqa: E402
from rewards.backbone.adapters import WEIGHTS_FILE  # noqa: E402
from rewards.implicit import SETTINGS_FILE  # noqa: E402
from rewards.implicit_training import REFERENCE, Matrices, rows  # noqa: E402
from rewards.values import to_lines  # noqa: E402
from tests.rewards.test_train import losses, row, trained, trajectory  # noqa: E402
from tests.tiny_model import STOP, tiny_base, tiny_tokenizer  # noqa: E402

# Said by peft of transformers' next version, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")

ROWS = [
    row([None, 1.0], "move up", "move left"),
    row([0.5, 0.25], "move up", "move down"),
    replace(row([0.75], "move right"), finished=False),
    row([None, 0.0, None], "move up", "move up", "move up"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "values.jsonl"
    path.write_bytes(to_lines(ROWS))
    return path


def implicit(data, base, out, *flags):
    assert trained(data, base, out, "--kind", "implicit", *flags) == 0
    return out


def scores(reference, *trajectories):
    return asyncio.run(registry.load(reference).score(trajectories))


def test_rows_are_the_finished_trajectories_with_what_was_said_in_them(data):
    tokenizer = tiny_tokenizer()
    found = list(rows(data, tokenizer, 4096))
    assert [some.outcome for some in found] == [1.0, 0.25]
    texts = [tokenizer.decode([some.ids[i] for i in some.places]) for some in found]
    assert texts == [f"Action: move up{STOP}Action: move {way}{STOP}" for way in ("left", "down")]


def test_a_long_trajectory_keeps_the_actions_that_fit(data):
    tokenizer = tiny_tokenizer()
    [whole, *_] = rows(data, tokenizer, 4096)
    [cut, *_] = rows(data, tokenizer, len(whole.ids) - 1)
    text = tokenizer.decode([cut.ids[i] for i in cut.places])
    assert (text, cut.outcome) == (f"Action: move up{STOP}", 1.0)
    assert not list(rows(data, tokenizer, 30))


def test_the_first_loss_is_that_of_rewards_of_zero(data, base, tmp_path):
    out = implicit(data, base, tmp_path / "rm", "--batch", "2", "--learning-rate", "1e-12")
    assert losses(out) == [pytest.approx((1.0 + 0.25**2) / 2, abs=1e-5)]


def test_an_untrained_policy_gives_every_trajectory_zero(data, base, tmp_path):
    first = implicit(data, base, tmp_path / "first", "--epochs", "20", "--learning-rate", "1e-2")
    some = [trajectory(), trajectory("move up"), trajectory("move up", "move left")]
    assert any(scores(f"implicit:{first}", *some))
    for out, flags in {"a": (), "b": ("--start", first)}.items():
        out = implicit(data, base, tmp_path / out, "--learning-rate", "1e-12", *flags)
        assert scores(f"implicit:{out}", *some) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("start", [False, True])
def test_repeated_trajectories_are_learned(start, data, base, tmp_path):
    flags = ["--epochs", "40", "--learning-rate", "1e-2", "--batch", "2"]
    if start:
        flags += ["--start", implicit(data, base, tmp_path / "start", "--learning-rate", "1e-2")]
    out = implicit(data, base, tmp_path / "rm", *flags)
    assert losses(out)[-1] < 0.02 * losses(out)[0]
    up = "move up"
    high, low = scores(f"implicit:{out}", trajectory(up, "move left"), trajectory(up, "move down"))
    assert (high, low) == (pytest.approx(1.0, abs=0.15), pytest.approx(0.25, abs=0.15))


def test_a_checkpoint_holds_its_reference_beta_and_score(data, base, tmp_path):
    start = implicit(data, base, tmp_path / "start", "--epochs", "3")
    out = implicit(data, base, tmp_path / "rm", "--start", start, "--beta", "0.5")
    settings = json.loads((out / SETTINGS_FILE).read_text())
    shown = {"thoughts": True, "observations": True}
    expected = {"beta": 0.5, "reference": REFERENCE, "score": "sum", "shown": shown}
    assert settings == {**expected, "prompts_sha256": ""}
    assert (out / REFERENCE / WEIGHTS_FILE).read_bytes() == (start / WEIGHTS_FILE).read_bytes()
    assert json.loads((start / SETTINGS_FILE).read_text())["reference"] is None


def test_the_reference_is_asked_once_a_row(data, base, tmp_path, monkeypatch):
    from rewards import implicit_training

    asked = []
    swap = Matrices._swap
    monkeypatch.setattr(Matrices, "_swap", lambda self: asked.append(swap(self)))
    implicit_training.train([data], tmp_path / "rm", implicit_training.Recipe(epochs=3), base=base)
    assert len(asked) == 2 * 2, "there and back, for two rows"


def test_matrices_come_back_as_they_were_left():
    model = torch.nn.Linear(2, 2)
    began = Matrices(model)
    first = model.weight.detach().clone()
    with torch.no_grad():
        model.weight += 1
    for _ in range(2):
        with began.in_place():
            assert torch.equal(model.weight, first)
        assert torch.equal(model.weight, first + 1)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--kind", "implicit", "--beta", "0"], "beta must be positive"),
        (["--kind", "implicit", "--rank", "0"], "--rank 0 has none"),
        (["--beta", "0.5"], "--beta is for --kind implicit"),
        (["--kind", "implicit", "--start", "nowhere"], "nowhere holds no adapter"),
    ],
)
def test_what_cannot_be_trained_is_refused(flags, said, data, base, tmp_path, capsys):
    assert trained(data, base, tmp_path / "rm", *flags) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "rm" / SETTINGS_FILE).exists()


def test_a_start_whose_matrices_count_otherwise_is_refused(data, base, tmp_path, capsys):
    start = implicit(data, base, tmp_path / "start")
    config = json.loads((start / "adapter_config.json").read_text())
    (start / "adapter_config.json").write_text(json.dumps({**config, "lora_alpha": 1}))
    flags = ["--kind", "implicit", "--start", start]
    assert trained(data, base, tmp_path / "rm", *flags) == 2
    assert "count 0.0625 times, here 2 times" in capsys.readouterr().err


def test_a_trained_reward_model_is_evaluated_by_its_name(data, base, tmp_path, capsys):
    from rewards.__main__ import main
    from tests.rewards.trees import grown, written

    out = implicit(data, base, tmp_path / "rm")
    run = written(tmp_path / "run", grown("maze", 2))
    names = [f"implicit:{out}", f"implicit:{out}?score=min"]
    capsys.readouterr()
    assert main(["evaluate", str(run), "--rm", *names, "--json"]) == 0
    qualities = json.loads(capsys.readouterr().out)["qualities"]
    errors = [qualities[name]["maze"]["measures"]["mse"]["mean"] for name in names]
    assert len(set(errors)) == 2
