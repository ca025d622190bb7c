# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Can a language model be bidirectional?
======================================

.. asked:: tasks 2

.. stands-on:: directions

.. answer::

   Not if it names the next token: the backward half has just read that token, so the model learns
   to copy it. Hide the tokens that it has to name, or read in both directions only what is given,
   such as a translation's source.
"""

# %%
# .. claim:: A bidirectional next-token model copies its target. On random tokens, swapping the next
#    one makes a bidirectional network name the new one in over 0.9 of places; a forward network's
#    guesses stay.

from rnnbook.experiments import swapped

result = swapped.run()
print("share of guesses, three runs         forward               both")
for name, shares in (("the next token", result.right), ("a new one, swapped in", result.follows)):
    row = ("  ".join(f"{share:4.2f}" for share in shares[model]) for model in swapped.MODELS)
    print(f"name {name:22s}", *(f"{runs:>21s}" for runs in row))

# %%
# The tokens are random, of eight kinds, so no honest guess is right more than one time in eight, on
# average. The bidirectional network is nearly always right, and when you swap the token that is
# asked for, it nearly always names the new one.
#
# .. wrong-answer:: Yes. Context from both sides lowers the loss, so it is the better language
#    model.
#
#    The lower loss gives it away: the loss also falls on random tokens, where no context helps. If
#    the low loss came from context, swapping the next token would seldom make the guess follow it.
#    The loss says how well the model reads its own input. When it has to write, that input is not
#    there yet.
#
# .. follow-up:: Why may BERT look both ways?
#
#    It has another target. :cite:t:`devlin2019bert` replace most of the words to be named by a
#    mask, so the input seldom holds the answer. The price is that it does not name the next word,
#    so it does not write from left to right. Two separate models, one for each direction and each
#    with its own loss, are honest, too.
#
# .. follow-up:: Where is a bidirectional layer right, then?
#    :further:
#
#    Where the whole input is there before you answer: tagging, a finished recording, the
#    :term:`encoder` of a translation. Not in its decoder, and not in a live forecast.
#
# .. follow-up:: How do you find such a leak in your own model?
#    :further:
#
#    Switch to ``eval()``, and change only inputs after the place you ask about. If the answer
#    changes, the model has seen too much.
#
# .. checklist::
#
#    * the backward half has read the next token
#    * it copies, and cannot write
#    * masked tokens are another task
#    * fine for encoders and taggers
