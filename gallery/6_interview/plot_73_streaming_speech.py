# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
CTC, RNN-T or attention for streaming speech?
=============================================

.. asked:: tasks 2

.. stands-on:: speech attention

.. answer::

   A transducer (RNN-T), usually: it writes while it listens, and each label depends on those
   before. CTC streams too and is simpler, but its frames choose independently given the audio;
   attention, as it stands, wants the whole utterance.
"""

# %%
# .. claim:: CTC frames choose without each other. Over 2 to 4 frames, no CTC output allows ab and
#    ba and nothing else; a transducer, whose labels depend on earlier ones, splits all its
#    probability between the two.

from rnnbook.experiments import two_orders

result = two_orders.run()
print("frames   CTC outputs with ab and ba   with nothing else")
for frames in two_orders.FRAMES:
    print(f"{frames:6d} {result.both[frames][0]:28d} {result.alone[frames][0]:19d}")
print("two frames, each a or b:", *sorted(two_orders.spelled(["ab", "ab"])))
print("a transducer:", two_orders.transduced(two_orders.ordered(0.5), frames=2))

# %%
# A sound was ab or ba, and you cannot know which. A CTC output is listed by the symbols that each
# frame allows, out of a, b and the blank. Wherever it can spell both strings, it can spell others
# too. The transducer picks its first label, and the second depends on the first.
#
# .. wrong-answer:: CTC: all its frames come from one encoder that has heard everything, so they
#    agree with each other.
#
#    An encoder gives the frames the same knowledge, but not one choice. If frames of one encoder
#    could agree on an order, some CTC output would allow ab and ba and nothing else.
#
# .. follow-up:: What else decides whether a system streams?
#
#    The encoder. If it is bidirectional or attends to the whole recording, neither CTC nor a
#    transducer can answer before the end. It has to read forward, or look ahead by a few frames,
#    which adds as much delay for each layer.
#
# .. follow-up:: What do you pay for a transducer?
#    :further:
#
#    :cite:t:`graves2012sequence` adds a second network, which reads the labels written so far. The
#    loss sums over a grid of frames and labels, with a distribution at every point, so training
#    takes more memory than with CTC. (CTC often gets a separate language model.) On phones,
#    :cite:t:`he2019streaming` found a transducer ahead of a CTC model in several tests.
#
# .. follow-up:: Can attention stream?
#    :further:
#
#    Not as in :cite:t:`chan2016listen`, where each label attends to the whole recording. It can if
#    attention moves forward only, over short chunks, as :cite:t:`chiu2018monotonic` propose.
#
# .. checklist::
#
#    * CTC: frames independent given the input
#    * RNN-T: a network that reads the labels, and it still streams
#    * attention: the whole utterance, unless it moves in chunks
#    * the encoder has to stream as well
