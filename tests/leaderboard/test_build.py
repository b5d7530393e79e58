from __future__ import annotations

import shutil

import pytest

from harness.config import sha256
from harness.estimate import ESTIMATE_FILE
from leaderboard import entry as entries
from leaderboard import evidence as evidences
from leaderboard import source
from leaderboard.build import build, expand, from_run, mixtures
from leaderboard.errors import BadFile, IncompleteRun
from tests.leaderboard.conftest import STRONG, play
from tests.leaderboard.tampering import chosen_step, edit_episode, edit_json

BROKEN = {"kind": "environment", "type": "EnvCrashed", "message": "the process died"}


def forget_episode(run):
    path = run / "episodes.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))


def test_a_run_ends_with_a_leaderboard_that_is_not_verified(weak):
    [entry] = entries.read(weak / "leaderboard.json").entries
    assert not entry.verified
    assert entry.system == "random, beam 2x2, oracle RM"
    assert (entry.policy, entry.reward_model, entry.method) == ("random", "oracle", "beam")
    assert entry.params == {
        "branch": 2, "limit": 6, "seed": 0, "split": "test", "temperature": 0.7, "width": 2
    }  # fmt: skip
    assert entry.results["maze"].episodes == 6
    assert entry.cost.env_steps > 6
    assert entry.run.versions["python"]


def test_the_leaderboard_of_a_run_can_be_made_again_byte_by_byte(weak, tmp_path):
    from_run(weak, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (weak / "leaderboard.json").read_bytes()


def test_an_incomplete_run_is_refused_with_the_command_that_completes_it(weak, tmp_path):
    forget_episode(weak)
    with pytest.raises(IncompleteRun, match=r"5 of 6 tasks are scored.*--resume"):
        build([weak], tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_an_incomplete_run_may_be_shown_but_is_not_verified(weak, tmp_path, capsys):
    forget_episode(weak)
    built = build([weak], tmp_path / "out.json", allow_incomplete=True)
    assert built.entries[0].results["maze"].episodes == 5
    assert not built.entries[0].verified
    assert "NOT VERIFIED" in capsys.readouterr().err


def test_an_episode_that_broke_off_is_counted_and_not_scored(weak):
    before = source.read_run(weak).evidence
    edit_episode(weak, lambda episode: episode.update(error=BROKEN))
    result = source.read_run(weak, allow_incomplete=True).evidence.entry.results["maze"]
    assert (result.episodes, result.errors) == (5, 1)
    scored = [float(episode.success) for episode in before.episodes[1:]]
    assert result.mean == pytest.approx(sum(scored) / 5)
    with pytest.raises(IncompleteRun, match="1 ended in an error"):
        source.read_run(weak)


def test_a_run_without_an_episode_is_refused(weak):
    (weak / "episodes.jsonl").write_text("")
    with pytest.raises(IncompleteRun, match="0 of 6"):
        from_run(weak, weak / "leaderboard.json")


def test_runs_and_entry_files_are_merged_and_verified_best_first(runs, tmp_path):
    file = tmp_path / "strong.json"
    evidences.write(source.read_run(runs / "strong").evidence, file)
    built = build([runs / "weak", file], tmp_path / "out.json")
    assert [entry.system for entry in built.entries] == [
        "expert, greedy",
        "random, beam 2x2, oracle RM",
    ]
    assert all(entry.verified for entry in built.entries)
    assert entries.dumps(entries.read(tmp_path / "out.json")) == entries.dumps(built)


def test_what_a_file_says_of_itself_does_not_verify_it(runs, tmp_path):
    found = source.read_run(runs / "weak").evidence
    file = tmp_path / "entry.json"
    evidences.write(found, file)
    edit_json(file, lambda content: content["entry"].update(verified=True))
    edit_json(file, lambda content: content["episodes"][0].update(score=1.0, success=True))
    assert not build([file], tmp_path / "out.json").entries[0].verified
    assert not build([file], tmp_path / "out.json", replay=False).entries[0].verified


def test_a_tampered_run_stays_in_the_table_without_the_mark(runs, tmp_path, capsys):
    edit_episode(runs / "weak", lambda e: chosen_step(e, 1).update(observation="x"))
    built = build([runs], tmp_path / "out.json")
    assert [entry.verified for entry in built.entries] == [True, False]
    assert "step 1" in capsys.readouterr().err


def test_entries_over_different_tasks_are_flagged(runs, tmp_path, capsys):
    play(runs / "other", [*STRONG, "--limit", "3"])
    capsys.readouterr()
    built = build([runs], tmp_path / "out.json")
    assert len(mixtures(built)) == 2  # one for each list of tasks
    assert "do not compare them" in capsys.readouterr().err
    same = build([runs / "weak", runs / "strong"], tmp_path / "out.json")
    assert not mixtures(same)


def test_a_folder_of_runs_is_opened_and_what_was_built_beside_them_is_left_alone(runs):
    (runs / "all.json").write_text("{}")
    assert expand([runs]) == [runs / "strong", runs / "weak"]
    assert expand([runs / "weak"]) == [runs / "weak"]
    with pytest.raises(BadFile, match="nowhere"):
        expand([runs / "nowhere"])


def test_a_run_is_listed_with_the_one_that_it_was_compared_with_and_each_once(pair, tmp_path):
    built = build([pair, pair / "compared", pair], tmp_path / "out.json")
    assert [entry.system for entry in built.entries] == ["expert, greedy", "random, greedy"]
    assert all(entry.verified for entry in built.entries)


def test_an_incomplete_rival_is_refused_and_one_not_yet_begun_is_not_there(pair, tmp_path):
    forget_episode(pair / "compared")
    with pytest.raises(IncompleteRun, match=r"compared: 2 of 3"):
        build([pair], tmp_path / "out.json")
    (pair / "compared" / "episodes.jsonl").unlink()
    assert len(build([pair], tmp_path / "out.json").entries) == 1


def test_values_of_states_beside_runs_are_left_out_and_named(tmp_path, capsys):
    (tmp_path / ESTIMATE_FILE).write_text("{}")
    assert expand([tmp_path]) == []
    assert f"{tmp_path} is left out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("run.json", "{", "run.json"),
        ("episodes.jsonl", "{}\n{}\n", "line 1"),
    ],
)
def test_a_run_directory_that_is_none_is_refused(weak, file, text, words):
    (weak / file).write_text(text)
    with pytest.raises(BadFile, match=words):
        source.read_run(weak)


def test_a_folder_in_which_nothing_lies_replaces_no_leaderboard(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "board.json").write_text("mine")
    with pytest.raises(BadFile, match="holds no run and no entry"):
        build([tmp_path / "empty"], tmp_path / "board.json")
    assert (tmp_path / "board.json").read_text() == "mine"


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(BadFile, match=r"no run\.json"):
        source.read_run(tmp_path)


def test_tasks_of_another_version_are_refused(weak):
    def rename(content):
        content["config"].update(tasks=["chess"])
        content["config_sha256"] = sha256(content["config"])

    edit_json(weak / "run.json", rename)
    with pytest.raises(BadFile, match="chess"):
        source.read_run(weak)


def test_paths_of_ones_own_machine_do_not_reach_the_leaderboard():
    assert source.public("hf:/home/someone/models/policy") == "hf:policy"
    assert source.public("explicit:models/rm") == "explicit:models/rm"
    assert source.public("embedded") == "embedded"


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("ensemble:explicit:/home/me/rm+judge", "ensemble:explicit:rm+judge"),
        ("ensemble-min:judge+implicit:~/rm?score=min", "ensemble-min:judge+implicit:rm?score=min"),
        ("ensemble:judge:openai:m@http://h/v1+explicit", "ensemble:judge:openai:m+explicit"),
        ("trained:hf:/home/me/p", "trained:hf:p"),
        ("valid:hf:../me/p/", "valid:hf:p"),
        ("judge:vllm:/home/me/p", "judge:vllm:p"),
        ("trained:openai:gpt-oss:20b@https://h:8000/v1?seeds=off", "trained:openai:gpt-oss:20b"),
        ("openai:/models/llama@http://127.0.0.1:8000/v1", "openai:llama"),
        ("judge:openai:@org/m@http://h/v1", "judge:openai:@org/m"),
        ("hf:/home/me@work/c++/p", "hf:p"),
        ("hf:/home/me/a:b/p", "hf:p"),
        ("hf:Qwen/Qwen2.5-0.5B-Instruct", "hf:Qwen/Qwen2.5-0.5B-Instruct"),
        ("another:thing@10.0.0.1:80", "another:thing"),
        ("expert:0.5", "expert:0.5"),
    ],
)
def test_each_model_within_a_name_is_stripped(model, shown):
    assert source.public(model) == shown


def test_building_leaves_nothing_half_written(runs, tmp_path):
    build([runs / "strong"], tmp_path / "out" / "board.json")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["board.json"]
    shutil.rmtree(tmp_path / "out")
