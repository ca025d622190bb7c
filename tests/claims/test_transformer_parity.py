"""The claim of the experiment on parity by a transformer, which the chapter on tracking shows."""

import pytest

from rnnbook.experiments import transformer_parity

CONDITIONS = (
    f"Transformer: {transformer_parity.BLOCKS} causal blocks of {transformer_parity.SIZE} numbers a "
    f"token, {transformer_parity.HEADS} heads, sines for places, {transformer_parity.UPDATES} batches "
    f"of {transformer_parity.BATCH} strings of {transformer_parity.TRAINED} bits, learning rate "
    f"{transformer_parity.RATE}, one of {len(transformer_parity.RATES)} tried."
)
SHORT, WHOLE, TWICE = transformer_parity.LENGTHS


@pytest.mark.learned
def test_a_transformer_can_do_better_on_short_strings(result, show, setting):
    """A transformer may learn only short strings. Trained on 20 bits, in the median run it gets
    over 0.1 more of strings of 5 right than of 20 or 40, and under 0.7 of the longer ones.
    """
    setting(transformer_parity.TRAINED, 20)
    setting(transformer_parity.LENGTHS, (5, 20, 40))
    for length in (WHOLE, TWICE):
        more = result.right[SHORT] - result.right[length]
        show(f"right at 5 bits less at {length}", more, above=0.1, limit=1, over="median")
        show(
            f"right at {length} bits",
            result.right[length],
            below=0.7,
            over="median",
            untrained_too="that it fails; on strings of 5 bits the same network is better",
        )
