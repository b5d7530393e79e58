"""Whether a task is being cancelled, or something in it raised as if it were."""

from __future__ import annotations

import asyncio


def stopping(error: BaseException) -> bool:
    """Whether `error` is the running task's cancellation.

    A model or a client library can raise a CancelledError of its own, which is an error like
    others: were it passed on, whoever waits for the task would never hear of it.
    """
    task = asyncio.current_task()
    asked = task is not None and task.cancelling() > 0
    return isinstance(error, asyncio.CancelledError) and asked
