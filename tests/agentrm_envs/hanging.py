"""A story that hangs at a command that begins with an h, and Jericho's environment for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agentrm_envs import EnvSpec
from agentrm_envs.jericho.env import JerichoEnv

SPEC = EnvSpec("tests.agentrm_envs.hanging:HangingEnv", "agentrm/Hanging-v0", 9)
_GLOBALS, _OBJECTS, _DICTIONARY, _CODE, _END = 0xA0, 0x280, 0x300, 0x310, 0x340
_BUFFER = 0x40
_PROGRAM = (
    b"\xe2\x17\x00\x40\x01\x00"  # empty the buffer
    b"\xe4\x0f\x00\x40\x00\x00\x10"  # read a command into the buffer
    b"\xd0\x1f\x00\x40\x02\x10"  # take its first character
    b"\x41\x10\x68\xc5"  # where it is an h, go to the last instruction
    b"\x8c\xff\xe8"  # else go back to the first
    b"\x8c\xff\xff"  # go to this instruction
)


class HangingEnv(JerichoEnv):
    """Plays the story file that a task's id names; there is nothing to reach in it."""

    def _find(self, task_id: str) -> Any:
        return {"story": task_id, "goal": "Wait.", "subgoals": ["This is never told."]}


def write(file: Path) -> Path:
    """Write the story, of version 5 and without a word in it."""
    memory = bytearray(_END)
    words = {
        0x04: _CODE,  # where high memory begins
        0x06: _CODE,  # the first instruction
        0x08: _DICTIONARY,
        0x0A: _OBJECTS,
        0x0C: _GLOBALS,
        0x0E: _DICTIONARY,  # where static memory begins
        0x1A: _END // 4,  # the file's length
    }
    memory[0] = 5
    for at, word in words.items():
        memory[at : at + 2] = word.to_bytes(2, "big")
    memory[_BUFFER] = 80  # characters that a command may have
    memory[_DICTIONARY + 1] = 9  # the length of an entry, of which there is none
    memory[_CODE : _CODE + len(_PROGRAM)] = _PROGRAM
    memory[0x1C:0x1E] = (sum(memory[_BUFFER:]) % 0x10000).to_bytes(2, "big")
    file.write_bytes(memory)
    return file
