"""The explicit reward model: its layout, its numbers, and what it refuses."""

from __future__ import annotations

import asyncio
import json
import shutil

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from agentrm_envs import Step, Trajectory, tasks  # noqa: E402
from agentrm_envs.chat import render_scored  # noqa: E402
from rewards.backbone.adapters import read_adapter  # noqa: E402
from rewards.backbone.beginning import with_lora  # noqa: E402
from rewards.backbone.training import Recipe  # noqa: E402
from rewards.errors import BadModel  # noqa: E402
from rewards.explicit import ExplicitReward, load  # noqa: E402
from rewards.factories import ModelRequest  # noqa: E402
from rewards.metering import metered  # noqa: E402
from tests.rewards.walks import walk  # noqa: E402
from tests.tiny_model import tiny_base  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A whole reward model in the ecosystem's layout."""
    base = tiny_base(tmp_path_factory.mktemp("base"))
    out = tmp_path_factory.mktemp("reward")
    torch.manual_seed(1)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    model.save_pretrained(out)
    transformers.AutoTokenizer.from_pretrained(base).save_pretrained(out)
    return out


@pytest.fixture(scope="module")
def walks():
    """Prefixes of walks through two mazes, of every length."""
    return [prefix for task in tasks("maze")[:2] for prefix in walk(task, 6)]


def scores(model, trajectories):
    return asyncio.run(model.score(trajectories))


def copied(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def test_a_value_is_that_of_transformers_own_classifier(folder, walks):
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    got = scores(load(ModelRequest(str(folder))), walks)
    for trajectory, value in zip(walks, got, strict=True):
        messages = [dict(m) for m in render_scored(trajectory)]
        text = tokenizer.apply_chat_template(messages, tokenize=False)
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
        with torch.no_grad():
            expected = model(input_ids=ids).logits[0, 0].item()
        assert value == pytest.approx(expected, abs=1e-4)


def test_batched_single_and_cached_scores_agree(folder, walks):
    together = scores(load(ModelRequest(str(folder))), walks)
    growing = load(ModelRequest(str(folder)))
    one_by_one = [scores(growing, [trajectory])[0] for trajectory in walks]
    again = scores(growing, walks)
    assert one_by_one == pytest.approx(together, abs=1e-4)
    assert again == pytest.approx(together, abs=1e-4)
    assert max(together) - min(together) > 1e-3, "a constant would pass this test"


def test_a_prefix_that_was_scored_is_not_read_again(folder, walks):
    model = load(ModelRequest(str(folder)))
    short, long = walks[3], walks[4]
    with metered() as first:
        scores(model, [short])
    with metered() as second:
        scores(model, [long])
    with metered() as third:
        scores(model, [short, long])
    assert first.rm_tokens > second.rm_tokens > 0 == third.rm_tokens


def test_the_answer_to_the_last_action_is_not_read(folder, walks):
    model = load(ModelRequest(str(folder)))
    last = walks[4]
    told = Step(last.steps[-1].action, "Success, the score is 1.0!", 1.0, True, False, True)
    other = Trajectory(last.task, last.goal, last.observation, (*last.steps[:-1], told))
    assert scores(model, [last]) == scores(model, [other])


def test_no_trajectories_have_no_scores(folder):
    assert scores(load(ModelRequest(str(folder))), []) == []


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing")
def test_an_adapter_s_head_and_matrices_reach_the_numbers(folder, walks, tmp_path):
    """A trained adapter over a base gives the numbers that PEFT itself gives."""
    from peft import PeftModel

    from rewards.backbone.language_model import LanguageModel

    base = tiny_base(tmp_path / "base")
    classifier = transformers.AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    trained = with_lora(classifier, Recipe(rank=2), task_type="SEQ_CLS", keep=["score"])
    for name, parameter in trained.named_parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.3, generator=torch.manual_seed(len(name)))
    trained.save_pretrained(tmp_path / "adapter")
    adapter = read_adapter(tmp_path / "adapter")
    causal = transformers.AutoModelForCausalLM.from_pretrained(base)
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    shared = LanguageModel(causal, tokenizer)
    shared.add(adapter)
    got = scores(ExplicitReward(shared, adapter.name, adapter.head, "x"), walks[:4])
    fresh = transformers.AutoModelForSequenceClassification.from_pretrained(base, num_labels=1)
    whole = PeftModel.from_pretrained(fresh, tmp_path / "adapter").eval()
    for trajectory, value in zip(walks, got, strict=False):
        ids = sum(shared.conversation.read_path(render_scored(trajectory)), ())
        with torch.no_grad():
            expected = whole(input_ids=torch.tensor([ids])).logits[0, 0].item()
        assert value == pytest.approx(expected, abs=1e-4)


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(BadModel, match="is none"):
        load(ModelRequest(str(tmp_path / "nowhere")))
    with pytest.raises(BadModel, match="holds no model"):
        load(ModelRequest(str(tmp_path)))


def test_a_model_without_its_head_is_refused(folder, tmp_path):
    from safetensors.torch import load_file, save_file

    copy = copied(folder, tmp_path)
    tensors = load_file(copy / "model.safetensors")
    tensors.pop("score.weight")
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadModel, match="no scalar head"):
        load(ModelRequest(str(copy)))


def test_a_model_without_its_tokenizer_is_refused(folder, tmp_path):
    copy = copied(folder, tmp_path)
    for file in copy.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(BadModel, match="no tokenizer"):
        load(ModelRequest(str(copy)))


def test_a_tokenizer_without_a_chat_template_is_refused(folder, tmp_path):
    copy = copied(folder, tmp_path)
    (copy / "chat_template.jinja").unlink()
    with pytest.raises(BadModel, match="no chat template"):
        load(ModelRequest(str(copy)))


def test_a_pad_token_that_ends_turns_is_refused(folder, tmp_path):
    copy = copied(folder, tmp_path)
    config = json.loads((copy / "config.json").read_text())
    config["pad_token_id"] = config["eos_token_id"]
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadModel, match="differ from eos_token_id"):
        load(ModelRequest(str(copy)))


def test_an_adapter_without_a_head_is_no_reward_model(tmp_path):
    base = tiny_base(tmp_path / "base")
    causal = transformers.AutoModelForCausalLM.from_pretrained(base)
    with_lora(causal, Recipe(rank=2), task_type="CAUSAL_LM").save_pretrained(tmp_path / "a")
    assert read_adapter(tmp_path / "a").head is None
    with pytest.raises(BadModel, match="no scalar head"):
        load(ModelRequest(str(tmp_path / "a")))
