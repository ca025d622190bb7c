"""Tasks to write yourself: a stub to complete, and a checker that names the mistake.

Each exercise is a module: ``rnn_step.rnn`` says what to write, and ``rnn_step.check(yours)`` grades
it. In a terminal, ``python -m rnnbook.exercises`` lists them all.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rnnbook.exercises import (
    adding_batch,
    attend,
    beam_search,
    both_ways,
    bptt,
    clip_norm,
    ctc_collapse,
    date_out,
    delta_rule,
    embed,
    gru_step,
    hidden_states,
    lstm_step,
    masked_loss,
    name_batch,
    next_number,
    pad_mask,
    perplexity,
    rnn_step,
    scan,
    ssm_kernel,
    truncated,
    viterbi,
)
from rnnbook.exercises.grade import Grade

if TYPE_CHECKING:
    from types import ModuleType

    from rnnbook.exercises import my_rnn

    EXERCISES: tuple[ModuleType, ...]

_IN_NUMPY = (
    embed,
    rnn_step,
    lstm_step,
    gru_step,
    both_ways,
    bptt,
    truncated,
    masked_loss,
    perplexity,
    attend,
    beam_search,
    viterbi,
    ctc_collapse,
    scan,
    ssm_kernel,
    delta_rule,
    clip_norm,
    pad_mask,
    adding_batch,
    name_batch,
    date_out,
    hidden_states,
    next_number,
)


def __getattr__(name: str) -> Any:
    """Import ``my_rnn`` when it is asked for: PyTorch takes seconds, and the others need none."""
    if name not in {"EXERCISES", "my_rnn"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module("rnnbook.exercises.my_rnn")
    # All exercises, the first to write before those that need it.
    return module if name == "my_rnn" else (*_IN_NUMPY, module)


__all__ = [
    "EXERCISES",
    "Grade",
    "adding_batch",
    "attend",
    "beam_search",
    "both_ways",
    "bptt",
    "clip_norm",
    "ctc_collapse",
    "date_out",
    "delta_rule",
    "embed",
    "gru_step",
    "hidden_states",
    "lstm_step",
    "masked_loss",
    "my_rnn",
    "name_batch",
    "next_number",
    "pad_mask",
    "perplexity",
    "rnn_step",
    "scan",
    "ssm_kernel",
    "truncated",
    "viterbi",
]
