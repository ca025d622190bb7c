"""Claims of the experiment on induction, which the chapter on S6 shows."""

import pytest

from rnnbook.experiments import induction

NEAR, FAR = (times * induction.LENGTH for times in induction.TIMES[:2])
CONDITIONS = (
    f"Induction: {induction.SYMBOLS} symbols and a mark, {NEAR} places in training, at most "
    f"{induction.UPDATES} batches of {induction.BATCH}, the best of {len(induction.RATES)} learning "
    f"rates for each network. S6 and S4D in one block of {induction.SIZE} features, a GRU of "
    f"{induction.SIZE} units."
)


@pytest.mark.learned
def test_a_gru_can_do_induction_too(result, show, setting):
    """A GRU can solve one-mark induction, too. At four times the training length, the median GRU
    and S6 get over 0.9 right; in S6's block, the median S4D loses over 0.2 on the way.
    """
    setting(induction.TIMES[1], 4)
    for name in ("GRU", "S6"):
        right = result.right[name, FAR]
        show(f"right, {name}", right, above=0.9, limit=1, over="median")
    lost = result.right["S4D", NEAR] - result.right["S4D", FAR]
    show("right, S4D, less at four times the length", lost, above=0.2, over="median")
