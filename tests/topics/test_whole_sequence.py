"""How the chapter on a whole sequence copies parameters, well and badly."""

import pytest
import torch
from torch import nn

from rnnbook.experiments.whole_sequence import MISTAKES, copied, relative


@pytest.mark.parametrize("mistake", MISTAKES)
def test_copy_takes_what_it_says_and_draws_the_rest(mistake):
    torch.manual_seed(0)
    source = nn.RNN(10, 32, num_layers=2, batch_first=True)
    copy, rest = MISTAKES[mistake]
    ours = copied(source, 0, copy, rest=rest)
    for name, parameter in ours.named_parameters():
        assert torch.equal(parameter, source.get_parameter(name)) == copy(name)
        if rest is not None and not copy(name):
            assert parameter.abs().max() <= rest


def test_relative_difference_is_a_share_of_the_second():
    assert relative(torch.tensor([3.0, 0.0]), torch.tensor([2.0, 0.0])) == pytest.approx(0.5)
