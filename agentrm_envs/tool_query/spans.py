"""The days that a question about the weather spans, or what AgentBoard says is wrong with them."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from agentrm_envs.tool_query.series import day_of
from agentrm_envs.tools.specification import Arguments, ToolFailure

MAX_SPAN = 30
"""Days between the first and the last day of a question."""
TOO_LONG = (
    "Error: Sorry, at present, we support a maximum time span of 30 days between start_date and "
    "end_date in a single query. Your input exceeds this range. You can split your current query "
    "into multiple sub-queries that meet our criteria."
)


def span(
    arguments: Arguments, fits: Callable[[datetime.date], bool], when: str
) -> list[datetime.date]:
    """All days from the first to the last; `when` says where those that fit are from today."""
    for name in ("start_date", "end_date"):
        # As upstream, None is in the way only where the days are counted, below.
        if arguments[name] is not None and not fits(day_of(arguments[name])):
            raise ToolFailure(f"Error: {name} should be {when} than current_date")
    first, last = day_of(arguments["start_date"]), day_of(arguments["end_date"])
    if last < first:
        raise ToolFailure("Error: start_date should be earlier than end_date")
    if (last - first).days > MAX_SPAN:
        raise ToolFailure(TOO_LONG)
    return [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]
