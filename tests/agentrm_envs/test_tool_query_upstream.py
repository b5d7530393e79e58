"""ToolQuery beside what AgentBoard's tools answered: recorded calls, prompts and task files."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from agentrm_envs import assets, make
from agentrm_envs.errors import BadData, MissingData
from agentrm_envs.tool_query import official
from agentrm_envs.tool_query.academia import Loaded, tools
from agentrm_envs.tool_query.answers import DECIMALS, same
from agentrm_envs.tool_query.applications import APPLICATIONS
from agentrm_envs.tool_query.films import catalogue
from agentrm_envs.tool_query.network import Network, Paper
from agentrm_envs.tools.call import Call, write_call
from agentrm_envs.tools.literals import NotLiteral, read_literal
from agentrm_envs.tools.toolbox import Toolbox
from tests.testdata import testdata

Row = dict[str, Any]
TODAY = "9999-12-31"


def recorded(app: str) -> list[Row]:
    """The recorded calls of an application, without those that a broken network answered."""
    lines = testdata("tool-query/observed_calls.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [r for r in rows if r["domain"] == app and "SSLError" not in r["observation"]]


def value_of(text: str) -> Any:
    try:
        return read_literal(text)
    except NotLiteral:
        return text


@pytest.mark.parametrize("app", sorted(APPLICATIONS))
def test_tools_have_agentboards_names_and_parameters(app):
    raw = json.loads(testdata(f"tool-query/prompts-raw/{app}_raw.json").read_text("utf-8"))
    theirs = {each["name"]: each["parameters"] for each in raw["tool_set_message"]}
    ours = {tool.name: tool for tool in APPLICATIONS[app].tools}
    assert list(ours) == list(theirs)
    for name, parameters in theirs.items():
        types = {key: each["type"] for key, each in parameters.get("properties", {}).items()}
        assert {key: each["type"] for key, each in ours[name].parameters.items()} == types


# Weather: everything but the measurements themselves.


def todays() -> dict[int, str]:
    """The user's date in each recorded episode, as the episode itself asked for it."""
    return {
        row["example_id"]: row["observation"]
        for row in recorded("weather")
        if row["tool"] == "get_user_current_date"
    }


def measured(value: Any) -> Any:
    """An answer with its measurements replaced by how many there are."""
    if not isinstance(value, dict) or "daily" not in value:
        return value
    daily = {
        name: column if name == "time" else len(column) for name, column in value["daily"].items()
    }
    return {**value, "daily": daily}


def in_weather(row: Row) -> tuple[str, Any]:
    """What our tools answer to a recorded call, as text and as a value."""
    today = todays().get(row["example_id"], TODAY)
    app = APPLICATIONS["weather"]
    state = app.begin({"current_date": today, "current_location": row["observation"]})
    reply = Toolbox(app.tools, explain=False).answer(state, write_call(row["tool"], row["input"]))
    return reply.observation, reply.value if reply.ok else reply.observation


def test_weather_answers_have_the_recorded_grid_points_days_and_units():
    kept = 0
    for row in recorded("weather"):
        theirs = value_of(row["observation"])
        if not (isinstance(theirs, dict) and "daily" in theirs):
            continue
        text, ours = in_weather(row)
        if row["example_id"] not in todays() and "Error: " in text:
            continue  # the episode never asked for its date, so we do not know it
        assert measured(ours) == measured(theirs), row
        assert list(ours) == list(theirs)
        assert text.startswith(row["observation"].split("'daily': ")[0])
        kept += 1
    assert kept == 55


def test_weather_errors_are_the_recorded_ones():
    kept = Counter()
    for row in recorded("weather"):
        if not row["observation"].startswith(("Error: ", "ERROR | ")):
            continue
        if row["observation"].startswith("Error: ") and row["example_id"] not in todays():
            continue
        assert in_weather(row)[0] == row["observation"], row
        kept[row["observation"][:30]] += 1
    assert sum(kept.values()) == 67


def test_places_heights_and_distances_are_the_recorded_ones():
    checked = Counter()
    for row in recorded("weather"):
        tool, theirs = row["tool"], value_of(row["observation"])
        if tool == "get_latitude_longitude":
            assert in_weather(row)[1]["results"][0] == theirs["results"][0]
        elif tool in ("get_elevation", "get_air_quality_level"):
            assert in_weather(row)[0] == row["observation"]
        elif tool == "get_distance":
            assert math.isclose(in_weather(row)[1], theirs, rel_tol=0, abs_tol=5.1e-9)
        else:
            continue
        checked[tool] += 1
    assert checked == {
        "get_latitude_longitude": 19,
        "get_distance": 3,
        "get_elevation": 2,
        "get_air_quality_level": 1,
    }


# Movie: the films are others, so the shapes and the errors.


def shape(value: Any) -> Any:
    """The kinds of things in an answer, with the names and the order of its fields."""
    if isinstance(value, dict):
        return tuple((key, shape(each)) for key, each in value.items())
    if isinstance(value, list):
        return {shape(each) for each in value} or "list"
    return "text" if isinstance(value, str) or value is None else "number"


def fits(ours: Any, theirs: Any) -> bool:
    """Whether every kind of thing that is there is recorded, too."""
    if isinstance(ours, set) and isinstance(theirs, set):
        return ours <= theirs
    if isinstance(ours, tuple) and isinstance(theirs, tuple) and len(ours) == len(theirs):
        return all(a[0] == b[0] and fits(a[1], b[1]) for a, b in zip(ours, theirs, strict=True))
    return ours == theirs


def in_movie(row: Row, film: str, person: str) -> tuple[str, Any]:
    """Our answer to the same tool about one of our films or people."""
    app = APPLICATIONS["movie"]
    ours = {"movie_id": film, "person_id": person, "movie_name": film, "person_name": person}
    call = write_call(row["tool"], {name: ours[name] for name in row["input"]})
    reply = Toolbox(app.tools, explain=False).answer(app.begin({}), call)
    return reply.observation, reply.value


def test_movie_answers_have_the_recorded_shapes():
    film = next(iter(catalogue().films.values()))
    actor = catalogue().people[film.cast[0].person]
    maker = catalogue().people[film.crew[0].person]
    checked = set()
    for row in recorded("movie"):
        theirs = value_of(row["observation"])
        if row["observation"] == "[]" or '"success":false' in row["observation"]:
            continue
        if isinstance(theirs, str):
            continue  # a text with a quote that Python escaped otherwise than we read it
        person = maker if row["tool"] == "get_person_crew" else actor
        search = row["tool"].startswith("get_search")
        keys = (film.title, person.name) if search else (str(film.id), str(person.id))
        text, ours = in_movie(row, *keys)
        assert fits(shape(ours), shape(theirs)), (row["tool"], text)
        checked.add(row["tool"])
    missing = {"check_valid_actions", "finish", "get_movie_keywords"}  # never recorded
    assert checked == {tool.name for tool in APPLICATIONS["movie"].tools} - missing


def test_movie_errors_are_the_recorded_ones():
    refused = [r for r in recorded("movie") if '"success":false' in r["observation"]]
    assert len(refused) == 11
    app = APPLICATIONS["movie"]
    for row in refused:
        reply = Toolbox(app.tools).answer(app.begin({}), write_call(row["tool"], row["input"]))
        assert reply.observation == row["observation"]
    nobody = [r for r in recorded("movie") if r["observation"] == "[]"]
    assert nobody
    for row in nobody:
        reply = Toolbox(app.tools).answer(app.begin({}), write_call(row["tool"], row["input"]))
        assert reply.observation == "[]"


# Academia: the recorded network itself, as far as the recorded calls show it.


def recorded_network(rows: list[Row]) -> Network:
    """A network with the nodes and edges that the recorded answers tell of."""
    papers: dict[str, Paper] = {}
    homes: dict[str, str] = {}
    together: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        told, given = value_of(row["observation"]), row["input"]
        if row["tool"] == "paperNodeCheck" and isinstance(told, dict):
            papers[given["node"]] = Paper(
                given["node"],
                tuple(told["authors"]),
                told["year"],
                told["venue"],
                told["n_citation"],
                tuple(told["keywords"]),
                told["doc_type"] == "Journal",
                (),
            )
        elif row["tool"] == "authorNodeCheck" and isinstance(told, dict):
            homes[given["node"]] = told["org"]
        elif row["tool"] == "neighbourCheck" and isinstance(told, list):
            if given["graph"] == "AuthorNet":
                known = together.setdefault(given["node"], {})
                together[given["node"]] = {other: known.get(other, ["?"]) for other in told}
            else:
                papers.setdefault(
                    given["node"], Paper(given["node"], (), 0, "", 0, (), False, tuple(told))
                )
        elif row["tool"] == "authorEdgeCheck" and isinstance(told, dict):
            edge = told["collaborative_papers"]
            together.setdefault(given["node1"], {})[given["node2"]] = edge
        elif "There is no edge" in row["observation"]:
            for node in (given["node1"], given["node2"]):
                if row["tool"] == "authorEdgeCheck":
                    together.setdefault(node, {})
                else:
                    papers.setdefault(node, Paper(node, (), 0, "", 0, (), False, ()))
    for one in list(together):
        for other in together[one]:
            homes.setdefault(other, "")
        homes.setdefault(one, "")
    network = Network([], homes)
    network.papers.update(papers)
    for one, others in together.items():
        network.together[one] = others
    return network


def test_academia_answers_every_recorded_call_on_the_recorded_network():
    rows = recorded("academia")
    network = recorded_network(rows)
    box = Toolbox(tools(lambda: network), explain=False)
    checked = 0
    for row in rows:
        if row["observation"].startswith("ERROR | Invalid action"):
            continue  # the log lost the text that was sent
        text = row["observation"]
        state = Loaded(papers="load the PaperNet" not in text, authors="load the Auth" not in text)
        call = Call(row["tool"], row["input"])
        assert box.carry_out(state, call).observation == text, row
        checked += 1
    assert checked == len(rows) - 1 >= 70


# The task files.


@pytest.fixture
def data(tmp_path, monkeypatch) -> Callable[[bool], None]:
    """Puts AgentGym's files, and if asked the reconstructed AgentBoard ones, in place."""
    monkeypatch.setenv("AGENTRM_DATA", str(tmp_path))
    (tmp_path / "tool_query").mkdir()

    def put(agentboard: bool = False) -> None:
        for app in APPLICATIONS:
            source = testdata(f"tool-query/agentgym_{app}.jsonl")
            shutil.copy(source, tmp_path / "tool_query" / f"{app}.jsonl")
        if agentboard:
            source = testdata("tool-query/agentboard60_reconstructed.jsonl")
            shutil.copy(source, tmp_path / "tool_query" / official.AGENTBOARD)

    return put


def test_agentgyms_tasks_load_and_say_which_of_them_run(data):
    data()
    found = official.every_task()
    counts = Counter((each.task["app"], bool(each.reason)) for each in found)
    assert counts == {
        ("academia", True): 20,
        ("movie", True): 238,
        ("weather", True): 318,
        ("weather", False): 25,
    }
    assert all(
        each.reason in {*official.REASONS.values(), official.NOT_THE_DISTANCE, ""} for each in found
    )


def test_agentboards_tasks_load(data):
    data(agentboard=True)
    theirs = [each for each in official.every_task() if "agentboard" in each.id]
    assert len(theirs) == 60
    assert Counter(each.task["app"] for each in theirs) == {
        "academia": 20,
        "movie": 20,
        "weather": 20,
    }
    assert all(each.reason for each in theirs)


@pytest.mark.parametrize("match", ["typed", "exact"])
def test_official_tasks_that_run_are_solved_by_calling_the_tools(data, match):
    data()
    env = make("tool_query", data="official", match=match)
    assert len(env.tasks) == 25
    for task in env.tasks:
        env.reset(options={"task": task})
        problem = env.problem
        here = problem.task["init"]["current_location"]
        lengths = [told(env, here, town) for town in problem.mentions if town != here]
        right = next(each for each in lengths if same(problem.objective.answer, each))
        assert env.step(write_call("check_valid_actions", {}))[-1]["score"] == 1.0
        answer = right if match == "typed" else round(problem.objective.answer, DECIMALS)
        _, _, terminated, _, info = env.step(write_call("finish", {"answer": answer}))
        assert terminated
        assert (info["success"], info["score"]) == (True, 1.0), task


def told(env: Any, *towns: str) -> float:
    """The distance between two towns, as an episode's tools tell it."""
    ends = {}
    for number, town in enumerate(towns, 1):
        text, *_ = env.step(write_call("get_latitude_longitude", {"name": town}))
        first = read_literal(text)["results"][0]
        ends |= {f"{name}{number}": first[name] for name in ("latitude", "longitude")}
    text, *_ = env.step(write_call("get_distance", ends))
    return float(text)


def test_a_missing_or_broken_file_is_said_to_be_so(data, tmp_path):
    with pytest.raises(MissingData, match="data fetch tool_query"):
        official.every_task()
    data()
    (tmp_path / "tool_query" / "movie.jsonl").write_text('{"id": 0}\n')
    with pytest.raises(BadData, match=r"movie\.jsonl, line 1: not a Tool-Query task"):
        official.every_task()


def test_the_pinned_files_are_the_recorded_ones(data):
    data()
    assert set(assets.verify("tool_query").values()) == {"ok"}
