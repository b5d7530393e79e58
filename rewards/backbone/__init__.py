"""The language model below policies and reward models: weights, prefix cache, batched reading."""

import os

# Before the first import of torch: threads that spin while they wait for each other make a
# machine whose cores are shared ten times slower (docs/performance.md).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
