"""A number is what can be read as one: NumPy's and a tensor's as well as Python's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rnnbook import decoding, initialisation, jacobians, layers, models, sequences, text, training
from rnnbook.experiments._seeds import over_seeds
from rnnbook.tasks.echo import Echo


def step(ids: Tensor, state: None) -> tuple[Tensor, None]:
    return torch.zeros(len(ids), 9), state


def fitted(**options: Any) -> list[float]:
    torch.manual_seed(0)
    chunked = {"chunk": options.pop("chunk")} if "chunk" in options else {}
    train = training.fit_truncated if chunked else training.fit
    settings = {"steps": 3, "seed": 1, "batch_size": 4, **options}
    return train(models.VanillaRNN(8, 4, 8), Echo(length=6, lag=2), **chunked, **settings).losses


def chrono(longest: int) -> Tensor:
    torch.manual_seed(0)
    return initialisation.chrono_(nn.GRU(3, 4), longest).bias_ih_l0


FIRST = torch.tensor([1])
#: What asks for a whole number; each is called with three.
WHOLE: dict[str, Callable[[Any], Any]] = {
    "fit, steps": lambda n: fitted(steps=n),
    "fit, seed": lambda n: fitted(seed=n),
    "fit, batch_size": lambda n: fitted(batch_size=n),
    "fit_truncated, chunk": lambda n: fitted(chunk=n),
    "fit_truncated, seed": lambda n: fitted(chunk=2, seed=n),
    "evaluate, seed": lambda n: training.evaluate(chain(), Echo(length=4, lag=1), seed=n, size=4),
    "evaluate, size": lambda n: training.evaluate(chain(), Echo(length=4, lag=1), seed=0, size=n),
    "recent": lambda n: training.History([1.0, 2.0, 3.0, 4.0]).recent(n),
    "largest_size": lambda n: training.largest_size(lambda size: nn.Linear(size, 1), n),
    "generate": lambda n: decoding.generate(step, FIRST, None, length=n),
    "beam, length": lambda n: decoding.beam(step, FIRST, None, length=n, width=2),
    "beam, width": lambda n: decoding.beam(step, FIRST, None, length=2, width=n),
    "sample, top_k": lambda n: decoding.sample(torch.zeros(5), top_k=n).shape,
    "chrono_": chrono,
    "MinGRU, longest": lambda n: layers.MinGRU(3, 4, longest=n).gate.bias.shape,
    "MinLSTM, longest": lambda n: layers.MinLSTM(3, 4, longest=n).input_gate.bias.shape,
    "one_hot_encode": lambda n: text.one_hot_encode(torch.tensor(2), n),
    "real_steps": lambda n: sequences.real_steps(torch.tensor([2]), n),
    "from_texts": lambda n: text.Vocabulary.from_texts(["a a a b"], minimum_count=n).tokens,
    "analyze_gradient_flow, seed": lambda n: jacobians.analyze_gradient_flow(
        seed=n, hidden_size=3, steps=2
    ),
    "analyze_gradient_flow, steps": lambda n: jacobians.analyze_gradient_flow(
        seed=0, hidden_size=3, steps=n
    ),
}
#: What asks for any number; each is called with one half.
ANY: dict[str, Callable[[Any], Any]] = {
    "beam, length_penalty": lambda x: decoding.beam(
        step, FIRST, None, length=2, width=1, length_penalty=x
    ),
    "orthogonal_": lambda x: initialisation.orthogonal_(nn.RNN(1, 1), x).weight_hh_l0.abs(),
    "forget_bias_": lambda x: initialisation.forget_bias_(nn.LSTM(1, 1), x).bias_ih_l0[1],
    "RNN, dropout": lambda x: layers.RNN(3, 4, 2, dropout=x).dropout,
}


def chain() -> nn.Module:
    torch.manual_seed(0)
    return models.SimpleRNN(8, 4, 8)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8, torch.tensor])
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_number_may_be_of_any_kind(name, kind):
    assert str(WHOLE[name](kind(3))) == str(WHOLE[name](3))


@pytest.mark.parametrize("wrong", [True, 3.0, np.float64(3), "3", None, np.ones(3, dtype=int)])
@pytest.mark.parametrize("name", WHOLE)
def test_what_is_no_whole_number_is_refused(name, wrong):
    if name == "sample, top_k" and wrong is None:
        return  # all of them
    if name in {"MinGRU, longest", "MinLSTM, longest"} and wrong is None:
        return  # no start of its own
    with pytest.raises(TypeError, match="must be a whole number"):
        WHOLE[name](wrong)


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, torch.tensor])
@pytest.mark.parametrize("name", ANY)
def test_a_number_may_be_of_any_kind(name, kind):
    assert str(ANY[name](kind(0.5))) == str(ANY[name](0.5))


@pytest.mark.parametrize("wrong", ["0.5", True, np.True_, np.ones(2), 0.5j])
@pytest.mark.parametrize("name", ["beam, length_penalty", "RNN, dropout"])
def test_what_is_no_number_is_refused(name, wrong):
    with pytest.raises(TypeError, match="must be a number"):
        ANY[name](wrong)


class Scored(NamedTuple):
    """What is measured on one seed."""

    score: float


def test_seeds_of_an_experiment_may_be_those_of_numpy():
    def one(seed: int) -> Scored:
        return Scored(training.evaluate(chain(), Echo(length=4, lag=1), seed=seed, size=4))

    assert over_seeds(one, np.arange(2)).score.shape == (2,)
