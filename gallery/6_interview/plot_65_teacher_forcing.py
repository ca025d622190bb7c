# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What are teacher forcing and exposure bias?
===========================================

.. asked:: tasks 2

.. stands-on:: four_shapes attention beam

.. answer::

   In training, teacher forcing feeds the decoder the true previous symbol, but in use the decoder
   reads its own. Exposure bias is that gap: after a mistake the decoder may read what it never met
   in training, and errors can add up.
"""

# %%
# .. claim:: Free decoding errs more after the start. After 60 updates both ways err equally at the
#    first of six letters; over the last three, free decoding has a share of wrong letters more than
#    0.1 higher.

from rnnbook.experiments import exposure

result = exposure.run()
print("share of wrong letters, by place, mean of three runs")
for way in exposure.DECODED:
    print(f"{way:7s}", *(f"{share:5.2f}" for share in result.error[way].mean(axis=0)))

# %%
# The decoder writes a word backwards, after a short training run. In the first row it reads the
# true previous letter each time; in the second it reads the letter that it wrote. The rows begin
# alike, and then the second has more errors.
#
# .. wrong-answer:: The error under teacher forcing shows how well it writes, since it is the same
#    network.
#
#    The same network reads other inputs. If only the network mattered, both ways would err equally
#    at every place. To know how well a model writes, let it write.
#
# .. follow-up:: What is scheduled sampling?
#
#    :cite:t:`bengio2015scheduled` give the decoder, at random, its own symbol instead of the true
#    one, more and more often as training goes on. :cite:t:`huszar2015how` shows that this objective
#    is improper: its optimum need not be the true distribution.
#
# .. follow-up:: Is the forced score useless, then?
#    :further:
#
#    No. With greedy decoding, the share of *whole* words right is the same in both ways. Up to the
#    first mistake the decoder reads the same letters in both ways, so a word without a mistake is
#    the same in both.
#
# .. follow-up:: Then why force at all?
#    :further:
#
#    :cite:t:`williams1989learning` gave it the name. The loss is then exactly the negative
#    log-likelihood of the true sequence. Every input is known beforehand, so no symbol has to be
#    chosen while training, and one early mistake does not spoil what all later steps learn. With
#    forcing, a transformer can also compute all places at once.
#
# .. checklist::
#
#    * in training the true symbol goes in, in use the decoder's own
#    * errors can grow after the first mistake
#    * judge a model by what it writes
#    * scheduled sampling, and the objection to it
