"""WebShop's official files: what is read, what is listed, and what is refused."""

from __future__ import annotations

import gzip
import json

import pytest

import agentrm_envs
from agentrm_envs import assets
from agentrm_envs.errors import BadData, MissingData, UnknownTask
from agentrm_envs.task_lists import task_table
from agentrm_envs.webshop import official, prepared, stored
from agentrm_envs.webshop.prepared import json_rows
from tests.agentrm_envs import webshop_recorded as recorded
from tests.testdata import testdata

SMALL = {
    "items_shuffle_1000.json": "items_shuffle_1000.reconstructed.json.gz",
    "items_ins_v2_1000.json": "items_ins_v2_1000.json.gz",
    "title_nouns.json": "title_nouns_en_core_web_sm_3.8.json.gz",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of official data, and a cache of its own."""
    monkeypatch.setenv(assets.ROOT_VARIABLE, str(tmp_path))
    monkeypatch.setenv(stored.VARIABLE, str(tmp_path / "cache"))
    task_table.cache_clear()
    root = tmp_path / "webshop"
    (root / "lists").mkdir(parents=True)
    yield root
    task_table.cache_clear()


@pytest.fixture
def small(folder):
    for name, source in SMALL.items():
        packed = testdata(f"webshop/{source}").read_bytes()
        (folder / f"{name}.gz").write_bytes(packed)
    return folder


@pytest.fixture
def full(folder):
    """The recorded products as though they were the full shop."""
    for name, source in SMALL.items():
        text = gzip.decompress(testdata(f"webshop/{source}").read_bytes())
        (folder / name.replace("_1000", "")).write_bytes(text)
    people = testdata("webshop/items_human_ins_1000subset.json").read_bytes()
    (folder / "items_human_ins.json").write_bytes(people)
    return folder


def numbers(split: str) -> list[int]:
    return [int(id.partition("/")[2]) for id in task_table("webshop", split, "official")]


def test_the_small_shops_tasks_are_the_synthetic_goals(small):
    assert len(official.table("synthetic")) == 6910
    assert numbers("test") == list(range(500))
    assert numbers("train") == list(range(500, 6910))
    env = agentrm_envs.make("webshop", data="official")
    _, info = env.reset(options={"task": "synthetic/0"})
    theirs = recorded.goals()["goals"][0]["instruction_text"]
    assert info["goal"].partition(", and price")[0] == theirs.partition(", and price")[0]


def test_price_limits_of_synthetic_goals_are_those_that_agentgym_draws(small):
    assert official.table("synthetic")["synthetic/1143"]["instruction"] == (
        "Find me machine wash men's tuxedo shirts with polyester heathers, heathers cotton, "
        "cotton heather, needle sleeve, classic fit with color: heather blue, and fit type: men, "
        "and size: large, and price lower than 50.00 dollars"
    )
    assert official.table("synthetic")["synthetic/1143"]["price_upper"] == 50.0


def test_agentgyms_lists_decide_the_splits_where_they_are_there(small):
    for split, name in official.SPLIT_FILES["synthetic"].items():
        rows = json.loads(testdata(f"webshop/{name}").read_text())
        (small / name).write_text(json.dumps(rows))
        assert numbers(split) == [int(row["item_id"][len("webshop_") :]) for row in rows]
    assert (len(numbers("test")), len(numbers("train"))) == (200, 3930)


def test_etos_lists_have_the_counts_that_agentrm_reports():
    rows = {
        split: json.loads(testdata(f"webshop/{name}").read_text())
        for split, name in official.SPLIT_FILES["human"].items()
    }
    assert (len(rows["test"]), len(rows["train"])) == (200, 1824)
    assert (len(set(rows["test"])), len(set(rows["train"]))) == (200, 1823)
    assert len(set(rows["test"]) & set(rows["train"])) == 21
    assert max(rows["test"] + rows["train"]) < 12_087


def test_the_full_shops_tasks_are_what_people_wrote(full):
    people = json.loads((full / "items_human_ins.json").read_text())
    written = [row for rows in people.values() for row in rows if row["instruction_attributes"]]
    tasks = official.table("human")
    assert len(tasks) == len(written)
    (full / "lists" / "eto_test_indices.json").write_text("[3, 1, 3]")
    (full / "lists" / "eto_train_indices.json").write_text("[0]")
    assert (numbers("test"), numbers("train")) == ([3, 1], [0])
    env = agentrm_envs.make("webshop", data="official")
    _, info = env.reset(options={"task": "human/5"})
    texts = [row["instruction"].strip(".") for row in written]
    assert info["goal"].partition(", and price lower than")[0] in texts


def test_what_people_wrote_of_the_small_shop_can_be_played_too(small):
    people = testdata("webshop/items_human_ins_1000subset.json").read_bytes()
    (small / "items_human_ins.json").write_bytes(people)
    written = [
        r for rows in json.loads(people).values() for r in rows if r["instruction_attributes"]
    ]
    assert len(official.table("human")) == len(written) > 10
    env = agentrm_envs.make("webshop", data="official")
    _, info = env.reset(options={"task": "human/0"})
    assert info["goal"].partition(", and price lower than")[0] in {
        row["instruction"].strip(".") for row in written
    }
    assert isinstance(env.goal.options, tuple)
    assert numbers("test") == list(range(500))


def test_the_full_shop_is_prepared_once_and_finds_what_the_small_one_finds(full, monkeypatch):
    shop = official.catalogue("full")
    made = []
    monkeypatch.setattr(prepared, "prepare", lambda *a: made.append(a))
    official._full.cache_clear()
    official._catalogue.cache_clear()
    again = official.catalogue("full")
    assert made == []
    assert len(again.shelf) == 1000
    for query, asins in recorded.recorded("lucene_top50_1k.json.gz")[:300]:
        assert again.search(query) == shop.search(query) == tuple(asins)
    for product in recorded.products()[:50]:
        assert again.product(product.asin) == product
        assert min(product.prices) <= again.price(product.asin) <= max(product.prices)
    assert "B000000000" not in again
    assert "not an id at all" not in again
    assert "\u00e9" not in again


def test_a_list_that_names_no_goal_is_refused(small):
    file = small / official.SPLIT_FILES["synthetic"]["test"]
    for text, message in (
        ("[7000]", "names goal 7000, but there are 6910"),
        ('[{"id": 3}]', "names no goal"),
        ('["x"]', "names no goal"),
        ("{", "is no JSON"),
    ):
        file.write_text(text)
        with pytest.raises(BadData, match=message):
            official.load("test")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"asin": "B1"}]', "item 0 is no product"),
        ('[{"asin": 7}]', "item 0 is no product"),
        ("[1]", "item 0 is no product"),
        ('{"asin"', "is no JSON"),
    ],
)
def test_a_broken_product_file_says_where(folder, text, message):
    (folder / "items_shuffle_1000.json").write_text(text)
    (folder / "items_ins_v2_1000.json").write_text("{}")
    with pytest.raises(BadData, match=message):
        official.table("synthetic")


def test_a_file_that_is_not_what_its_name_says_is_refused(folder):
    (folder / "items_ins_v2_1000.json.gz").write_bytes(b"no gzip")
    (folder / "items_shuffle_1000.json").write_text("[]")
    with pytest.raises(BadData, match="cannot be read"):
        official.table("synthetic")


def test_a_missing_file_says_what_to_do(folder):
    with pytest.raises(MissingData, match=r"data fetch webshop.*setup\.sh"):
        official.table("synthetic")
    with pytest.raises(MissingData, match="data fetch webshop"):
        official.table("human")


def test_unknown_official_tasks_are_named(small):
    env = agentrm_envs.make("webshop", data="official")
    for task in ("synthetic/6910", "family-3", "human", "zebra/1"):
        with pytest.raises(UnknownTask, match="synthetic/0"):
            env.reset(options={"task": task})


def test_without_nouns_of_spacy_nouns_are_guessed(small):
    (small / "title_nouns.json.gz").unlink()
    official._small.cache_clear()
    product = official.catalogue("small").product(recorded.products()[0].asin)
    assert product.nouns[:3] == ("vhomes", "lights", "reclaimed")
    assert "the" not in product.nouns


def test_agentboards_goals_are_read_from_its_own_file(small):
    product = recorded.products()[7]
    info = {
        "product_id": product.asin,
        "category": product.category,
        "query": product.query,
        "product_name": product.title,
        "product_category": product.path,
        "attributes": ["console table"],
        "price_upper": 900.0,
        "product_options": {},
        "weight": 1,
    }
    (small / "agentboard").mkdir()
    file = small / "agentboard" / "test.jsonl"
    file.write_text(json.dumps({"goal": "a table", "difficulty": "easy", "additional_info": info}))
    env = agentrm_envs.make("webshop", data="official", protocol="agentboard")
    _, first = env.reset(options={"task": "agentboard/0"})
    assert first["goal"] == "a table"
    assert env.goal.query == product.query
    assert env.goal.nouns == product.nouns
    file.write_text('{"goal": 1}')
    official._table.cache_clear()
    with pytest.raises(BadData, match="line 1"):
        official.table("agentboard")


@pytest.mark.parametrize("chunk", [1, 2, 7, 1000])
def test_rows_of_a_json_array_are_read_in_chunks_of_any_size(tmp_path, chunk):
    rows = [{"a": [1, 2]}, "x,]", 3.5, None, [], {"b": "\u00e9\\"}]
    file = tmp_path / "rows.json"
    for text in (json.dumps(rows), json.dumps(rows, indent=2), "[]", "[ ]"):
        file.write_text(f" {text}\n")
        assert [row for row, _ in json_rows(file, chunk)] == json.loads(text)


@pytest.mark.parametrize("text", ["", "{}", '["a"', "[1, 2", "[1 x]", "nothing"])
def test_what_is_no_json_array_is_refused(tmp_path, text):
    file = tmp_path / "rows.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r".+"):
        list(json_rows(file))
