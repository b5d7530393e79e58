"""Makers of tasks that write, insert and delete; each gives a draft, or None if it is no good."""

from __future__ import annotations

from decimal import Decimal

from agentrm_envs.tool_operation.sheet.drafting import (
    FIRST_MEASURE,
    GROUP,
    KEY,
    Draft,
    Scene,
    at,
    delete_columns,
    delete_rows,
    listed,
    put,
    sort,
)
from agentrm_envs.tools.call import Call


def update_values(scene: Scene) -> Draft:
    """Some numbers of some rows."""
    column = scene.measure()
    chosen = {row: scene.new_number(column) for row in scene.some_rows(1, 3)}
    changes = listed([f"{scene.name(row)} to {number}" for row, number in chosen.items()])
    goal = scene.say(
        (
            'set the "{column}" of {changes}.',
            'the "{column}" has changed. Please update that of {changes}.',
            'change the values in the "{column}" column: {changes}.',
        ),
        column=scene.titles[column],
        changes=changes,
    )
    calls = tuple(put(row, column, number) for row, number in chosen.items())
    return Draft(goal, calls, scene.rows)


def update_by_table(scene: Scene) -> Draft:
    """Some numbers, given as a table as AgentBoard does, then sorting."""
    column = scene.measure()
    chosen = {row: scene.new_number(column) for row in scene.some_rows(2, 3)}
    if len(set(chosen.values())) < len(chosen):
        chosen = dict(list(chosen.items())[:1])
    news = [[scene.theme.key, scene.titles[column]]]
    news += [[scene.name(row), number] for row, number in chosen.items()]
    goal = scene.say(
        (
            'update the table with {news}, then sort it by "{column}" in descending order.',
            'here is news: {news}. Enter it, and sort the rows in descending order by "{column}".',
        ),
        news=news,
        column=scene.titles[column],
    )
    calls = (*(put(row, column, number) for row, number in chosen.items()),)
    return Draft(goal, (*calls, *sort(column, descending=True)), scene.rows)


def fill_blanks(scene: Scene) -> Draft:
    """Groups that are missing."""
    chosen = scene.some_rows(1, 3)
    missing = [[scene.name(row), scene.rows[row][GROUP]] for row in chosen]
    rows = [list(row) for row in scene.rows]
    for row in chosen:
        rows[row][GROUP] = ""
    goal = scene.say(
        (
            'some entries of "{group}" are missing. Fill them in: {missing}.',
            'complete the "{group}" column with {missing}.',
        ),
        group=scene.theme.group,
        missing=listed([f"{value} for {name}" for name, value in missing]),
    )
    calls = tuple(put(row, GROUP, value) for row, (_, value) in zip(chosen, missing, strict=True))
    return Draft(goal, calls, rows)


def raise_group(scene: Scene) -> Draft | None:
    """A number of every row of a group, by the same amount."""
    column, group = scene.measure(), scene.rng.choice(scene.theme.groups)
    chosen = scene.find(GROUP, group)
    amount = scene.rng.choice((1, 2, 3, 5))
    goal = scene.say(
        (
            'increase the "{column}" of every row with the {group_title} "{group}" by {amount}.',
            'add {amount} to the "{column}" of all rows whose {group_title} is "{group}".',
        ),
        column=scene.titles[column],
        group_title=scene.theme.group,
        group=group,
        amount=amount,
    )
    calls = tuple(put(row, column, _plus(scene.rows[row][column], amount)) for row in chosen)
    return Draft(goal, calls, scene.rows) if 0 < len(chosen) <= 4 else None


def _plus(number: str, amount: int) -> str:
    return str(Decimal(number) + amount)


def follow_notes(scene: Scene) -> Draft:
    """New numbers that are written in notes of the names' cells."""
    column, chosen = scene.measure(), scene.some_rows(1, 3)
    title = scene.titles[column]
    numbers = {row: scene.new_number(column) for row in chosen}
    notes = {at(row, KEY): f"{title}: {number}" for row, number in numbers.items()}
    goal = scene.say(
        (
            "update the data as the notes on the cells {names} say.",
            "there are notes on {names}; change their rows accordingly.",
        ),
        names=listed([f'"{scene.name(row)}"' for row in chosen]),
    )
    read = [Call("get_note", {"position": at(row, KEY)}) for row in chosen]
    calls = (*read, *(put(row, column, number) for row, number in numbers.items()))
    return Draft(goal, calls, scene.rows, notes)


def write_note(scene: Scene) -> Draft:
    row = scene.row()
    words = scene.rng.choice(
        ("call back", "check again", "ask Dorothea", "price to be confirmed", "see last month")
    )
    goal = scene.say(
        (
            'put the note "{words}" on the cell with the name {name}.',
            'attach a note to the cell "{name}" that says "{words}".',
        ),
        words=words,
        name=scene.name(row),
    )
    note = Call("update_note", {"position": at(row, KEY), "content": words})
    return Draft(goal, (note,), scene.rows)


def add_rows(scene: Scene) -> Draft:
    """One or two rows at the end, or sorted in by name."""
    number = scene.rng.choice((1, 1, 2))
    rows, new = scene.rows[:-number], scene.rows[-number:]
    words = " and ".join(f'"{" | ".join(row)}"' for row in new)
    insert = Call("insert_rows", {"values_list": new, "row_idx": len(rows) + 1})
    if scene.rng.random() < 0.5:
        goal = scene.say(
            ("add {words} at the end of the table.", "append {words} below the last row."),
            words=words,
        )
        return Draft(goal, (insert,), rows)
    goal = scene.say(
        (
            'insert {words} and sort the table by "{key}" in ascending order; the titles stay on '
            "top.",
            'add {words}, then put the rows in ascending order of "{key}" below the titles.',
        ),
        words=words,
        key=scene.theme.key,
    )
    return Draft(goal, (insert, *sort(KEY, descending=False, text=True)), rows)


def delete_group(scene: Scene) -> Draft | None:
    """All rows of a group; sometimes the rest is sorted."""
    group, column = scene.rng.choice(scene.theme.groups), scene.measure()
    chosen = scene.find(GROUP, group)
    if not 0 < len(chosen) < scene.height - 2:
        return None
    names = {"group_title": scene.theme.group, "group": group, "column": scene.titles[column]}
    if scene.rng.random() < 0.4:
        goal = scene.say(
            (
                'delete all rows with the {group_title} "{group}".',
                'remove every row whose {group_title} is "{group}".',
            ),
            **names,
        )
        return Draft(goal, (delete_rows(chosen),), scene.rows)
    goal = scene.say(
        (
            'delete all rows with the {group_title} "{group}". Then, sort the table in descending '
            'order by "{column}".',
            'remove every row whose {group_title} is "{group}" and sort what is left by '
            '"{column}", the largest first.',
        ),
        **names,
    )
    return Draft(goal, (delete_rows(chosen), *sort(column, descending=True)), scene.rows)


def delete_beyond(scene: Scene) -> Draft | None:
    """All rows with a number above or below a limit."""
    column = scene.measure()
    numbers = sorted(Decimal(row[column]) for row in scene.rows[1:])
    middle = scene.rng.randrange(1, len(numbers) - 1)
    limit = int((numbers[middle - 1] + numbers[middle]) / 2)
    above = scene.rng.random() < 0.5
    chosen = [
        row
        for row in range(1, scene.height)
        if (Decimal(scene.rows[row][column]) > limit) == above
        and Decimal(scene.rows[row][column]) != limit
    ]
    goal = scene.say(
        (
            'delete the rows with a "{column}" {words} than {limit}.',
            'rows whose "{column}" is {words} than {limit} are not needed; remove them.',
        ),
        column=scene.titles[column],
        words="greater" if above else "less",
        limit=limit,
    )
    some = 0 < len(chosen) < scene.height - 2
    return Draft(goal, (delete_rows(chosen),), scene.rows) if some else None


def delete_extreme(scene: Scene) -> Draft:
    """The row with the highest or the lowest number, then sorting by another column."""
    column, other = scene.rng.sample(range(FIRST_MEASURE, scene.width), 2)
    highest = scene.rng.random() < 0.5
    body = range(1, scene.height)
    chosen = (max if highest else min)(body, key=lambda row: Decimal(scene.rows[row][column]))
    goal = scene.say(
        (
            'delete the row with the {words} "{column}", then sort the table in descending order '
            'by "{other}".',
            'the row with the {words} "{column}" shall go. Sort the rest by "{other}" in '
            "descending order.",
        ),
        words="highest" if highest else "lowest",
        column=scene.titles[column],
        other=scene.titles[other],
    )
    return Draft(goal, (delete_rows([chosen]), *sort(other, descending=True)), scene.rows)


def drop_columns(scene: Scene) -> Draft:
    columns = sorted(scene.rng.sample(range(GROUP, scene.width), scene.rng.choice((1, 1, 2))))
    titles = listed([f'"{scene.titles[column]}"' for column in columns])
    goal = scene.say(
        ("delete the columns with the titles {titles}.", "remove what is in {titles}, titles too."),
        titles=titles,
    )
    return Draft(goal, (delete_columns(columns),), scene.rows)


def drop_empty(scene: Scene) -> Draft:
    """Empty rows, and sometimes an empty column, that are in the table."""
    rows = [list(row) for row in scene.rows]
    empty = sorted(scene.rng.sample(range(2, scene.height), scene.rng.choice((1, 2))))
    for row in empty:
        rows.insert(row, [""] * scene.width)
    column = scene.rng.randrange(1, scene.width) if scene.rng.random() < 0.5 else None
    blank = [row for row, cells in enumerate(rows) if not any(cells)]
    calls = [delete_rows(blank)]
    if column is not None:
        rows = [[*row[:column], "", *row[column:]] for row in rows]
        calls.append(delete_columns([column]))
    goal = scene.say(
        ("delete the empty rows and columns.", "remove every row and column that is empty.")
        if column is not None
        else ("delete the empty rows.", "remove every row that is empty."),
    )
    return Draft(goal, tuple(calls), rows)


MAKERS = (
    update_values,
    update_by_table,
    fill_blanks,
    raise_group,
    follow_notes,
    write_note,
    add_rows,
    delete_group,
    delete_beyond,
    delete_extreme,
    drop_columns,
    drop_empty,
)
