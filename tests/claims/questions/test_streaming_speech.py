"""The claim of the question which of CTC, RNN-T and attention is for streaming speech."""

import numpy as np

from rnnbook.experiments import two_orders

CONDITIONS = (
    "Two labels and the blank. A CTC output is listed by the symbols with a probability above zero "
    "in each frame, all choices of them. The transducer's two probabilities are drawn."
)


def predicted(result):
    """If frames of one encoder could agree on an order, some CTC output would allow ab and ba and
    nothing else.
    """
    return result._replace(alone={n: np.ones_like(found) for n, found in result.alone.items()})


def test_ctc_frames_choose_without_each_other(result, show, setting):
    """CTC frames choose without each other. Over 2 to 4 frames, no CTC output allows ab and ba and
    nothing else; a transducer, whose labels depend on earlier ones, splits all its probability
    between the two.
    """
    setting(two_orders.FRAMES, (2, 3, 4))
    for frames in two_orders.FRAMES:
        show(f"outputs with ab and ba alone, {frames} frames", result.alone[frames], equal=0)
        missed = result.missed[frames]
        show(f"transducer: distance from its share, {frames} frames", missed, below=1e-12)
