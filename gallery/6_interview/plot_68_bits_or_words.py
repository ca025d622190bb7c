# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Two bits a character or six bits a word: which is better?
=========================================================

.. asked:: tasks 3

.. stands-on:: hamlet embeddings

.. answer::

   Compare bits over the same text: in English, a word and its space have five to six characters, so
   six bits a word are about one a character. The word model is better, if it can also spell words
   it never met.
"""

# %%
# .. claim:: The larger number can win. On stretches of Hamlet, word frequencies cost more than 2.5
#    times as many bits a unit as character frequencies, but per character less than 0.8 times as
#    many.

from rnnbook.experiments import units

result = units.run()
print("first run     bits a unit   bits a character")
for unit in units.UNITS:
    print(f"{unit:9s}{result.bits[unit][0]:16.2f}{result.per_character[unit][0]:19.2f}")
print(f"characters in a word, space included: {result.length[0]:.2f}")
print(f"words that were never counted:        {result.unknown[0]:.0%}")

# %%
# Here a word is everything up to and including the next space or line end. The word model announces
# a word that it never counted, and then spells it, letter by letter. It needs far more bits a unit,
# but fewer for the same text.
#
# .. wrong-answer:: Two bits a character. Lower is better.
#
#    "Lower" gives it away: the two numbers are means over different units. If the smaller number
#    always belonged to the better model, character frequencies would also cost less per character.
#
# .. follow-up:: What does the word model have to prove first?
#
#    That it gives a probability to *every* text. If all unknown words share one symbol that is
#    never spelled, their letters are free, and the number is too good.
#
# .. follow-up:: How do you compare models with different tokenisers?
#    :further:
#
#    Add up the bits of the whole text and divide by its characters or bytes, which do not depend on
#    the tokens. Perplexities per token cannot be compared across tokenisers.
#
# .. follow-up:: The word model has a huge output layer. What can you save?
#    :further:
#
#    Its output matrix has one row per word, like the embedding. :cite:t:`press2017using` use one
#    matrix for both, which saves weights and lowered the perplexity of their language models.
#
# .. checklist::
#
#    * the same text, one unit: bits per character
#    * divide by the characters in a word, space included
#    * unknown words have to be spelled, and paid for
