"""What is loaded, what is refused, and what names it."""

import json
import shutil

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from rewards.backbone.adapters import CONFIG_FILE, WEIGHTS_FILE, read_adapter  # noqa: E402
from rewards.backbone.base import embedded_folder  # noqa: E402
from rewards.backbone.beginning import begun_at, with_lora  # noqa: E402
from rewards.backbone.conversation import ConversationTokens  # noqa: E402
from rewards.backbone.language_model import (  # noqa: E402
    EMBEDDED_NAME,
    base_folder,
    model_checksum,
    stop_tokens,
)
from rewards.backbone.loading import check_supported, load_causal  # noqa: E402
from rewards.backbone.training import Fit, Recipe  # noqa: E402
from rewards.errors import BadModel, BadSetting  # noqa: E402
from tests.tiny_model import CHATML, random_adapter, tiny_base, tiny_tokenizer  # noqa: E402

# Said by peft of transformers' next version, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning")


@pytest.fixture
def base(tmp_path):
    return tiny_base(tmp_path / "base")


@pytest.fixture
def adapter(base, tmp_path):
    return random_adapter(base, tmp_path / "adapter")


def changed(file, **values):
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model_type": "gemma2"}, "is a gemma2 model; the built-in engine computes llama, "),
        ({"model_type": "mistral", "sliding_window": 8}, "sliding window"),
        ({"model_type": "qwen2", "use_sliding_window": True, "sliding_window": 8}, "sliding"),
    ],
)
def test_a_model_that_this_engine_computes_otherwise_is_refused(base, settings, said):
    changed(base / "config.json", **settings)
    with pytest.raises(BadModel, match=said):
        check_supported(base)


@pytest.mark.parametrize("settings", [{}, {"model_type": "qwen2", "sliding_window": 8}])
def test_a_model_that_it_computes_is_taken(base, settings):
    """Qwen 2's configs name a window that is not in use."""
    changed(base / "config.json", **settings)
    check_supported(base)


def test_pickled_weights_and_code_of_the_folder_are_never_loaded(base, tmp_path):
    state = {"weight": torch.zeros(1)}
    (base / "model.safetensors").unlink()
    torch.save(state, base / "pytorch_model.bin")
    with pytest.raises(BadModel, match="no language model that can be loaded"):
        load_causal(base)
    ran = tmp_path / "ran"
    (base / "evil.py").write_text(f"open({str(ran)!r}, 'w')")
    changed(base / "config.json", auto_map={"AutoConfig": "evil.C"}, model_type="evil")
    with pytest.raises(BadModel):
        load_causal(base)
    assert not ran.exists()


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_files_that_were_cut_off_are_told(base, file):
    content = (base / file).read_bytes()
    (base / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(BadModel, match=str(base)):
        load_causal(base)


@pytest.mark.parametrize("file", [CONFIG_FILE, WEIGHTS_FILE])
def test_so_are_those_of_an_adapter(adapter, file):
    content = (adapter / file).read_bytes()
    (adapter / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(BadModel, match=str(adapter)):
        read_adapter(adapter)


@pytest.mark.parametrize("settings", [{"r": 0}, {"peft_type": "IA3"}])
def test_an_adapter_of_another_kind_is_refused(adapter, settings):
    changed(adapter / CONFIG_FILE, **settings)
    with pytest.raises(BadModel, match=str(adapter)):
        read_adapter(adapter)


def test_an_adapter_whose_base_is_gone_is_refused_and_not_read_over_another(base, adapter):
    assert base_folder(read_adapter(adapter)) == base
    shutil.rmtree(base)
    with pytest.raises(BadModel, match="neither a folder here nor in the hub"):
        base_folder(read_adapter(adapter))


@pytest.mark.parametrize("name", [EMBEDDED_NAME, f"/gone/{embedded_folder().name}"])
def test_the_embedded_base_is_known_by_its_names(adapter, name, monkeypatch):
    changed(adapter / CONFIG_FILE, base_model_name_or_path=name)
    monkeypatch.setattr("rewards.backbone.language_model.embedded_base", lambda: "embedded")
    assert base_folder(read_adapter(adapter)) == "embedded"


def test_an_adapters_checksum_names_its_base_too(base, adapter):
    before = model_checksum(adapter)
    model = load_causal(base)
    model.get_input_embeddings().weight.data *= 2
    model.save_pretrained(base)
    assert model_checksum(adapter) != before


def test_a_training_does_not_begin_at_an_adapter_of_another_base(base, adapter, tmp_path):
    other = tiny_base(tmp_path / "other")
    recipe = Recipe(rank=2)
    model = with_lora(load_causal(other), recipe, task_type="CAUSAL_LM")
    with pytest.raises(BadSetting, match=f"was trained over {base}, not over {other}"):
        begun_at(adapter, model, recipe, other)


def test_what_ends_a_reply_is_what_the_template_puts_after_it():
    tokenizer = tiny_tokenizer()
    closing = tokenizer.eos_token_id
    tokenizer.eos_token = tokenizer.pad_token  # as base models of many families have it
    conversation = ConversationTokens(tokenizer)
    assert conversation.closing == closing
    assert closing in stop_tokens(tokenizer, None, conversation)
    messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "Action: up"}]
    [_, said] = conversation.said(messages)
    segment = conversation.read_path(messages)[1]
    assert tokenizer.decode(segment[said.start : said.stop]) == "Action: up<|im_end|>"


def test_a_reply_is_whole_where_one_that_is_asked_for_is_opened_with_more():
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = CHATML.replace("assistant\n' }}", "assistant\n<think>\n' }}")
    conversation = ConversationTokens(tokenizer)
    messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "Action: up"}]
    [_, said] = conversation.said(messages)
    segment = conversation.read_path(messages)[1]
    assert tokenizer.decode(segment[said.start : said.stop]) == "Action: up<|im_end|>"


def test_a_conversation_can_be_longer_than_pythons_stack():
    messages = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "a"}] * 700
    assert len(ConversationTokens(tiny_tokenizer()).read_path(messages)) == 1400


@pytest.fixture
def fit(base, tmp_path):
    recipe = Recipe(rank=2, learning_rate=0.0)

    def loss(row):
        return sum(p.sum() for p in model.parameters() if p.requires_grad) * 0, 1

    model = with_lora(load_causal(base), recipe, task_type="CAUSAL_LM")
    return Fit(model, [1], loss, recipe, tmp_path / "out", {})


def test_half_a_saved_model_is_no_finished_training(fit, monkeypatch):
    def killed(folder):
        folder.mkdir()
        (folder / WEIGHTS_FILE).write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fit.model, "save_pretrained", killed)
        with pytest.raises(KeyboardInterrupt):
            fit.run()
    assert not fit.finished()
    fit.run()
    assert fit.finished()
    assert read_adapter(fit.out).config.r == 2


def test_a_folder_with_a_model_of_another_origin_is_left_as_it_is(fit):
    fit.out.mkdir()
    (fit.out / CONFIG_FILE).write_text("mine")
    with pytest.raises(BadSetting, match="holds a model of another origin"):
        fit.run()
    assert [path.name for path in fit.out.iterdir()] == [CONFIG_FILE]
