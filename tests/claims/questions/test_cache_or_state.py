"""The claim of the question from which length on a cache is larger than a state."""

import numpy as np

from rnnbook.experiments import cache_or_state as experiment

CONDITIONS = (
    f"One head of width {', '.join(map(str, experiment.WIDTHS))}; keys, values and the matrix of "
    "linear attention in float32. Its outputs are compared in float64 with those from all keys and "
    "values."
)


def predicted(result):
    """If the cache were always larger, it would overtake the matrix at the first token."""
    return result._replace(meets={size: np.ones_like(n) for size, n in result.meets.items()})


def test_a_cache_reaches_a_matrix_at_half_its_width(result, show):
    """After d/2 tokens, a cache matches a matrix. In one head of width d, keys and values of d/2
    tokens take exactly as many bytes as a matrix state; linear attention gives the same from
    either, within 1e-10.
    """
    meets = [result.meets[size] / size for size in experiment.WIDTHS]
    share = [result.cache[size, 0.5] / result.state[size] for size in experiment.WIDTHS]
    show("tokens at which the cache is as large, over d", np.stack(meets, axis=1), equal=0.5)
    show("bytes of d/2 tokens over those of the matrix", np.stack(share, axis=1), equal=1)
    apart = np.stack([result.apart[size] for size in experiment.WIDTHS], axis=1)
    show("linear attention by a state, from that by a cache", apart, below=1e-10)
