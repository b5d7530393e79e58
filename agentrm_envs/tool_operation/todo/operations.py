"""Makers of changes in a to-do account; each gives a draft, or None where it is no good."""

from __future__ import annotations

from collections.abc import Callable

from agentrm_envs.tool_operation.todo.account import TodoTask
from agentrm_envs.tool_operation.todo.drafting import (
    AS_NUMBER,
    TODAY,
    Draft,
    Scene,
    complete,
    delete,
    favorite,
    get_duration,
    move,
)
from agentrm_envs.tools.call import Call

Change = Callable[[TodoTask], Call]


def complete_one(scene: Scene) -> Draft:
    task = scene.task()
    home = scene.home(task)
    goal = scene.say(
        (
            'Please mark the task "{task}" in the {project} project as completed.',
            'I have finished "{task}" ({project}); mark it as completed.',
            'Mark "{task}" as completed.',
        ),
        task=task.content,
        project=home.name,
    )
    return Draft(goal, (*scene.listing([home]), complete(task)))


def delete_one(scene: Scene) -> Draft:
    task = scene.task()
    home = scene.home(task)
    goal = scene.say(
        (
            'Please delete the task "{task}" from the {project} project.',
            'The task "{task}" of {project} is no longer needed, delete it.',
            'Can you delete the task "{task}"?',
        ),
        task=task.content,
        project=home.name,
    )
    return Draft(goal, (*scene.listing([home]), delete(task)))


def move_to_date(scene: Scene) -> Draft | None:
    task = scene.task()
    home = scene.home(task)
    day = scene.day(scene.rng.randint(3, 40))
    goal = scene.say(
        (
            'Please change the due date of "{task}" in the {project} project to {day}.',
            'I need more time for "{task}" ({project}): set its due date to {day}.',
            'Move the task "{task}" to {day}.',
        ),
        task=task.content,
        project=home.name,
        day=day,
    )
    changed = day != task.due_date
    return Draft(goal, (*scene.listing([home]), move(task, day))) if changed else None


def move_by_days(scene: Scene) -> Draft:
    """By some days, counted from the date that it has."""
    task = scene.task()
    home = scene.home(task)
    days = scene.rng.choice((-3, -2, -1, 1, 2, 3, 7))
    number = {1: "one day", 7: "one week"}.get(abs(days), f"{abs(days)} days")
    goal = scene.say(
        (
            'Please make the due date of "{task}" in the {project} project {number} {words}.',
            'The due date of "{task}" ({project}) shall be {number} {words} than now.',
        ),
        task=task.content,
        project=home.name,
        number=number,
        words="later" if days > 0 else "earlier",
    )
    day = scene.day(days, task.due_date)
    return Draft(goal, (*scene.listing([home]), move(task, day)))


def move_to_tomorrow(scene: Scene) -> Draft | None:
    task = scene.task()
    home = scene.home(task)
    days, words = scene.rng.choice(((0, "today"), (1, "tomorrow"), (2, "the day after tomorrow")))
    goal = scene.say(
        (
            'Please set the due date of "{task}" in the {project} project to {words}.',
            'I will do "{task}" ({project}) {words}; change its due date.',
        ),
        task=task.content,
        project=home.name,
        words=words,
    )
    day = scene.day(days)
    calls = (TODAY, *scene.listing([home]), move(task, day))
    return Draft(goal, calls) if day != task.due_date else None


def mark_favorite(scene: Scene) -> Draft:
    project = scene.project()
    goal = scene.say(
        (
            "Please mark the {project} project as a favorite.",
            "Can you make {project} one of my favorite projects?",
            "Could you mark the project {project} as a favorite?",
        )
        if not project.is_favorite
        else (
            "Please remove {project} from my favorites.",
            "The {project} project shall not be a favorite any more.",
        ),
        project=project.name,
    )
    calls = (*scene.listing([]), favorite(project, not project.is_favorite))
    return Draft(goal, calls)


def favorite_of_task(scene: Scene) -> Draft | None:
    task = scene.task()
    home = scene.home(task)
    goal = scene.say(
        (
            'Please mark the project that includes the task "{task}" as a favorite.',
            'Make the project to which "{task}" belongs a favorite.',
        ),
        task=task.content,
    )
    calls = (*scene.listing([home]), favorite(home))
    return None if home.is_favorite else Draft(goal, calls)


def by_priority(scene: Scene) -> Draft | None:
    """Complete or delete the tasks of a project that have a priority."""
    project, level = scene.project(), scene.rng.randint(1, 4)
    found = [task for task in scene.of(project) if task.priority == level]
    templates, change = _removal(scene)
    goal = scene.say(templates, which=f"with priority {level}", project=project.name)
    some = 0 < len(found) < len(scene.of(project))
    return Draft(goal, (*scene.listing([project]), *map(change, found))) if some else None


def by_duration(scene: Scene) -> Draft | None:
    """Complete or delete the tasks of a project that take less or more than some minutes."""
    project = scene.project()
    tasks, limit = scene.of(project), scene.rng.choice((30, 45, 60, 90, 120))
    more = scene.rng.random() < 0.5
    found = [task for task in tasks if (task.duration > limit if more else task.duration < limit)]
    which = f"with a duration of {'more' if more else 'less'} than {limit} minutes"
    templates, change = _removal(scene)
    goal = scene.say(templates, which=which, project=project.name)
    if not 0 < len(found) < len(tasks):
        return None
    calls = (*scene.listing([project]), *map(get_duration, tasks), *map(change, found))
    return Draft(goal, calls)


def _removal(scene: Scene) -> tuple[tuple[str, ...], Change]:
    removals: tuple[tuple[tuple[str, ...], Change], ...] = (
        (
            (
                "Please mark all tasks {which} in the {project} project as completed.",
                "I am done with all tasks {which} in {project}: mark them as completed.",
            ),
            complete,
        ),
        (
            (
                "Please delete all tasks {which} from the {project} project.",
                "Find and delete all tasks {which} in {project}.",
            ),
            delete,
        ),
    )
    return scene.rng.choice(removals)


def overdue(scene: Scene) -> Draft | None:
    """Delete, complete or postpone what is overdue, in all projects."""
    found = [task for task in scene.tasks if task.due_date < scene.account.current_date]
    tomorrow = scene.day(1)
    options: tuple[tuple[tuple[str, ...], Change], ...] = (
        (
            (
                "Until today, some tasks have expired. Please delete all of them.",
                "Please delete every task whose due date is before today.",
            ),
            delete,
        ),
        (
            (
                "Until today, some tasks have expired. Please move their due dates to tomorrow.",
                "Every task that is overdue today shall be due tomorrow instead.",
            ),
            lambda task: move(task, tomorrow),
        ),
    )
    templates, change = scene.rng.choice(options)
    calls = (TODAY, *scene.listing(scene.projects), *map(change, found))
    return Draft(scene.say(templates), calls) if 0 < len(found) <= 4 else None


def shift_project(scene: Scene) -> Draft | None:
    """Make all of a project, but for one priority, due some days from today."""
    project, level = scene.project(), scene.rng.randint(1, 4)
    days = scene.rng.randint(2, 9)
    day = scene.day(days)
    found = [task for task in scene.of(project) if task.priority != level]
    goal = scene.say(
        (
            "Please set the due dates of the tasks in the {project} project to {days} days from "
            "today, except those with a priority of {level}.",
            "Apart from tasks of priority {level}, everything in {project} shall be due in {days} "
            "days from today.",
        ),
        project=project.name,
        days=days,
        level=level,
    )
    moved = [move(task, day) for task in found if task.due_date != day]
    some = 0 < len(found) < len(scene.of(project)) and len(moved) == len(found)
    return Draft(goal, (TODAY, *scene.listing([project]), *moved)) if some else None


def complete_and_count(scene: Scene) -> Draft | None:
    """Complete some tasks, then answer a question about what is left."""
    project, limit = scene.project(), scene.day(scene.rng.randint(1, 15))
    found = [task for task in scene.of(project) if task.due_date < limit]
    left = len(scene.of(project)) - len(found)
    goal = scene.say(
        (
            "Please mark all tasks in the {project} project with a due date before {limit} as "
            "completed. Then tell me how many tasks are left in it.",
            "Complete every task of {project} that is due before {limit}. How many tasks does the "
            "project have after that?",
        ),
        AS_NUMBER,
        project=project.name,
        limit=limit,
    )
    calls = (*scene.listing([project]), *map(complete, found))
    return Draft(goal, calls, left) if found and left else None


MAKERS = (
    complete_one,
    delete_one,
    move_to_date,
    move_by_days,
    move_to_tomorrow,
    mark_favorite,
    favorite_of_task,
    by_priority,
    by_duration,
    overdue,
    shift_project,
    complete_and_count,
)
