"""The claim of the question which target belongs to which step."""

import pytest

from rnnbook.experiments import targets

CONDITIONS = (
    f"Plain networks of {targets.HIDDEN} units, {targets.UPDATES} updates at learning rate "
    f"{targets.LEARNING_RATE:g}; losses are cross-entropies on fresh sequences of "
    f"{targets.SHIFTED.length} tokens."
)


def predicted(result):
    """If a small loss meant good predictions, the loss on the next token would be below 0.1, too."""
    following = result.next_token | {"unshifted": result.trained["unshifted"]}
    return result._replace(next_token=following)


@pytest.mark.learned
def test_without_the_shift_a_network_copies(result, show, setting):
    """Without the shift, a network copies. With random tokens of 20 kinds, the loss falls below 0.1
    and is above 4 on the next token; with the shift, it stays within 10 % of ln 20.
    """
    setting(targets.SHIFTED.symbols, 20)
    show("loss without the shift", result.trained["unshifted"], below=0.1)
    show("its loss on the next token", result.next_token["unshifted"], above=4)
    show(
        "loss with the shift, over ln 20",
        result.trained["shifted"] / targets.SHIFTED.baseline,
        within=(0.9, 1.1),
        untrained_too="nothing can be learned here; without the shift, the same network learns",
    )
