"""Learning from demonstrations, with a random tiny model as the base."""

import asyncio
import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

import jsonlines  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

from agentrm_envs import Task, make, tasks  # noqa: E402
from agentrm_envs.errors import NoPlan  # noqa: E402
from harness import sft  # noqa: E402
from harness.policy.registry import load as load_policy  # noqa: E402
from harness.sft import DEMONSTRATIONS_FILE, demonstrate, rows  # noqa: E402
from rewards.backbone.adapters import WEIGHTS_FILE  # noqa: E402
from rewards.backbone.training import (  # noqa: E402
    CHECKPOINT_FILE,
    LOSSES_FILE,
    TRAINING_FILE,
    Recipe,
)
from tests.tiny_model import STOP, killed_once_there, one_thread, tiny_base  # noqa: E402

# Said by peft of transformers' next version, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def tokenizer(base):
    return AutoTokenizer.from_pretrained(base)


def arguments(base, out, *flags):
    chosen = ["--tasks", "maze", "--limit", "3", "--base", base, "--out", out]
    return list(map(str, [*chosen, *flags]))


def taught(base, out, *flags):
    return sft.main(arguments(base, out, *flags))


def losses(out):
    return [json.loads(line)["loss"] for line in (out / LOSSES_FILE).read_text().splitlines()]


def written(path, *demonstrations):
    """Demonstrations as a file: conversations, and which replies are to be learned."""
    with jsonlines.open(path, "w") as lines:
        for messages, learn in demonstrations:
            lines.write({"messages": messages, "learn": learn})
    return path


def said(*replies):
    """A conversation with these replies, each but the last answered."""
    messages = [{"role": "system", "content": "Walk."}, {"role": "user", "content": "Begin."}]
    for reply in replies:
        messages.append({"role": "assistant", "content": reply})
        messages.append({"role": "user", "content": f"Heard {reply}."})
    return messages[:-1]


def learned_text(row, tokenizer):
    """The runs of learned tokens as text."""
    runs, before = [], False
    for token, learned in zip(row.ids, row.learned, strict=True):
        if learned:
            runs = [*runs[:-1], [*runs[-1], token]] if before else [*runs, [token]]
        before = learned
    return [tokenizer.decode(run) for run in runs]


def test_an_expert_without_noise_demonstrates_a_solution():
    [task, *_] = tasks("maze", "train")
    shown = demonstrate(task, noise=0.0, seed=0)
    assert shown.score == 1.0
    assert all(shown.learn)
    assert shown.messages[-1]["role"] == "assistant"
    assert sum(message["role"] == "assistant" for message in shown.messages) == len(shown.learn)


def test_random_actions_are_not_to_be_learned_and_what_mends_them_is():
    """Each action that is to be learned is what the expert does where it is said."""
    shown = [demonstrate(task, noise=0.3, seed=0) for task in tasks("maze", "train")[:8]]
    assert not all(all(each.learn) for each in shown)
    assert any(any(each.learn) for each in shown)
    assert all(not any(demonstrate(each.task, noise=1.0, seed=0).learn) for each in shown)
    for each in shown:
        env = make("maze", split="train")
        env.reset(options={"task": each.task.id})
        replies = [m["content"] for m in each.messages if m["role"] == "assistant"]
        for reply, learned in zip(replies, each.learn, strict=True):
            action = reply.removeprefix("Action: ")
            if learned:
                way = len(sft.expert("maze")(env))
            env.step(action)
            if learned and way > 1:
                assert len(sft.expert("maze")(env)) == way - 1


def test_the_same_seed_gives_the_same_demonstration():
    [task, *_] = tasks("maze", "train")
    one, same, other = (demonstrate(task, noise=0.5, seed=seed) for seed in (3, 3, 4))
    assert one == same != other


def test_a_demonstration_ends_where_the_expert_finds_no_way_on(monkeypatch):
    calls = []

    def plan(env):
        calls.append(env)
        if len(calls) > 1:
            raise NoPlan("there is no way from here")
        return ["move up"] * 15

    monkeypatch.setattr(sft, "expert", lambda name: plan)
    [task, *_] = tasks("maze", "train")
    shown = next(
        shown for seed in range(99) if len(shown := _shown(task, seed, calls).learn) in range(2, 15)
    )
    assert len(calls) == 2
    assert shown[-1] is False


def _shown(task: Task, seed: int, calls: list):
    calls.clear()
    return demonstrate(task, noise=0.3, seed=seed)


def test_the_loss_is_on_completions_and_their_end_only(tmp_path, tokenizer):
    path = written(tmp_path / "d.jsonl", (said("Action: move up", "Action: move left"), [1, 1]))
    [row] = rows(path, tokenizer, max_tokens=4096)
    expected = [f"Action: move up{STOP}", f"Action: move left{STOP}"]
    assert learned_text(row, tokenizer) == expected
    assert "Heard Action: move up." in tokenizer.decode(row.ids)


def test_random_replies_are_read_but_not_learned(tmp_path, tokenizer):
    path = written(tmp_path / "d.jsonl", (said("one", "two", "three"), [True, False, True]))
    [row] = rows(path, tokenizer, max_tokens=4096)
    assert learned_text(row, tokenizer) == [f"one{STOP}", f"three{STOP}"]
    assert f"two{STOP}" in tokenizer.decode(row.ids)


def test_a_reply_cannot_end_its_message_itself(tmp_path, tokenizer):
    path = written(tmp_path / "d.jsonl", (said(f"one{STOP}\n<|im_start|>user\ntwo"), [True]))
    [row] = rows(path, tokenizer, max_tokens=4096)
    assert [row.ids[i] for i, yes in enumerate(row.learned) if yes].count(
        tokenizer.eos_token_id
    ) == 1


def test_long_demonstrations_are_cut(tmp_path, tokenizer):
    path = written(tmp_path / "d.jsonl", (said("one", "two"), [True, True]))
    [whole] = rows(path, tokenizer, max_tokens=4096)
    [cut] = rows(path, tokenizer, max_tokens=30)
    assert (cut.ids, cut.learned) == (whole.ids[:30], whole.learned[:30])


def test_what_is_learned_of_real_demonstrations_is_the_actions_said(base, tmp_path, tokenizer):
    taught(base, tmp_path)
    path = tmp_path / DEMONSTRATIONS_FILE
    with jsonlines.open(path) as lines:
        demonstrations = list(lines)
    assert len(demonstrations) == 3
    for row, shown in zip(rows(path, tokenizer, 4096), demonstrations, strict=True):
        replies = [m["content"] for m in shown["messages"] if m["role"] == "assistant"]
        expected = [
            f"{reply}{STOP}"
            for reply, wanted in zip(replies, shown["learn"], strict=True)
            if wanted
        ]
        assert learned_text(row, tokenizer) == expected


def test_the_adapter_is_a_policy(base, tmp_path):
    out = tmp_path / "policy"
    assert taught(base, out, "--epochs", "2", "--batch", "2") == 0
    assert len(losses(out)) == 3
    [task, *_] = tasks("maze", "train")
    shown = sft.Trajectory(task, "Reach the goal.", "You are at 1, 1.")
    policy = load_policy(f"hf:{out}", seed=0)
    actions = asyncio.run(policy.propose(shown, 2, temperature=1.0))
    assert len(actions) == 2
    assert all(action.completion for action in actions)


def test_demonstrations_of_others_are_learned_where_they_say_so(base, tmp_path, tokenizer):
    turns = [("human", "Walk.", None), ("gpt", "OK", False), ("human", "Begin.", None)]
    turns += [("gpt", "one", False), ("human", "Heard.", None), ("gpt", "two", True)]
    names = ("from", "value", "loss")
    item = {
        "item_id": "w_1",
        "conversations": [dict(zip(names, turn, strict=True)) for turn in turns],
    }
    data, out = tmp_path / "theirs.json", tmp_path / "policy"
    data.write_text(json.dumps([item]))
    [row] = rows(data, tokenizer, 4096)
    assert learned_text(row, tokenizer) == [f"two{STOP}"]
    assert f"one{STOP}" in tokenizer.decode(row.ids)
    assert sft.main(["--data", str(data), "--base", str(base), "--out", str(out)]) == 0
    assert len(losses(out)) == 1
    assert not (out / DEMONSTRATIONS_FILE).exists()


def test_tasks_to_demonstrate_and_demonstrations_exclude_each_other(base, tmp_path, capsys):
    assert taught(base, tmp_path / "out", "--data", "some.jsonl") == 2
    assert "give one" in capsys.readouterr().err


def test_all_weights_can_be_trained(base, tmp_path):
    out = tmp_path / "policy"
    assert taught(base, out, "--rank", "0", "--batch", "1") == 0
    [task, *_] = tasks("maze", "train")
    shown = sft.Trajectory(task, "Reach the goal.", "You are at 1, 1.")
    [action] = asyncio.run(load_policy(f"hf:{out}", seed=0).propose(shown, 1, temperature=1.0))
    assert action.completion


def test_a_repeated_demonstration_is_learned(base, tmp_path):
    """Of about seven nats a token, those of a random model, a fraction of one is left."""
    flags = ["--limit", "1", "--epochs", "40", "--learning-rate", "1e-2", "--batch", "1"]
    taught(base, tmp_path, *flags)
    assert losses(tmp_path)[0] > 4
    assert losses(tmp_path)[-1] < 0.3


def test_an_adapter_can_be_taught_more(base, tmp_path):
    """It begins as good as it was, and with `--layers` keeps its lower ones."""
    first, more = tmp_path / "first", tmp_path / "more"
    flags = ["--limit", "1", "--batch", "1", "--learning-rate", "1e-2"]
    taught(base, first, *flags, "--epochs", "40")
    taught(base, more, *flags, "--start", first, "--layers", "1")
    assert losses(more)[0] < 0.5 < losses(first)[0]
    one, other = (load_file(out / WEIGHTS_FILE) for out in (first, more))
    changed = {name for name in one if not torch.equal(one[name], other[name])}
    assert changed
    assert all(".layers.1." in name for name in changed)
    assert "start_sha256" in json.loads((more / TRAINING_FILE).read_text())


def test_a_training_killed_after_a_checkpoint_ends_as_if_it_never_was(base, tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    flags = ["--epochs", "40", "--batch", "1", "--checkpoint-every", "7"]
    killed_once_there("harness.sft", arguments(base, killed, *flags), killed / CHECKPOINT_FILE)
    assert (killed / CHECKPOINT_FILE).exists()
    assert not (killed / WEIGHTS_FILE).exists()
    with one_thread():
        assert taught(base, killed, *flags) == 0
        assert taught(base, whole, *flags) == 0
    assert losses(killed) == losses(whole)
    one, other = (load_file(out / WEIGHTS_FILE) for out in (killed, whole))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_finished_training_is_not_made_again(base, tmp_path):
    taught(base, tmp_path)
    (tmp_path / WEIGHTS_FILE).write_bytes(b"kept")
    assert taught(base, tmp_path) == 0
    assert (tmp_path / WEIGHTS_FILE).read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--rank", "4"], "a training of other settings: recipe"),
        (["--limit", "2"], "demonstrations of other settings: tasks"),
        (["--noise", "0.5"], "demonstrations of other settings: noise"),
    ],
)
def test_a_folder_of_another_training_is_refused(flags, message, base, tmp_path, capsys):
    taught(base, tmp_path)
    before = (tmp_path / WEIGHTS_FILE).read_bytes()
    assert taught(base, tmp_path, *flags) == 2
    assert message in capsys.readouterr().err
    assert (tmp_path / WEIGHTS_FILE).read_bytes() == before


def test_an_unknown_environment_is_refused(base, tmp_path, capsys):
    assert taught(base, tmp_path / "out", "--tasks", "mase") == 2
    assert "did you mean 'maze'" in capsys.readouterr().err


def test_every_field_of_the_recipe_has_a_flag(capsys):
    with pytest.raises(SystemExit):
        sft.main(["--help"])
    shown = capsys.readouterr().out
    for name in Recipe.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in shown


def test_demonstrations_can_be_written_without_a_training(tmp_path):
    out = tmp_path / "demos"
    flags = ["--tasks", "maze", "--limit", "2", "--demonstrate-only", "--out", str(out)]
    assert sft.main(flags) == 0
    assert {file.name for file in out.iterdir()} == {
        DEMONSTRATIONS_FILE,
        "demonstrations.settings.json",
    }
