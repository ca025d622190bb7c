"""What waits for a backward pass, and reading with a backward pass after each chunk."""

import pytest
import torch
from torch import nn

from rnnbook.experiments import truncation
from rnnbook.tasks.asked_later import AskedLater
from rnnbook.training import detach


def test_what_waits_depends_on_the_chunk_and_not_on_the_document():
    assert truncation.waiting(10, 10) == truncation.waiting(10, 50)
    assert truncation.waiting(20, 60) > 1.8 * truncation.waiting(10, 60)


def test_a_detached_state_goes_through_all_chunks_as_one_reading_would():
    torch.manual_seed(0)
    lstm, xs = nn.LSTM(2, 4, batch_first=True), torch.randn(3, 7, 2)
    h, c = truncation.backward_by_chunks(lstm, xs, 3, detach)
    _, (h_n, c_n) = lstm(xs)
    torch.testing.assert_close((h, c), (h_n.detach(), c_n.detach()))


def test_starts_are_what_they_are_called():
    lstm = truncation.open_lstm(1, 4)
    assert (lstm.bias_ih_l0 + lstm.bias_hh_l0)[4:8].tolist() == [1.0] * 4
    rnn = truncation.frozen(truncation.orthogonal)(1, 4)
    torch.testing.assert_close(rnn.weight_hh_l0 @ rnn.weight_hh_l0.T, torch.eye(4))
    assert not any(p.requires_grad for p in rnn.parameters())


@pytest.mark.parametrize("options", [{"lag": 0}, {"noise": -1.0}, {"noise": float("nan")}])
def test_a_question_that_makes_no_sense_is_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        AskedLater(**options)
