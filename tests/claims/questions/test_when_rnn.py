"""The claim of the question when to choose a recurrent network still."""

import numpy as np

from rnnbook.experiments import streaming

CONDITIONS = (
    f"Untrained networks of {streaming.LAYERS} layers of {streaming.SIZE} units, random tokens; "
    f"bytes of float32 after {', '.join(map(str, streaming.READ))} tokens, outputs in float64 over "
    f"{streaming.WHOLE} tokens, relative to those of one pass over the whole sequence."
)


def predicted(result):
    """If it had to wait for the whole window, its streamed outputs would differ from those of one
    pass.
    """
    waits = np.ones_like(result.apart["transformer"])
    return result._replace(apart=result.apart | {"transformer": waits})


def test_each_token_adds_a_state(result, show, setting):
    """One cached token can cost an LSTM state. With 2 layers of 64 units, each token adds 1024
    bytes to a transformer's cache; an LSTM keeps 1024 bytes, and streamed outputs stay within 1e-10
    of one pass.
    """
    setting(streaming.LAYERS, 2)
    setting(streaming.SIZE, 64)
    cache = [result.bytes["transformer", read] / read for read in streaming.READ]
    state = [result.bytes["LSTM", read] for read in streaming.READ]
    apart = [result.apart[name] for name in ("transformer", "LSTM")]
    show("bytes of the cache over tokens read", np.stack(cache, axis=1), equal=1024)
    show("bytes of an LSTM's state", np.stack(state, axis=1), equal=1024)
    show("streamed outputs, from those of one pass", np.stack(apart, axis=1), below=1e-10)
