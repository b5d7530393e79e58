"""What goes wrong with a server. Either error ends an episode, and neither is a score."""

from __future__ import annotations

from rewards.errors import RewardError


class ServerUnavailable(RewardError):
    """The server gave no usable answer, but may give one later."""

    def __init__(
        self, message: str, *, busy: bool = False, put_off: bool = False, wait: float = 0.0
    ) -> None:
        super().__init__(message)
        self.busy = busy
        """Whether it has too much to do, so that fewer requests at once help."""
        self.put_off = put_off
        """Whether it says so itself, and with it that the request will have its turn."""
        self.took = 0.0
        """Seconds from sending the request to this error."""
        self.wait = wait
        """Seconds after which it wants to be asked again, where it says so."""


class ServerRefused(RewardError):
    """The server does not serve the request: asking again does not help."""


class BadReply(ValueError):
    """What the server sent is not the reply that its interface promises."""
