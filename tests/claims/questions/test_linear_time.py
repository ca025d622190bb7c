"""The claim of the question whether linear time is faster."""

from rnnbook.experiments import linear_time as experiment

CONDITIONS = (
    f"Untrained layers of width {experiment.SIZE}, {experiment.HEADS} heads, one sequence, no "
    "gradient, one thread of a CPU; medians of calls that take turns."
)


def predicted(result):
    """If linear time were simply faster, the GRU would be ahead at 64 tokens too."""
    ahead = {("GRU", 64): result.seconds["attention", 64] / 2}
    return result._replace(seconds=result.seconds | ahead)


def test_linear_time_starts_behind(result, show, setting):
    """A GRU starts behind and grows more slowly. Attention reads 64 tokens in less than half of a
    GRU's time. But 64 times as many tokens take attention over 200 times as long, a GRU less than
    130.
    """
    first, last = experiment.LENGTHS[0], experiment.LENGTHS[-1]
    setting(experiment.LENGTHS[0], 64)
    setting(experiment.LENGTHS[-1] // experiment.LENGTHS[0], 64)
    seconds = result.seconds
    early = seconds["attention", first] / seconds["GRU", first]
    show("time of attention over a GRU's, early", early, below=0.5, ratio=True, clocked=True)
    for name in ("attention", "GRU"):
        grown = seconds[name, last] / seconds[name, first]
        bound = {"above": 200} if name == "attention" else {"below": 130}
        label = f"time late over time early, {name}"
        show(label, grown, **bound, ratio=True, over="median", clocked=True)
