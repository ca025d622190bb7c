"""The claim of the question what teacher forcing and exposure bias are."""

import pytest

from rnnbook.experiments import exposure

CONDITIONS = (
    f"Words of {exposure.TASK.most} random letters written backwards, {exposure.TASK.letters} "
    f"letters to choose from, an LSTM encoder-decoder of {exposure.HIDDEN} units, learning rate "
    f"{exposure.LEARNING_RATE:g}, {exposure.UPDATES} updates, the most likely letter at each place."
)


def predicted(result):
    """If only the network mattered, both ways would err equally at every place."""
    return result._replace(error=dict.fromkeys(exposure.DECODED, result.error[exposure.FORCED]))


@pytest.mark.learned
def test_free_decoding_errs_more(result, show, setting):
    """Free decoding errs more after the start. After 60 updates both ways err equally at the first
    of six letters; over the last three, free decoding has a share of wrong letters more than 0.1
    higher.
    """
    setting(exposure.LETTERS, 6)
    more = result.error[exposure.FREE] - result.error[exposure.FORCED]
    show(
        "share of wrong letters at the first place, free less forced",
        more[:, 0],
        equal=0,
        untrained_too="both have read the same until then",
    )
    show("share over the last three places, free less forced", more[:, 3:].mean(1), above=0.1)
