"""Conversations as whole prompts, laid out here: for servers that lack a model's chat template."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from agentrm_envs.chat import Message


class Layout:
    """The chat template in the folder of a tokenizer."""

    def __init__(self, folder: Path) -> None:
        # Servers that lay prompts out themselves are asked without torch and transformers.
        from rewards.backbone.conversation import ConversationTokens
        from rewards.backbone.loading import chat_tokenizer

        tokenizer = chat_tokenizer(folder)
        content = f"{tokenizer.chat_template}\0{tokenizer.bos_token}\0{tokenizer.eos_token}"
        self.checksum = hashlib.sha256(content.encode()).hexdigest()
        self._conversation = ConversationTokens(tokenizer)
        closing = self._conversation.closing
        ends = {tokenizer.eos_token, None if closing is None else tokenizer.decode([closing])}
        self.stop = sorted(end for end in ends if end)
        """What ends a reply."""
        # Servers put the token that begins a text before a prompt, as this tokenizer does.
        begins = tokenizer.bos_token_id in tokenizer("").input_ids
        self._beginning = tokenizer.bos_token if begins else ""

    def prompt(self, messages: Sequence[Message]) -> str:
        """The conversation followed by the opening of the assistant's next message."""
        return self._conversation.reply_text(messages).removeprefix(self._beginning)
