"""The claim of the question why recurrent networks are slow to train."""

from rnnbook.experiments import fast as experiment

CONDITIONS = (
    f"States and gradients of {experiment.LONG_BATCH} sequences on one core; nn.LSTM by oneDNN. "
    "Processor time, medians of calls that take turns; nn.GRU is called once."
)


def predicted(result):
    """If multiplications were the bill, nn.LSTM, with four matrices where a GRU has three, would
    take 4/3 of the GRU's time.
    """
    longer = {("nn.LSTM", 4096): result.lengths["nn.GRU", 4096] * 4 / 3}
    return result._replace(lengths=result.lengths | longer)


def test_small_operations_in_a_row_are_the_bill(result, show, setting):
    """Small operations in a row are the bill. In the median run over 4,096 steps of 32 units,
    nn.LSTM, one routine, takes less than a quarter of nn.GRU's time, with more weights; a minGRU,
    less than an eighth.
    """
    setting(experiment.SIZE, 32)
    for name, bound in (("nn.LSTM", 1 / 4), ("MinGRU", 1 / 8)):
        ratio = result.lengths[name, 4096] / result.lengths["nn.GRU", 4096]
        label = f"time of {name} over that of nn.GRU"
        show(label, ratio, below=bound, ratio=True, over="median", clocked=True)
