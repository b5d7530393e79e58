"""Adapters that agree in their lower layers: what one has read there, the other need not."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from safetensors.torch import load_file, save_file  # noqa: E402

from rewards.backbone import language_model  # noqa: E402
from rewards.backbone.adapters import BASE, read_adapter  # noqa: E402
from rewards.backbone.continuations import Wish  # noqa: E402
from rewards.backbone.engine import Engine  # noqa: E402
from rewards.backbone.language_model import LanguageModel  # noqa: E402
from rewards.backbone.proposals import continue_all  # noqa: E402
from tests.rewards.small_llama import segments  # noqa: E402
from tests.tiny_model import random_adapter, tiny_base  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing")
LAYERS = 2


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def policy(base, tmp_path_factory):
    """The folder of an adapter with random matrices in both layers."""
    return random_adapter(base, tmp_path_factory.mktemp("policy"))


def changed_from(policy, layer, folder):
    """A copy of the policy's adapter whose matrices differ from a layer on."""
    tensors = load_file(policy / "adapter_model.safetensors")
    for name in tensors:
        number = int(name.split(".layers.")[1].split(".")[0])
        if number >= layer:
            tensors[name] = tensors[name] * -0.5
    folder.mkdir()
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = json.loads((policy / "adapter_config.json").read_text(encoding="utf-8"))
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def model_with(base, *folders):
    """A model with the adapters of these folders, and the adapters' names."""
    causal = transformers.AutoModelForCausalLM.from_pretrained(base)
    model = LanguageModel(causal, transformers.AutoTokenizer.from_pretrained(base))
    names = []
    for folder in folders:
        adapter = read_adapter(folder)
        model.add(adapter)
        names.append(adapter.name)
    return model, names


def last(model, name, *paths):
    found, _ = model.compute(name, lambda engine: engine.read([list(paths)]))
    return torch.stack([node.last_hidden for node in found[0]])


def replies(model, name, path):
    wish = Wish(path, range(4), 1.0, limit=6)
    return model.compute(
        name, lambda engine: continue_all(engine, model.head, [wish], stop=model.stop)
    )[0]


@pytest.fixture
def both(base, policy, tmp_path):
    """A model with the policy and a reward model that differs in the last layer."""
    return model_with(base, policy, changed_from(policy, LAYERS - 1, tmp_path / "reward"))


def test_layers_in_which_adapters_agree_are_one_engine(both):
    model, (policy, reward) = both
    one, other = model.engine(policy), model.engine(reward)
    assert one is not other
    assert one.below is other.below
    assert (list(one.below.layers), list(one.layers)) == ([0], [1])
    assert model.engine(BASE).below is None, "the base agrees in no layer"


def test_adapters_that_differ_at_once_share_nothing(base, policy, tmp_path):
    model, names = model_with(base, policy, changed_from(policy, 0, tmp_path / "other"))
    assert [model.engine(name).below for name in names] == [None, None]


def test_adapters_that_agree_in_all_layers_share_all(base, policy, tmp_path):
    head_only = changed_from(policy, LAYERS, tmp_path / "head")
    config = json.loads((head_only / "adapter_config.json").read_text(encoding="utf-8"))
    written = json.dumps({**config, "inference_mode": True, "revision": "other"})
    (head_only / "adapter_config.json").write_text(written, encoding="utf-8")
    model, (one, other) = model_with(base, policy, head_only)
    assert one != other
    assert model.engine(one) is model.engine(other)


def rooms(model, *names):
    """The bytes of keys and values that the engines of these adapters may keep, by their layers."""
    engines = {id(each): each for name in names for each in model.engine(name).chain()}
    per_layer = 2 * 2 * 8 * 4  # of a token
    return [
        (each.layers, each.cache.capacity * len(each.layers) * per_layer)
        for each in engines.values()
    ]


GIVEN = 1_200_000
"""A size of which the tests' parts get whole numbers of tokens, about."""


@pytest.fixture
def given(monkeypatch):
    monkeypatch.setattr(language_model, "cache_bytes", lambda: GIVEN)


def is_all_but_rounding(rooms):
    return 0.99 * GIVEN < sum(room for _, room in rooms) <= GIVEN


def test_one_adapter_has_all_the_room(given, base, policy):
    model, [name] = model_with(base, policy)
    assert is_all_but_rounding(rooms(model, name))

    alone, _ = model_with(base)
    assert is_all_but_rounding(rooms(alone, BASE))


def test_the_parts_of_all_adapters_share_the_room_and_hold_as_many_tokens(given, both):
    model, names = both
    found = rooms(model, *names)
    assert [list(layers) for layers, _ in found] == [[0], [1], [1]]
    assert len({room for _, room in found}) == 1
    assert is_all_but_rounding(found)
    assert len({model.engine(name).capacity for name in names}) == 1


def test_adapters_that_share_nothing_share_the_room(given, base, policy, tmp_path):
    others = [changed_from(policy, 0, tmp_path / "0")]
    others.append(changed_from(others[0], 0, tmp_path / "1"))
    others.append(changed_from(others[0], 1, tmp_path / "2"))
    model, names = model_with(base, policy, *others)
    model.engine(names[0])  # with more to come
    found = rooms(model, *names)
    assert sorted(list(layers) for layers, _ in found) == [[0], [0, 1], [0, 1], [1], [1]]
    assert is_all_but_rounding(found)


def test_the_base_has_room_from_when_it_is_asked_for(given, base, policy):
    model, [name] = model_with(base, policy)
    alone = rooms(model, name)
    found = rooms(model, BASE, name)
    assert is_all_but_rounding(alone)
    assert len(found) == 2
    assert is_all_but_rounding(found)
    assert model.engine(name) is model.engine(name)
    assert rooms(model, name, BASE) == found[::-1]


def test_a_decoder_that_is_not_divisible_shares_the_room_too(given, both, monkeypatch):
    monkeypatch.setattr(language_model, "divisible", lambda decoder: False)
    model, names = both
    found = rooms(model, *names)
    assert [list(layers) for layers, _ in found] == [[0, 1], [0, 1]]
    assert is_all_but_rounding(found)


def test_shared_layers_give_the_numbers_of_separate_ones(base, policy, both, tmp_path):
    model, (first, second) = both
    head, a, b, c = segments(41, 9, 4, 7, 3)
    paths = [[head, a], [head, a, b], [head, a, c], [head, b, c]]
    for name, folder in ((first, policy), (second, tmp_path / "reward")):
        alone, [same] = model_with(base, folder)
        assert alone.engine(same).below is None
        assert torch.allclose(last(model, name, *paths), last(alone, same, *paths), atol=1e-5)
        assert replies(model, name, [head, a, c]) == replies(alone, same, [head, a, c])


def test_what_the_policy_read_costs_the_reward_model_its_own_layers_only(both, monkeypatch):
    model, (policy, reward) = both
    passes = []
    forward = Engine.forward

    def noted(engine, ids, *rest):
        passes.append((list(engine.layers), len(ids)))
        return forward(engine, ids, *rest)

    monkeypatch.setattr(Engine, "forward", noted)
    head, a, b = segments(42, 9, 4, 7)
    last(model, policy, [head, a])
    assert passes == [([0], 13), ([1], 13)]
    passes.clear()
    last(model, reward, [head, a])
    assert passes == [([1], 13)]
    passes.clear()
    last(model, reward, [head, a, b])
    last(model, policy, [head, a, b])
    assert passes == [([0], 7), ([1], 7), ([1], 7)], "and the other way round"


def test_full_caches_forget_on_either_side_and_stay_exact(base, policy, both, tmp_path):
    model, (first, second) = both
    alone = {name: model_with(base, folder) for name, folder in
             ((first, policy), (second, tmp_path / "reward"))}  # fmt: skip
    room = 2 * 2 * 8 * 4  # bytes of a token in one layer
    below = model.engine(first).below
    for name in (first, second):
        key = tuple(model._sums[name])
        upper = Engine(model.model.get_decoder(), below=below, cache_bytes=room * 60)
        model._engines[key] = upper
    below.cache.__init__(
        layers=below.layers, heads=2, dim=8, dtype=torch.float32, capacity=50
    )  # the lower one forgets sooner than the upper ones
    head, *others = segments(43, 9, *[11] * 9)
    order = [0, 1, 2, 3, 1, 4, 5, 0, 6, 7, 2, 8, 0, 1]
    for turn, i in enumerate(order):
        name = (first, second)[turn % 2]
        other, [same] = alone[name]
        path = [head, others[i]]
        assert torch.allclose(last(model, name, path), last(other, same, path), atol=1e-5)
