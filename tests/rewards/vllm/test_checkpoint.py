"""The whole models that are made of adapters for vLLM, as transformers reads them."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
peft = pytest.importorskip("peft")

from safetensors.torch import load_file, save_file  # noqa: E402

from rewards.backbone.arithmetic import training_type  # noqa: E402
from rewards.backbone.beginning import with_lora  # noqa: E402
from rewards.backbone.training import Recipe  # noqa: E402
from rewards.errors import BadModel  # noqa: E402
from rewards.vllm.checkpoint import language_model, reward_model  # noqa: E402
from tests.tiny_model import tiny_base  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing")
IDS = torch.arange(3, 40)[None]


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("AGENTRM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("base"))


def adapted(base, folder, build, **flags):
    """An adapter's folder, and the model that PEFT itself makes of it."""
    model = with_lora(build(), Recipe(rank=2), **flags)
    for number, parameter in enumerate(p for p in model.parameters() if p.requires_grad):
        torch.nn.init.normal_(parameter, std=0.3, generator=torch.manual_seed(number))
    model.peft_config["default"].base_model_name_or_path = str(base)
    model.save_pretrained(folder)
    return folder, peft.PeftModel.from_pretrained(build(), folder).eval()


@pytest.fixture
def policy(base, tmp_path):
    build = transformers.AutoModelForCausalLM.from_pretrained
    return adapted(base, tmp_path / "policy", lambda: build(base), task_type="CAUSAL_LM")


@pytest.fixture
def reward(base, tmp_path):
    build = transformers.AutoModelForSequenceClassification.from_pretrained
    return adapted(
        base,
        tmp_path / "reward",
        lambda: build(base, num_labels=1),
        task_type="SEQ_CLS",
        keep=["score"],
    )


def outputs(model):
    with torch.no_grad():
        return model.float()(input_ids=IDS).logits


def test_a_policy_s_adapter_becomes_the_model_that_it_makes(policy, base):
    folder, expected = policy
    whole = transformers.AutoModelForCausalLM.from_pretrained(language_model(folder))
    assert whole.dtype == training_type()
    difference = (outputs(whole) - outputs(expected)).abs().max()
    plain = transformers.AutoModelForCausalLM.from_pretrained(base)
    assert difference < 0.1 * (outputs(plain) - outputs(expected)).abs().max()


def test_with_a_gpu_a_merged_model_is_bfloat16_whatever_the_processor_has(policy, monkeypatch):
    monkeypatch.delenv("AGENTRM_DTYPE", raising=False)
    monkeypatch.setattr("rewards.backbone.arithmetic.multiplies_bfloat16", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    folder, _ = policy
    [weights] = language_model(folder).glob("*.safetensors")
    assert {tensor.dtype for tensor in load_file(weights).values()} == {torch.bfloat16}


def test_a_reward_model_s_adapter_keeps_its_head(reward):
    folder, expected = reward
    whole = reward_model(folder)
    head = expected.base_model.model.score.modules_to_save["default"].weight
    assert torch.equal(load_file(whole / "model.safetensors")["score.weight"], head)
    build = transformers.AutoModelForSequenceClassification.from_pretrained
    assert outputs(build(whole)).item() == pytest.approx(outputs(expected).item(), abs=0.05)


def test_a_merged_model_is_made_once(policy, cache):
    folder, _ = policy
    whole = language_model(folder)
    before = {file.name: file.stat().st_mtime_ns for file in whole.iterdir()}
    assert language_model(folder) == whole
    assert {file.name: file.stat().st_mtime_ns for file in whole.iterdir()} == before
    assert [path.name for path in (cache / "merged").iterdir()] == [whole.name]


def test_another_adapter_makes_another_model(policy):
    folder, _ = policy
    whole = language_model(folder)
    weights = folder / "adapter_model.safetensors"
    save_file({name: 2 * tensor for name, tensor in load_file(weights).items()}, weights)
    assert language_model(folder) != whole


def test_a_whole_model_is_taken_as_it_is(base):
    assert language_model(base) == base


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(BadModel, match="is not a causal language model"):
        language_model(tmp_path)
    with pytest.raises(BadModel, match="holds no model"):
        reward_model(tmp_path)


def test_what_has_no_head_is_no_reward_model(policy, base):
    folder, _ = policy
    for each in (folder, base):
        with pytest.raises(BadModel, match="no scalar head"):
            reward_model(each)


def test_a_merge_that_fails_leaves_nothing(policy, cache, monkeypatch):
    folder, _ = policy

    def full(fresh, whole):
        raise OSError("No space left on device")

    monkeypatch.setattr("rewards.vllm.checkpoint.publish", full)
    with pytest.raises(OSError, match="No space left"):
        language_model(folder)
    assert list((cache / "merged").iterdir()) == []
