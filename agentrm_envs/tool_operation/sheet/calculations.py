"""Makers of tasks that calculate, order and merge; each gives a draft, or None if no good."""

from __future__ import annotations

from decimal import Decimal

from agentrm_envs.tool_operation.sheet.drafting import (
    FIRST_MEASURE,
    GROUP,
    KEY,
    Draft,
    Rows,
    Scene,
    at,
    delete_rows,
    formula,
    sort,
)
from agentrm_envs.tools.call import Call

SUMMARIES = {"SUM": "sum", "AVERAGE": "average", "MAX": "highest", "MIN": "lowest"}


def order_rows(scene: Scene) -> Draft:
    """Sort by a number, or by the names."""
    by_name, descending = scene.rng.random() < 0.25, scene.rng.random() < 0.5
    column = KEY if by_name else scene.measure()
    goal = scene.say(
        (
            'sort the table by "{column}" in {words} order; the titles stay in the first row.',
            'put the rows below the titles in {words} order of "{column}".',
            'rank the rows by "{column}", {words}, and leave the titles on top.',
        ),
        column=scene.titles[column],
        words="descending" if descending else "ascending",
    )
    return Draft(goal, sort(column, descending=descending, text=by_name), scene.rows)


def totals(scene: Scene) -> Draft | None:
    """A column of sums or averages over each row, sometimes sorted by it."""
    if not scene.theme.addable:
        return None
    operator = scene.rng.choice(("SUM", "SUM", "MAX"))
    title = scene.theme.total if operator == "SUM" else "Best"
    rows: Rows = [[*scene.titles, title], *([*row, ""] for row in scene.rows[1:])]
    calls = [
        formula(
            operator,
            at(row, FIRST_MEASURE),
            at(row, scene.width - 1),
            at(row, scene.width),
        )
        for row in range(1, scene.height)
    ]
    what = "sum" if operator == "SUM" else "highest"
    first, last = scene.titles[FIRST_MEASURE], scene.titles[-1]
    names = {"title": title, "what": what, "first": first, "last": last}
    values = [_folded(operator, row[FIRST_MEASURE:]) for row in scene.rows[1:]]
    if scene.rng.random() < 0.5 or len(set(values)) < len(values):
        goal = scene.say(
            (
                'fill the "{title}" column with the {what} of "{first}" to "{last}" of each row.',
                'calculate for every row the {what} of the columns "{first}" to "{last}" and '
                'enter it in "{title}".',
            ),
            **names,
        )
        return Draft(goal, tuple(calls), rows)
    goal = scene.say(
        (
            'fill the "{title}" column with the {what} of "{first}" to "{last}" of each row. '
            'Afterward, sort the table in descending order by "{title}".',
            'enter in "{title}" the {what} of "{first}" to "{last}" for each row, and sort the '
            'rows by "{title}", the largest first.',
        ),
        **names,
    )
    return Draft(goal, (*calls, *sort(scene.width, descending=True)), rows)


def _folded(operator: str, numbers: list[str]) -> Decimal:
    exact = [Decimal(number) for number in numbers]
    if operator == "AVERAGE":
        return sum(exact, Decimal()) / len(exact)
    if operator == "SUM":
        return sum(exact, Decimal())
    return max(exact) if operator == "MAX" else min(exact)


def summary_row(scene: Scene) -> Draft | None:
    """A last row with the sum, average, highest or lowest of some columns."""
    operator = scene.rng.choice(sorted(SUMMARIES))
    words = SUMMARIES[operator]
    columns = sorted(scene.rng.sample(range(FIRST_MEASURE, scene.width), scene.rng.choice((1, 2))))
    rows = [*scene.rows, [words.capitalize(), *[""] * (scene.width - 1)]]
    calls = tuple(
        formula(operator, at(1, column), at(scene.height - 1, column), at(scene.height, column))
        for column in columns
    )
    goal = scene.say(
        (
            "complete the last row: enter the {words} of {columns}.",
            "the last row shall show the {words} of {columns}; calculate it.",
        ),
        words=words,
        columns=" and of ".join(f'"{scene.titles[column]}"' for column in columns),
    )
    results = [_folded(operator, [row[c] for row in scene.rows[1:]]) for c in columns]
    # A number that nobody would round otherwise.
    plain = all(result == round(result, 2) for result in results)
    return Draft(goal, calls, rows) if plain else None


def add_column(scene: Scene) -> Draft:
    """A new column with given values, at the end or somewhere between."""
    title, low, high = scene.rng.choice((("Bonus", 1, 20), ("Rating", 1, 9), ("Code", 100, 999)))
    numbers = [str(scene.rng.randint(low, high)) for _ in scene.rows[1:]]
    before = scene.rng.randrange(GROUP, scene.width + 1)
    values = [title, *numbers]
    given = ", ".join(
        f"{row[KEY]} {number}" for row, number in zip(scene.rows[1:], numbers, strict=True)
    )
    goal = scene.say(
        (
            'insert a column "{title}" after the column "{after}" with these values: {given}.',
            'right after "{after}", a column with the title "{title}" is needed: {given}.',
        ),
        title=title,
        after=scene.titles[before - 1],
        given=given,
    )
    insert = Call("insert_cols", {"values_list": [values], "col_idx": before + 1})
    return Draft(goal, (insert,), scene.rows)


def rank_rows(scene: Scene) -> Draft:
    """Sort by a number, and add a column with the rank."""
    column = scene.measure()
    goal = scene.say(
        (
            'sort the table in descending order by "{column}" and insert a column "Rank" after '
            "the last one, with the ranks starting from 1.",
            'rank the rows by "{column}", the largest first, and write the rank (1, 2, ...) in a '
            'new last column "Rank".',
        ),
        column=scene.titles[column],
    )
    values = ["Rank", *(str(rank) for rank in range(1, scene.height))]
    insert = Call("insert_cols", {"values_list": [values], "col_idx": scene.width + 1})
    return Draft(goal, (*sort(column, descending=True), insert), scene.rows)


def merge_groups(scene: Scene) -> Draft | None:
    """Rows that stand by group: the cells of each group become one."""
    rows = [scene.rows[0], *sorted(scene.rows[1:], key=lambda row: str(row[GROUP]))]
    runs: list[list[int]] = []
    for row in range(1, len(rows)):
        if runs and rows[runs[-1][-1]][GROUP] == rows[row][GROUP]:
            runs[-1].append(row)
        else:
            runs.append([row])
    calls = tuple(
        Call(
            "merge_cells",
            {"start_position": at(run[0], GROUP), "end_position": at(run[-1], GROUP)},
        )
        for run in runs
        if len(run) > 1
    )
    goal = scene.say(
        (
            'merge the "{group}" cells of neighbouring rows with the same {group} into one cell '
            "each.",
            'rows with the same "{group}" stand together; merge their "{group}" cells into a '
            "single cell for each.",
        ),
        group=scene.theme.group,
    )
    return Draft(goal, calls, rows) if calls else None


def merge_titles(scene: Scene) -> Draft:
    """Two neighbouring titles into one."""
    left = scene.rng.randrange(scene.width - 1)
    merge = Call("merge_cells", {"start_position": at(0, left), "end_position": at(0, left + 1)})
    goal = scene.say(
        (
            'merge the titles "{one}" and "{other}" into a single cell.',
            'the titles "{one}" and "{other}" shall be one merged cell.',
        ),
        one=scene.titles[left],
        other=scene.titles[left + 1],
    )
    return Draft(goal, (merge,), scene.rows)


def keep_best(scene: Scene) -> Draft | None:
    """Sort by a number and keep the first few rows."""
    column = scene.measure()
    kept = scene.rng.randint(2, 4)
    body = range(kept + 1, scene.height)
    goal = scene.say(
        (
            'keep only the {kept} rows with the highest "{column}", sorted in descending order.',
            'sort by "{column}" in descending order and delete all rows but the first {kept} '
            "below the titles.",
        ),
        kept=kept,
        column=scene.titles[column],
    )
    calls = (*sort(column, descending=True), delete_rows(list(body)))
    return Draft(goal, calls, scene.rows) if body else None


def groups_average(scene: Scene) -> Draft | None:
    """The sum or average of one group's numbers, in a cell beside its name at the end."""
    column, group = scene.measure(), scene.rng.choice(scene.theme.groups)
    chosen = scene.find(GROUP, group)
    operator = scene.rng.choice(("SUM", "AVERAGE"))
    rows = [*scene.rows, [f"{group} {SUMMARIES[operator]}", *[""] * (scene.width - 1)]]
    positions = [at(row, column) for row in chosen]
    result = at(scene.height, column)
    goal = scene.say(
        (
            'enter in the last row, under "{column}", the {words} of the "{column}" of all rows '
            'with the {title} "{group}".',
            'the "{column}" in the last row shall be the {words} over the rows whose {title} is '
            '"{group}".',
        ),
        column=scene.titles[column],
        words=SUMMARIES[operator],
        title=scene.theme.group,
        group=group,
    )
    call = Call(
        "update_cell_by_formula",
        {"position_list": positions, "result_position": result, "operator": operator},
    )
    if not 2 <= len(chosen) < scene.height - 1:
        return None
    value = _folded(operator, [scene.rows[row][column] for row in chosen])
    return Draft(goal, (call,), rows) if value == round(value, 2) else None


MAKERS = (
    order_rows,
    totals,
    summary_row,
    add_column,
    rank_rows,
    merge_groups,
    merge_titles,
    keep_best,
    groups_average,
)
