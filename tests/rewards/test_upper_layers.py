"""Training the last layers of a decoder."""

import pytest

torch = pytest.importorskip("torch", reason="needs `pip install 'agentrm[train]'`")
pytest.importorskip("peft", reason="needs `pip install 'agentrm[train]'`")

from transformers import AutoModelForCausalLM  # noqa: E402

from rewards.backbone.attention import CAUSAL  # noqa: E402
from rewards.backbone.beginning import with_lora  # noqa: E402
from rewards.backbone.training import Recipe  # noqa: E402
from rewards.backbone.upper_layers import UpperLayers, freeze_below  # noqa: E402
from rewards.errors import BadSetting  # noqa: E402
from tests.tiny_model import tiny_base  # noqa: E402

IDS = [5, 9, 2, 7, 7, 3]


@pytest.fixture
def model(tmp_path):
    base = AutoModelForCausalLM.from_pretrained(tiny_base(tmp_path), attn_implementation=CAUSAL)
    made = with_lora(base, Recipe(rank=2), task_type="CAUSAL_LM")
    torch.manual_seed(0)
    for name, parameter in made.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter)
    return made


@pytest.mark.parametrize("layers", [0, 1])
def test_the_hidden_states_are_the_decoder_s(model, layers):
    decoder = model.get_base_model().get_decoder()
    expected = decoder(input_ids=torch.tensor([IDS]), use_cache=False).last_hidden_state[0]
    upper = UpperLayers(decoder, layers)
    for _ in range(2):
        torch.testing.assert_close(upper(IDS), expected)


def test_only_the_last_layers_get_gradients_and_the_lower_ones_run_once(model):
    decoder = model.get_base_model().get_decoder()
    runs = []
    decoder.layers[0].register_forward_hook(lambda *_: runs.append("lower"))
    freeze_below(model, 1)
    upper = UpperLayers(decoder, 1)
    for _ in range(2):
        upper(IDS).sum().backward()
    assert runs == ["lower"]
    grads = {n: p.grad for n, p in model.named_parameters() if ".lora_" in n}
    assert {n for n, g in grads.items() if g is not None} == {n for n in grads if ".layers.1." in n}


def test_more_layers_than_there_are_is_refused(model):
    with pytest.raises(BadSetting, match="2 layers"):
        freeze_below(model, 3)
