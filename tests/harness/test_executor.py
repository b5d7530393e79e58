"""Where to play, as far as no cluster is needed to tell."""

import sys

import pytest

from harness import __main__ as cli
from harness import estimate


@pytest.mark.parametrize("main", [cli.main, estimate.main])
def test_settings_of_ray_need_it(tmp_path, capsys, main):
    flags = ["--policy", "random", "--tasks", "toy", "--out", str(tmp_path / "out")]
    run = [str(tmp_path)] if main is estimate.main else []
    if run:
        assert cli.main([*flags[:4], "--rm", "none", "--out", str(tmp_path)]) == 0
    assert main([*run, *flags, "--ray-address", "127.0.0.1:6379"]) == 2
    assert "need --executor ray" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_ray_the_command_that_installs_it_is_told(tmp_path, capsys, monkeypatch):
    for name in [*sys.modules]:
        if name.partition(".")[0] == "ray" or name.startswith("harness.cluster"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ray", None)
    flags = ["--policy", "random", "--rm", "none", "--tasks", "toy", "--executor", "ray"]
    assert cli.main([*flags, "--out", str(tmp_path / "out")]) == 2
    assert "run `pip install 'agentrm[ray]'`" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
