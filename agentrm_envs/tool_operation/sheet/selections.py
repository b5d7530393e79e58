"""Makers of tasks that first find rows: by two conditions, the largest group, the extremes."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from agentrm_envs.tool_operation.sheet.drafting import (
    FIRST_MEASURE,
    GROUP,
    Draft,
    Scene,
    delete_rows,
    put,
    sort,
)


def delete_both(scene: Scene) -> Draft | None:
    """Rows of a group that have a number above or below a limit."""
    column, group = scene.measure(), scene.rng.choice(scene.theme.groups)
    numbers = sorted(Decimal(row[column]) for row in scene.rows[1:])
    limit = int((numbers[len(numbers) // 2 - 1] + numbers[len(numbers) // 2]) / 2)
    above = scene.rng.random() < 0.5
    members = scene.find(GROUP, group)
    chosen = [row for row in members if _beyond(scene.rows[row][column], limit, above)]
    goal = scene.say(
        (
            'delete the rows that have the {title} "{group}" and a "{column}" {words} than '
            "{limit}.",
            'remove every row with "{group}" as {title} whose "{column}" is {words} than {limit}; '
            "the others stay.",
        ),
        title=scene.theme.group,
        group=group,
        column=scene.titles[column],
        words="greater" if above else "less",
        limit=limit,
    )
    others = [
        row for row in range(1, scene.height) if _beyond(scene.rows[row][column], limit, above)
    ]
    telling = 0 < len(chosen) < len(members) and len(chosen) < len(others)
    return Draft(goal, (delete_rows(chosen),), scene.rows) if telling else None


def _beyond(number: str, limit: int, above: bool) -> bool:
    return Decimal(number) > limit if above else Decimal(number) < limit


def keep_largest_group(scene: Scene) -> Draft | None:
    """Only the group with the most rows is kept, and sorted."""
    counts = Counter(row[GROUP] for row in scene.rows[1:]).most_common()
    if len(counts) < 2 or counts[0][1] == counts[1][1] or counts[0][1] < 2:
        return None
    column = scene.measure()
    chosen = [row for row in range(1, scene.height) if scene.rows[row][GROUP] != counts[0][0]]
    goal = scene.say(
        (
            "find the {title} with the most rows and delete the rows of all others. Then, sort "
            'the table in descending order by "{column}".',
            "keep only the rows of the {title} that occurs most often, sorted by "
            '"{column}", the largest first.',
        ),
        title=scene.theme.group,
        column=scene.titles[column],
    )
    return Draft(goal, (delete_rows(chosen), *sort(column, descending=True)), scene.rows)


def sort_and_change_last(scene: Scene) -> Draft:
    """Sort by a number, then change another number of the last rows."""
    column, other = scene.rng.sample(range(FIRST_MEASURE, scene.width), 2)
    number, amount = scene.rng.choice((2, 3)), scene.rng.choice((1, 2, 5))
    goal = scene.say(
        (
            'sort the table in descending order by "{column}", and then increase the "{other}" of '
            'the {number} rows with the lowest "{column}" by {amount}.',
            'put the rows in descending order of "{column}". The {number} last rows get {amount} '
            'more in "{other}".',
        ),
        column=scene.titles[column],
        other=scene.titles[other],
        number=number,
        amount=amount,
    )
    order = sorted(scene.rows[1:], key=lambda row: Decimal(row[column]), reverse=True)
    changes = [
        put(place, other, str(Decimal(order[place - 1][other]) + amount))
        for place in range(scene.height - number, scene.height)
    ]
    return Draft(goal, (*sort(column, descending=True), *changes), scene.rows)


def delete_extremes(scene: Scene) -> Draft | None:
    """The rows that have the highest number of some column."""
    columns = range(FIRST_MEASURE, scene.width)
    chosen = sorted({_highest(scene, column) for column in columns})
    goal = scene.say(
        (
            "find the highest number of each of the columns {columns} and delete those rows.",
            "delete every row that has the highest value of one of the columns {columns}.",
        ),
        columns=", ".join(f'"{scene.titles[column]}"' for column in columns),
    )
    some = 2 <= len(chosen) < scene.height - 2
    return Draft(goal, (delete_rows(chosen),), scene.rows) if some else None


def _highest(scene: Scene, column: int) -> int:
    """The row with the highest number of a column."""
    return max(range(1, scene.height), key=lambda row: Decimal(scene.rows[row][column]))


MAKERS = (delete_both, keep_largest_group, sort_and_change_last, delete_extremes)
