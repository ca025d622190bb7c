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
def test_the_median_transformer_learns_short_strings(result, show, setting):
    """The median transformer learns only short strings. Trained on 20 bits, it gets over 0.75 of
    strings of 5 right, but under 0.7 of those of 20 and of 40.
    """
    setting(transformer_parity.TRAINED, 20)
    setting(transformer_parity.LENGTHS, (5, 20, 40))
    show("right at 5 bits", result.right[SHORT], above=0.75, limit=1, over="median")
    for length in (WHOLE, TWICE):
        show(
            f"right at {length} bits",
            result.right[length],
            below=0.7,
            over="median",
            untrained_too="that it fails; on strings of 5 bits the same network is right",
        )
