from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from leaderboard import view
from leaderboard.view import embedded
from tests.leaderboard.tampering import chosen_step, edit_episode

HOSTILE = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>&amp;\u2028\x00@DATA@"
ELEMENTS = re.compile(r"<(script|style)[^>]*>(.*?)</\1>", re.DOTALL)


@pytest.fixture
def page(weak):
    out = weak / "view.html"
    assert view.write(weak, out) == 6
    return out.read_text()


@pytest.fixture
def hostile_page(weak):
    def poison(episode):
        step = chosen_step(episode, 1)
        step.update(observation=HOSTILE)
        step["action"].update(text=HOSTILE, completion=HOSTILE)
        episode["tree"]["goal"] = HOSTILE
        episode["error"] = {"kind": "model", "type": HOSTILE, "message": HOSTILE}

    edit_episode(weak, poison)
    view.write(weak, weak / "view.html")
    return (weak / "view.html").read_text()


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


def data(page):
    return json.loads(page.partition('id="data">')[2].partition("</script>")[0])


def test_the_page_holds_every_node_of_every_tree(weak, page):
    lines = (weak / "episodes.jsonl").read_text().splitlines()
    by_id = {line["task"]["id"]: line for line in map(json.loads, lines)}
    shown = data(page)
    assert len(shown["episodes"]) == 6
    for episode in shown["episodes"]:
        recorded = by_id[episode["id"]]
        assert episode["chosen"] == recorded["chosen"]
        for node, other in zip(episode["nodes"], recorded["tree"]["nodes"], strict=True):
            assert node[0] == other["parent"]
            assert shown["texts"][node[1]] == other["step"]["action"]["text"]
            assert shown["texts"][node[3]] == other["step"]["observation"]
            assert node[6] == (None if other["value"] is None else pytest.approx(other["value"]))
            assert node[7] == other["visits"]


def test_the_page_needs_nothing_from_elsewhere(page):
    assert not re.search(r"(src|href)\s*=", page)
    assert not re.search(r"https?://|@import|url\(", page)


def test_only_the_pages_own_script_and_style_may_run(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'")
    contents = dict(ELEMENTS.findall(page))  # the last script is ours
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(contents[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_hostile_texts_stay_texts(page, hostile_page):
    assert "alert(1)</script>" not in hostile_page
    tags = Elements(hostile_page).tags
    tags.remove("b")  # the page's own mark of an error
    assert tags == Elements(page).tags
    assert not [name for name, _ in Elements(hostile_page).attributes if name.startswith("on")]
    shown = data(hostile_page)
    assert HOSTILE in shown["texts"]
    assert shown["episodes"][0]["goal"] == HOSTILE
    assert HOSTILE in shown["episodes"][0]["error"]


def test_a_hostile_name_of_a_system_stays_a_text(evidence):
    entry = replace(evidence.entry, system=HOSTILE, policy=HOSTILE, params={HOSTILE: HOSTILE})
    hostile = view.page(entry, [], of=0)
    assert Elements(hostile).tags == Elements(view.page(evidence.entry, [], of=0)).tags
    assert hostile.count('id="data">{"episodes":[],"texts":[]}') == 1


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "&lt;", "\u2028", "é", "\ud800"])
def test_embedded_json_is_read_back_and_has_no_markup(text):
    found = embedded([text])
    assert json.loads(found) == [text]
    assert not re.search("[<>&\u2028]", found)


def test_the_script_never_writes_markup():
    script = view._part("run.js")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


def test_the_page_says_whether_the_replay_was_the_same(weak, page):
    assert "verified by replay" in page
    edit_episode(weak, lambda episode: chosen_step(episode, 1).update(observation="x"))
    view.write(weak, weak / "view.html")
    assert "not verified" in (weak / "view.html").read_text()


def test_the_same_run_is_the_same_page(weak, page):
    view.write(weak, weak / "view.html")
    assert (weak / "view.html").read_text() == page


def test_fewer_episodes_can_be_shown(weak):
    assert view.write(weak, weak / "view.html", limit=2) == 2
    text = (weak / "view.html").read_text()
    assert "2 of 6 episodes shown" in text
    assert len(data(text)["episodes"]) == 2


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_script_is_javascript(tmp_path):
    file = tmp_path / "run.js"
    file.write_text(view._part("run.js"))
    subprocess.run(["node", "--check", str(file)], check=True, timeout=30)
