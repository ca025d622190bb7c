# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does the temperature do when you sample?
=============================================

.. asked:: tasks 2

.. stands-on:: hamlet

.. answer::

   It divides the logits before the softmax: at one half all odds are squared, and at two their
   square roots are taken. The order of the symbols stays the same; what changes is how often you
   draw the unlikely ones.
"""

# %%
# .. claim:: Half the temperature squares the odds. Two symbols that are drawn 3 to 1 at temperature
#    1 are drawn between 8 and 10 to 1 at 0.5.

from rnnbook.experiments import temperature

result = temperature.run()
print(f"odds in {temperature.DRAWS:,} draws, three runs   by the rule")
for degree, odds in result.odds.items():
    runs = "  ".join(f"{times:4.2f}" for times in odds)
    print(f"temperature {degree:3.1f}   {runs}{temperature.ODDS ** (1 / degree):20.2f}")

# %%
# Each number says how often the first of two symbols was drawn for each time that the second was
# drawn. By the rule the odds are raised to the power of one over the temperature, and the draws
# agree with that, up to chance.
#
# .. wrong-answer:: Half the temperature doubles the odds of the likely symbol.
#
#    "Doubles" gives it away: the temperature divides logits, not probabilities, and a softmax takes
#    exponentials. If half the temperature doubled the odds, they would be 6 to 1. A factor of two
#    on the logits squares the odds.
#
# .. follow-up:: What happens at a temperature of zero?
#
#    The limit is the most likely symbol, every time. But code that divides by zero gets NaN, so
#    call the argmax yourself.
#
# .. follow-up:: When would you take top-k instead?
#    :further:
#
#    When rare symbols spoil the text. A temperature leaves each of them a chance, and there are
#    many. :cite:t:`fan2018hierarchical` draw only from the k most likely symbols.
#    :cite:t:`holtzman2020curious` draw from the smallest set that holds most of the probability.
#
# .. follow-up:: Which temperature is best?
#    :further:
#
#    At 1 you draw from the model's own probabilities. Which temperature reads better depends on the
#    model. In :doc:`the Hamlet chapter </chapters/4_applications/plot_02_hamlet>` texts at low
#    temperatures repeat themselves, and those at high ones invent words. Count the repeats and the
#    inventions.
#
# .. checklist::
#
#    * divides the logits, before the softmax
#    * odds to the power of one over the temperature
#    * the order stays; zero is the argmax
#    * low temperatures may repeat, high ones may invent
