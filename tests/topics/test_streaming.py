"""The causal transformer: its cache, its order, its mask, and what it refuses."""

import pytest
import torch

from rnnbook.experiments.streaming import CausalTransformer, Result, nbytes, run


@pytest.fixture
def model():
    torch.manual_seed(0)
    return CausalTransformer(size=8, num_layers=2, heads=2).double()


@pytest.fixture
def xs():
    return torch.randn(3, 6, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("parts", [[1] * 6, [4, 2], [2, 3, 1]])
def test_parts_give_what_the_whole_gives(model, xs, parts):
    whole, kept = model(xs)
    found, cache = [], None
    for part in xs.split(parts, dim=1):
        output, cache = model(part, cache)
        found.append(output)
    torch.testing.assert_close(torch.cat(found, dim=1), whole, rtol=0, atol=1e-12)
    torch.testing.assert_close(cache, kept, rtol=0, atol=1e-12)


def test_a_cache_with_room_gives_what_the_whole_gives(model, xs):
    whole, (keys, values) = model(xs)
    room = model.room(tokens=8, batch=len(xs))
    found = torch.stack([model.step(x, room, read) for read, x in enumerate(xs.unbind(1))], dim=1)
    torch.testing.assert_close(found, whole, rtol=0, atol=1e-12)
    for part, kept in zip(room.cache, (keys, values), strict=True):
        joined = part[..., :6, :].transpose(2, 3).flatten(3)
        torch.testing.assert_close(joined, kept, rtol=0, atol=1e-12)


def test_a_full_room_and_a_wrong_token_are_refused(model, xs):
    room = model.room(tokens=2, batch=len(xs))
    for x, read in ((xs[:, 0], 2), (xs[:, 0], -1), (xs[:, :1], 0), (xs[:, 0, :6], 0)):
        with pytest.raises(ValueError, match=r"CausalTransformer\.step"):
            model.step(x, room, read)


def test_no_token_sees_a_later_one(model, xs):
    changed = xs.clone()
    changed[:, 4:] = 0
    torch.testing.assert_close(model(changed)[0][:, :4], model(xs)[0][:, :4], rtol=0, atol=0)
    assert not torch.equal(model(changed)[0][:, 4:], model(xs)[0][:, 4:])


def test_order_counts(model, xs):
    assert not torch.allclose(model(xs.flip(1))[0].flip(1), model(xs)[0])


def test_attention_is_that_of_pytorch(model, xs):
    q, k, v = xs, xs.roll(1, 1), xs.roll(2, 2)
    heads = [part.unflatten(-1, (2, 4)).transpose(1, 2) for part in (q, k, v)]
    theirs = torch.nn.functional.scaled_dot_product_attention(*heads, is_causal=True)
    torch.testing.assert_close(model.look(q, k, v), theirs.transpose(1, 2).flatten(2))


@pytest.mark.parametrize(("size", "heads"), [(7, 1), (8, 3), (0, 1)])
def test_sizes_that_do_not_fit_are_refused(size, heads):
    with pytest.raises(ValueError, match="CausalTransformer"):
        CausalTransformer(size=size, num_layers=1, heads=heads)


def test_tokens_of_a_wrong_size_are_refused(model):
    with pytest.raises(ValueError, match="CausalTransformer"):
        model(torch.zeros(1, 3, 6, dtype=torch.float64))


def test_bytes_are_those_of_the_numbers(model, xs):
    _, cache = model(xs)
    assert nbytes(cache) == 2 * 2 * xs.numel() * 8
    assert isinstance(run((0,)), Result)
