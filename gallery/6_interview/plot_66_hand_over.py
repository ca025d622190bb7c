# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What does the encoder pass to the decoder?
==========================================

.. asked:: tasks 2

.. stands-on:: four_shapes attention lstm

.. answer::

   Its whole final state at each input's true length: in each layer, one vector from a GRU, both h
   and c from an LSTM. The size is fixed, so a longer input gets no more room; attention also passes
   on the output of every step.
"""

# %%
# .. claim:: An LSTM's state is more than h. Given both, untrained LSTMs of 64 units go on as in one
#    pass, to 1e-6; given h alone, their next h is off by more than 0.3 of its norm.

from rnnbook.experiments import continued

result = continued.run()
print("the next states are off by, three runs")
for name, steps in result.off.items():
    print(f"{name:8s}", "  ".join(f"{run[0]:7.1e}" for run in steps))

# %%
# The encoder has read eight letters and goes on for one more. With h and c its next h is off by
# rounding at most. With h and zeros for c, it is far off.
#
# .. wrong-answer:: The last hidden state: h is the output, and c only works inside the cell.
#
#    "Only" gives it away: the cell carries c from step to step, and h is what the output gate lets
#    through of it. If c only worked inside the cell, an LSTM given h alone would go on as in one
#    pass. Zeros are a valid c, so nothing raises an error.
#
# .. follow-up:: What does this mistake cost a trained model?
#
#    On average, right answers. After as many updates, the same LSTMs :doc:`write fewer words
#    backwards without a mistake </chapters/3_architectures/plot_07_attention>` from h alone than
#    from h and c. Long words suffer first. Part of the loss may be slow learning.
#
# .. follow-up:: The encoder reads both ways. What now?
#    :further:
#
#    Pass on the final states of both directions, joined: the decoder is then twice as wide, or a
#    linear layer shrinks them. Take the backward state at the first step, where it has read
#    everything.
#
# .. follow-up:: Why does the true length matter?
#    :further:
#
#    After padding, the state has read padding too. Pack the batch, or take each sequence's state at
#    its own end. For an LSTM or several layers, pack: the outputs hold neither c nor the states of
#    lower layers.
#
# .. checklist::
#
#    * the whole state: h and c
#    * at the true length
#    * of fixed size: a bottleneck
#    * attention: also the output of every step
