"""What a network of two directions sees; the tasks of its chapter are followed by hand."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

from rnnbook import layers
from rnnbook.batch import UNASKED
from rnnbook.experiments import directions
from rnnbook.layers import reverse_within
from rnnbook.models import BidirectionalRNN, SimpleRNN
from rnnbook.tasks.random_tokens import RandomTokens
from rnnbook.tasks.word_senses import WORDS, WordSenses

LAYERS = [layers.RNN, layers.LSTM, layers.GRU, nn.RNN, nn.LSTM, nn.GRU]


@pytest.mark.parametrize("layer", LAYERS)
def test_padding_changes_no_answer(layer):
    torch.manual_seed(0)
    model, xs = BidirectionalRNN(3, 4, 2, layer=layer), torch.randn(3, 7, 3)
    lengths = torch.tensor([2, 6, 1])
    answers = model(xs, lengths=lengths)
    assert answers.shape == (3, 7, 2)
    for row, length in enumerate(lengths.tolist()):
        torch.testing.assert_close(answers[row, :length], model(xs[row : row + 1, :length])[0])


def test_each_direction_sees_its_own_side_only():
    torch.manual_seed(0)
    model, xs = BidirectionalRNN(3, 4, 2), torch.randn(1, 6, 3)
    output, _ = model.states(xs)
    changed = xs.clone()
    changed[:, 3] += 1
    moved = (model.states(changed)[0] != output).any(-1, keepdim=True) & (
        (model.states(changed)[0] - output).abs() > 0
    )
    ahead, back = moved[0].split(4, dim=-1)
    assert ahead.any(-1).tolist() == [False, False, False, True, True, True]
    assert back.any(-1).tolist() == [True, True, True, True, False, False]


def test_shapes_of_the_material_and_plain_words_for_one_layer():
    assert BidirectionalRNN(10, 32, 5)(torch.randn(4, 20, 10)).shape == (4, 20, 5)
    assert isinstance(BidirectionalRNN(10, 32, 5).rnn_backward, layers.RNN)


@pytest.mark.parametrize("options", [{"num_layers": 2}, {"bidirectional": True}])
def test_a_stack_or_a_layer_of_both_directions_is_refused(options):
    with pytest.raises(ValueError, match="expected layer to build one layer of one direction"):
        BidirectionalRNN(3, 4, 2, layer=partial(nn.RNN, **options))


@pytest.mark.parametrize(
    ("x", "lengths", "error", "message"),
    [
        (torch.zeros(2, 5, 4), None, ValueError, "input_size = 3"),
        (torch.zeros(2, 5, 3).long(), None, TypeError, "floating-point"),
        (torch.zeros(2, 0, 3), None, ValueError, "empty"),
        (torch.zeros(2, 5, 3), torch.tensor([0, 5]), ValueError, "between 1 and 5"),
        (torch.zeros(2, 5, 3), torch.tensor([5]), ValueError, "one length per sequence"),
        (torch.zeros(2, 5, 3), [5, 2], TypeError, "must be a tensor, got list"),
    ],
)
def test_bad_calls_get_one_clear_error(x, lengths, error, message):
    with pytest.raises(error, match=message):
        BidirectionalRNN(3, 4, 2)(x, lengths=lengths)


@pytest.mark.parametrize("place", range(3))
def test_sizes_are_positive_whole_numbers(place):
    sizes: list[object] = [3, 4, 2]
    for wrong, error in ((0, ValueError), (2.0, TypeError)):
        sizes[place] = wrong
        with pytest.raises(error, match=r"BidirectionalRNN: .* must be"):
            BidirectionalRNN(*sizes)


# ------------------------------------------------------------------ turning around


def test_without_lengths_a_batch_is_turned_around_whole():
    xs = torch.arange(6).view(1, 3, 2)
    assert torch.equal(reverse_within(xs), xs.flip(1))


def test_turning_around_refuses_lengths_of_another_batch():
    with pytest.raises(ValueError, match="reverse_within: expected one length per sequence"):
        reverse_within(torch.zeros(2, 3, 1), torch.tensor([3]))


def test_the_backward_network_is_the_forward_one_on_turned_sequences():
    torch.manual_seed(0)
    model, plain = directions.BackwardRNN(3, 4, 2), SimpleRNN(3, 4, 2)
    plain.load_state_dict(model.state_dict())
    xs = torch.randn(1, 5, 3)
    torch.testing.assert_close(model(xs), plain(xs.flip(1)).flip(1))
    answers = model(torch.randn(2, 5, 3), lengths=torch.tensor([2, 5]))
    assert answers.shape == (2, 5, 2)


# ------------------------------------------------------------------ the tasks


def test_every_sentence_asks_for_one_word_told_before_and_one_told_after():
    task = WordSenses()
    batch = task.batch(50, torch.Generator().manual_seed(0))
    asked, before = batch.target != UNASKED, task.told_before(batch)
    assert (asked.sum(1) == 2).all()
    assert ((asked & before).sum(1) == 1).all()
    assert not (before & ~asked).any()


def test_the_target_is_the_meaning_that_the_telling_word_gives_away():
    task = WordSenses()
    batch = task.batch(50, torch.Generator().manual_seed(1))
    for words, target in zip(task.words(batch), batch.target, strict=True):
        told = {task.telling[word] for word in words if word in task.telling}
        assert len(told) == 2
        for word, sense in zip(words, target.tolist(), strict=False):
            assert (sense != UNASKED) == (word in WORDS)
            if word in WORDS:
                assert {task.senses[sense]} == told & set(WORDS[word])


def test_no_word_tells_two_meanings():
    telling = [word for senses in WORDS.values() for words in senses.values() for word in words]
    assert len(set(telling)) == len(telling)
    assert not set(telling) & set(WORDS)


@pytest.mark.parametrize("adjectives", [-1, 5])
def test_there_are_only_so_many_adjectives(adjectives):
    with pytest.raises(ValueError, match="adjectives from 0 to 4"):
        WordSenses(adjectives)


def test_words_need_the_lengths_of_their_batch():
    task = WordSenses()
    batch = directions.Batch((torch.zeros(1, 2, len(task.vocabulary)),), torch.zeros(1, 2))
    with pytest.raises(ValueError, match="with lengths"):
        task.words(batch)


@pytest.mark.parametrize("options", [{"symbols": 1}, {"length": 1}])
def test_random_tokens_need_two_of_each(options):
    with pytest.raises(ValueError, match="at least two"):
        RandomTokens(**options)


def test_a_model_that_copies_the_future_has_nothing_to_copy_at_the_end():
    class Copier(nn.Module):
        def forward(self, xs, *, lengths=None):
            return 30 * torch.cat([xs[:, 1:], torch.zeros_like(xs[:, :1])], dim=1)

    task = directions.TOKENS
    batch = task.batch(5, torch.Generator().manual_seed(0))
    assert task.score(Copier()(*batch.inputs), batch) < 1e-6
    assert directions.without_the_future(Copier(), seed=0) == pytest.approx(task.baseline, 1e-5)
