"""The toy environment is there in every test of the harness, and a cluster obeys only them."""

import os
import secrets

import tests.toys  # noqa: F401  (registers it)

# Ray reads them when it is imported, wherever that is first.
os.environ["RAY_AUTH_MODE"] = "token"
os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
# Beside other tests they would wait for minutes.
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112  (that is its name)
