"""Linear layers that serve: the same function as before, and rows that do not know each other."""

import pytest

torch = pytest.importorskip("torch", reason="pip install 'agentrm[hf]'")

from rewards.backbone.served_linear import ServedLinear, can_pack, is_packed, serve  # noqa: E402

needs_packing = pytest.mark.skipif(
    not can_pack(torch.float32), reason="oneDNN lays out no weights on this processor"
)
SHAPES = [(576, 192), (576, 1536), (1536, 576), (64, 4_099), (100, 7)]
ROWS = [1, 2, 3, 5, 8, 12, 13, 16, 17, 31, 33, 64, 100]


def a_layer(width: int, out: int, *, bias: bool = False) -> torch.nn.Linear:
    with torch.random.fork_rng():
        torch.manual_seed(width * out)
        return torch.nn.Linear(width, out, bias=bias).requires_grad_(False)


def some_rows(count: int, width: int) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(count))


@needs_packing
@pytest.mark.parametrize(("width", "out"), SHAPES)
def test_a_row_has_the_same_bits_in_any_company(width, out):
    layer = ServedLinear(a_layer(width, out), packing=True)
    rows = some_rows(max(ROWS), width)
    together = layer(rows)
    for count in ROWS:
        start = (max(ROWS) - count) // 2
        own = slice(start, start + count)
        assert torch.equal(layer(rows[own]), together[own]), count
        assert torch.equal(layer(rows[None, own])[0], together[own]), count


@pytest.mark.parametrize("packing", [False, pytest.param(True, marks=needs_packing)])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("width", "out"), SHAPES)
def test_the_function_is_that_of_the_layer(width, out, bias, packing):
    layer = a_layer(width, out, bias=bias)
    rows = some_rows(17, width)
    served = ServedLinear(layer, packing=packing)
    for given in (rows, rows[None], some_rows(width, 17).T):
        torch.testing.assert_close(served(given), layer(given))


@pytest.mark.parametrize("packing", [False, pytest.param(True, marks=needs_packing)])
def test_a_weight_is_changed_for_another_and_back(packing):
    layer, other = a_layer(64, 32), a_layer(64, 32, bias=True)
    served, rows = ServedLinear(layer, packing=packing), some_rows(5, 64)
    first = served(rows)
    own, served.in_use = served.in_use, served.laid_out(other.weight)
    torch.testing.assert_close(served(rows), torch.nn.functional.linear(rows, other.weight))
    served.in_use = own
    assert torch.equal(served(rows), first)


def test_all_linear_layers_of_a_model_serve_and_no_others():
    embedding = torch.nn.Embedding(10, 4)
    model = torch.nn.Sequential(embedding, torch.nn.Sequential(a_layer(4, 4)), a_layer(4, 10))
    model[2].weight = embedding.weight
    serve(model, packing=False)
    assert [type(each).__name__ for each in model.modules()].count("ServedLinear") == 2
    assert model[2].weight is embedding.weight
    assert not is_packed(model)


@needs_packing
def test_a_decoder_is_packed_where_every_layer_is():
    model = torch.nn.Sequential(a_layer(4, 4), a_layer(4, 4))
    assert not is_packed(model)
    serve(model, packing=True)
    assert is_packed(model)
