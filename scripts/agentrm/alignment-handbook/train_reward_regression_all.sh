#!/usr/bin/env bash
# As the paper's repository has it: run from this folder, on what lies in the one above.
set -euo pipefail
script="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/train_reward_regression_all.sh"
cd ..
exec bash "$script" "$@"
