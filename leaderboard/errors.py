"""The errors that this package raises on purpose."""


class LeaderboardError(Exception):
    """Base of the errors below."""


class BadFile(LeaderboardError):
    """A leaderboard, an entry or a run directory is not what its schema says."""


class IncompleteRun(LeaderboardError):
    """A run has not yet a score for every task that it set out to attempt."""


class NotComparable(LeaderboardError):
    """Two runs share no task on which both were scored."""


class NotPlayable(LeaderboardError):
    """An entry's tasks cannot be played anew on this machine; the message says why."""


class NotVerified(LeaderboardError):
    """The replay of a run is not what the run recorded; the message is the report."""
