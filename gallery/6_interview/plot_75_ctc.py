# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
What is CTC, and what does its blank do?
========================================

.. asked:: tasks 2

.. stands-on:: speech

.. answer::

   CTC trains on a target without times: it adds up the probabilities of all paths, one symbol a
   frame, that read as the target. The blank is for frames that write nothing, and it keeps two
   equal symbols apart.
"""

# %%
# .. claim:: The blank keeps doubles apart. Over 3 to 6 frames, no path without a blank reads as aa;
#    PyTorch's loss is minus the log of the summed probability of a target's paths, to 1e-9.

from rnnbook.experiments import path_sums

result = path_sums.run()
print("          paths read as aa      paths read as ab")
print("frames   all   without blank   all   without blank   off PyTorch by")
for frames in path_sums.FRAMES:
    counts = [f"{of[frames, w][0]:3d}" for w in ("aa", "ab") for of in (result.all, result.without)]
    print(f"{frames:6d}{counts[0]:>6s}{counts[1]:>16s}{counts[2]:>6s}{counts[3]:>16s}", end="")
    print(f"{result.off[frames].max():17.0e}")

# %%
# A path gives each frame a, b or the blank. To read it, merge what repeats, then drop the blanks:
# a a _ a reads as aa, and a a a a as a. The last column compares the sum with PyTorch's
# ``ctc_loss``.
#
# .. wrong-answer:: The blank is silence, or the space between words. Without pauses, you do not
#    need it.
#
#    The blank belongs to the rule for reading: equal neighbours are merged, however they were
#    spoken. If the blank were only silence, symbols alone could also write a double, and some path
#    without a blank would read as aa. A space is a symbol of its own.
#
# .. follow-up:: When is the loss infinite?
#
#    When no path fits: a target needs a frame for each symbol, and one more between equal
#    neighbours. Often the encoder shortens the sequence too much; ``zero_infinity=True`` then
#    hides such recordings and learns nothing from them.
#
# .. follow-up:: How is the sum computed?
#    :further:
#
#    With a blank before, between and after its U symbols, the target has 2U + 1 places. In each of
#    the T frames, a path stays, moves one place, or skips a blank between different symbols. Place
#    by place, the work grows as TU :cite:p:`graves2006connectionist`.
#
# .. follow-up:: Why is the output mostly blank, with short spikes?
#    :further:
#
#    The loss asks for no times. :cite:t:`zeyer2021peaky` prove for a simple example that training
#    from equal probabilities leads there. So do not read durations off the spikes. But most of
#    :doc:`our digits </chapters/4_applications/plot_07_speech>` came while their key was held.
#
# .. checklist::
#
#    * the sum over all paths, not the best one
#    * merge first, then drop the blanks
#    * a blank between equal symbols; it is not silence
#    * at least as many frames as symbols and doubles
