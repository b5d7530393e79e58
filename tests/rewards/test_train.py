"""Training a reward model on values, with a random tiny model as the base."""

import asyncio
import json
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from safetensors.torch import load_file  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from agentrm_envs import Action, Step, Task, Trajectory  # noqa: E402
from agentrm_envs.chat import Shown, render_scored  # noqa: E402
from rewards import registry  # noqa: E402
from rewards.__main__ import main  # noqa: E402
from rewards.backbone.adapters import WEIGHTS_FILE  # noqa: E402
from rewards.backbone.training import (  # noqa: E402
    CHECKPOINT_FILE,
    LOSSES_FILE,
    TRAINING_FILE,
    Recipe,
)
from rewards.backbone.whole import PAD_TOKEN  # noqa: E402
from rewards.explicit_training import Row, least_squares, rows  # noqa: E402
from rewards.values import ValuesRow, to_lines  # noqa: E402
from tests.tiny_model import STOP, killed_once_there, one_thread, tiny_base  # noqa: E402

# Said by peft of transformers' next version, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def tokenizer(base):
    return AutoTokenizer.from_pretrained(base)


def trajectory(*actions: str) -> Trajectory:
    steps = tuple(Step(Action(action), f"You went {action}.") for action in actions)
    return Trajectory(Task("maze", "train-1"), "Reach the goal.", "You are at 1, 1.", steps)


def row(values, *actions):
    messages = [dict(message) for message in render_scored(trajectory(*actions))]
    visits = [int(value is not None) for value in values]
    rewards = [0.0] * len(actions)
    return ValuesRow(Task("maze", "train-1"), messages, values, visits, rewards, True)


ROWS = [
    row([0.5, None, 1.0], "move up", "move up", "move left"),
    row([None, 0.0], "move up", "move down"),
    row([0.25], "move right"),
    row([0.0, 0.75], "move left", "move left"),
]


KINDS = pytest.mark.parametrize("kind", ["explicit", "implicit"])


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "values.jsonl"
    path.write_bytes(to_lines(ROWS))
    return path


def trained(data, base, out, *flags):
    arguments = ["--data", data, "--base", base, "--out", out, *flags]
    return main(["train", *map(str, arguments)])


def losses(out):
    lines = (out / LOSSES_FILE).read_text().splitlines()
    return [json.loads(line)["loss"] for line in lines]


def test_each_value_is_read_at_the_end_of_its_action(data, tokenizer):
    found = list(rows(data, tokenizer, max_tokens=4096))
    assert [some.values for some in found] == [[0.5, 1.0], [0.0], [0.25], [0.0, 0.75]]
    read = [tokenizer.decode(found[0].ids[: place + 1]) for place in found[0].places]
    assert [text.count("<|im_start|>assistant") for text in read] == [1, 3]
    assert [
        text.endswith(f"Action: {action}{STOP}\n")
        for text, action in zip(read, ["move up", "move left"], strict=True)
    ] == [True, True]


def test_rows_end_with_their_last_value_and_show_no_answer_to_it(data, tokenizer):
    for some in rows(data, tokenizer, max_tokens=4096):
        assert some.places[-1] == len(some.ids) - 1
        assert tokenizer.decode(some.ids).endswith(f"{STOP}\n")
    texts = [tokenizer.decode(some.ids) for some in rows(data, tokenizer, max_tokens=4096)]
    assert "You went move right." not in texts[2]


def test_values_beyond_the_longest_row_are_left_out(data, tokenizer):
    [first, *_] = rows(data, tokenizer, max_tokens=4096)
    [cut, *_] = rows(data, tokenizer, max_tokens=first.places[1])
    assert (cut.places, cut.values) == (first.places[:1], [0.5])
    assert not list(rows(data, tokenizer, max_tokens=10))


def test_a_training_makes_a_reward_model_that_can_be_loaded(data, base, tmp_path):
    out = tmp_path / "rm"
    assert trained(data, base, out, "--epochs", "3", "--batch", "2") == 0
    assert len(losses(out)) == 6
    assert not (out / CHECKPOINT_FILE).exists()
    some = [trajectory("move up"), trajectory("move up", "move left"), trajectory("move up")]
    scores = asyncio.run(registry.load(f"explicit:{out}").score(some))
    assert scores[0] == scores[2] != scores[1]


def test_data_that_are_given_twice_are_told(data, base, tmp_path, capsys):
    again = tmp_path / "again.jsonl"
    again.write_bytes(data.read_bytes())
    arguments = ["--data", data, again, "--base", base, "--out", tmp_path / "rm"]
    assert main(["train", *map(str, arguments)]) == 0
    assert f"note: 4 rows of {again} are in a file before it too" in capsys.readouterr().err


def test_the_loss_is_the_mean_squared_error_of_all_values(data, base, tmp_path):
    """A rate of almost nothing leaves the model as the one that the loss was taken of."""
    out = tmp_path / "rm"
    trained(data, base, out, "--batch", "4", "--learning-rate", "1e-12")
    some = [
        (trajectory("move up"), 0.5),
        (trajectory("move up", "move up", "move left"), 1.0),
        (trajectory("move up", "move down"), 0.0),
        (trajectory("move right"), 0.25),
        (trajectory("move left"), 0.0),
        (trajectory("move left", "move left"), 0.75),
    ]
    scores = asyncio.run(registry.load(f"explicit:{out}").score([prefix for prefix, _ in some]))
    errors = [score - value for score, (_, value) in zip(scores, some, strict=True)]
    assert losses(out) == [pytest.approx(sum(e * e for e in errors) / 6, abs=2e-3)]


@KINDS
@pytest.mark.parametrize("part", ["thoughts", "observations"])
def test_a_model_is_scored_with_what_it_was_trained_to_read(kind, part, base, tmp_path):
    """Two states that differ in the part alone have one score, of a model that reads all two."""
    data, whole = tmp_path / "values.jsonl", tmp_path / "whole.jsonl"
    shown = Shown(**{part: False})
    data.write_bytes(to_lines(replace(some, shown=shown) for some in ROWS))
    whole.write_bytes(to_lines(ROWS))
    one, other = (Step(Action("move up", f"{thought} Action: move up"), "") for thought in "xy")
    first = trajectory("move left")
    if part == "thoughts":
        pair = [replace(first, steps=(step, *first.steps)) for step in (one, other)]
    else:
        pair = [replace(first, observation=text) for text in ("You are here.", "Walls.")]
    for file, same in ((data, True), (whole, False)):
        out = tmp_path / f"rm-{file.stem}"
        assert trained(file, base, out, "--kind", kind, "--learning-rate", "1e-2") == 0
        high, low = asyncio.run(registry.load(f"{kind}:{out}").score(pair))
        assert (high == low) is same


def test_rows_with_and_without_a_part_are_refused_together(data, base, tmp_path, capsys):
    other = tmp_path / "other.jsonl"
    other.write_bytes(to_lines([replace(ROWS[0], shown=Shown(observations=False))]))
    flags = ["--data", data, other, "--base", base, "--out", tmp_path / "rm"]
    assert main(["train", *map(str, flags)]) == 2
    assert "different --without or --prompts" in capsys.readouterr().err


def test_a_repeated_row_is_learned(base, tmp_path):
    data = tmp_path / "values.jsonl"
    data.write_bytes(to_lines([row([0.9, 0.1], "move up", "move down")]))
    out = tmp_path / "rm"
    trained(data, base, out, "--epochs", "60", "--learning-rate", "1e-2", "--batch", "1")
    assert losses(out)[-1] < 0.02 * losses(out)[0]
    some = [trajectory("move up"), trajectory("move up", "move down")]
    high, low = asyncio.run(registry.load(f"explicit:{out}").score(some))
    assert high == pytest.approx(0.9, abs=0.1)
    assert low == pytest.approx(0.1, abs=0.1)


def test_all_weights_can_be_trained(data, base, tokenizer, tmp_path):
    """The checkpoint is a classifier that transformers loads with its tokenizer."""
    start, out = tmp_path / "start", tmp_path / "rm"
    trained(data, base, start, "--epochs", "10")
    flags = ["--rank", "0", "--learning-rate", "1e-3", "--start", start, "--epochs", "5"]
    assert trained(data, base, out, *flags) == 0
    before = AutoModelForCausalLM.from_pretrained(base).state_dict()
    model = AutoModelForSequenceClassification.from_pretrained(out).eval()
    assert model.config.pad_token_id != model.config.eos_token_id
    for name, weight in model.state_dict().items():
        if name != "score.weight" and weight.dim() > 1:  # a norm's 1 moves by too little to show
            assert not torch.equal(weight, before[name]), f"{name} was not trained"
    own = AutoTokenizer.from_pretrained(out)
    some = [trajectory("move up"), trajectory("move up", "move left"), trajectory("move right")]
    scores = asyncio.run(registry.load(f"explicit:{out}").score(some))
    for one, score in zip(some, scores, strict=True):
        text = own.apply_chat_template(render_scored(one), tokenize=False)
        ids = own(text, return_tensors="pt", add_special_tokens=False).input_ids
        with torch.no_grad():
            assert model(ids).logits.item() == pytest.approx(score, abs=0.02)
    assert max(scores) - min(scores) > 0.1, "a constant would pass this test"


def test_padding_that_ends_turns_is_replaced_in_a_whole_model(data, base, tmp_path):
    other, out = tmp_path / "base", tmp_path / "rm"
    AutoModelForCausalLM.from_pretrained(base).save_pretrained(other)
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(other)
    assert trained(data, other, out, "--rank", "0") == 0
    assert AutoTokenizer.from_pretrained(out).pad_token == PAD_TOKEN
    assert len(asyncio.run(registry.load(f"explicit:{out}").score([trajectory("move up")]))) == 1


def test_the_head_begins_as_the_least_squares_fit_of_the_states():
    generator = torch.Generator().manual_seed(0)
    states = 5 + torch.randn(400, 8, generator=generator)
    truth = torch.tensor([1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 0.0, 0.0])
    task = Task("maze", "train-1")
    some = [Row(task, [], [], (states[i : i + 4] @ truth).tolist()) for i in range(0, 400, 4)]
    parts = iter(states.split(4))
    weight = least_squares(lambda _: next(parts), some)
    assert weight.shape == (1, 8)
    fitted = states @ weight[0]
    values = states @ truth
    assert abs(float(fitted.mean() - values.mean())) < 0.1 * float(values.std())
    assert torch.corrcoef(torch.stack([fitted, values]))[0, 1] > 0.9


@KINDS
def test_a_training_begins_at_another_s_adapter(kind, data, base, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    trained(data, base, first, "--epochs", "30")
    trained(data, base, second, "--start", first, "--learning-rate", "1e-12", "--kind", kind)
    one, other = (load_file(out / WEIGHTS_FILE) for out in (first, second))
    matrices = [name for name in one if "lora_B" in name]
    assert matrices
    for name in matrices:
        torch.testing.assert_close(one[name], other[name])
    assert "start_sha256" in json.loads((second / TRAINING_FILE).read_text())


def test_an_adapter_of_another_rank_is_refused_as_a_start(data, base, tmp_path, capsys):
    first = tmp_path / "first"
    trained(data, base, first, "--rank", "2")
    assert trained(data, base, tmp_path / "second", "--start", first, "--rank", "4") == 2
    assert "does not fit" in capsys.readouterr().err


@KINDS
def test_a_training_killed_after_a_checkpoint_ends_as_if_it_never_was(kind, data, base, tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    flags = ["--kind", kind, "--epochs", "60", "--batch", "2", "--checkpoint-every", "7"]
    arguments = ["train", "--data", data, "--base", base, "--out", killed, *flags]
    killed_once_there("rewards", list(map(str, arguments)), killed / CHECKPOINT_FILE)
    assert (killed / CHECKPOINT_FILE).exists()
    assert not (killed / WEIGHTS_FILE).exists()
    with one_thread():
        assert trained(data, base, killed, *flags) == 0
        assert trained(data, base, whole, *flags) == 0
    assert losses(killed) == losses(whole)
    one, other = (load_file(out / WEIGHTS_FILE) for out in (killed, whole))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


@KINDS
def test_a_training_leaves_a_card_and_a_plot(kind, data, base, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "rm"
    trained(data, base, out, "--kind", kind, "--epochs", "4")
    card = (out / "README.md").read_text()
    described = json.loads((out / TRAINING_FILE).read_text())
    assert f"python -m rewards train --data {data}" in card
    assert f"| values_sha256 | {described['values_sha256']} |" in card
    assert f"--rm {kind}:PATH" in card
    assert f"first 1 is {losses(out)[0]:.4f}, of the last 1 {losses(out)[-1]:.4f}" in card
    assert (out / "losses.svg").read_text().count("<path") > 2
    before = (out / "losses.svg").read_bytes(), card
    trained(data, base, out, "--kind", kind, "--epochs", "4")
    assert ((out / "losses.svg").read_bytes(), (out / "README.md").read_text()) == before


@KINDS
def test_a_finished_training_is_not_made_again(kind, data, base, tmp_path):
    out = tmp_path / "rm"
    trained(data, base, out, "--kind", kind)
    (out / WEIGHTS_FILE).write_bytes(b"kept")
    assert trained(data, base, out, "--kind", kind) == 0
    assert (out / WEIGHTS_FILE).read_bytes() == b"kept"


@pytest.mark.parametrize("changed", ["settings", "kind", "data", "base"])
def test_a_folder_of_another_training_is_refused(changed, data, base, tmp_path, capsys):
    out, flags = tmp_path / "rm", []
    trained(data, base, out)
    before = (out / WEIGHTS_FILE).read_bytes(), (out / TRAINING_FILE).read_bytes()
    if changed == "settings":
        flags = ["--learning-rate", "0.5"]
    elif changed == "kind":
        flags = ["--kind", "implicit"]
    elif changed == "data":
        data.write_bytes(to_lines(ROWS[:2]))
    else:
        base = tiny_base(tmp_path / "other")
    assert trained(data, base, out, *flags) == 2
    assert "a training of other settings" in capsys.readouterr().err
    assert ((out / WEIGHTS_FILE).read_bytes(), (out / TRAINING_FILE).read_bytes()) == before


@KINDS
def test_data_without_a_value_is_refused(kind, base, tmp_path, capsys):
    data = tmp_path / "values.jsonl"
    data.write_bytes(to_lines([row([None], "move up")]))
    assert trained(data, base, tmp_path / "rm", "--kind", kind) == 2
    assert "nothing to learn from" in capsys.readouterr().err


def test_missing_data_is_an_error_that_says_how_to_make_it(base, tmp_path, capsys):
    assert trained(tmp_path / "none.jsonl", base, tmp_path / "rm") == 2
    assert "python -m rewards extract" in capsys.readouterr().err


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(data, base, tmp_path):
    found = []
    for name, seed in (("a", "0"), ("b", "0"), ("c", "1")):
        trained(data, base, tmp_path / name, "--seed", seed)
        found.append(load_file(tmp_path / name / WEIGHTS_FILE))
    first, same, other = found
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_every_field_of_the_recipe_has_a_flag(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = capsys.readouterr().out
    for name in Recipe.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in shown


def test_causal_attention_is_that_of_torch_in_its_values_and_gradients():
    from rewards.backbone.attention import BLOCK, causal_attention

    torch.manual_seed(0)
    rows = 2 * BLOCK + 7
    made = [torch.randn(1, heads, rows, 16, dtype=torch.float64) for heads in (6, 2, 2)]
    ours = [tensor.clone().requires_grad_() for tensor in made]
    torchs = [tensor.clone().requires_grad_() for tensor in made]
    found, _ = causal_attention(torch.nn.Identity(), *ours, None, scaling=0.25)
    expected = torch.nn.functional.scaled_dot_product_attention(
        *torchs, is_causal=True, enable_gqa=True
    ).transpose(1, 2)
    torch.testing.assert_close(found, expected)
    weights = torch.randn_like(expected)
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    for one, other in zip(ours, torchs, strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_updates_too_small_for_bfloat16_add_up():
    from rewards.backbone.optimiser import MasterAdamW

    model = torch.nn.Linear(1, 1, bias=False, dtype=torch.bfloat16)
    model.weight.data.fill_(1.0)
    optimiser = MasterAdamW(model, head_rate=1.0)
    for _ in range(40):
        model.weight.grad = torch.ones_like(model.weight)
        optimiser.step(1e-3, 1)
    assert model.weight.item() == pytest.approx(0.96, abs=0.004)
