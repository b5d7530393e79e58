"""Policies: what proposes the next actions."""

from harness.policy.core import Policy

__all__ = ["Policy"]
