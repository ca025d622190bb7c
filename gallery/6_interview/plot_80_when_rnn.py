# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
When would you still choose an RNN over a transformer?
======================================================

.. asked:: today 2

.. stands-on:: lstm gru attention

.. answer::

   When tokens come one at a time and memory is tight: a recurrent network keeps a state of fixed
   size, while a transformer's cache, unless windowed, grows with every token. The price is exact
   recall and, usually, training that goes step by step.
"""

# %%
# .. claim:: One cached token can cost an LSTM state. With 2 layers of 64 units, each token adds
#    1024 bytes to a transformer's cache; an LSTM keeps 1024 bytes, and streamed outputs stay within
#    1e-10 of one pass.

from rnnbook.experiments import streaming

result = streaming.run()
print("bytes kept after")
for read in streaming.READ:
    kept = (f"{name} {result.bytes[name, read][0]:7,d}" for name in streaming.NETWORKS)
    print(f"{read:4d} tokens  ", "  ".join(kept))

# %%
# After one token the transformer keeps as much as the LSTM ever does. Then its cache grows in a
# straight line, while the states of the GRU and the LSTM keep their size.
#
# .. wrong-answer:: For streaming, because a transformer has to buffer the whole window before it
#    can answer.
#
#    The buffer gives it away. A causal transformer answers after every token, from its cache of
#    keys and values. If it had to wait for the whole window, its streamed outputs would differ from
#    those of one pass. The growing cache is a reason for an RNN; a delay is not.
#
# .. follow-up:: Why is Mamba considered a breakthrough?
#
#    :cite:t:`gu2023mamba` let a linear recurrence decide from each token what to keep, as a gate
#    does. (The matrix A is learned and does not see the token; the step size that scales it does.)
#    Its state has a fixed size, and because its recurrence is linear, a parallel scan can train it.
#    They report that it matches transformers of twice its size in language modelling.
#
# .. follow-up:: Does it replace attention, then?
#    :further:
#
#    Not where you need exact recall. :cite:t:`jelassi2024repeat` prove that a state of fixed size
#    limits how long a string can be copied, and measure pretrained state space models far behind
#    transformers at copying and look-up.
#
# .. follow-up:: Is a recurrent step also faster?
#    :further:
#
#    Beyond some length, yes, because its work stays the same while attention's grows. Below that
#    length, measure.
#
# .. checklist::
#
#    * a state of fixed size against a growing cache
#    * a causal transformer streams too, from its cache
#    * the price: exact recall, and usually slower training, step by step
#    * examples: streaming audio, small devices
