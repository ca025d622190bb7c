# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Next-token training: which target belongs to which step?
========================================================

.. asked:: basics 1

.. stands-on:: hello

.. answer::

   The target of a step is the token of the next step: the input lacks the last token of the text,
   the target lacks the first. Without this shift the network only has to copy its input.
"""

# %%
# .. claim:: Without the shift, a network copies. With random tokens of 20 kinds, the loss falls
#    below 0.1 and is above 4 on the next token; with the shift, it stays within 10 % of ln 20.

from rnnbook.experiments import targets

result = targets.run()
print(f"no network beats ln 20 = {targets.SHIFTED.baseline:.2f} on the next token, on average")
print("trained on   its own targets   the next token (median loss)")
for name in targets.TASKS:
    own, following = (sorted(loss[name])[1] for loss in (result.trained, result.next_token))
    print(f"{name:10s} {own:17.4f} {following:16.2f}")

# %%
# Random tokens cannot be predicted, and these are fresh, so a loss near zero can only mean that the
# network has seen the answer. On the next token this network is worse than guessing, because it is
# sure and wrong.
#
# .. wrong-answer:: Input and target are the same text. The loss is almost zero, so the network has
#    learned the language.
#
#    "Almost zero" gives it away: fresh text in a language is never that predictable. If a small
#    loss meant good predictions, the loss on the next token would be below 0.1, too.
#
# .. follow-up:: What does the first step predict, and the last?
#
#    A start token comes first, so that the first real token has a step that predicts it. An end
#    token comes last, so that the network learns where to stop.
#
# .. follow-up:: How do you notice the mistake?
#    :further:
#
#    Train on random tokens: on fresh ones, the loss should not fall clearly below the logarithm of
#    the number of kinds. Or let the network write: one that copies repeats its first token for
#    ever.
#
# .. follow-up:: Is the shift always enough?
#    :further:
#
#    No. A network that :doc:`also reads from the end
#    </chapters/3_architectures/plot_03_directions>` has seen the next token in spite of the shift.
#
# .. checklist::
#
#    * the input lacks the last token, the target the first
#    * without the shift, copying is enough
#    * a loss that is too good is a bug until proved otherwise
#    * start and end tokens
