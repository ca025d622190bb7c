"""The claim of the question why an xLSTM carries a stabiliser."""

from rnnbook.experiments import xlstm

CONDITIONS = (
    f"One unit, set by hand, keeps the value that came with the best of {xlstm.LONG} scores "
    f"between 0 and 1, in float32; {xlstm.READ} sequences. The baseline is the best answer without "
    "memory."
)


def predicted(result):
    """If exponents were clipped near 88, a steepness of 1,000 would choose no better than one of
    100.
    """
    return result._replace(by_hand=result.by_hand | {1000: result.by_hand[100]})


def test_steep_gates_choose_well_and_overflow(result, show, setting):
    """Steep gates choose well and overflow. Without the stabiliser, a gate with exponents up to
    1,000 loses over 0.9 of its answers; with it, the error falls below a tenth of the baseline.
    """
    setting(xlstm.STEEPNESS[-1], 1000)
    show("answers lost without the stabiliser", result.lost[1000], above=0.9, limit=1)
    show("error over the baseline, stabilised", result.by_hand[1000], below=0.1)
