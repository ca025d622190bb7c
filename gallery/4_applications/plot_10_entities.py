# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook[data]==0.1.0"]
# ///
"""
Named entities: can a tagger name what it has not read yet?
===========================================================

.. reading:: tag the names in a sentence, score whole names, and say what a CRF repairs
   :before: lstm directions

"Jordan smiled" is about a person and "Jordan freezes every winter" is about a place, and only the
word after the name tells you which. What can a network do if it has to tag the name first?
"""

# %%
# One name can be person, place or company
# ----------------------------------------
#
# Named entity recognition finds names and their types. In :term:`BIO tags` (after
# :cite:t:`ramshaw1995text`), B begins a name, I continues it, and O is any other word. Here are
# five training sentences, the first with tags:

import sys

import matplotlib.pyplot as plt

from rnnbook.crf import legal
from rnnbook.experiments import entities
from rnnbook.figures import entities as pictures
from rnnbook.tasks.entities import Entities, spans
from rnnbook.text import any_console

# A notebook has no __file__, and its command line holds no path of ours.
own = sys.argv[1] if "__file__" in globals() and len(sys.argv) > 1 else None
any_console()  # a letter that your console cannot show is escaped
task = Entities(path=own)
training, held_out = task.sentences("training"), task.sentences("held out")


def marked(words, tags):
    """Write a sentence with its names in brackets."""
    out = list(words)
    for start, stop, kind in spans(tags):
        out[start] = f"[{out[start]}"
        out[stop - 1] += f"]{kind}"
    return " ".join(out)


print(*(f"{word}/{tag}" for word, tag in zip(*training[1][:2], strict=True)))
for sentence in training[1:6]:
    print(marked(sentence.words, sentence.tags))
known = [task.seen(sentence) for sentence in held_out]
print(f"\n{len(training)} sentences to train on, {len(held_out)} held out;")
print(f"in {known.count(False)} of these a name has a word that training never saw")

# %%
# These sentences come from a small grammar. The words before a name decide its type ("flew to"), or
# its second word ("Camden Bank"), or the verb, perhaps several words later. Half of the held-out
# sentences have new names. The network sees only the shape of a new word, such as a capital;
# training hides some known names like this.
#
# Two neighbours are a strong baseline
# ------------------------------------
#
# Most words belong to no name, so count whole names, with the library *nervaluate*. A name is right
# if its type and both ends are right. :term:`F1` joins P, the share of marked names that are right,
# and R, the share of true names that are found:
#
# .. math::
#
#    F_1 = \frac{2\,P R}{P + R}
#
# The simplest method, a lexicon, gives each word its most frequent tag in training, and O to a new
# word. A better method is a classifier: a logistic regression that sees a word, two neighbours on
# each side, and the shapes of all five.

result = entities.run(path=own)
print(f"call no word a name: {task.rest.baseline:.2f} of the tags are right, F1 is 0")
for name in entities.COUNTED:
    print(f"{name:12s} F1: ", end="")
    print(", ".join(f"{kind} names {result.f1[name, kind][0]:.2f}" for kind in entities.KNOWN))

# %%
# The lexicon can only guess the type of a known name. The classifier does better; the verb is often
# among the two words to the right.
#
# Before the verb, a forward network guesses
# ------------------------------------------
#
# The first network is an LSTM that reads forward. In the second, which is :term:`bidirectional`
# :cite:p:`schuster1997bidirectional`, another LSTM reads from the end, and the scores are added.
# The second network trains until its loss is low. The loss of the first stays higher, and with
# twice the updates its F1 changed little on five other seeds. On these seeds, three learning rates
# did about equally well on training sentences put aside, so we took the middle one.

for name, count in entities.parameters(task).items():
    if name != "table":
        print(f"{name}: {count:,} parameters")

# %%
# .. predict::
#
#    Which finds more names, the forward LSTM or the classifier?

fig = pictures.scores(result)

# %%
# Each row is a tagger, each dot is a run, and F1 grows to the right. In every run the forward
# network has a lower F1 than the classifier with two neighbours. The network that reads both ways
# beats all other taggers. Rows with a mask come later.
#
# Where does the deciding word stand?

if result.right:
    fig = pictures.places(result, guess=1 / 3)

# %%
# "Inside" is the name's second word, "soon after" is a verb within the two neighbours, and "later"
# is a verb beyond the neighbours. Where a verb decides, the forward network can on average do no
# better than guessing one of three types. The classifier fails on a later verb.
#
# .. dropdown:: Why?
#
#    If two sentences are alike up to the name, a forward LSTM has the same state at both names, and
#    gives both the same tag. No better cell can change that.
#
# A mask repairs tags, but foresees nothing
# -----------------------------------------
#
# Say the forward network reads "Camden", guesses a person, reads "Bank", and goes on with a company
# that never began. Such tags are illegal. A :term:`conditional random field`, or CRF
# :cite:p:`lafferty2001conditional`, scores whole sequences of tags y. To the scores e of the
# network, of shape (time, tags), it adds a learned table A of shape (tags, tags) and, for the first
# tag, b of shape (tags,):
#
# .. math::
#
#    s(y) = b_{y_1} + \sum_{t=1}^{T} e_t[y_t] + \sum_{t=2}^{T} A[y_{t-1}, y_t], \qquad
#    p(y) = \frac{e^{s(y)}}{\sum_{y'} e^{s(y')}}
#
# Training raises p of the right tags. One pass along the sentence computes the sum over all
# sequences:
#
# .. source:: rnnbook.crf.Chain.log_partition
#    :nodoc:
#
# With a maximum instead of the sum, the pass finds the best sequence :cite:p:`viterbi1967error`. A
# *mask* is not learned: its A is minus infinity where the rules forbid a pair, and zero elsewhere.
# How many held-out sentences get illegal tags, as written and with words shuffled?

print(f"{'forward LSTM':16s}" + "".join(f"{order:>12s}" for order in entities.ORDERS))
for name in ("forward", "forward, mask", "table", "table, mask"):
    shares = (result.illegal[name, order].mean() for order in entities.ORDERS)
    print(f"{name:16s}" + "".join(f"{share:12.1%}" for share in shares))

fig = pictures.table(result.table[0], task.tags, legal(task.tags)[0].tolist())

# %%
# In the learned table, rows are tags, columns are tags of the next word, and crosses mark forbidden
# pairs. The brightest cells are B followed by I of the same type. Forbidden pairs have finite
# scores too, so a very sure network overrules the table.
#
# In the first figure, the mask alone improves the forward network about as much as table and mask
# together: both repair the tag of "Camden" after "Bank". Neither can help where a verb decides,
# because any name may be followed by O.
#
# Three errors, read aloud
# ------------------------

for name in ("forward, mask", "both ways"):
    pairs = list(zip(held_out, result.said[name][0], strict=True))
    wrong = [(s, tags) for s, tags in pairs if spans(s.tags) != spans(tags)]
    print(f"{name}: {len(wrong)} of {len(pairs)} sentences wrong, for example")
    for sentence, tags in wrong[-3:]:
        print(f"   said  {marked(sentence.words, tags)}")
        print(f"   right {marked(sentence.words, sentence.tags)}")

# %%
# In the first three sentences, stop at the first name: you could not tell its type either. The
# other network sees two new words as shapes, and begins a name at the second.
#
# Your own sentences
# ------------------
#
# Run ``python plot_10_entities.py my_sentences.tsv``, or set ``own`` in the notebook. Each line has
# a word, a tab and a tag, and an empty line ends a sentence. Every fifth sentence is held out. A
# file of another form is refused with the reason.

plt.show()  # a script shows its figures here, in windows

# %%
# Can a tagger name what it has not read yet? No: before the deciding word it can only guess, and no
# rule about tags replaces that word.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Words after a name can decide its type. Where a later word decides, the network that reads
#      both ways gets over 0.75 of the names right. The network that reads forward gets less than
#      0.5 of these names right.
#    * Two neighbours beat a forward LSTM. A classifier with two neighbours has a higher F1 than the
#      forward network. Where the verb comes after the neighbours, the classifier's share of right
#      names is over 0.3 lower than that of the network that reads both ways.
#    * A mask repairs tags but foresees nothing. Where the second word decides, the share of right
#      names is over 0.3 higher with a mask, alone or with a learned table, than for the forward
#      network. Where a later word decides, this share is below 0.5.
#    * Only a mask guarantees legal tags. With a learned table, fewer sentences get illegal tags,
#      but on shuffled words some sentences still do. With the mask, no sentence does.
