"""WebShop's search: terms, stems, ranks and the index's files."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from agentrm_envs.webshop import bm25, stored
from agentrm_envs.webshop.analyzer import terms
from agentrm_envs.webshop.bm25 import Index, build, quantized
from agentrm_envs.webshop.porter import stem

EMOJI = ("\u2b50\ufe0f", "\U0001f468\u200d\U0001f469")
WORDS = ("red", "shoe", "blue", "lamp", "oak", "desk", "wool", "hat")


def texts(count: int, seed: int = 0) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(1, 60))) for _ in range(count)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The women's Shoes, and a hat!", ["women", "shoe", "hat"]),
        ("3.5 x 1,000 o'clock u.s.a 2:30", ["3.5", "x", "1,000", "o'clock", "u.s.a", "2", "30"]),
        ("snake_case _ a_b", ["snake_cas", "a_b"]),
        ("it's women\u2019s", ["women"]),
        ("caf\u00e9 na\u00efve", ["caf\u00e9", "na\u00efv"]),
        ("\u5b57\u6f22 \u30ab\u30e1\u30e9", ["\u5b57", "\u6f22", "\u30ab\u30e1\u30e9"]),
        ("top \u2b50\ufe0f \U0001f468\u200d\U0001f469", ["top", *EMOJI]),
        ("to be or not to be", []),
        ("", []),
    ],
)
def test_terms_are_words_without_stop_words_and_endings(text, expected):
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("caresses", "caress"),
        ("ponies", "poni"),
        ("agreed", "agre"),
        ("hopping", "hop"),
        ("falling", "fall"),
        ("filing", "file"),
        ("happy", "happi"),
        ("relational", "relat"),
        ("assembly", "assembl"),
        ("technology", "technolog"),
        ("adjustable", "adjust"),
        ("controlling", "control"),
        ("by", "by"),
    ],
)
def test_stems_are_porters_with_his_two_later_rules(word, expected):
    assert stem(word) == expected


def test_ascii_text_has_the_same_terms_by_both_ways():
    rng = random.Random(3)
    for _ in range(3_000):
        text = "".join(rng.choices("ab1Z_.,;:'- #", k=rng.randint(1, 12)))
        assert terms(text) == terms(text + " \u00e9")[:-1]


def test_a_search_ranks_by_the_formula():
    documents = texts(300)
    ids = [f"B{number:03}" for number in range(300)]
    index = build(ids, documents)
    counts = [terms(text) for text in documents]
    mean = np.float32(sum(map(len, counts)) / len(counts))

    def weight(term: str, words: list[str]) -> float:
        having = sum(term in other for other in counts)
        idf = math.log(1 + (len(counts) - having + 0.5) / (having + 0.5))
        norm = 0.9 * (1 - 0.4 + 0.4 * quantized(len(words)) / mean)
        return idf * words.count(term) / (words.count(term) + norm)

    for query in ("red shoe", "oak oak desk", "lamp wool hat blue"):
        scores = [sum(weight(term, words) for term in terms(query)) for words in counts]
        found = index.search(query, 50)
        assert len(found) == 50
        ranked = [scores[number] for number in found]
        assert ranked == pytest.approx(sorted(scores, reverse=True)[:50], rel=1e-5)


def test_ties_go_to_the_lower_id():
    index = build(["B3", "B1", "B2"], ["red hat", "red hat", "red hat"])
    assert index.search("red") == [1, 2, 0]


def test_an_unknown_or_empty_query_finds_nothing():
    index = build(["B1"], ["red hat"])
    assert index.search("sofa") == index.search("") == index.search("the and") == []


def test_an_empty_shop_can_be_searched():
    assert build([], []).search("red") == []


def test_short_lengths_are_exact_and_long_ones_keep_four_bits():
    assert [quantized(length) for length in range(41)] == list(range(41))
    assert quantized(42) == 42 - (42 - 24) % 2
    assert all(quantized(n) <= n and quantized(n + 1) >= quantized(n) for n in range(5_000))


def test_chunks_make_no_difference(monkeypatch):
    documents, ids = texts(200), [f"B{number:03}" for number in range(200)]
    whole = build(ids, documents)
    monkeypatch.setattr(bm25, "_CHUNK", 100)
    monkeypatch.setattr(bm25, "_PARTS", 3)
    parts = build(ids, documents)
    for query in ("red", "oak desk", "hat hat lamp"):
        assert whole.search(query) == parts.search(query)
    assert (whole.documents == parts.documents).all()
    assert (whole.impacts == parts.impacts).all()


def test_an_index_on_disk_is_mapped_and_answers_alike(tmp_path):
    index = build(["B1", "B2"], ["red hat", "blue hat"])
    stored.keep(index, tmp_path / "kept")
    again = Index.load(tmp_path / "kept")
    assert isinstance(again.documents.base, np.memmap)
    assert again.search("blue hat") == index.search("blue hat") == [1, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_an_index_is_built_once_and_again_where_it_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.setenv(stored.VARIABLE, str(tmp_path))
    built = []

    def make() -> Index:
        built.append(1)
        return build(["B1"], ["red hat"])

    for _ in range(2):
        assert stored.kept_index("version", make).search("hat") == [0]
    assert len(built) == 1
    for file in (tmp_path / "webshop" / "version").iterdir():
        file.write_bytes(file.read_bytes()[:100])
    assert stored.kept_index("version", make).search("hat") == [0]
    assert stored.kept_index("version", make).search("hat") == [0]
    assert len(built) == 2


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv(stored.VARIABLE, str(tmp_path / "file"))
    assert stored.kept_index("v", lambda: build(["B1"], ["red hat"])).search("hat") == [0]


def test_without_a_home_directory_nothing_is_kept(monkeypatch):
    def homeless():
        raise RuntimeError("no home")

    for variable in (stored.VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(stored.Path, "home", homeless)
    assert stored.kept_index("v", lambda: build(["B1"], ["red hat"])).search("hat") == [0]


def test_objects_in_a_cached_file_are_never_unpickled(tmp_path):
    index = build(["B1"], ["red hat"])
    index.save(tmp_path)
    np.save(tmp_path / "ranks.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="object"):
        Index.load(tmp_path)
