"""Whiteboard tasks in NumPy: a stub to complete, and a checker that names the mistake.

Each exercise is a module: ``rnn_step.rnn`` says what to write, and ``rnn_step.check(yours)`` grades
it. In a terminal, ``python -m rnnbook.exercises`` lists them all.
"""

from rnnbook.exercises import (
    beam_search,
    bptt,
    ctc_collapse,
    delta_rule,
    gru_step,
    lstm_step,
    masked_loss,
    perplexity,
    rnn_step,
    scan,
)
from rnnbook.exercises.grade import Grade

# All exercises, the first to write before those that need it.
EXERCISES = (
    rnn_step,
    lstm_step,
    gru_step,
    bptt,
    masked_loss,
    perplexity,
    beam_search,
    ctc_collapse,
    scan,
    delta_rule,
)

__all__ = [
    "EXERCISES",
    "Grade",
    "beam_search",
    "bptt",
    "ctc_collapse",
    "delta_rule",
    "gru_step",
    "lstm_step",
    "masked_loss",
    "perplexity",
    "rnn_step",
    "scan",
]
