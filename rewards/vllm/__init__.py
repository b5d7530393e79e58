"""Policies, judges and explicit reward models that vLLM computes in this machine."""

import os

# Before the first import of vLLM, which reads them: threads as in rewards.backbone, standard
# output left to the command that runs, no news of the details of start-up, no statistics sent
# to vLLM's makers, and processes that do not begin as copies of this one with its threads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
