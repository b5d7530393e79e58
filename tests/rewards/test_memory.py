"""How much memory the keys and values of what was read may take."""

import pytest

from rewards.backbone import memory
from rewards.errors import BadSetting

GIB = 1 << 30


def test_it_is_a_quarter_of_what_there_is(monkeypatch):
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    monkeypatch.setattr(memory, "memory", lambda: 24 * GIB)
    assert memory.cache_bytes() == 6 * GIB


def test_a_small_machine_has_2_gib(monkeypatch):
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    monkeypatch.setattr(memory, "memory", lambda: 0)
    assert memory.cache_bytes() == 2 * GIB


def test_the_variable_overrules(monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, "0.5")
    assert memory.cache_bytes() == GIB // 2


@pytest.mark.parametrize("wanted", ["much", "0", "-1", "inf", "nan"])
def test_another_value_is_refused(wanted, monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, wanted)
    with pytest.raises(BadSetting, match="AGENTRM_PREFIX_GIB must be a number of GiB"):
        memory.cache_bytes()


def test_a_container_has_less_than_its_machine(tmp_path):
    whole = memory.memory(tmp_path)
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.memory(tmp_path) == whole
    (tmp_path / "memory.max").write_text(f"{GIB}\n")
    assert memory.memory(tmp_path) == min(GIB, whole or GIB)
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text(f"{GIB // 2}\n")
    assert memory.memory(tmp_path) == min(GIB // 2, whole or GIB // 2)
