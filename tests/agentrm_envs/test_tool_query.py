"""ToolQuery: how its tasks are played and scored."""

from __future__ import annotations

import datetime
import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentrm_envs import make
from agentrm_envs.errors import EnvError, NoPlan, NotStarted
from agentrm_envs.registry import expert
from agentrm_envs.tool_query import climate, globe
from agentrm_envs.tool_query.answers import alike, equal, same
from agentrm_envs.tool_query.env import FIRST_OBSERVATION
from agentrm_envs.tool_query.films import Role, catalogue
from agentrm_envs.tool_query.network import network
from agentrm_envs.tool_query.places import places, search
from agentrm_envs.tool_query.tmdb import film_crew
from agentrm_envs.tools.call import FORMAT_ERROR, write_call
from tests.agentrm_envs.tool_query_transcript import GOLDEN, transcript

ENDS = ("start", "end")
APPS = ("academia", "movie", "weather")


def begun(task: str, **settings):
    env = make("tool_query", **settings)
    first = env.reset(options={"task": task})
    return env, first


def first_task(program: str, app: str) -> str:
    """The first test task of a program."""
    env = make("tool_query")
    for task in env.tasks:
        if task.startswith(app):
            env.reset(options={"task": task})
            if env.problem.task["program"] == program:
                return task
    raise AssertionError(f"no task of {program}")


def call(tool: str, **arguments) -> str:
    return write_call(tool, arguments)


@pytest.mark.parametrize("app", APPS)
def test_a_task_begins_with_agentboards_words_and_ends_with_the_answer(app):
    env, (observation, info) = begun(f"{app}/test-000")
    assert observation == FIRST_OBSERVATION
    plan = expert("tool_query")(env)
    for number, action in enumerate(plan, 1):
        _, _, terminated, truncated, info = env.step(action)
        assert terminated == (number == len(plan))
        assert not truncated
    assert (info["score"], info["success"]) == (1.0, True)


def test_the_score_is_the_share_of_subgoals_and_never_falls():
    env, _ = begun(first_task("oldest_actor", "movie"))
    plan = expert("tool_query")(env)
    size = env.problem.objective.size
    assert size == len(plan)
    for number, action in enumerate(plan, 1):
        _, reward, _, _, info = env.step(action)
        assert math.isclose(reward, 1 / size, abs_tol=1e-12)
        assert math.isclose(info["score"], number / size, abs_tol=1e-12)


def test_the_same_result_twice_counts_once_and_loading_a_net_counts_nothing():
    env, _ = begun(first_task("paper_fact", "academia"))
    load, ask, _ = expert("tool_query")(env)
    assert env.step(load)[1] == 0.0
    assert env.step(ask)[1] == 0.5
    assert env.step(ask)[1] == 0.0


def test_a_wrong_answer_ends_the_task_without_success():
    env, _ = begun("academia/test-000")
    plan = expert("tool_query")(env)
    for action in plan[:-1]:
        env.step(action)
    _, reward, terminated, _, info = env.step(call("finish", answer="nothing of the kind"))
    assert terminated
    assert reward == 0.0
    assert not info["success"]
    assert 0 < info["score"] < 1


def test_a_right_answer_without_its_evidence_is_no_success():
    env, _ = begun("weather/test-000")
    _, reward, terminated, _, info = env.step(expert("tool_query")(env)[-1])
    assert terminated
    assert info["score"] == reward == 1 / env.problem.objective.size
    assert not info["success"]


def test_one_call_for_many_days_counts_for_what_calls_for_each_day_would():
    env, _ = begun(first_task("extreme_day", "weather"))
    plan = expert("tool_query")(env)
    tool, _, text = plan[-2].partition(" with Action Input: ")
    arguments = json.loads(text)
    day = int(arguments["start_date"][-2:])
    earlier = {**arguments, "start_date": f"{arguments['start_date'][:-2]}{max(1, day - 1):02}"}
    for action in (*plan[:-2], call(tool, **earlier), plan[-1]):
        info = env.step(action)[-1]
    assert info["success"]


def test_calls_for_each_day_count_for_what_one_call_for_many_days_would():
    for program in ("extreme_day", "drier_day"):
        env, _ = begun(first_task(program, "weather"))
        *before, action, answer = expert("tool_query")(env)
        tool, _, text = action.partition(" with Action Input: ")
        arguments = json.loads(text)
        for each in before:
            env.step(each)
        first, last = (datetime.date.fromisoformat(arguments[f"{end}_date"]) for end in ENDS)
        days = [first + datetime.timedelta(n) for n in range((last - first).days + 1)]
        if program == "drier_day":
            days = [first, last]
        for day in days:
            env.step(call(tool, **{**arguments, **{f"{end}_date": str(day) for end in ENDS}}))
        assert env.step(answer)[-1]["success"]


def test_a_shorter_span_does_not_count():
    env, _ = begun(first_task("extreme_day", "weather"))
    *before, action, _ = expert("tool_query")(env)
    tool, _, text = action.partition(" with Action Input: ")
    arguments = json.loads(text)
    for each in before:
        env.step(each)
    assert env.step(call(tool, **{**arguments, "end_date": arguments["start_date"]}))[1] == 0.0
    assert env.step(action)[1] > 0.0


def test_failures_cost_a_step_and_change_nothing():
    env, _ = begun("movie/test-000")
    before = env.episode
    for action in (
        "look around",
        "get_movie_details with Action Input: {",
        call("get_movie_details"),
        call("get_movie_details", movie_id="12345"),
        call("get_search_movie", movie_name="no such film at all"),
        call("get_film", movie_id="1"),
    ):
        _, reward, terminated, _, _ = env.step(action)
        assert (reward, terminated) == (0.0, False)
    assert env.episode == before
    assert len(env.snapshot().actions) == 6


def test_upstream_errors_leave_the_explanation_out():
    env, _ = begun("movie/test-000", upstream_errors=True)
    assert env.step("look around")[0] == FORMAT_ERROR
    assert env.step(call("get_movie_details"))[0] == "ERROR | KeyError('movie_id')"
    env, _ = begun("movie/test-000")
    assert env.step(call("get_movie_details"))[0] == (
        "ERROR | KeyError('movie_id')\n"
        "movie_id is missing (string). Usage: get_movie_details(movie_id: string)"
    )


COMPARED = "TypeError('<=' not supported between instances of {!r} and 'int')"
PLACE = {"latitude": 1, "longitude": 2}
ENDS_OF = {"latitude1": 52.5, "longitude1": 13.4, "latitude2": 48.8, "longitude2": 2.3}
INDEX = "get_air_quality_level"


@pytest.mark.parametrize(
    ("tool", "arguments", "answer"),
    [
        (INDEX, {"air_quality_index": "25"}, COMPARED.format("str")),
        (INDEX, {"air_quality_index": [25]}, COMPARED.format("list")),
        (INDEX, {"air_quality_index": None}, COMPARED.format("NoneType")),
        (
            "get_distance",
            {**ENDS_OF, "latitude1": "abc", "latitude2": "x"},
            "ValueError(could not convert string to float: 'abc')",
        ),
        (
            "get_distance",
            {**ENDS_OF, "longitude2": [1]},
            "TypeError(float() argument must be a string or a number, not 'list')",
        ),
        (
            "get_historical_temp",
            {**PLACE, "start_date": None, "end_date": "2020-01-01"},
            "TypeError(strptime() argument 1 must be str, not None)",
        ),
        ("get_latitude_longitude", {"Paris"}, "TypeError('set' object is not subscriptable)"),
        (
            "get_latitude_longitude",
            ("Paris",),
            "TypeError(tuple indices must be integers or slices, not str)",
        ),
        ("convert_zipcode_to_address", {"zipcode": "1"}, "KeyError('zipcode')"),
        ("convert_zipcode_to_address", {}, "KeyError('zipcode')"),
    ],
)
def test_what_upstreams_code_cannot_use_is_answered_in_its_words(tool, arguments, answer):
    env, _ = begun("weather/test-000", upstream_errors=True)
    assert env.step(f"{tool} with Action Input: {arguments}")[0] == f"ERROR | {answer}"
    assert "zipcode" not in env.step("check_valid_actions with Action Input: {}")[0]


def test_a_missing_day_is_in_the_way_only_after_the_days_that_are_given():
    env, _ = begun("weather/test-000", upstream_errors=True)
    span = {**PLACE, "start_date": None, "end_date": "2099-01-01"}
    assert env.step(f"get_historical_temp with Action Input: {span}")[0] == (
        "Error: end_date should be earlier than current_date"
    )


def test_an_index_in_quotes_is_read_where_problems_are_explained():
    env, _ = begun("weather/test-000")
    assert env.step(call(INDEX, air_quality_index="25"))[0] == "fair"
    answer = env.step("convert_zipcode_to_address with Action Input: {}")[0]
    assert answer.startswith("ERROR | Invalid action: convert_zipcode_to_address.")


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("today", "ValueError(time data 'today' does not match format '%Y-%m-%d')"),
        ("2023-06-31", "ValueError(day is out of range for month)"),
        (None, "TypeError(strptime() argument 1 must be str, not None)"),
    ],
)
@pytest.mark.parametrize("quantity", ["temp", "rain", "snow", "air_quality_index"])
def test_the_current_day_is_read_as_other_days_are(quantity, day, answer):
    env, _ = begun("weather/test-000")
    tool, place = f"get_current_{quantity}", {"latitude": 48.1, "longitude": 11.6}
    assert env.step(call(tool, **place, current_date=day))[0] == f"ERROR | {answer}"
    told = [
        env.step(call(tool, **place, current_date=each))[0] for each in ("2023-6-15", "2023-06-15")
    ]
    assert told[0] == told[1]
    assert "2023-06-15" in told[0]


def test_distances_take_any_longitude_and_no_latitude_beyond_the_poles():
    env, _ = begun("weather/test-000", upstream_errors=True)

    def distance(latitude: float, longitude: float) -> str:
        ends = {"latitude2": 40.7, "longitude2": -74.0}
        here = {"latitude1": latitude, "longitude1": longitude}
        return env.step(call("get_distance", **here, **ends))[0]

    for latitude in (100, -90.5):
        assert distance(latitude, 0) == (
            "ERROR | ValueError(Latitude must be in the [-90; 90] range.)"
        )
    assert distance(10, 200) == distance(10, -160) == distance(10, 560)


def test_a_node_of_any_kind_is_only_unknown():
    env, _ = begun("academia/test-000", upstream_errors=True)
    for tool, names, net in (
        ("paperNodeCheck", ["node"], "PaperNet"),
        ("authorNodeCheck", ["node"], "AuthorNet"),
        ("paperEdgeCheck", ["node1", "node2"], "PaperNet"),
    ):
        ask = f"{tool} with Action Input: {dict.fromkeys(names)}"
        assert env.step(ask)[0] == f"Please load the {net} first."
        env.step(call(f"load{net}"))
        assert env.step(ask)[0] == f"There is no node named None in the {net}."
        env.reset(options={"task": "academia/test-000"})
    env.step(call("loadPaperNet"))
    for node, kind in (([1], "list"), ({"a": 1}, "dict"), ((1, [2]), "list")):
        answer = env.step(f"paperNodeCheck with Action Input: { {'node': node} }")[0]
        assert answer == f"TypeError(unhashable type: '{kind}')"
    answer = env.step("neighbourCheck with Action Input: {'graph': None, 'node': 'x'}")[0]
    assert answer == "AttributeError('NoneType' object has no attribute 'neighbors')"


@pytest.mark.parametrize("name", ["Finish", "finish_task", "TaskFinish"])
def test_an_unknown_tool_that_is_called_finish_ends_the_task_as_upstream(name):
    """Upstream looks for the word in the action, whatever the tool."""
    env, _ = begun("movie/test-000", upstream_errors=True)
    env.step(expert("tool_query")(env)[0])
    score = env.step(call("check_valid_actions"))[-1]["score"]
    observation, reward, terminated, _, info = env.step(call(name, answer="x"))
    assert (observation, reward, terminated) == (f"ERROR | Invalid action: {name}.", 0.0, True)
    assert (info["score"], info["success"]) == (score, False)
    assert expert("tool_query")(env) == []
    env, _ = begun("movie/test-000")
    assert not env.step(call(name, answer="x"))[2]
    env, _ = begun("movie/test-000", upstream_errors=True)
    assert not env.step(call("FINISH", answer="x"))[2]


def test_a_crew_of_many_makers_is_told_whole_and_others_fill_it_up_to_ten():
    film = next(iter(catalogue().films.values()))
    people = list(catalogue().people)
    makers = [Role(film.id, person, "Producer") for person in people[:12]]
    others = [Role(film.id, person, "Editor") for person in people[12:24]]
    for number in (0, 9, 10, 12):
        told = film_crew(replace(film, crew=(*others, *makers[:number])))["crew"]
        assert len(told) == max(number, 10)
        assert [each["job"] for each in told[:number]] == ["Producer"] * number


def test_the_british_and_the_american_spelling_of_neighbour_both_work():
    env, _ = begun("academia/test-000")
    name = next(iter(network().together))
    env.step(call("loadAuthorNet"))
    texts = [
        env.step(call(tool, graph="AuthorNet", node=name))[0]
        for tool in ("neighbourCheck", "neighborCheck")
    ]
    assert texts[0] == texts[1] == str(list(network().together[name]))


def test_exact_matching_compares_as_agentboard_does():
    task = first_task("total", "weather")
    for match, form, success in (
        ("typed", str, True),
        ("exact", str, False),
        ("exact", float, True),
    ):
        env, _ = begun(task, match=match)
        *calls, _ = expert("tool_query")(env)
        for action in calls:
            env.step(action)
        info = env.step(call("finish", answer=form(env.problem.objective.answer)))[-1]
        assert info["success"] is success
    with pytest.raises(EnvError, match="no match is named 'loose'"):
        make("tool_query", match="loose")


def test_the_expert_goes_on_from_where_it_is():
    env, _ = begun(first_task("warmer_town", "weather"))
    plan = expert("tool_query")(env)
    env.step(plan[1])
    env.step(call("check_valid_actions"))
    assert expert("tool_query")(env) == [plan[0], *plan[2:]]
    env.step(plan[-1])
    assert expert("tool_query")(env) == []


def test_a_snapshot_is_a_value_that_other_play_does_not_change():
    env, _ = begun("weather/test-000")
    plan = expert("tool_query")(env)
    env.step(plan[0])
    snapshot = env.snapshot()
    for action in plan[1:]:
        last = env.step(action)
    for again in (snapshot, replace(snapshot, state=None)):
        env.restore(again)
        assert env.snapshot() == snapshot
        assert [env.step(action) for action in plan[1:]][-1] == last


def test_asking_before_reset_is_answered_with_what_to_do():
    env = make("tool_query")
    with pytest.raises(NotStarted, match="call reset first"):
        expert("tool_query")(env)


def test_official_tasks_have_no_plan(monkeypatch, tmp_path):
    row = {
        "id": 7,
        "goal": "How far is it from here to Denver?",
        "additional_info": {
            "answer": globe.distance(39.73915, -104.9847, 39.73915, -104.9847),
            "tool": "weather",
            "init_config": {"current_date": "2023-01-01", "current_location": "Denver"},
        },
    }
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    (tmp_path / "tool_query").mkdir()
    for app in APPS:
        text = json.dumps(row) if app == "weather" else ""
        (tmp_path / "tool_query" / f"{app}.jsonl").write_text(text)
    from agentrm_envs.tool_query import official

    table = official.load("test")
    assert list(table) == ["weather/agentgym-7"]
    assert official.load("train") == {}
    env = make("tool_query")
    env._start(table["weather/agentgym-7"])
    with pytest.raises(NoPlan, match="no program"):
        expert("tool_query")(env)


def test_the_golden_transcript_is_unchanged():
    assert transcript() == GOLDEN.read_text(encoding="utf-8")


# Answers.


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (2, 2.0),
        (2, "2"),
        (18.5, " 18.50"),
        (3944.422231489921, 3944.4222315),
        ("Yes", "yes "),
        ("Lazy  Caching", "lazy caching"),
        ("2013", 2013),
        (["a", "b"], ["B", "a"]),
        ([1, 1], ["1", 1.0]),
    ],
)
def test_answers_are_the_same_whatever_their_form(wanted, given):
    assert same(wanted, given)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        (2, 3),
        (2, "two"),
        (2, True),
        (2, [2]),
        (18.5, 18.6),
        (1, "nan"),
        ("Yes", "No"),
        ("Yes", ["Yes"]),
        ("Yes", None),
        (["a"], "a"),
        (["a", "b"], ["a"]),
        (["a"], ["a", "a"]),
        (["a", "a"], ["a", "b"]),
    ],
)
def test_other_answers_are_not_the_same(wanted, given):
    assert not same(wanted, given)


def test_a_number_is_the_wanted_result_whatever_its_last_digits():
    assert alike(3944.422231489921, 3944.42223149)
    assert not alike(3944.422231489921, 3944.43)
    assert alike({"elevation": [3.0]}, {"elevation": [3.0]})
    assert not alike(2, "2")


def test_exact_answers_are_compared_as_far_as_tools_print_them():
    assert equal(3944.422231489921, 3944.42223149)
    assert not equal(3944.422231489921, 3944.4222315)


def test_exact_answers_keep_their_type():
    assert equal(2, 2)
    assert equal(["b", "a"], ["a", "b"])
    assert not equal(2, "2")
    assert not equal(1, True)


# The worlds.


@given(st.floats(-90, 90), st.floats(-180, 180), st.dates())
def test_any_point_and_day_has_weather(latitude, longitude, day):
    told = climate.weather(latitude, longitude, day)
    assert -90 < told.lowest <= told.mean <= told.highest < 60
    assert 0 <= told.rain < 200
    assert 0 <= told.snow < 200
    assert told.air_quality >= 1
    north, east = globe.weather_cell(latitude, longitude)
    assert abs(north - latitude) < 0.1
    assert -180 <= east <= 180


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_distances_are_symmetric_and_close_to_those_on_a_sphere(a, b, c, d):
    there, back = globe.distance(a, b, c, d), globe.distance(c, d, a, b)
    assert math.isclose(there, back, rel_tol=1e-9, abs_tol=1e-6)
    assert math.isclose(there, globe.on_a_sphere(a, b, c, d), rel_tol=0.006, abs_tol=1e-6)


def test_winters_are_colder_than_summers_where_there_are_seasons():
    for town, colder in (("Moscow", 1), ("Chicago", 1), ("Sydney", 7), ("Ulaanbaatar", 1)):
        place = search(town)[0]
        means = {
            month: sum(
                climate.weather(
                    place.latitude, place.longitude, datetime.date(2021, month, day)
                ).mean
                for day in range(1, 29)
            )
            for month in (1, 7)
        }
        assert means[colder] < means[8 - colder] - 28 * 5


def test_towns_are_found_by_name_without_accents():
    assert search("bogota")[0].name == "Bogotá"
    assert search("Los Angeles")[0].country_code == "US"
    assert search("") == search("!!") == ()
    assert search("Zzyzx") == ()
    assert len({(p.latitude, p.longitude) for p in places()}) == len(places())


def test_films_and_papers_have_names_of_their_own():
    films = catalogue()
    assert len({film.title for film in films.films.values()}) == len(films.films)
    assert len({each.name for each in films.people.values()}) == len(films.people)
    assert len({film.imdb_id for film in films.films.values()}) == len(films.films)
    papers = network().papers
    assert all(
        papers[cited].year <= paper.year for paper in papers.values() for cited in paper.cites
    )
    assert all(
        papers[title].authors.count(name) == 1
        for name, known in network().together.items()
        for titles in known.values()
        for title in titles
    )
