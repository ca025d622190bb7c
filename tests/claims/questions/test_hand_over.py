"""The claim of the question what the encoder passes to the decoder."""

import numpy as np

from rnnbook.experiments import continued

CONDITIONS = (
    f"The encoder, an LSTM of {continued.HIDDEN} units without training, reads eight random letters, "
    "passes on its state or a part of it with zeros for the rest, and goes on reading; compared with "
    "one pass over all letters."
)


def predicted(result):
    """If c only worked inside the cell, an LSTM given h alone would go on as in one pass."""
    return result._replace(off={**result.off, "h alone": result.off["h and c"]})


def test_only_h_and_c_continue(result, show, setting):
    """An LSTM's state is more than h. Given both, untrained LSTMs of 64 units go on as in one pass,
    to 1e-6; given h alone, their next h is off by more than 0.3 of its norm.
    """
    setting(continued.HIDDEN, 64)
    show("distance from one pass, h and c", result.off["h and c"], below=1e-6)
    show("distance of the next state, h alone", np.asarray(result.off["h alone"])[:, 0], above=0.3)
