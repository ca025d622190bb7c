"""Attention: weights that sum to one, padding that gets none, and PyTorch as the oracle."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from rnnbook import layers
from rnnbook.attention import AdditiveAttention, attend, real_steps, scaled_dot_product
from rnnbook.decoding import generate
from rnnbook.models import AttentionTranslator
from rnnbook.text import END, PAD, START, UNK, shifted

LAYERS = {
    "RNN": nn.RNN,
    "LSTM": nn.LSTM,
    "our GRU": layers.GRU,
    "two LSTM layers": partial(nn.LSTM, num_layers=2),
    "LSTM both ways": partial(nn.LSTM, bidirectional=True),
    "two GRU layers both ways": partial(nn.GRU, num_layers=2, bidirectional=True),
}


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def ids(*shape, low=UNK + 1, high=9, seed=0):
    return torch.randint(low, high, shape, generator=torch.Generator().manual_seed(seed))


def translator(layer=nn.RNN, **sizes):
    torch.manual_seed(0)
    sizes = {"src_vocab_size": 9, "tgt_vocab_size": 11, "embed_dim": 4, "hidden_size": 8} | sizes
    return AttentionTranslator(**sizes, layer=layer)


def additive(seed=0):
    torch.manual_seed(seed)
    return AdditiveAttention(query_size=4, key_size=6, hidden_size=5)


# --------------------------------------------------------------------------- scores to contexts


def test_equal_scores_give_the_mean_and_a_large_one_gives_its_value():
    values = torch.tensor([[[1.0], [2.0], [6.0]]])
    assert attend(torch.zeros(1, 1, 3), values)[0].item() == pytest.approx(3.0)
    assert attend(torch.tensor([[[0.0, 100.0, 0.0]]]), values)[0].item() == pytest.approx(2.0)


@settings(max_examples=40, deadline=None)
@given(
    batch=st.integers(1, 4),
    queries=st.integers(1, 3),
    time=st.integers(1, 6),
    scale=st.sampled_from([0.0, 1.0, 50.0]),
    seed=st.integers(0, 1000),
)
def test_weights_are_never_negative_sum_to_one_and_are_zero_on_padding(
    batch, queries, time, scale, seed
):
    lengths = torch.randint(1, time + 1, (batch,), generator=torch.Generator().manual_seed(seed))
    mask = real_steps(lengths, time)
    context, weights = attend(
        scale * draw(batch, queries, time, seed=seed), draw(batch, time, 2, seed=seed), mask
    )
    assert context.shape == (batch, queries, 2)
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(batch, queries))
    assert (weights.transpose(1, 2)[~mask] == 0).all()


@pytest.mark.parametrize("junk", [1e4, float("inf"), float("-inf")])
def test_no_score_at_the_padding_gets_a_share(junk):
    scores, values = draw(2, 3, 5), draw(2, 5, 4)
    mask = real_steps(torch.tensor([5, 2]), 5)
    spoiled = torch.where(mask.unsqueeze(1), scores, junk)
    assert torch.equal(attend(spoiled, values, mask)[0], attend(scores, values, mask)[0])


def test_shapes_can_be_asked_where_there_are_no_numbers():
    scores, values = torch.zeros(2, 1, 3, device="meta"), torch.zeros(2, 3, 4, device="meta")
    context, weights = attend(scores, values, torch.ones(2, 3, dtype=torch.bool, device="meta"))
    assert (context.shape, weights.shape) == ((2, 1, 4), (2, 1, 3))


@pytest.mark.parametrize("attention", ["additive", "dot product"])
def test_padding_changes_nothing(attention):
    queries, keys, lengths = draw(3, 2, 4), draw(3, 6, 6), torch.tensor([6, 1, 4])
    if attention == "dot product":
        keys = keys[..., :4]
    call = additive() if attention == "additive" else lambda q, k, m: scaled_dot_product(q, k, k, m)
    context, weights = call(queries, keys, real_steps(lengths, 6))
    for i, n in enumerate(lengths.tolist()):
        alone, alone_weights = call(queries[i : i + 1], keys[i : i + 1, :n], None)
        torch.testing.assert_close(context[i : i + 1], alone)
        torch.testing.assert_close(weights[i : i + 1, :, :n], alone_weights)
    elsewhere = torch.where(real_steps(lengths, 6).unsqueeze(-1), keys, 1e3)
    assert torch.equal(call(queries, elsewhere, real_steps(lengths, 6))[0], context)


def test_the_gradient_through_the_values_is_the_weight():
    scores, values = draw(1, 1, 5), draw(1, 5, 3).requires_grad_()
    context, weights = attend(scores, values, torch.tensor([[True, True, True, False, True]]))
    context[..., 0].sum().backward()
    assert torch.equal(values.grad[0, :, 0], weights[0, 0])
    assert values.grad[0, 3].abs().max() == 0


def test_no_gradient_reaches_what_is_masked():
    module = additive()
    queries, keys = draw(2, 1, 4), draw(2, 5, 6).requires_grad_()
    context, _ = module(queries, keys, real_steps(torch.tensor([2, 5]), 5))
    context.square().sum().backward()
    assert torch.isfinite(keys.grad).all()
    assert (keys.grad[0, 2:] == 0).all()
    assert (keys.grad[0, :2] != 0).any()


# ----------------------------------------------------------------------------------- the scores


def test_additive_scores_are_the_equation_of_bahdanau():
    module, queries, keys = additive(), draw(2, 3, 4), draw(2, 5, 6)
    assert [*dict(module.named_parameters())] == ["W_a.weight", "U_a.weight", "v_a.weight"]
    _, weights = module(queries, keys)
    W, U, v = module.W_a.weight, module.U_a.weight, module.v_a.weight[0]
    for b in range(2):
        for i in range(3):
            e = torch.stack([v @ torch.tanh(W @ queries[b, i] + U @ keys[b, j]) for j in range(5)])
            alpha = e.exp() / e.exp().sum()
            torch.testing.assert_close(weights[b, i], alpha)
            c = sum(alpha[j] * keys[b, j] for j in range(5))
            torch.testing.assert_close(module(queries, keys)[0][b, i], c)


@settings(max_examples=30, deadline=None)
@given(
    queries=st.integers(1, 4),
    time=st.integers(1, 6),
    size=st.integers(1, 9),
    masked=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_scaled_dot_product_is_pytorchs(queries, time, size, masked, seed):
    q, k, v = (draw(3, n, m, seed=seed + n) for n, m in ((queries, size), (time, size), (time, 2)))
    q, k, v = (x.double().requires_grad_() for x in (q, k, v))
    lengths = torch.randint(1, time + 1, (3,), generator=torch.Generator().manual_seed(seed))
    mask = real_steps(lengths, time) if masked else None
    ours, _ = scaled_dot_product(q, k, v, mask)
    theirs = F.scaled_dot_product_attention(q, k, v, None if mask is None else mask.unsqueeze(1))
    torch.testing.assert_close(ours, theirs)
    for mine, other in zip(
        torch.autograd.grad(ours.square().sum(), (q, k, v)),
        torch.autograd.grad(theirs.square().sum(), (q, k, v)),
        strict=True,
    ):
        torch.testing.assert_close(mine, other)


# ------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"scores": torch.zeros(2, 5)}, ValueError, r"scores of shape \(batch, queries, time\)"),
        ({"scores": torch.zeros(2, 3, 5).long()}, TypeError, "expected scores of floating-point"),
        ({"scores": torch.zeros(2, 0, 5)}, ValueError, "scores is empty"),
        ({"scores": [0.0]}, TypeError, "scores must be a tensor"),
        ({"values": [0.0]}, TypeError, "values must be a tensor"),
        ({"values": torch.zeros(2, 5)}, ValueError, r"values of shape \(batch, time, value_size\)"),
        ({"values": torch.zeros(2, 4, 6)}, ValueError, "one value for each score"),
        ({"values": torch.zeros(5, 2, 6)}, ValueError, "time before batch"),
        ({"values": torch.zeros(2, 5, 6).double()}, TypeError, "expected values .*float64"),
        ({"values": torch.zeros(2, 5, 6).long()}, TypeError, "expected values of floating-point"),
        (
            {"values": torch.zeros(1, 5, 6)},
            ValueError,
            r"scores \(2, 3, 5\) and values \(1, 5, 6\)",
        ),
        (
            {"values": torch.zeros(2, 5, 6, device="meta")},
            ValueError,
            "values on cpu, where the weig",
        ),
        (
            {"mask": torch.ones(2, 5, dtype=torch.bool, device="meta")},
            ValueError,
            "expected mask on cpu, where the weights are, got meta",
        ),
        ({"mask": torch.ones(2, 5)}, TypeError, "mask of bool"),
        ({"mask": [[True] * 5] * 2}, TypeError, "mask must be a tensor"),
        ({"mask": torch.ones(2, 3, 5, dtype=torch.bool)}, ValueError, r"\(batch, time\)"),
        ({"mask": torch.ones(2, 3, dtype=torch.bool)}, ValueError, r"shape \(2, 5\)"),
        (
            {"mask": torch.tensor([[True] * 5, [False] * 5])},
            ValueError,
            "leaves a sequence nothing to look at",
        ),
    ],
)
def test_attend_refuses_what_does_not_fit(change, error, message):
    given = {"scores": torch.zeros(2, 3, 5), "values": torch.zeros(2, 5, 6), "mask": None}
    with pytest.raises(error, match=f"^attend: .*{message}"):
        attend(**(given | change))


QUERIES, KEYS = torch.zeros(2, 3, 4), torch.zeros(2, 5, 6)


@pytest.mark.parametrize(
    ("queries", "keys", "error", "message"),
    [
        (torch.zeros(2, 4), KEYS, ValueError, r"queries of shape \(batch, queries, query_size\)"),
        (torch.zeros(2, 3, 5), KEYS, ValueError, "queries with query_size = 4"),
        (QUERIES, torch.zeros(2, 6), ValueError, r"keys of shape \(batch, time, key_size\)"),
        (QUERIES, torch.zeros(2, 5, 7), ValueError, "keys with key_size = 6"),
        (QUERIES, torch.zeros(1, 5, 6), ValueError, "queries and keys of one batch, got 2 and 1"),
        (QUERIES, torch.zeros(2, 0, 6), ValueError, "keys is empty"),
        (QUERIES.double(), KEYS, TypeError, "queries of torch.float32, the type of the weights"),
        (QUERIES, KEYS.to("meta"), ValueError, "keys on cpu, where the weights are"),
        (QUERIES, "keys", TypeError, "keys must be a tensor"),
    ],
)
def test_additive_attention_refuses_what_does_not_fit(queries, keys, error, message):
    with pytest.raises(error, match=f"^AdditiveAttention: .*{message}"):
        additive()(queries, keys)


@pytest.mark.parametrize(
    ("queries", "keys", "values", "error", "message"),
    [
        (QUERIES, KEYS, KEYS, ValueError, "^scaled_dot_product: expected keys with size = 4"),
        (
            QUERIES,
            QUERIES[:1],
            QUERIES,
            ValueError,
            "^scaled_dot_product: .*one batch, got 2 and 1",
        ),
        (QUERIES, QUERIES, KEYS, ValueError, "one value for each score"),
        (QUERIES.long(), QUERIES, QUERIES, TypeError, "^scaled_dot_product: .* queries of float"),
        (QUERIES, QUERIES[0], QUERIES, ValueError, r"keys of shape \(batch, time, size\)"),
        (QUERIES, QUERIES[:, :0], QUERIES, ValueError, "^scaled_dot_product: keys is empty"),
        (QUERIES, QUERIES.double(), QUERIES, TypeError, "^scaled_dot_product: .*keys of torch.fl"),
        (QUERIES[0], QUERIES, QUERIES, ValueError, r"queries of shape \(batch, queries, size\)"),
    ],
)
def test_a_dot_product_refuses_what_does_not_fit(queries, keys, values, error, message):
    with pytest.raises(error, match=message):
        scaled_dot_product(queries, keys, values)


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ((0, 6, 5), ValueError, "query_size must be at least 1"),
        ((4, 2.5, 5), TypeError, "key_size must be a whole number"),
        ((4, 0, 5), ValueError, "key_size must be at least 1"),
        ((4, 6, -1), ValueError, "hidden_size must be at least 1"),
    ],
)
def test_impossible_sizes_are_refused(sizes, error, message):
    with pytest.raises(error, match=f"^AdditiveAttention: {message}"):
        AdditiveAttention(*sizes)


@pytest.mark.parametrize(
    ("lengths", "time", "error", "message"),
    [
        (torch.tensor([3, 0]), 3, ValueError, "lengths between 1 and 3"),
        (torch.tensor([4]), 3, ValueError, "lengths between 1 and 3"),
        (torch.tensor([2.0]), 3, TypeError, "int64"),
        (torch.tensor(2), 3, ValueError, r"\(batch,\)"),
        (torch.tensor([2]), 0, ValueError, "time must be at least 1"),
        ([2], 3, TypeError, "must be a tensor"),
    ],
)
def test_impossible_lengths_are_refused(lengths, time, error, message):
    with pytest.raises(error, match=message):
        real_steps(lengths, time)


# -------------------------------------------------------------------------------- the translator


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_no_logit_depends_on_the_word_it_is_asked_for_or_on_later_ones(layer):
    model = translator(layer)
    src, tgt = ids(3, 4), ids(3, 5)
    before = model(src, tgt)
    for t in range(5):
        other = tgt.clone()
        other[:, t:] = ids(3, 5 - t, low=9, high=11, seed=t)
        torch.testing.assert_close(model(src, other)[:, : t + 1], before[:, : t + 1])


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_padding_of_the_source_reaches_nothing(layer):
    model = translator(layer)
    src, tgt, lengths = ids(3, 5), ids(3, 4), torch.tensor([5, 2, 3])
    src = torch.where(real_steps(lengths, 5), src, PAD)
    logits = model(src, tgt, lengths=lengths)
    wider = F.pad(src, (0, 4))
    torch.testing.assert_close(model(wider, tgt, lengths=lengths), logits)
    weights = model.alignment(wider, tgt, lengths=lengths)
    assert (weights.transpose(1, 2)[~real_steps(lengths, 9)] == 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 4))
    for i, n in enumerate(lengths.tolist()):
        alone = model(src[i : i + 1, :n], tgt[i : i + 1])
        torch.testing.assert_close(logits[i : i + 1], alone, atol=1e-6, rtol=0)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_gradients_reach_every_parameter(layer):
    model = translator(layer)
    model(ids(3, 4), ids(3, 5)).logsumexp(-1).sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in model.parameters())


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_writing_says_what_teaching_the_same_words_says(layer):
    model = translator(layer)
    src, lengths = ids(4, 5), torch.tensor([5, 1, 3, 2])
    written = model.translate(src, max_length=6, lengths=lengths)
    logits = model(src, written, lengths=lengths)
    logits[..., [PAD, START]] = float("-inf")
    assert ((logits.argmax(-1) == written) | (written == PAD)).all()
    first = torch.full((4,), START)
    with torch.no_grad():
        state = model.encode(src, lengths=lengths)
        assert torch.equal(generate(model.step, first, state, length=6, end=END), written)


def test_a_beam_keeps_keys_and_states_of_its_beginnings():
    model = translator(nn.LSTM)
    src, lengths = ids(3, 4), torch.tensor([4, 2, 3])
    wide = model.translate(src, max_length=4, lengths=lengths, width=3)
    assert len(wide) == 3
    alone = model.translate(src[1:2, :2], max_length=4, width=3)
    kept = wide[1, : alone.shape[1]]
    assert torch.equal(kept, alone[0])


def test_the_query_is_the_state_before_the_word_is_read():
    model = translator(nn.LSTM)
    src, tgt = ids(2, 4), ids(2, 3)
    (h, _), keys, _ = model.encode(src)
    _, weights = model.attention(h[-1].unsqueeze(1), keys)
    torch.testing.assert_close(model.alignment(src, tgt)[:, :1], weights)
    assert shifted(tgt).shape == tgt.shape


@pytest.mark.parametrize("training", [True, False])
def test_writing_leaves_the_mode_as_it_was(training):
    model = translator(partial(nn.GRU, num_layers=2, dropout=0.5)).train(training)
    model.translate(ids(2, 3))
    assert all(module.training == training for module in model.modules())


WORDS = torch.full((2, 3), 7)


@pytest.mark.parametrize(
    ("src", "tgt", "options", "error", "message"),
    [
        (torch.full((2,), 7), WORDS, {}, ValueError, r"\(batch, time\)"),
        (torch.full((2, 3), 9), WORDS, {}, ValueError, "between 0 and 8"),
        (torch.full((3, 3), 7), WORDS, {}, ValueError, "a row of tgt for each of src"),
        (WORDS, torch.full((2, 3), START), {}, ValueError, "without START"),
        (WORDS, WORDS, {"lengths": torch.tensor([3, 0])}, ValueError, "lengths between 1 and 3"),
        (WORDS, WORDS, {"lengths": torch.tensor([3])}, ValueError, "one length per sequence"),
        (WORDS.to("meta"), WORDS, {}, ValueError, "where the weights are"),
        ([[7]], WORDS, {}, TypeError, "must be a tensor"),
    ],
)
def test_the_translator_refuses_what_does_not_fit(src, tgt, options, error, message):
    model = translator()
    for call in (model, model.alignment):
        with pytest.raises(error, match=message):
            call(src, tgt, **options)


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        ({"tgt_vocab_size": 4}, ValueError, "tgt_vocab_size above 4"),
        ({"hidden_size": 0}, ValueError, "hidden_size must be at least 1"),
        ({"embed_dim": 1.5}, TypeError, "embed_dim must be a whole number"),
    ],
)
def test_a_translator_of_impossible_size_is_refused(sizes, error, message):
    with pytest.raises(error, match=message):
        translator(**sizes)


DEVICES = ["meta", "cuda"] if torch.cuda.is_available() else ["meta"]


@pytest.mark.parametrize("device", DEVICES)
def test_logits_and_weights_are_where_the_model_is(device):
    model, words = translator(nn.LSTM).to(device), WORDS.to(device)
    lengths = None if device == "meta" else torch.tensor([3, 2])  # nothing can be packed there
    assert model(words, words, lengths=lengths).device.type == device
    assert model.alignment(words, words, lengths=lengths).device.type == device
