from __future__ import annotations

from dataclasses import replace

import pytest

import harness.__main__
from agentrm_envs import Task
from leaderboard import entry as entries
from leaderboard import evidence as evidences
from leaderboard import source
from leaderboard.entry_config import config_of
from leaderboard.errors import BadFile
from leaderboard.verify import marked, verify, verify_source
from tests.leaderboard.conftest import STRONG, play
from tests.leaderboard.tampering import chosen_step, edit_episode, edit_json


def replay(run):
    return replays(run)[0]


def replays(run):
    return verify_source(source.read(run, allow_incomplete=True))


def only_difference(report):
    assert not report.verified
    return str(report.differences[0])


def test_an_honest_run_is_verified_and_its_leaderboard_says_so(weak):
    report = replay(weak)
    assert report.verified, report
    assert report.episodes == 6
    assert report.steps > 6
    assert entries.read(weak / "leaderboard.json").entries[0].verified


def test_a_run_of_named_tasks_is_verified_as_such(tmp_path):
    words = ["maze/test-009", "maze/test-000"]
    run = tmp_path / "run"
    expert = ["--policy", "expert", "--method", "greedy", "--out", str(run)]
    assert harness.__main__.main([*expert, "--tasks", *words]) == 0
    assert replay(run).verified
    found = source.read_run(run).evidence
    assert found.entry.params["tasks"] == words
    assert config_of(found.entry).tasks == tuple(words)
    others = replace(found.entry, params={**found.entry.params, "tasks": words[:1]})
    assert not verify(replace(found, entry=others)).verified


def forge(run, **changes):
    """Add an entry of another run to the run's leaderboard, marked as verified."""

    def add(content):
        forged = {**content["entries"][0], "system": "GPT-99", "verified": True, **changes}
        forged["run"] = {**forged["run"], "config_sha256": "ab" * 32}
        content["entries"].append(forged)

    edit_json(run / "leaderboard.json", add)


def marks(run):
    return {
        entry.system: entry.verified for entry in entries.read(run / "leaderboard.json").entries
    }


def test_an_entry_that_nobody_replayed_loses_its_mark(weak):
    forge(weak)
    assert replay(weak).verified
    assert marks(weak) == {"random, beam 2x2, oracle RM": True, "GPT-99": False}


def test_where_the_run_itself_is_not_listed_no_entry_keeps_its_mark(weak):
    forge(weak)
    edit_json(weak / "leaderboard.json", lambda content: content["entries"].pop(0))
    assert "an entry of this run" in only_difference(replay(weak))
    assert marks(weak) == {"GPT-99": False}


def test_the_run_that_it_was_compared_with_is_replayed_too(pair):
    assert [report.system for report in replays(pair)] == ["random, greedy", "expert, greedy"]
    assert marks(pair) == {"random, greedy": True, "expert, greedy": True}
    before = (pair / "leaderboard.json").read_bytes()
    assert all(report.verified for report in replays(pair))
    assert (pair / "leaderboard.json").read_bytes() == before


def test_a_rival_that_is_not_as_recorded_loses_its_mark_alone(pair):
    edit_episode(pair / "compared", lambda e: chosen_step(e, 1).update(observation="x"))
    assert [report.verified for report in replays(pair)] == [True, False]
    assert marks(pair) == {"random, greedy": True, "expert, greedy": False}


def test_a_rival_of_which_more_is_claimed_than_its_episodes_is_noticed(pair):
    def lower(content):
        rival = next(e for e in content["entries"] if e["policy"] == "expert")
        rival["results"]["maze"]["mean"] = 0.5

    edit_json(pair / "leaderboard.json", lower)
    own, rival = replays(pair)
    assert own.verified
    assert "results.maze.mean" in only_difference(rival)


@pytest.mark.parametrize("left", ["", '{"torn'])
def test_a_rival_without_an_episode_yet_is_passed_over(pair, left):
    (pair / "compared" / "episodes.jsonl").write_text(left)
    [report] = replays(pair)
    assert report.verified
    assert marks(pair) == {"random, greedy": True, "expert, greedy": False}


def test_a_run_compared_with_its_like_is_told_from_it(tmp_path):
    run = play(tmp_path / "run", [*STRONG, "--limit", "2", "--compare", "expert"])
    assert [report.verified for report in replays(run)] == [True, True]
    assert all(entry.verified for entry in entries.read(run / "leaderboard.json").entries)


def test_verifying_twice_changes_nothing(weak):
    replay(weak)
    before = (weak / "leaderboard.json").read_bytes()
    assert replay(weak).verified
    assert (weak / "leaderboard.json").read_bytes() == before


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("observation", "You see an open door.", "You see an open door."),
        ("reward", 1.0, "reward 1"),
        ("terminated", True, "terminated"),
        ("truncated", True, "truncated"),
        ("success", True, "success"),
    ],
)
def test_a_changed_answer_is_named_by_its_step_with_what_was_expected_and_got(
    weak, key, value, shown
):
    changed = edit_episode(weak, lambda episode: chosen_step(episode, 3).update({key: value}))
    text = only_difference(replay(weak))
    action = chosen_step(changed, 3)["action"]["text"]
    assert f"maze {changed['task']['id']}: step 3 (action {action!r})" in text
    expected, got = text.partition("expected ")[2].split("got ")
    assert shown in expected
    assert shown not in got


def test_a_changed_action_is_noticed_where_the_answers_part(weak):
    edit_episode(weak, lambda e: chosen_step(e, 2)["action"].update(text="dance"))
    text = only_difference(replay(weak))
    assert "step 2 (action 'dance')" in text


def test_a_changed_first_observation_or_goal_is_noticed(weak):
    edit_episode(weak, lambda episode: chosen_step(episode, 0).update(observation="hello"))
    assert "step 0 (reset)" in only_difference(replay(weak))


def test_another_goal_is_noticed(weak):
    edit_episode(weak, lambda episode: episode["tree"].update(goal="Win."))
    assert "step 0 (reset)" in only_difference(replay(weak))


def test_a_run_that_is_not_verified_loses_its_mark(weak):
    replay(weak)
    edit_episode(weak, lambda episode: chosen_step(episode, 1).update(observation="x"))
    assert not replay(weak).verified
    assert not entries.read(weak / "leaderboard.json").entries[0].verified


def test_a_leaderboard_that_claims_more_than_the_episodes_is_noticed(weak):
    edit_json(
        weak / "leaderboard.json",
        lambda content: content["entries"][0]["results"]["maze"].update(mean=1.0),
    )
    assert "results.maze.mean" in only_difference(replay(weak))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e: e["tree"]["nodes"][1].update(parent=1), "node 1 has the parent 1"),
        (lambda e: e["tree"].update(nodes=[]), "not a root"),
        (lambda e: e.update(chosen=10_000), "node 10000"),
        (lambda e: e.update(chosen=-2), "node -2"),
        (lambda e: e["tree"]["task"].update(id="other"), "its tree is of maze other"),
    ],
)
def test_a_damaged_tree_is_refused_by_its_task(weak, change, words):
    changed = edit_episode(weak, change)
    with pytest.raises(BadFile, match=words) as refused:
        replay(weak)
    assert changed["task"]["id"] in str(refused.value)


def episodes_with(evidence, number, **changes):
    episodes = list(evidence.episodes)
    episodes[number] = replace(episodes[number], **changes)
    return replace(evidence, episodes=tuple(episodes))


def lost(evidence):
    """The number of an episode without success."""
    return next(i for i, episode in enumerate(evidence.episodes) if not episode.success)


def test_evidence_alone_is_enough_to_verify(evidence, tmp_path):
    path = tmp_path / "entry.json"
    evidences.write(evidence, path)
    assert verify(evidences.read(path)).verified
    assert path.read_text() == evidences.dumps(evidences.read(path))


def test_a_claimed_score_that_the_actions_do_not_reach_is_noticed(evidence):
    number = lost(evidence)
    claimed = episodes_with(evidence, number, score=1.0, success=True)
    text = "\n".join(map(str, verify(claimed).differences))
    assert f"maze {evidence.episodes[number].task.id}: end" in text
    assert "expected score 1.0, success True" in text
    assert "got      score 0.0, success False" in text
    assert "results.maze.mean" in text  # the entry's mean is not that of the claim either


def test_a_digest_that_is_not_the_answers_names_the_step(evidence):
    digests = list(evidence.episodes[0].observations_sha256)
    digests[2] = "0" * 16
    report = verify(episodes_with(evidence, 0, observations_sha256=tuple(digests)))
    assert "step 2" in only_difference(report)
    assert "digest 0000000000000000" in only_difference(report)


def test_going_on_after_the_end_is_noticed(evidence):
    episode = next(e for e in evidence.episodes if e.success)
    number = evidence.episodes.index(episode)
    longer = episodes_with(
        evidence,
        number,
        actions=(*episode.actions, "move up"),
        observations_sha256=(*episode.observations_sha256, "0" * 16),
    )
    assert "is over" in only_difference(verify(longer))


@pytest.mark.parametrize("kept", [0, 1])
def test_an_episode_that_was_not_played_to_its_end_is_noticed(evidence, kept):
    number = lost(evidence)
    episode = evidence.episodes[number]
    digests = episode.observations_sha256[: kept + 1]
    cut = episodes_with(
        evidence, number, actions=episode.actions[:kept], observations_sha256=digests
    )
    text = only_difference(verify(cut))
    assert f"maze {episode.task.id}: end" in text
    assert "an answer that ends the episode" in text
    assert f"goes on after {kept} actions" in text


def test_answers_and_actions_must_be_as_many(evidence):
    fewer = episodes_with(evidence, 0, actions=evidence.episodes[0].actions[:-1])
    assert "observations" in only_difference(verify(fewer))


def test_an_entry_without_its_worst_episode_is_not_verified(evidence):
    number = lost(evidence)
    kept = tuple(e for i, e in enumerate(evidence.episodes) if i != number)
    table, overall = evidences.results(kept)
    entry = replace(evidence.entry, results=table, overall=overall)
    text = only_difference(verify(evidences.Evidence(entry, kept)))
    assert evidence.episodes[number].task.id in text


def test_an_entry_with_its_best_episode_twice_is_not_verified(evidence):
    number = lost(evidence)
    best = next(e for e in evidence.episodes if e.success)
    twice = tuple(best if i == number else e for i, e in enumerate(evidence.episodes))
    table, overall = evidences.results(twice)
    entry = replace(evidence.entry, results=table, overall=overall)
    assert not verify(evidences.Evidence(entry, twice)).verified


def test_declaring_a_lost_episode_an_error_does_not_help(evidence):
    number = lost(evidence)
    declared = episodes_with(evidence, number, error="environment: OutOfLuck: sorry")
    table, overall = evidences.results(declared.episodes)
    assert table["maze"].errors == 1
    entry = replace(evidence.entry, results=table, overall=overall)
    report = verify(evidences.Evidence(entry, declared.episodes))
    assert not report.verified
    assert report.errors == 1


@pytest.mark.parametrize("task", [Task("maze", "nowhere"), Task("chess", "1")])
def test_tasks_that_do_not_exist_are_named(evidence, task):
    report = verify(episodes_with(evidence, 0, task=task))
    assert not report.verified
    assert task.id in str(report)


SPOOF = "x\n\n# All is well\x1b[2J\u202e"


def test_no_text_of_an_entry_can_break_a_line_of_its_report(evidence):
    run = replace(evidence.entry.run, tasks_sha256="0" * 64)
    params = {**evidence.entry.params, SPOOF: 1}
    entry = replace(evidence.entry, system=SPOOF, run=run, params=params)
    lying = episodes_with(replace(evidence, entry=entry), 0, task=Task("maze", SPOOF))
    text = str(verify(lying))
    assert "All is well" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    starts = ("NOT VERIFIED", "  - ", "      expected ", "      got ")
    assert all(line.startswith(starts) for line in text.splitlines())


def test_an_entry_over_other_tasks_than_it_says_is_not_verified(evidence):
    run = replace(evidence.entry.run, tasks_sha256="0" * 64)
    other = replace(evidence, entry=replace(evidence.entry, run=run))
    assert "tasks_sha256" in only_difference(verify(other))


def test_an_entry_that_does_not_say_which_tasks_it_is_over_is_not_verified(evidence):
    silent = replace(evidence, entry=replace(evidence.entry, params={}))
    assert "split" in only_difference(verify(silent))


def test_without_a_replay_nothing_is_verified(evidence):
    boasting = replace(evidence, entry=replace(evidence.entry, verified=True))
    assert not marked(boasting, None).entry.verified
