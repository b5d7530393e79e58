"""The forty levels that AgentBoard plays, in the order of its table."""

from __future__ import annotations

LEVELS = (
    "GoToRedBallGrey",
    "GoToRedBall",
    "GoToRedBallNoDists",
    "GoToObjS6",
    "GoToLocalS8N7",
    "GoToObjMazeS7",
    "GoToImpUnlock",
    "GoToSeqS5R2",
    "GoToRedBlueBall",
    "GoToDoor",
    "GoToObjDoor",
    "Open",
    "OpenRedDoor",
    "OpenDoorLoc",
    "OpenRedBlueDoorsDebug",
    "OpenDoorsOrderN4Debug",
    "Pickup",
    "UnblockPickup",
    "PickupLoc",
    "PickupDistDebug",
    "PickupAbove",
    "PutNextLocalS6N4",
    "PutNextS7N4Carrying",
    "Unlock",
    "UnlockLocalDist",
    "KeyInBox",
    "UnlockPickupDist",
    "BlockedUnlockPickup",
    "UnlockToUnlock",
    "ActionObjDoor",
    "FindObjS7",
    "KeyCorridorS6R3",
    "OneRoomS20",
    "MoveTwoAcrossS8N9",
    "SynthS5R2",
    "SynthLoc",
    "SynthSeq",
    "MiniBossLevel",
    "BossLevel",
    "BossLevelNoUnlock",
)
OFFICIAL_SEEDS = (1234, 1235, 1236, 1237)
"""The seeds that AgentBoard plays each level with; no built-in task has one of them."""

# AgentBoard's GoToObjS6-v0 is of a minigrid that by mistake registered it with rooms of side 4;
# minigrid 3 has that level as GoToObjS4 only, and calls the mended one GoToObjS6-v1.
_RENAMED = {"GoToObjS6": "BabyAI-GoToObjS4-v0"}


def gym_id(level: str) -> str:
    """The id of a level in minigrid's part of Gymnasium's registry."""
    return _RENAMED.get(level, f"BabyAI-{level}-v0")


def short_name(upstream_id: str) -> str:
    """A level's name without `BabyAI-` and the version: GoToObjS6 of BabyAI-GoToObjS6-v0."""
    return upstream_id.removeprefix("BabyAI-").rpartition("-v")[0]
