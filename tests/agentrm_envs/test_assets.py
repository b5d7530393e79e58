from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import tests.toys  # noqa: F401  # registers the toy
from agentrm_envs import assets
from agentrm_envs.__main__ import main
from agentrm_envs.download import checked_url, download
from agentrm_envs.errors import BadData, MissingData
from tests.testdata import testdata

WORDS = b"abba\nbaba\n" * 1_000


class Server(ThreadingHTTPServer):
    """Serves `files` by path on this machine; remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.cut: set[str] = set()
        """Paths whose answers end in the middle."""
        self.asked: list[str] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path in self.server.redirects:
            self.send_response(302)
            self.send_header("Location", self.server.redirects[self.path])
            self.end_headers()
            return
        if self.path not in self.server.files:
            self.send_error(404)
            return
        body = self.server.files[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.path in self.server.cut else body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The folder of official data; the toy's is `root / "toy"`."""
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def listing(monkeypatch):
    """Sets what the toy's assets.json would hold."""

    def use(*downloads):
        text = json.dumps({"origin": "a test", "downloads": downloads}).encode()
        found = assets.parse(text, "toy")
        monkeypatch.setattr(assets, "assets", lambda name: found)

    return use


def entry(server, content=WORDS, path="words.txt", *, at="/words", **changes):
    server.files[at] = content
    return {"url": server.url(at), "path": path, **stamp(content), **changes}


def stamp(content: bytes) -> dict[str, object]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def everything_under(root: Path) -> list[str]:
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if not p.is_dir())


def test_fetch_puts_files_in_their_places_and_only_once(server, root, listing):
    listing(entry(server), entry(server, b"deep", "a/b/c.txt", at="/deep"))
    assert assets.verify("toy") == {"a/b/c.txt": "missing", "words.txt": "missing"}
    assert assets.fetch("toy") == ["a/b/c.txt", "words.txt"]
    assert (root / "toy" / "words.txt").read_bytes() == WORDS
    assert everything_under(root) == ["toy/a/b/c.txt", "toy/words.txt"]
    assert assets.verify("toy") == {"a/b/c.txt": "ok", "words.txt": "ok"}
    assert assets.fetch("toy") == []
    assert server.asked == ["/words", "/deep"]


def test_fetch_mends_what_is_wrong(server, root, listing):
    listing(entry(server), entry(server, b"deep", "a/b/c.txt", at="/deep"))
    assets.fetch("toy")
    (root / "toy" / "words.txt").write_bytes(WORDS[:-1] + b"!")
    assert assets.verify("toy") == {"a/b/c.txt": "ok", "words.txt": "wrong"}
    assert assets.fetch("toy") == ["words.txt"]
    assert set(assets.verify("toy").values()) == {"ok"}


def test_a_wrong_checksum_is_refused_and_leaves_nothing(server, root, listing):
    listing(entry(server))
    server.files["/words"] = WORDS[::-1]
    with pytest.raises(BadData, match=r"has the sha256 [0-9a-f]{64}, not [0-9a-f]{64}"):
        assets.fetch("toy")
    assert everything_under(root) == []


def test_a_wrong_download_does_not_replace_a_file(server, root, listing):
    (root / "toy").mkdir(parents=True)
    (root / "toy" / "words.txt").write_bytes(b"mine")
    listing(entry(server, sha256="0" * 64))
    with pytest.raises(BadData):
        assets.fetch("toy")
    assert (root / "toy" / "words.txt").read_bytes() == b"mine"


@pytest.mark.parametrize(("size", "got"), [(len(WORDS) - 1, "more"), (len(WORDS) + 1, "10000")])
def test_another_size_than_announced_is_refused_and_leaves_nothing(
    server, root, listing, size, got
):
    listing(entry(server, size=size))
    with pytest.raises(BadData, match=f"has {got} bytes, not {size}"):
        assets.fetch("toy")
    assert everything_under(root) == []


def test_an_interrupted_download_leaves_nothing(server, root, listing):
    listing(entry(server))
    server.cut.add("/words")
    with pytest.raises((BadData, MissingData)):
        assets.fetch("toy")
    assert everything_under(root) == []
    server.cut.clear()
    assert assets.fetch("toy") == ["words.txt"]


def test_what_cannot_be_reached_is_missing_data_that_names_the_address(server, root, listing):
    listing(entry(server))
    del server.files["/words"]
    with pytest.raises(MissingData, match=r"/words could not be downloaded .*404"):
        assets.fetch("toy")


@pytest.mark.parametrize(
    "url", ["http://example.org/a", "ftp://example.org/a", "file:///etc/passwd"]
)
def test_only_https_is_spoken(url, server, tmp_path):
    with pytest.raises(BadData, match="over https only"):
        checked_url(url)
    server.redirects["/away"] = url
    refused = pytest.raises((BadData, MissingData), match=r"refused|not allowed")
    with refused, download(server.url("/away"), tmp_path, size=1, sha256=""):
        pass
    assert checked_url("https://example.org/a")


@pytest.mark.parametrize(
    "path",
    ["../evil", "a/../../evil", "/etc/evil", "a//b", "./a", "", "C:/evil", "a\\..\\evil", "a\0b"],
)
def test_a_path_that_leaves_the_folder_is_refused(path, server):
    text = json.dumps({"downloads": [entry(server, path=path)]}).encode()
    with pytest.raises(BadData, match="which is not plain"):
        assets.parse(text, "toy")


def test_a_link_in_the_folder_is_not_followed(server, root, listing, tmp_path):
    (root / "toy").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (root / "toy" / "a").symlink_to(tmp_path / "elsewhere")
    listing(entry(server, path="a/words.txt"))
    with pytest.raises(BadData, match="is a link"):
        assets.fetch("toy")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("size", [-1, assets.MAX_SIZE + 1])
def test_a_size_out_of_bounds_is_refused(size, server):
    with pytest.raises(BadData, match=f"has {size} bytes"):
        assets.parse(json.dumps({"downloads": [entry(server, size=size)]}).encode(), "toy")


@pytest.mark.parametrize("text", [b"", b"[]", b'{"downloads": [{"url": 3}]}'])
def test_a_listing_that_is_none_is_refused(text):
    with pytest.raises(BadData, match=r"toy: its assets\.json is not valid"):
        assets.parse(text, "toy")


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(members: dict[str, bytes], link: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    return buffer.getvalue()


def from_archive(server, content, members):
    return {"url": server.url("/archive"), **stamp(content), "members": members}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_only_the_wanted_members_of_an_archive_are_kept(pack, server, root, listing):
    content = pack({"data/words": WORDS, "../evil": b"evil", "other": b"other"})
    server.files["/archive"] = content
    members = {"data/words": {"path": "w/words.txt", **stamp(WORDS)}}
    listing(from_archive(server, content, members))
    assert assets.fetch("toy") == ["w/words.txt"]
    assert everything_under(root.parent) == ["data/toy/w/words.txt"]
    assert (root / "toy/w/words.txt").read_bytes() == WORDS


@pytest.mark.parametrize(
    ("content", "member", "message"),
    [
        (zipped({"words": WORDS}), "wrods", "cannot be read from its archive"),
        (tarred({"words": WORDS}), "wrods", "cannot be read from its archive"),
        (tarred({}, link="words"), "words", "not a regular file"),
        (b"no archive at all", "words", "cannot be read from its archive"),
        (zipped({"words": b"\0" * 10_000_000}), "words", "has more bytes"),
        (tarred({"words": WORDS[::-1]}), "words", "has the sha256"),
    ],
)
def test_a_bad_archive_is_refused_and_leaves_nothing(
    content, member, message, server, root, listing
):
    server.files["/archive"] = content
    listing(from_archive(server, content, {member: {"path": "words.txt", **stamp(WORDS)}}))
    with pytest.raises(BadData, match=message):
        assets.fetch("toy")
    assert everything_under(root) == []


def test_the_command_fetches_then_verifies_and_says_from_where(server, root, listing, capfd):
    listing(entry(server))
    assert main(["data", "fetch", "toy"]) == 0
    assert main(["data", "verify", "toy"]) == 0
    server.files["/words"] = b"other"
    (root / "toy" / "words.txt").unlink()
    assert main(["data", "fetch", "toy"]) == 1
    out, err = capfd.readouterr()
    assert f"toy: 1 files fetched, 0 were there, in {root / 'toy'}\nfrom a test" in out
    assert "toy: 1 of 1 files are right" in out
    assert "toy: fetch: 100%" in err
    assert "/words has 5 bytes, not 10000" in err


def test_a_variants_files_lie_where_its_environments_do(server, root, listing):
    listing(entry(server))
    assert assets.fetch("sciworld:agentboard") == ["words.txt"]
    assert everything_under(root) == ["sciworld/words.txt"]
    assert assets.verify("sciworld:agentboard") == {"words.txt": "ok"}
    found = assets.official_file("sciworld:agentboard", "words.txt")
    assert found == root / "sciworld" / "words.txt"
    with pytest.raises(MissingData, match="run `python -m agentrm_envs data fetch sciworld`"):
        assets.official_file("sciworld:agentboard", "other.txt")


def test_the_command_takes_a_variant_for_its_environment(server, root, listing, capfd):
    listing(entry(server))
    assert main(["data", "fetch", "sciworld:agentboard", "sciworld"]) == 0
    assert main(["data", "verify", "sciworld:agentboard"]) == 0
    assert main(["data", "fetch", "sciworld:board"]) == 2
    out, err = capfd.readouterr()
    assert out.count("sciworld: 1 files fetched") == 1
    assert "sciworld: 1 of 1 files are right" in out
    assert "sciworld has no variant 'board'" in err
    assert everything_under(root) == ["sciworld/words.txt"]


def test_what_cannot_be_fetched_does_not_stop_the_others(server, root, monkeypatch, capfd):
    lists = {"pddl": entry(server, at="/gone"), "babyai": entry(server)}
    del server.files["/gone"]
    texts = {name: json.dumps({"downloads": [each]}).encode() for name, each in lists.items()}
    parsed = {name: assets.parse(text, name) for name, text in texts.items()}
    monkeypatch.setattr(assets, "assets", lambda name: parsed.get(name, assets.Assets()))
    assert main(["data", "fetch", "pddl", "babyai", "maze"]) == 1
    out, err = capfd.readouterr()
    assert "babyai: 1 files fetched" in out
    assert "maze: nothing to fetch" in out
    assert err.splitlines()[-1].startswith("error: pddl: ")
    assert "/gone could not be downloaded" in err.splitlines()[-1]
    assert everything_under(root) == ["babyai/words.txt"]
    assert main(["data", "verify", "all"]) == 1
    out = capfd.readouterr().out
    assert "missing: " in out
    assert "babyai: 1 of 1 files are right" in out
    assert "webshop: nothing to verify" in out


def test_no_file_is_fetched_where_a_name_is_unknown(server, root, listing, capfd):
    listing(entry(server))
    assert main(["data", "fetch", "toy", "tyo"]) == 2
    assert "did you mean 'toy'" in capfd.readouterr().err
    assert everything_under(root) == []


def test_without_a_folder_for_data_one_is_told_what_to_set(monkeypatch):
    monkeypatch.delenv(assets.ROOT_VARIABLE, raising=False)
    with pytest.raises(MissingData, match="AGENTRM_DATA is not set; set it to a folder"):
        assets.folder("pddl")


def test_a_missing_file_names_the_command_to_run(root):
    with pytest.raises(MissingData, match="run `python -m agentrm_envs data fetch pddl`"):
        assets.official_file("pddl", "barman.pddl")


def test_an_environment_without_a_listing_needs_nothing():
    assert assets.assets("maze").files == []
    assert assets.fetch("maze") == []
    assert assets.verify("maze") == {}


@pytest.mark.parametrize(
    ("name", "count", "recorded"),
    [
        ("pddl", 64, "pddl/agentboard-pddlgym/{}"),
        ("babyai", 1, "babyai/agentboard_{}"),
    ],
)
def test_the_pinned_checksums_are_those_of_the_recorded_files(name, count, recorded):
    files = assets.assets(name).files
    assert len(files) == count
    for file in files:
        content = testdata(recorded.format(file.path)).read_bytes()
        assert stamp(content) == {"sha256": file.sha256, "size": file.size}
    assert all(item.url.startswith("https://") for item in assets.assets(name).downloads)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("babyai", "test.jsonl"),
        ("sciworld", "test_indices.json"),
        ("sciworld:agentboard", "test.jsonl"),
        ("tool_query", "academia.jsonl"),
    ],
)
def test_an_official_file_that_is_not_utf8_is_bad_data(name, path, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    file = tmp_path / name.partition(":")[0] / path
    file.parent.mkdir()
    file.write_bytes(b"[]\xff")
    assert main(["tasks", name, "--data", "official"]) == 2
    assert f"error: {file}: byte 2 is not UTF-8; " in capsys.readouterr().err
