"""How likely a language model finds what was said in conversations: its own side of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from agentrm_envs.chat import Message
from rewards.backbone.conversation import ConversationTokens
from rewards.backbone.engine import Engine, padded_rows
from rewards.backbone.prefix_cache import CachedSegment
from rewards.batching import portions

_ROWS = 256
"""Tokens whose chances are worked out at once: each has a number for the whole vocabulary."""
_WORDS = 1_024
"""Words of the vocabulary whose weights are made float32 at once: they stay in a core's cache,
which makes it four times as quick as all at once (16 tokens, a vocabulary of 49,152)."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of one assistant message, given all before it."""

    log_prob: float
    """The sum over its tokens, the one that ends it included, in nats: 0 or less."""
    tokens: int


def action_logprobs(
    engine: Engine,
    head: torch.nn.Module,
    conversation: ConversationTokens,
    calls: Sequence[Sequence[Sequence[Message]]],
) -> tuple[list[list[list[Likelihood]]], list[int]]:
    """For each call's conversations a likelihood for each assistant message, in their order.

    Also how many tokens each call had to read. What was read or worked out before is taken
    from the prefix cache; conversations of one call share passes (see `Engine.read`).
    """
    ends, read = engine.read([[conversation.read_path(m) for m in call] for call in calls])
    actions = [
        [_actions(end, conversation.said(m)) for end, m in zip(nodes, call, strict=True)]
        for nodes, call in zip(ends, calls, strict=True)
    ]
    for call in actions:  # a call's numbers do not depend on the calls beside it
        _work_out(head, [action for own in call for action in own])
    return [[[_likelihood(action) for action in own] for own in call] for call in actions], read


@dataclass(frozen=True, slots=True)
class _Action:
    node: CachedSegment
    said: range
    """Which of its tokens the model says."""


def _actions(end: CachedSegment, said: Sequence[range]) -> list[_Action]:
    nodes = end.path()[1:]
    return [_Action(node, own) for node, own in zip(nodes, said, strict=True) if own]


def _likelihood(action: _Action) -> Likelihood:
    assert action.node.log_prob is not None
    return Likelihood(action.node.log_prob, len(action.said))


def _work_out(head: torch.nn.Module, actions: Sequence[_Action]) -> None:
    """Give each node that lacks it the log-probability of its tokens, many nodes at once."""
    new = list({id(a.node): a for a in actions if a.node.log_prob is None}.values())
    for batch in portions(new, lambda action: len(action.said), _ROWS):
        rows = torch.cat([_before(action) for action in batch])
        ids = torch.tensor([action.node.segment[i] for action in batch for i in action.said])
        padding = padded_rows(len(ids)) - len(ids)
        with torch.inference_mode():
            each = token_logprobs(
                head,
                torch.nn.functional.pad(rows, (0, 0, 0, padding)),
                torch.nn.functional.pad(ids, (0, padding)),
            )[: len(ids)]
        at = 0
        for action in batch:
            action.node.log_prob = float(each[at : at + len(action.said)].double().sum())
            at += len(action.said)


def token_logprobs(head: torch.nn.Module, hidden: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Of each token after the hidden state beside it, in nats: (tokens,).

    In float32: bfloat16 rounds a logit of 16 to eighths, which is much beside what two adapters
    differ by.
    """
    weight: torch.Tensor = head.weight  # type: ignore[assignment]
    rows = hidden.float()
    parts = [torch.nn.functional.linear(rows, part.float()) for part in torch.split(weight, _WORDS)]
    return -torch.nn.functional.cross_entropy(torch.cat(parts, -1), ids, reduction="none")


def _before(action: _Action) -> torch.Tensor:
    """The hidden states from which the tokens are predicted: each that of the token before."""
    node, said = action.node, action.said
    assert node.parent is not None
    assert node.hidden is not None
    own = node.hidden[max(0, said.start - 1) : said.stop - 1]
    return own if said.start else torch.cat([node.parent.last_hidden[None], own])
