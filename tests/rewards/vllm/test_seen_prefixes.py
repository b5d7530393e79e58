"""What a call to vLLM is charged for reading, with no vLLM."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from rewards.vllm import seen_prefixes
from rewards.vllm.seen_prefixes import SeenPrefixes

SYSTEM, TASK, ACTION, ANSWER = (1, 2, 3), (4, 5), (6,), (7, 8, 9)


def test_a_message_is_charged_once_in_its_place():
    seen = SeenPrefixes()
    assert seen.read([SYSTEM, TASK, ACTION]) == 3
    assert seen.read([SYSTEM, TASK, ACTION]) == 0
    assert seen.read([SYSTEM, TASK, ACTION, ANSWER]) == 3


def test_the_same_message_elsewhere_is_charged_again():
    seen = SeenPrefixes()
    seen.read([SYSTEM, TASK, ACTION])
    assert seen.read([SYSTEM, ANSWER, ACTION]) == 4


def test_where_messages_part_counts():
    seen = SeenPrefixes()
    seen.read([SYSTEM, (4, 5), (6,)])
    assert seen.read([SYSTEM, (4,), (5, 6)]) == 3


def test_the_first_message_is_charged_to_none_whoever_comes_first():
    both = [SeenPrefixes() for _ in range(2)]
    one, other = [SYSTEM, TASK], [SYSTEM, ANSWER]
    assert (both[0].read(one), both[0].read(other)) == (2, 3)
    assert (both[1].read(other), both[1].read(one)) == (3, 2)


def test_what_has_not_been_used_for_longest_is_forgotten(monkeypatch):
    monkeypatch.setattr(seen_prefixes, "_REMEMBERED", 3)
    seen = SeenPrefixes()
    seen.read([SYSTEM, TASK])
    seen.read([SYSTEM, ACTION])
    seen.read([SYSTEM, TASK])
    seen.read([SYSTEM, ANSWER])
    assert seen.read([SYSTEM, TASK]) == 0
    assert seen.read([SYSTEM, ACTION]) == 1
