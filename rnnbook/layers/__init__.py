"""A whole sequence: recurrent layers, all called alike, as PyTorch's own are."""

from rnnbook.layers.fast import FastRNN
from rnnbook.layers.form import Layer, build
from rnnbook.layers.linear import MinGRU, MinLSTM
from rnnbook.layers.matrix import LinearAttention, masked_product, matrix_step
from rnnbook.layers.plain import GRU, LSTM, RNN, over_time, unroll
from rnnbook.layers.selective import S6
from rnnbook.layers.skip import SkipRNN
from rnnbook.layers.state_space import LRU, S4D, s4d_inv, s4d_lin, s4d_real
from rnnbook.layers.xlstm import MLSTM, SLSTM
from rnnbook.sequences import (
    State,
    detach,
    directions,
    last_state,
    map_state,
    read,
    real_steps,
    reverse_within,
)

__all__ = [
    "GRU",
    "LRU",
    "LSTM",
    "MLSTM",
    "RNN",
    "S4D",
    "S6",
    "SLSTM",
    "FastRNN",
    "Layer",
    "LinearAttention",
    "MinGRU",
    "MinLSTM",
    "SkipRNN",
    "State",
    "build",
    "detach",
    "directions",
    "last_state",
    "map_state",
    "masked_product",
    "matrix_step",
    "over_time",
    "read",
    "real_steps",
    "reverse_within",
    "s4d_inv",
    "s4d_lin",
    "s4d_real",
    "unroll",
]
