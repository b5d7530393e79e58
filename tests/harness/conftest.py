"""The toy environment is there in every test of the harness."""

import tests.toys  # noqa: F401  (registers it)
