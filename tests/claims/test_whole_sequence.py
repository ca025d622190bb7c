"""Claims of the chapter on a whole sequence."""

import numpy as np
import pytest

from rnnbook.experiments import whole_sequence

INPUTS, UNITS, _ = whole_sequence.SIZES
CONDITIONS = (
    f"The book's plain layer is compared with nn.RNN. The untrained networks have {INPUTS} inputs "
    f"and {UNITS} units. The trained networks have {whole_sequence.TRAINED_SIZES[1]} units and "
    f"learn to add up the last {whole_sequence.TASK.window} inputs, at learning rate "
    f"{whole_sequence.LEARNING_RATE:g}, in {whole_sequence.STEPS} updates."
)


def test_copied_network_is_equal(result, show, setting):
    """A full copy agrees up to rounding. The outputs, final states and gradients of copy and
    original differ by less than 1e-5 of their size, in networks of one layer and of two layers.
    """
    setting(whole_sequence.LAYERS, (1, 2))
    for name in whole_sequence.COMPARED:
        gaps = [result.equal[count, name] for count in whole_sequence.LAYERS]
        show(f"difference of the {name}", np.stack(gaps, axis=-1), below=1e-5)


def test_one_bias_is_missed(result, show):
    """Leaving out one bias moves the outputs. In a copy of two layers, one of the two biases of
    each layer is zero or keeps its own initialisation. The outputs are then off by more than 0.2 of
    their size.
    """
    show("error with one bias forgotten", result.wrong["one bias forgotten"], above=0.2)
    show("error with one bias not copied", result.wrong["one bias not copied"], above=0.2)
    show("error with all copied", result.wrong["all copied"], below=1e-5)


def test_biases_share_their_gradient(result, show):
    """Both biases get the same gradient. In networks of one layer and of two layers, the gradients
    of a layer's two biases differ by less than 1e-5 of their size.
    """
    show("difference of the gradients", np.stack([*result.biases.values()], axis=-1), below=1e-5)


@pytest.mark.learned
def test_learning_curves_coincide(result, show):
    """A full copy learns like the original. On the same batches, the losses of copy and original
    differ by less than 0.05 of their size. The errors of both networks end below 0.1 of the best
    error without memory.
    """
    apart = np.abs(result.losses["written out"] / result.losses["nn.RNN"] - 1)
    show(
        "difference of the losses at each update",
        apart,
        below=0.05,
        untrained_too="equal copies are equal untrained too; it counts because both learn",
    )
    scores = np.stack([*result.scores.values()], axis=-1)
    show(
        "error, as a share of the best without memory",
        scores / whole_sequence.TASK.baseline,
        below=0.1,
    )
