"""Makers of to-do tasks that join conditions, or find something before they change it."""

from __future__ import annotations

from agentrm_envs.tool_operation.todo.drafting import (
    AS_LIST,
    AS_NUMBER,
    Draft,
    Scene,
    complete,
    favorite,
    get_duration,
    move,
    names,
    only,
)


def urgent_before(scene: Scene) -> Draft | None:
    """Tasks of all projects with at least a priority that are due before a date."""
    limit, level = scene.day(scene.rng.randint(3, 20)), scene.rng.choice((2, 3, 4))
    early = [task for task in scene.tasks if task.due_date < limit]
    found = [task for task in early if task.priority >= level]
    goal = scene.say(
        (
            "Which tasks with a priority of {level} or higher are due before {limit}, over all "
            "projects?",
            "Among all my tasks, list those that are due before {limit} and have at least "
            "priority {level}.",
        ),
        AS_LIST,
        level=level,
        limit=limit,
    )
    some = 0 < len(found) < len(early)
    return Draft(goal, scene.listing(scene.projects), names(found)) if some else None


def same_due_date(scene: Scene) -> Draft | None:
    """Other tasks that are due on the day of a task."""
    task = scene.task()
    found = [each for each in scene.tasks if each.due_date == task.due_date and each != task]
    goal = scene.say(
        (
            'Which other tasks have the same due date as "{task}"?',
            'What else is due on the same day as "{task}"?',
        ),
        AS_LIST,
        task=task.content,
    )
    return Draft(goal, scene.listing(scene.projects), names(found)) if found else None


def count_longer(scene: Scene) -> Draft | None:
    """How many tasks of a project take longer than some minutes."""
    project, limit = scene.project(), scene.rng.choice((30, 45, 60, 90))
    tasks = scene.of(project)
    number = sum(task.duration > limit for task in tasks)
    goal = scene.say(
        (
            "How many tasks in the {project} project take more than {limit} minutes?",
            "Counting the tasks of {project}, how many need more than {limit} minutes?",
        ),
        AS_NUMBER,
        project=project.name,
        limit=limit,
    )
    calls = (*scene.listing([project]), *map(get_duration, tasks))
    return Draft(goal, calls, number) if 0 < number < len(tasks) else None


def complete_earliest(scene: Scene) -> Draft | None:
    """Complete the task of a project that is due first."""
    project = scene.project()
    tasks = scene.of(project)
    dates = [task.due_date for task in tasks]
    found = only(tasks, dates, min(dates))
    goal = scene.say(
        (
            "I have finished the task of the {project} project with the earliest due date; mark "
            "it as completed.",
            "Please mark as completed what was due first in {project}.",
        ),
        project=project.name,
    )
    if found is None or len(tasks) < 2:
        return None
    return Draft(goal, (*scene.listing([project]), complete(found)))


def postpone_longest(scene: Scene) -> Draft | None:
    """Give the longest task of a project another date."""
    project, day = scene.project(), scene.day(scene.rng.randint(26, 50))
    tasks = scene.of(project)
    durations = [task.duration for task in tasks]
    found = only(tasks, durations, max(durations))
    goal = scene.say(
        (
            "Please move the task of the {project} project that takes the longest time to {day}.",
            "Whatever takes longest in {project} shall be due on {day}.",
        ),
        project=project.name,
        day=day,
    )
    if found is None or len(tasks) < 2:
        return None
    return Draft(goal, (*scene.listing([project]), *map(get_duration, tasks), move(found, day)))


def favorite_largest(scene: Scene) -> Draft | None:
    """Make the project with the most tasks a favorite."""
    sizes = [len(scene.of(project)) for project in scene.projects]
    largest = scene.projects[sizes.index(max(sizes))]
    goal = scene.say(
        (
            "Please mark the project with the most tasks as a favorite.",
            "Find the project that has the most tasks, and make it a favorite.",
        ),
    )
    if sizes.count(max(sizes)) > 1 or largest.is_favorite:
        return None
    return Draft(goal, (*scene.listing(scene.projects), favorite(largest)))


MAKERS = (
    urgent_before,
    same_due_date,
    count_longer,
    complete_earliest,
    postpone_longest,
    favorite_largest,
)
