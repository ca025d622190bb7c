"""The two models that write: what they are taught on, where they stop, and what they never see."""

from __future__ import annotations

import inspect
from functools import partial
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from rnnbook import layers
from rnnbook.batch import Batch
from rnnbook.decoding import beam, sample
from rnnbook.layers import read
from rnnbook.models import CaptionGenerator, SentimentClassifier, Seq2SeqTranslator
from rnnbook.models.seq2seq import joined
from rnnbook.text import END, PAD, START, UNK, shifted
from rnnbook.training import fit

LAYERS = {
    "RNN": nn.RNN,
    "LSTM": nn.LSTM,
    "our GRU": layers.GRU,
    "two LSTM layers": partial(nn.LSTM, num_layers=2),
    "two RNN layers": partial(nn.RNN, num_layers=2, dropout=0.5),
}
BOTH_WAYS = {
    "both ways": partial(nn.RNN, bidirectional=True),
    "two LSTM layers both ways": partial(nn.LSTM, num_layers=2, bidirectional=True),
    "our GRU both ways": partial(layers.GRU, bidirectional=True),
}
EVERY = LAYERS | BOTH_WAYS


def captioner(layer=nn.RNN, **sizes):
    torch.manual_seed(0)
    sizes = {"image_dim": 5, "hidden_size": 8, "vocab_size": 11, "max_length": 7} | sizes
    return CaptionGenerator(**sizes, layer=layer)


def translator(layer=nn.RNN, **sizes):
    torch.manual_seed(0)
    sizes = {"src_vocab_size": 9, "tgt_vocab_size": 11, "embed_dim": 4, "hidden_size": 8} | sizes
    return Seq2SeqTranslator(**sizes, layer=layer)


def ids(*shape, low=UNK + 1, high=9, seed=0):
    return torch.randint(low, high, shape, generator=torch.Generator().manual_seed(seed))


def well_formed(written):
    """Whether every row is words, then END or the last column, then nothing but PAD."""
    for row in written.tolist():
        if END in row:
            words, behind = row[: row.index(END)], row[row.index(END) + 1 :]
        else:
            words, behind = row, []
        if {PAD, START} & set(words) or set(behind) - {PAD}:
            return False
    return True


# --------------------------------------------------------------------------------- teacher forcing


def test_what_is_read_is_the_target_one_step_late():
    assert shifted(torch.tensor([[7, 8, END], [9, END, PAD]])).tolist() == [
        [START, 7, 8],
        [START, 9, END],
    ]
    assert shifted(torch.tensor([[END]])).tolist() == [[START]]


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (torch.tensor([[START, 7, END]]), ValueError, "without START"),
        (torch.tensor([7, END]), ValueError, r"\(batch, time\)"),
        (torch.zeros(2, 3), TypeError, "integer ids"),
        (torch.zeros(2, 0, dtype=torch.int64), ValueError, "empty"),
    ],
)
def test_a_target_that_cannot_be_shifted_is_refused(target, error, message):
    with pytest.raises(error, match=message):
        shifted(target)


@pytest.mark.parametrize("layer", EVERY.values(), ids=EVERY)
def test_no_logit_depends_on_the_word_it_is_asked_for_or_on_later_ones(layer):
    model = translator(layer).eval()
    src, tgt = ids(3, 4), ids(3, 6)
    before = model(src, tgt)
    for t in range(6):
        other = tgt.clone()
        other[:, t:] = ids(3, 6 - t, low=9, high=11, seed=t)
        torch.testing.assert_close(model(src, other)[:, : t + 1], before[:, : t + 1])
        if t < 5:
            assert not torch.allclose(model(src, other)[:, t + 1 :], before[:, t + 1 :])


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_no_word_of_a_caption_is_seen_before_it_is_asked_for(layer):
    model = captioner(layer).eval()
    features, captions = torch.randn(3, 5), ids(3, 6)
    other = captions.clone()
    other[:, 2:] = 10
    torch.testing.assert_close(model(features, other)[:, :3], model(features, captions)[:, :3])


@pytest.mark.parametrize("layer", EVERY.values(), ids=EVERY)
def test_padding_of_the_source_changes_nothing(layer):
    model = translator(layer).eval()
    src, tgt, lengths = ids(3, 5), ids(3, 4), torch.tensor([5, 2, 3])
    src = torch.where(torch.arange(5) < lengths.unsqueeze(1), src, PAD)
    wider = F.pad(src, (0, 6), value=PAD)
    torch.testing.assert_close(
        model(wider, tgt, lengths=lengths), model(src, tgt, lengths=lengths), atol=1e-6, rtol=0
    )
    assert torch.equal(
        model.translate(wider, lengths=lengths), model.translate(src, lengths=lengths)
    )
    for i, n in enumerate(lengths):
        alone = model(src[i : i + 1, :n], tgt[i : i + 1])
        torch.testing.assert_close(
            alone, model(src, tgt, lengths=lengths)[i : i + 1], atol=1e-6, rtol=0
        )


def test_padding_of_a_caption_moves_no_logit_of_a_word():
    model = captioner()
    features, captions = torch.randn(2, 5), ids(2, 4)
    lengths = torch.tensor([4, 2])
    captions[1, 2:] = PAD
    packed, padded = model(features, captions, lengths=lengths), model(features, captions)
    torch.testing.assert_close(packed[0], padded[0])
    torch.testing.assert_close(packed[1, :2], padded[1, :2])


@pytest.mark.parametrize("layer", EVERY.values(), ids=EVERY)
def test_a_classifier_reads_each_sentence_at_its_true_length(layer):
    torch.manual_seed(0)
    model = SentimentClassifier(9, 4, 8, 3, layer=layer).eval()
    x, lengths = ids(4, 6), torch.tensor([6, 1, 4, 3])
    alone = torch.cat([model(x[i : i + 1, :n]) for i, n in enumerate(lengths)])
    torch.testing.assert_close(model(x, lengths=lengths), alone, atol=1e-6, rtol=0)


# ------------------------------------------------------------------------------------ the state


@pytest.mark.parametrize("layer", EVERY.values(), ids=EVERY)
def test_gradients_reach_every_parameter(layer):
    """So the whole state is handed on: of an LSTM's last step the cell state matters too."""
    model = translator(layer)
    model(ids(3, 4), ids(3, 5)).logsumexp(-1).sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in model.parameters())


def test_the_cell_state_is_handed_on():
    model = translator(nn.LSTM)
    src, tgt = ids(3, 4), ids(3, 5)
    h, c = model.encode(src)
    output, _ = model.decoder(model.tgt_embedding(shifted(tgt)), (h, torch.zeros_like(c)))
    assert not torch.allclose(model.fc(output), model(src, tgt))
    output, _ = model.decoder(model.tgt_embedding(shifted(tgt)), (h, c))
    torch.testing.assert_close(model.fc(output), model(src, tgt))


def test_both_directions_are_joined_layer_by_layer_at_the_true_ends():
    rnn = nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True)
    xs, lengths = torch.randn(2, 5, 3), torch.tensor([5, 2])
    output, state = read(rnn, xs, lengths=lengths)
    h, c = joined(state)
    assert h.shape == c.shape == (2, 2, 8)
    torch.testing.assert_close(h[1, 1], torch.cat([output[1, 1, :4], output[1, 0, 4:]]))


def test_a_decoder_writes_forward_with_twice_the_state():
    model = translator(partial(nn.GRU, bidirectional=True))
    assert not model.decoder.bidirectional
    assert model.decoder.hidden_size == 16


def test_a_caption_starts_from_a_whole_state():
    h, c = captioner(partial(nn.LSTM, num_layers=2)).start(torch.randn(3, 5))
    assert h.shape == c.shape == (2, 3, 8)
    assert not torch.allclose(h, c)
    assert captioner(nn.RNN).start(torch.randn(3, 5)).shape == (1, 3, 8)


def test_building_a_captioner_leaves_dropout_on_and_draws_nothing_for_it():
    layer = partial(nn.LSTM, num_layers=2, dropout=0.5)
    model = captioner(layer)
    assert model.rnn.training
    torch.manual_seed(0)
    nn.Embedding(11, 8)
    layer(8, 8, batch_first=True)
    expected = nn.Linear(5, 32).weight
    assert torch.equal(model.image_proj.weight, expected)


def test_a_caption_is_not_written_from_right_to_left():
    with pytest.raises(ValueError, match="forward only"):
        captioner(partial(nn.RNN, bidirectional=True))


# -------------------------------------------------------------------------------------- writing


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0, 20), size=st.integers(1, 6))
def test_what_is_written_is_words_then_the_end_then_padding(seed, scale, size):
    torch.manual_seed(seed)
    writers = captioner(), translator()
    for model in writers:
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=scale)
    captions = writers[0].generate(torch.randn(size, 5))
    translations = writers[1].translate(ids(size, 4, seed=seed), max_length=7)
    for written in (captions, translations):
        assert written.shape[0] == size
        assert 1 <= written.shape[1] <= 7
        assert well_formed(written)


@pytest.mark.parametrize("layer", EVERY.values(), ids=EVERY)
def test_greedy_writing_is_right_exactly_where_every_taught_step_is(layer):
    """Written word by word or taught with the true words before each: the same until a mistake."""
    model = translator(layer).eval()
    src = ids(6, 4)
    written = model.translate(src, max_length=5)
    ended = (written == END).any(1)
    logits = model(src, written)
    logits[..., [PAD, START]] = float("-inf")
    said = logits.argmax(-1)
    assert ((said == written) | (written == PAD)).all()
    assert ended.shape == (6,)


def test_one_letter_that_always_ends_ends_at_once():
    model = captioner()
    nn.init.zeros_(model.fc.weight)
    with torch.no_grad():
        model.fc.bias[:] = F.one_hot(torch.tensor(END), 11)
    assert model.generate(torch.randn(3, 5)).tolist() == [[END]] * 3
    with torch.no_grad():
        model.fc.bias[:] = F.one_hot(torch.tensor(7), 11)
    assert model.generate(torch.randn(2, 5)).tolist() == [[7] * 7] * 2
    assert model.generate(torch.randn(2, 5), max_length=3).tolist() == [[7] * 3] * 2


def test_writing_can_be_drawn():
    draw = partial(sample, generator=torch.Generator().manual_seed(0))
    assert len(captioner().generate(torch.zeros(50, 5), choose=draw).unique(dim=0)) > 5


def test_a_translation_is_asked_for_without_a_target():
    assert "tgt" not in inspect.signature(Seq2SeqTranslator.translate).parameters


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, layers.GRU])
def test_a_beam_that_keeps_everything_finds_the_likeliest_translation(layer):
    """Every translation is scored by the network under teacher forcing; the best is found."""
    model = translator(layer, tgt_vocab_size=6).eval()
    for parameter in model.parameters():  # as it starts, a network finds nearly all words alike
        parameter.data *= 3
    src, lengths = ids(2, 4), torch.tensor([4, 2])
    words = [END, UNK, 4, 5]
    every = [row for n in range(3) for row in product(words[1:], repeat=n)]
    targets = [[*row, END] for row in every] + [list(row) for row in product(words[1:], repeat=3)]
    for i in range(len(src)):
        scores = []
        for target in targets:
            tgt = torch.tensor([target])
            logits = model(src[i : i + 1], tgt, lengths=lengths[i : i + 1])[0]
            ruled_out = logits.index_fill(-1, torch.tensor([PAD, START]), -torch.inf)
            chosen = ruled_out.log_softmax(-1).gather(-1, tgt[0].unsqueeze(-1))
            scores.append(chosen.sum().item())
        best = targets[max(range(len(targets)), key=scores.__getitem__)]
        found = model.translate(
            src[i : i + 1], max_length=3, lengths=lengths[i : i + 1], width=len(targets)
        )
        assert found[0].tolist() == best


def test_a_beam_of_one_is_the_greedy_translation():
    model, src, lengths = translator(nn.LSTM), ids(5, 4), torch.tensor([4, 1, 3, 2, 4])
    greedy = model.translate(src, max_length=6, lengths=lengths)
    for i in range(len(src)):
        state = model.encode(src[i : i + 1], lengths=lengths[i : i + 1])
        with torch.no_grad():
            found, _ = beam(model.step, torch.tensor([START]), state, length=6, width=1, end=END)
        own = greedy[i][greedy[i] != PAD].tolist()
        assert found[0].tolist() == own


def test_a_wider_beam_has_no_other_form():
    model, src, lengths = translator(nn.LSTM), ids(5, 4), torch.tensor([4, 1, 3, 2, 4])
    greedy = model.translate(src, max_length=6, lengths=lengths)
    wide = model.translate(src, max_length=6, lengths=lengths, width=4, length_penalty=0.6)
    assert wide.shape[0] == 5
    assert well_formed(greedy)
    assert well_formed(wide)


@pytest.mark.parametrize("build", [captioner, translator])
@pytest.mark.parametrize("training", [True, False])
def test_writing_keeps_no_gradient_and_leaves_the_mode_as_it_was(build, training):
    model = build(partial(nn.RNN, num_layers=2, dropout=0.5)).train(training)
    said = model.generate(torch.randn(2, 5)) if build is captioner else model.translate(ids(2, 4))
    assert said.dtype == torch.int64
    assert all(module.training == training for module in model.modules())


# ---------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"image_dim": 0}, ValueError, "image_dim must be at least 1"),
        ({"hidden_size": 2.5}, TypeError, "hidden_size must be a whole number"),
        ({"vocab_size": 4}, ValueError, "vocab_size above 4"),
        ({"max_length": 0}, ValueError, "max_length must be at least 1"),
    ],
)
def test_a_captioner_of_impossible_size_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        captioner(**change)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"src_vocab_size": 0}, ValueError, "src_vocab_size must be at least 1"),
        ({"tgt_vocab_size": 4}, ValueError, "tgt_vocab_size above 4"),
        ({"embed_dim": True}, TypeError, "embed_dim must be a whole number"),
        ({"hidden_size": -1}, ValueError, "hidden_size must be at least 1"),
    ],
)
def test_a_translator_of_impossible_size_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        translator(**change)


FEATURES = torch.zeros(2, 5)
WORDS = torch.full((2, 3), 7)


@pytest.mark.parametrize(
    ("features", "captions", "error", "message"),
    [
        (torch.zeros(2), WORDS, ValueError, r"\(batch, image_dim\)"),
        (torch.zeros(2, 6), WORDS, ValueError, "image_dim = 5"),
        (torch.zeros(2, 5, dtype=torch.int64), WORDS, TypeError, "floating-point"),
        (torch.zeros(2, 5, dtype=torch.float64), WORDS, TypeError, "type of the weights"),
        (torch.zeros(2, 5, device="meta"), WORDS, ValueError, "where the weights are"),
        (torch.zeros(3, 5), WORDS, ValueError, "a row of captions for each of pictures"),
        (FEATURES, torch.full((2, 3), 11), ValueError, "between 0 and 10"),
        (FEATURES, torch.zeros(2, 3), TypeError, "integer ids"),
        (FEATURES, torch.full((2, 3), START), ValueError, "without START"),
        ([[0.0] * 5], WORDS, TypeError, "must be a tensor"),
    ],
)
def test_a_captioner_refuses_what_does_not_fit(features, captions, error, message):
    with pytest.raises(error, match=message):
        captioner()(features, captions)


@pytest.mark.parametrize(
    ("features", "error", "message"),
    [
        (torch.zeros(2, 6), ValueError, "image_dim = 5"),
        (torch.zeros(0, 5), ValueError, "empty"),
        ("two circles", TypeError, "must be a tensor"),
    ],
)
def test_a_captioner_writes_of_nothing_that_does_not_fit(features, error, message):
    with pytest.raises(error, match=message):
        captioner().generate(features)


@pytest.mark.parametrize(
    ("src", "tgt", "error", "message"),
    [
        (torch.full((2,), 7), WORDS, ValueError, r"\(batch, time\)"),
        (torch.full((2, 3), 9), WORDS, ValueError, "between 0 and 8"),
        (torch.zeros(2, 3), WORDS, TypeError, "integer ids"),
        (torch.full((3, 3), 7), WORDS, ValueError, "a row of tgt for each of src"),
        (WORDS, torch.full((2, 3), 11), ValueError, "between 0 and 10"),
        (WORDS, torch.full((2, 3), START), ValueError, "without START"),
        (WORDS, [[7]], TypeError, "must be a tensor"),
        ([[7]], WORDS, TypeError, "must be a tensor"),
        (WORDS.to("meta"), WORDS, ValueError, "where the weights are"),
    ],
)
def test_a_translator_refuses_what_does_not_fit(src, tgt, error, message):
    with pytest.raises(error, match=message):
        translator()(src, tgt)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"max_length": 0}, ValueError, "max_length must be at least 1"),
        ({"width": 0}, ValueError, "width must be at least 1"),
        ({"lengths": torch.tensor([3])}, ValueError, "one length per sequence"),
        ({"lengths": torch.tensor([3, 4])}, ValueError, "lengths between 1 and 3"),
        ({"width": 2, "lengths": torch.tensor([3])}, ValueError, "one length per sequence"),
        ({"width": 2, "length_penalty": -1.0}, ValueError, "length_penalty"),
    ],
)
def test_a_translator_refuses_impossible_searches(options, error, message):
    with pytest.raises(error, match=message):
        translator().translate(WORDS, **options)


@pytest.mark.parametrize("width", [1, 2])
def test_a_translator_refuses_what_is_no_batch_of_ids(width):
    with pytest.raises(TypeError, match="must be a tensor"):
        translator().translate([[7]], width=width)
    with pytest.raises(ValueError, match=r"\(batch, time\)"):
        translator().translate(WORDS[0], width=width)


DEVICES = ["meta", "cuda"] if torch.cuda.is_available() else ["meta"]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("layer", [nn.LSTM, partial(nn.GRU, bidirectional=True)])
def test_logits_are_where_the_model_is(device, layer):
    model = translator(layer).to(device)
    assert model(WORDS.to(device), WORDS.to(device)).device.type == device
    model = captioner().to(device)
    assert model(FEATURES.to(device), WORDS.to(device)).device.type == device


@pytest.mark.parametrize("device", ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"])
def test_writing_follows_the_model_to_the_device(device):
    lengths = torch.tensor([3, 2])
    model = translator(partial(nn.LSTM, bidirectional=True))
    for width in (1, 3):
        here = model.to("cpu").translate(WORDS, lengths=lengths, width=width)
        there = model.to(device).translate(WORDS.to(device), lengths=lengths, width=width)
        assert there.device.type == device
        assert torch.equal(there.cpu(), here)
    assert captioner().to(device).generate(FEATURES.to(device)).device.type == device


# ------------------------------------------------------------------------------------- learning


class _OneCaption:
    """Two pictures and their captions, always the same."""

    def batch(self, size, generator):
        captions = torch.tensor([[5, 6, END, PAD], [6, 5, 5, END]])
        return Batch((torch.eye(2, 5), captions), captions)

    def loss(self, output, batch):
        return F.cross_entropy(output.flatten(0, 1), batch.target.flatten(), ignore_index=PAD)


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, partial(layers.GRU, num_layers=2)])
def test_two_captions_can_be_learned_by_heart_and_written_down(layer):
    model = captioner(layer)
    fit(model, _OneCaption(), steps=150, seed=0)
    assert model.generate(torch.eye(2, 5)).tolist() == [[5, 6, END, PAD], [6, 5, 5, END]]
