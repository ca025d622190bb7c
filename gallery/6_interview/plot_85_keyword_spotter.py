# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
How would you fit a keyword spotter on a microcontroller?
=========================================================

.. asked:: today 3

.. stands-on:: gru truncation

.. answer::

   I count against the budget first: bytes for the weights in int8, and multiplications a second. A
   small GRU needs few bytes, and if it carries its state from frame to frame, it computes each
   frame only once.
"""

# %%
# .. claim:: Carry the state, and it fits. A GRU of 64 units takes 21132 bytes in int8 and 1036800
#    multiplications a second; reading the last second again at every frame takes over ten million.

from rnnbook.experiments import spotter

cost = spotter.run()
print(f"{spotter.FEATURES} numbers a frame, {spotter.FRAMES} frames a second")
print(f"bytes in int8      {cost.bytes[0]:10,d} of {spotter.BYTES:10,d}")
for name in ("carried", "window"):
    count = getattr(cost, name)[0]
    print(f"a second, {name:8s} {count:10,d} of {spotter.MULTIPLICATIONS:10,d}")

# %%
# The right column is the budget that we set: 32 KiB and ten million multiplications a second. Only
# products with weights are counted; a gate's own products are few. The bytes leave out the state
# and buffers.
#
# .. wrong-answer:: At every frame I run the GRU over the last second. The network is small, so it
#    fits.
#
#    The window gives it away: 50 frames are read for one that is new. If that fitted, a window at
#    every frame would stay within ten million multiplications a second. The window throws away the
#    state, and the state is the reason to take a recurrent network here.
#
# .. follow-up:: You trained on clips of one second. What goes wrong in the stream?
#
#    The state has then read minutes of noise, and no training clip began from such a state. Train
#    on long streams with :doc:`a carried state </chapters/2_training/plot_06_truncation>`, or reset
#    the state in silence. Count false alarms an hour on long recordings, not accuracy on clips.
#
# .. follow-up:: What must not be int8?
#    :further:
#
#    The sums, and often the biases: products of int8 are added in 32 bits. Keep the state finer
#    too, because its rounding error is fed back at every frame. Then measure what int8 costs you.
#
# .. follow-up:: Why a GRU and not a convolution?
#    :further:
#
#    Try both. :cite:t:`zhang2017hello` compare such networks on microcontrollers, and a depthwise
#    separable convolution had their best accuracy. A convolution can stream too, if it keeps its
#    last frames.
#
# .. checklist::
#
#    * the budget first: bytes, multiplications a second, delay
#    * parameters times one byte, and frames a second times the work of a frame
#    * the state is carried on, no window is read again
#    * train as it will run, and count false alarms an hour
