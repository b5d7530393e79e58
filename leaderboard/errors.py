"""The errors that this package raises on purpose."""


class LeaderboardError(Exception):
    """Base of the errors below."""


class BadFile(LeaderboardError):
    """A leaderboard, an entry or a run directory is not what its schema says."""


class IncompleteRun(LeaderboardError):
    """A run has not yet attempted every task that it set out to attempt."""


class NotComparable(LeaderboardError):
    """Two runs share no task on which both were scored."""
