"""The claim of the question whether two bits a character or six bits a word are better."""

import numpy as np

from rnnbook.experiments import units

CONDITIONS = (
    f"Frequencies counted in Hamlet outside a stretch of {units.HELD_OUT:g} of it, and what they make "
    "of that stretch, which a seed draws. A word is all up to the next space; one that was never "
    "counted is announced and spelled by letter frequencies."
)


def predicted(result):
    """If the smaller number always belonged to the better model, character frequencies would also
    cost less per character.
    """
    return result._replace(per_character=result.bits)


def test_the_larger_number_can_win(result, show):
    """The larger number can win. On stretches of Hamlet, word frequencies cost more than 2.5 times
    as many bits a unit as character frequencies, but per character less than 0.8 times as many.
    """
    for label, found, bound in (
        ("bits a unit, words over letters", result.bits, {"above": 2.5}),
        ("bits a character, words over letters", result.per_character, {"below": 0.8}),
    ):
        show(label, found["word"] / np.asarray(found["character"]), ratio=True, **bound)
