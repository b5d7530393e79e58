#!/usr/bin/env bash
# The training command of the paper's repository: the reward model on the combined states.
set -euo pipefail
exec "${PYTHON:-python}" -m rewards train --data "${DATA:-samples_all/values.jsonl}" \
    --out "${OUT:-models/reward_regression_all}" "$@"
