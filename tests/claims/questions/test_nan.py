"""The claim of the question what to do about a NaN loss."""

import numpy as np

from rnnbook.experiments import nan_clipped

CONDITIONS = (
    f"{len(nan_clipped.BROKEN)} bugs planted one at a time in small networks without training; one "
    f"batch forward and backward, then clip_grad_norm_ at {nan_clipped.LIMIT:g}."
)


def predicted(result):
    """If clipping were the repair, every loss and every gradient would be finite after it."""
    finite = {name: np.zeros_like(share) for name, share in result.after.items()}
    return result._replace(loss={name: 1 + share for name, share in finite.items()}, after=finite)


def test_clipping_mends_no_nan(result, show, setting):
    """Clipping does not repair NaN. In five bugs that end in NaN or infinity, the first batch's
    loss or gradient is not finite, and clipping the gradient at norm 1 leaves all five so.
    """
    setting(nan_clipped.LIMIT, 1)
    before, after = (nan_clipped.bugs(result, share) for share in (result.before, result.after))
    show("bugs with a loss or gradient that is not finite", before, equal=5)
    show("bugs of which this is true after clipping", after, equal=5)
