# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does a perplexity of 20 mean?
==================================

.. asked:: tasks 2

.. stands-on:: hamlet

.. answer::

   On average, the text surprises the model as much as if each symbol were one of 20 equally likely
   ones. Perplexity is two to the power of the mean bits per symbol, so compare models only on the
   same text, cut into the same symbols.
"""

# %%
# .. claim:: Perplexity is not one over accuracy. With character frequencies as the model, stretches
#    of Hamlet have a perplexity above 20, and one guess for all is right in more than 0.12 of the
#    places.

from rnnbook.experiments import units

result = units.run()
print("bits a character   perplexity   right guesses   one in perplexity")
for bits, right in zip(result.bits["character"], result.right["character"], strict=True):
    print(f"{bits:16.2f}{2**bits:13.1f}{right:16.2f}{2**-bits:20.2f}")

# %%
# Each row is a stretch of the play. The model knows only how often each character occurs in the
# rest of the play; its one guess is the space. The share of right guesses is more than twice one
# over the perplexity.
#
# .. wrong-answer:: It is right one time in 20.
#
#    "Right" gives it away: perplexity counts the probability that each true symbol got, whether or
#    not it was the model's first guess. If a perplexity of 20 meant one right guess in 20, the
#    share of right guesses would be one over the perplexity. They are equal if all symbols are
#    equally likely, also to the model.
#
# .. follow-up:: May you average the perplexities of your batches?
#
#    No. Average the losses, each weighted by its number of symbols, and take the exponential once,
#    at the end. For batches of equal size the mean of their perplexities is never lower than that,
#    and one hard batch can dominate it.
#
# .. follow-up:: Your test perplexity is infinite. Why?
#    :further:
#
#    As a rule, a symbol got the probability zero. Counting without smoothing gives zero to every
#    symbol that it never met. A softmax can underflow to zero before the logarithm is taken. Or the
#    loss is finite, but so large that its exponential overflows.
#
# .. follow-up:: Your model has perplexity 20, another one 15, with other tokens. Which is better?
#    :further:
#
#    You cannot say yet. Longer tokens are usually harder to guess, and fewer. On one text, convert
#    both to bits per character, the unit of :doc:`the Hamlet chapter
#    </chapters/4_applications/plot_02_hamlet>`.
#
# .. checklist::
#
#    * the exponential of the mean cross-entropy
#    * as surprised as by one of so many equal choices
#    * not an accuracy
#    * the same text and the same symbols
