"""The claim of the question what CTC is, and what its blank does."""

from rnnbook.experiments import path_sums

CONDITIONS = (
    "Two symbols and the blank. The paths are all written down; the scores of each frame are drawn, "
    "in 64 bits."
)


def predicted(result):
    """If the blank were only silence, symbols alone could also write a double, and some path
    without a blank would read as aa.
    """
    return result._replace(
        without={key: n if key[1] == "ab" else result.all[key] for key, n in result.without.items()}
    )


def test_the_blank_keeps_doubles_apart(result, show, setting):
    """The blank keeps doubles apart. Over 3 to 6 frames, no path without a blank reads as aa;
    PyTorch's loss is minus the log of the summed probability of a target's paths, to 1e-9.
    """
    setting(path_sums.FRAMES, (3, 4, 5, 6))
    for frames in path_sums.FRAMES:
        show(f"read as aa without a blank, {frames} frames", result.without[frames, "aa"], equal=0)
        show(f"loss off by, {frames} frames", result.off[frames], below=1e-9)
