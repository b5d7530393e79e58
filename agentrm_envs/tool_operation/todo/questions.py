"""Makers of questions about a to-do account; each gives a draft, or None where it is no good."""

from __future__ import annotations

from agentrm_envs.tool_operation.todo.drafting import (
    AS_DATE,
    AS_DURATION,
    AS_LIST,
    AS_NUMBER,
    AS_PROJECT,
    AS_TASK,
    AS_TEXT,
    AS_YES_NO,
    TODAY,
    Draft,
    Scene,
    get_description,
    get_duration,
    names,
    only,
)


def due_date(scene: Scene) -> Draft:
    task = scene.task()
    home = scene.home(task)
    goal = scene.say(
        (
            'When is the task "{task}" of the {project} project due?',
            'What is the due date of "{task}" in {project}?',
            'By which day do I have to finish "{task}" ({project})?',
        ),
        AS_DATE,
        task=task.content,
        project=home.name,
    )
    return Draft(goal, scene.listing([home]), task.due_date)


def priority(scene: Scene) -> Draft:
    task = scene.task()
    home = scene.home(task)
    goal = scene.say(
        (
            'What is the priority level of the task "{task}" in the {project} project?',
            'How urgent, by its priority, is "{task}" in {project}?',
            'Which priority does "{task}" have? It belongs to {project}.',
        ),
        AS_NUMBER,
        task=task.content,
        project=home.name,
    )
    return Draft(goal, scene.listing([home]), task.priority)


def duration(scene: Scene) -> Draft:
    task = scene.task()
    home = scene.home(task)
    goal = scene.say(
        (
            'How long is it expected to take to complete "{task}" in {project}?',
            'What is the duration of the task "{task}" of the {project} project?',
        ),
        AS_DURATION,
        task=task.content,
        project=home.name,
    )
    answer = f"{task.duration}({task.duration_unit})"
    return Draft(goal, (*scene.listing([home]), get_duration(task)), answer)


def detail(scene: Scene) -> Draft:
    """A line of the description: the place, what to bring, or whom to contact."""
    task = scene.task()
    home = scene.home(task)
    label, templates = scene.rng.choice(
        (
            ("Place", ("Where does the task {task} ({project}) take place?",)),
            ("Place", ("I forgot where to go for {task} in {project}. What is the place?",)),
            ("Bring", ("What do I have to bring for the task {task} in {project}?",)),
            ("Contact", ("Whom do I contact about {task} in the {project} project?",)),
        )
    )
    goal = scene.say(templates, AS_TEXT, task=f'"{task.content}"', project=home.name)
    found = [line for line in task.description.splitlines() if line.startswith(f"- {label}: ")]
    calls = (*scene.listing([home]), get_description(task))
    return Draft(goal, calls, found[0].removeprefix(f"- {label}: "))


def same_place(scene: Scene) -> Draft | None:
    same = scene.rng.random() < 0.5
    pairs = [
        (one, other)
        for one in scene.tasks
        for other in scene.tasks
        if one != other and (_place(one.description) == _place(other.description)) == same
    ]
    if not pairs:
        return None
    first, second = scene.rng.choice(pairs)
    goal = scene.say(
        (
            'Is the place of "{first}" the same as that of "{second}"?',
            'Do "{first}" and "{second}" happen at the same place?',
        ),
        AS_YES_NO,
        first=first.content,
        second=second.content,
    )
    calls = scene.listing(scene.homes(first, second))
    described = (get_description(first), get_description(second))
    return Draft(goal, (*calls, *described), "Yes" if same else "No")


def _place(description: str) -> str:
    return description.partition("\n")[0]


def count_priority(scene: Scene) -> Draft | None:
    level = scene.rng.randint(1, 4)
    number = sum(task.priority == level for task in scene.tasks)
    goal = scene.say(
        (
            "How many tasks have a priority level of {level}, over all projects?",
            "Counting all projects, how many of my tasks have priority {level}?",
        ),
        AS_NUMBER,
        level=level,
    )
    return Draft(goal, scene.listing(scene.projects), number) if number else None


def before_date(scene: Scene) -> Draft | None:
    limit = scene.day(scene.rng.randint(2, 20))
    project = scene.project()
    found = [task for task in scene.of(project) if task.due_date < limit]
    goal = scene.say(
        (
            "What tasks should I complete before {limit} in the {project} project?",
            "Which tasks of {project} are due before {limit}?",
        ),
        AS_LIST,
        limit=limit,
        project=project.name,
    )
    some = 0 < len(found) < len(scene.of(project))
    return Draft(goal, scene.listing([project]), names(found)) if some else None


def longest(scene: Scene) -> Draft | None:
    """The task of a project that takes the longest or the shortest."""
    project = scene.project()
    tasks = scene.of(project)
    durations = [task.duration for task in tasks]
    words, best = scene.rng.choice((("longest", max(durations)), ("least", min(durations))))
    found = only(tasks, durations, best)
    goal = scene.say(
        (
            "Which task in the {project} project takes the {words} time?",
            "In {project}, which task needs the {words} time?",
        ),
        AS_TASK,
        project=project.name,
        words=words,
    )
    calls = (*scene.listing([project]), *map(get_duration, tasks))
    return Draft(goal, calls, found.content) if found and len(tasks) > 1 else None


def total_duration(scene: Scene) -> Draft | None:
    project = scene.project()
    tasks = scene.of(project)
    goal = scene.say(
        (
            "How many minutes are needed in total for all tasks in the {project} project?",
            "Adding up all tasks of {project}, how many minutes will they take?",
        ),
        AS_NUMBER,
        project=project.name,
    )
    calls = (*scene.listing([project]), *map(get_duration, tasks))
    return Draft(goal, calls, sum(task.duration for task in tasks)) if len(tasks) > 1 else None


def which_project(scene: Scene) -> Draft:
    task = scene.task()
    goal = scene.say(
        (
            'Which project includes the task "{task}"?',
            'To which of my projects does "{task}" belong?',
        ),
        AS_PROJECT,
        task=task.content,
    )
    home = scene.home(task)
    return Draft(goal, scene.listing([home]), home.name)


def earliest(scene: Scene) -> Draft | None:
    """The first or the last task to be done, in one project or in all."""
    everywhere = scene.rng.random() < 0.4
    projects = list(scene.projects) if everywhere else [scene.project()]
    tasks = [task for project in projects for task in scene.of(project)]
    dates = [task.due_date for task in tasks]
    words, best = scene.rng.choice((("earliest", min(dates)), ("latest", max(dates))))
    found = only(tasks, dates, best)
    where = "among all projects" if everywhere else f"in the {projects[0].name} project"
    goal = scene.say(
        (
            "Which task {where} has the {words} due date?",
            "Looking at the tasks {where}, which one has the {words} due date?",
        ),
        AS_TASK,
        where=where,
        words=words,
    )
    return Draft(goal, scene.listing(projects), found.content) if found and len(tasks) > 1 else None


def longer_of_two(scene: Scene) -> Draft | None:
    first, second = scene.two_tasks()
    goal = scene.say(
        (
            'Which task requires more time, "{first}" or "{second}"?',
            'Does "{first}" or "{second}" take longer?',
        ),
        AS_TASK,
        first=first.content,
        second=second.content,
    )
    calls = (*scene.listing(scene.homes(first, second)), get_duration(first), get_duration(second))
    longer = first if first.duration > second.duration else second
    return Draft(goal, calls, longer.content) if first.duration != second.duration else None


def count_overdue(scene: Scene) -> Draft | None:
    number = sum(task.due_date < scene.account.current_date for task in scene.tasks)
    goal = scene.say(
        (
            "Until today, how many tasks are overdue?",
            "How many of my tasks had a due date before today?",
        ),
        AS_NUMBER,
    )
    return Draft(goal, (TODAY, *scene.listing(scene.projects)), number) if number else None


def most_tasks(scene: Scene) -> Draft | None:
    sizes = [len(scene.of(project)) for project in scene.projects]
    words, best = scene.rng.choice((("most", max(sizes)), ("fewest", min(sizes))))
    goal = scene.say(
        ("Which project has the {words} tasks?", "In which project are there the {words} tasks?"),
        AS_PROJECT,
        words=words,
    )
    if sizes.count(best) != 1:
        return None
    answer = scene.projects[sizes.index(best)].name
    return Draft(goal, scene.listing(scene.projects), answer)


def any_priority(scene: Scene) -> Draft | None:
    project, there = scene.project(), scene.rng.random() < 0.5
    levels = {task.priority for task in scene.of(project)}
    possible = [level for level in range(1, 5) if (level in levels) == there]
    if not possible:
        return None
    level = scene.rng.choice(possible)
    goal = scene.say(
        (
            "Are there any tasks in the {project} project with a priority level of {level}?",
            "Does {project} have a task of priority {level}?",
        ),
        AS_YES_NO,
        project=project.name,
        level=level,
    )
    return Draft(goal, scene.listing([project]), "Yes" if there else "No")


MAKERS = (
    due_date,
    priority,
    duration,
    detail,
    same_place,
    count_priority,
    before_date,
    longest,
    total_duration,
    which_project,
    earliest,
    longer_of_two,
    count_overdue,
    most_tasks,
    any_priority,
)
