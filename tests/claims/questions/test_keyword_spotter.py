"""The claim of the question how to fit a keyword spotter on a microcontroller."""

from rnnbook.experiments import spotter

CONDITIONS = (
    f"A GRU that reads {spotter.FEATURES} numbers a frame, {spotter.FRAMES} frames a second, and "
    f"scores {spotter.WORDS} words; products of weights alone; the budget is {spotter.BYTES:,} bytes "
    f"and {spotter.MULTIPLICATIONS:,} multiplications a second."
)


def predicted(result):
    """If that fitted, a window at every frame would stay within ten million multiplications a
    second.
    """
    return result._replace(window=0 * result.window + 0.9 * spotter.MULTIPLICATIONS)


def test_it_fits_if_the_state_is_carried(result, show, setting):
    """Carry the state, and it fits. A GRU of 64 units takes 21132 bytes in int8 and 1036800
    multiplications a second; reading the last second again at every frame takes over ten million.
    """
    setting(spotter.HIDDEN, 64)
    show("bytes", result.bytes, equal=21132)
    show("multiplications a second", result.carried, equal=1036800)
    budget = {"bytes": spotter.BYTES, "carried": spotter.MULTIPLICATIONS}
    for name, most in budget.items():
        show(f"share of the budget, {name}", getattr(result, name) / most, below=1)
    again = result.window / spotter.MULTIPLICATIONS
    show("share of the budget, a window at every frame", again, above=1)
