"""The number type of language models: by the processor, or as the environment says."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from harness import manifest  # noqa: E402
from rewards.backbone import arithmetic  # noqa: E402
from rewards.backbone.language_model import shared  # noqa: E402
from rewards.errors import BadSetting  # noqa: E402
from tests.tiny_model import tiny_base  # noqa: E402


@pytest.fixture(autouse=True)
def not_named(monkeypatch):
    monkeypatch.delenv(arithmetic.VARIABLE, raising=False)


@pytest.mark.parametrize(("able", "chosen"), [(True, torch.bfloat16), (False, torch.float32)])
def test_bfloat16_is_for_processors_that_multiply_it(able, chosen, monkeypatch):
    monkeypatch.setattr(arithmetic, "multiplies_bfloat16", lambda: able)
    assert arithmetic.number_type() is chosen


def test_the_processor_says_whether_it_multiplies_bfloat16():
    listed = Path("/proc/cpuinfo")
    flags = listed.read_text(encoding="utf-8") if listed.exists() else ""
    if "avx" not in flags:
        pytest.skip("not a Linux machine on x86")
    able = "avx512_bf16" in flags or "amx_bf16" in flags
    assert arithmetic.multiplies_bfloat16() is able


def test_the_environment_names_the_type(monkeypatch):
    for name, dtype in arithmetic.TYPES.items():
        monkeypatch.setenv(arithmetic.VARIABLE, name)
        assert arithmetic.number_type() is dtype
        assert arithmetic.described().startswith(f"{name} ")


def test_a_type_that_there_is_not_is_refused(monkeypatch):
    monkeypatch.setenv(arithmetic.VARIABLE, "int4")
    with pytest.raises(BadSetting, match="AGENTRM_DTYPE must be one of bfloat16, float32"):
        arithmetic.number_type()


@pytest.mark.parametrize("name", sorted(arithmetic.TYPES))
def test_a_model_in_bfloat16_is_loaded_as_the_type_says(name, tmp_path, monkeypatch):
    monkeypatch.setenv(arithmetic.VARIABLE, name)
    folder = tiny_base(tmp_path)
    transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).save_pretrained(
        folder
    )
    assert next(shared(folder).model.parameters()).dtype is arithmetic.TYPES[name]


def test_a_manifest_says_what_was_computed_in(monkeypatch):
    monkeypatch.setenv(arithmetic.VARIABLE, "float32")
    assert manifest.versions()["arithmetic"] == arithmetic.described()
