"""Which folder a name stands for."""

import pytest

pytest.importorskip("huggingface_hub")

from rewards import chat_registry
from rewards.backbone.chat import folder_of
from rewards.backbone.model_folder import model_folder
from rewards.chat_registry import CHAT_MODELS
from rewards.errors import BadModel
from rewards.factories import ModelRequest, UnknownModel


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """A model in the hub's cache, as `hf download somebody/tiny` leaves it."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    model = tmp_path / "models--somebody--tiny"
    snapshot = model / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("0" * 40)
    return snapshot


def test_a_folder_is_itself_and_a_name_is_what_the_hub_s_cache_has(tmp_path, cached):
    assert model_folder(str(tmp_path)) == tmp_path
    assert model_folder("somebody/tiny") == cached
    assert folder_of(ModelRequest("somebody/tiny")) == cached
    for name in ("somebody/other", "/no/such/folder", "no such name"):
        assert model_folder(name) is None
        with pytest.raises(BadModel, match="`hf download NAME` put in the hub's cache, not "):
            folder_of(ModelRequest(name))


def test_the_path_of_a_folder_alone_is_a_chat_model(tmp_path, monkeypatch):
    monkeypatch.setitem(CHAT_MODELS.table, "hf", f"{__name__}:argument_of")
    assert chat_registry.load(str(tmp_path)) == str(tmp_path)
    assert chat_registry.load("no/such") == chat_registry.load("hf:no/such") == "no/such"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "judge").mkdir()
    assert chat_registry.load("judge") == "judge"
    with pytest.raises(UnknownModel, match="did you mean 'embedded'"):
        chat_registry.load("embeded")


def argument_of(request):
    return request.argument
