# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Why put a CRF on top of a BiLSTM?
=================================

.. asked:: tasks 2

.. stands-on:: entities

.. answer::

   The BiLSTM scores every tag from the whole sentence, but the best tag of each word is chosen
   without the other choices. A CRF adds scores for neighbouring tags, is trained on whole
   sequences, and finds the best one by the Viterbi algorithm.
"""

# %%
# .. claim:: Each tag is chosen alone. On average, a briefly trained BiLSTM breaks the BIO rules in
#    over 0.05 of held-out sentences, and a CRF gets over 0.05 more of all sentences entirely right.

from rnnbook.experiments import tag_chain

result = tag_chain.run()
print("share of held-out sentences, three runs")
print("                       rules broken        entirely right")
for name in tag_chain.READ:
    rows = ("  ".join(f"{x:4.2f}" for x in of[name]) for of in (result.illegal, result.right))
    print(f"{name:18s}", *(f"{runs:>20s}" for runs in rows))

# %%
# The first two rows are one network, read in two ways: the best tag of each word, or the best
# sequence that the rules allow. The third was trained with a CRF. Much of the gain needs only the
# rules.
#
# .. wrong-answer:: It needs none: it has read the whole sentence, so its tags fit together.
#
#    Reading is not choosing. Where two readings are about as likely, one word may take its tag from
#    the first and the next word from the second. If seeing the whole sentence made tags fit, no
#    sentence would break the rules.
#
# .. follow-up:: Does a CRF promise legal tags?
#
#    Not by itself: a learned score is finite, so a sure network can overrule it. Minus infinity in
#    the table promises it, and can be put there :doc:`without any training
#    </chapters/4_applications/plot_10_entities>`.
#
# .. follow-up:: How is it trained, and what does it cost?
#    :further:
#
#    The loss is :math:`\log Z - s(y)`, where s is the score of the right tags y, and Z sums
#    :math:`e^s` over all sequences. For T words and K tags, one pass along the sentence adds them
#    up in :math:`T K^2` operations, step by step. Viterbi is the same pass with a maximum
#    (:cite:t:`lafferty2001conditional`, :cite:t:`viterbi1967error`).
#
# .. follow-up:: Is a CRF still worth it?
#    :further:
#
#    Measure. :cite:t:`huang2015bidirectional` put it on a BiLSTM; :cite:t:`devlin2019bert` tag
#    names without one. Where tags are nearly all right, few rules are broken. On a network that
#    reads forward, a CRF uses later words only through their tags' scores.
#
# .. checklist::
#
#    * tags chosen one by one need not fit together
#    * scores for neighbours, a loss on whole sequences, Viterbi
#    * a learned table promises nothing, a mask does
#    * little to gain where the tags are nearly all right
