# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Spelling "hello": which letter follows the l?
=============================================

.. reading:: compute the best loss without memory, and let a network spell from its own answers
   :before: one_step

After an h comes an e, but after an l comes another l or an o, and only the letters before it can
tell you which. How well can a network without memory spell, and how much does a state help?
"""

# %%
# Letters become one-hot vectors
# ------------------------------
#
# A :term:`vocabulary` gives every distinct letter a number. In this book the numbers 0 to 3 always
# mean the same four things (padding, start, end, unknown), so the letters begin at 4. This chapter
# does not need the first four numbers.

from collections import Counter
from functools import partial

import matplotlib.pyplot as plt
import torch

from rnnbook.decoding import generate, sample
from rnnbook.experiments import hello
from rnnbook.figures import hello as pictures
from rnnbook.models import FeedforwardClassifier, SimpleLSTM, SimpleRNN
from rnnbook.tasks.spelling import Spelling
from rnnbook.text import one_hot_encode
from rnnbook.training import fit

task = Spelling("hello")
vocabulary = task.vocabulary
print("symbols:", *vocabulary.tokens)
print("hello  :", vocabulary.encode("hello").tolist())

# %%
# The numbers are names, not amounts: o is not more than e. A :term:`one-hot` vector has one place
# for each symbol. A letter's vector has a 1 in that letter's place and 0 elsewhere, so all letters
# are equally far apart.

print("l", one_hot_encode(vocabulary.token_to_id["l"], len(vocabulary)).int().tolist())

# %%
# The network reads every letter except the last, and after each letter it has to name the next
# letter. That makes four questions.

size = len(vocabulary)
batch = task.batch(1, torch.Generator())
xs, target = batch.inputs[0], batch.target
print("read:  ", *"hell")
print("answer:", *vocabulary.decode(target[0]))
print("xs, (batch, time, symbols):", tuple(xs.shape))
print("target, (batch, time):", tuple(target.shape))

# %%
# Without memory, the loss has a floor
# ------------------------------------
#
# If no letter came twice, the current letter alone would answer all four questions. But l comes
# twice. Count which letters follow each letter.

for letter, counts in task.followers().items():
    print(f"after {letter}:", ", ".join(f"{other} ({n} x)" for other, n in counts.items()))

# %%
# A network that sees only the current letter has to give the same answer after both l's. Its best
# answer gives l and o a probability of one half each. The loss is the :term:`cross-entropy`, the
# mean of :math:`-\ln p`, where :math:`p` is the probability of the right letter. So two of the four
# questions cost :math:`\ln 2` each, and the other two cost nothing:
#
# .. math::
#
#    L_{\min} = -\frac{1}{N} \sum_{a} \sum_{b} n(a, b) \ln \frac{n(a, b)}{n(a)}
#             = \frac{2}{4} \ln 2
#
# where :math:`n(a)` counts how often the letter :math:`a` is read, :math:`n(a, b)` counts how often
# :math:`b` follows :math:`a`, and :math:`N = 4` is the number of questions. This floor is the
# entropy of the next letter, given the current letter; :cite:t:`shannon1951prediction` estimated
# this entropy for English. Here are the floors of a few words. The last column is the largest share
# of letters that can be right without memory. Add your own name.

print(f"{'without memory':14s}  least loss   most right")
for word in ("hello", "world", "banana", "mississippi"):
    other = Spelling(word)
    print(f"{word:14s}{other.floor:12.4f}{other.baseline:13.2f}")

# %%
# A repeated letter is not the difficulty. In "banana" the letter a is repeated, but only n ever
# follows it, so the current letter is enough. Memory is needed after a letter with *two different
# followers*.
#
# Now test the floor. A :class:`~rnnbook.models.FeedforwardClassifier` reads each letter by itself.
# We show this network the word again and again.

torch.manual_seed(0)
memoryless = FeedforwardClassifier(size, 16, size)
history = fit(memoryless, task, steps=200, seed=0, batch_size=1)
for update in (1, 50, 200):
    print(f"update {update:3d}: loss {history.losses[update - 1]:.4f}")
print(f"least possible: {task.floor:.4f}")

# %%
# The loss comes close to the floor and cannot fall below it. More training, more layers or more
# units cannot help, because the network does not see the previous letter.
#
# A state goes below the floor
# ----------------------------
#
# :class:`~rnnbook.models.SimpleRNN` reads the same letters with the layer of the earlier chapters,
# and answers from its state at every step. :class:`~rnnbook.models.SimpleLSTM` does the same with
# another layer, the :term:`LSTM`, which :doc:`Part 3 </chapters/3_architectures/plot_01_lstm>`
# explains.
#
# .. source:: rnnbook.models.SimpleRNN
#    :members: __init__ forward
#    :nodoc:

torch.manual_seed(0)
rnn = SimpleRNN(size, 16, size)
history = fit(rnn, task, steps=200, seed=0, batch_size=1)
for update in (1, 50, 200):
    print(f"update {update:3d}: loss {history.losses[update - 1]:.4f}")

# %%
# The loss falls below the floor at which the network without memory stops. A loss near zero means
# that the network is nearly sure of every right letter, even after both l's.
#
# .. predict::
#
#    You give the three networks h, e, l, and then one more l. What does the network without memory
#    answer after each l, and how sure is it?

result = hello.run()
fig = pictures.after_l(result, task.word, vocabulary.tokens)

# %%
# The panels show the answers after the first l (left) and after the second l (right). The possible
# next letters stand side by side. The height of a bar is the probability of the letter (median of
# the runs), and every dot is a run. The grey bars belong to the networks without memory: in both
# panels, they give l and o a probability of about one half each. The networks with a state are
# nearly sure of l in the left panel and of o in the right panel.
#
# .. dropdown:: Why?
#
#    One half each is the best answer for a network that cannot tell the two l's apart, and in each
#    of the three runs the network learns this answer. A network with a state also reads the same
#    letter twice, but it is in two different states.
#
# *Half and half* does not mean that the network failed to learn. It has learned the right
# probabilities for the part of the question that it sees.
#
# Each answer becomes the next input
# ----------------------------------
#
# Now each network gets an h and has to go on by itself. The letter that it finds most likely
# becomes its next input, and the whole state is passed on: a tensor ``h`` for the RNN, a pair of
# tensors ``(h, c)`` for the LSTM.
#
# .. source:: rnnbook.experiments.hello.one_letter
#    :nodoc:

step = hello.one_letter(rnn)
ids, state = vocabulary.encode("h"), None
for _ in range(4):
    logits, state = step(ids, state)
    ids = logits.argmax(-1)
    print(vocabulary.decode(ids)[0])
print("state, (layers, batch, hidden):", tuple(state.shape))
made = generate(step, vocabulary.encode("h"), None, length=4)
print("the same with decoding.generate:", "h" + "".join(vocabulary.decode(made[0])))

# %%
# This is real generation: the network never sees what the right letter would have been. Reading
# letter by letter and passing the state on is the same computation as reading all four letters in a
# single call:

with torch.no_grad():
    step, state, rows = hello.one_letter(rnn), None, []
    for letter in "hell":
        logits, state = step(vocabulary.encode(letter), state)
        rows.append(logits)
    close = torch.allclose(torch.stack(rows, dim=1), rnn(xs), atol=1e-4)
    print("equal up to rounding:", close)

# %%
# Here is the word that each run spells, one column per seed.

for (word, name), spelled in result.spelled.items():
    print(f"{word}   {name:10s}", *(f"{made:8s}" for made in spelled))

# %%
# In "world" no letter has two followers, and the network without memory spells this word no worse
# than the other networks. On "hello" this network cannot know what follows an l. Its probabilities
# for l and o are nearly equal, and the same letter wins after both l's. So let this network and the
# RNN
# *draw* each next letter from their probabilities. Each network spells the word 1,000 times.

for name, model in (("no memory", memoryless), ("RNN", rnn)):
    step, first = hello.one_letter(model), vocabulary.encode("h").expand(1000)
    draw = partial(sample, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ids = generate(step, first, None, length=4, choose=draw)
    words = Counter("h" + "".join(vocabulary.decode(row)) for row in ids)
    print(f"{name:10s}", *(f"{word} {n}  " for word, n in words.most_common(2)))

# %%
# The right word needs an l after the first l and an o after the second l. Without memory each of
# these two letters has a probability of about one half, so about a quarter of the words are right.
# In most of the wrong words, the network writes either only one l or at least three l's.
#
# Here the LSTM is slower than the RNN
# ------------------------------------
#
# You might expect the LSTM to learn such a small task at least as fast as the RNN. Here are all
# runs.

fig = pictures.curves(result, {word: Spelling(word).floor for word in hello.WORDS})

# %%
# Updates run to the right; the loss is on a logarithmic scale. The left panel is "hello", the word
# that needs memory, and its dashed line is the floor that we computed. The grey curves belong to
# the networks without memory; these curves come down to the floor and stay there. The curves of the
# RNN and the LSTM fall below the floor; the LSTM needs more updates for this than the RNN. In the
# right panel, on "world", all curves go on falling. Here is the number of updates until the loss on
# "hello" is below ``0.1``, one column per seed:

for name in ("RNN", "LSTM"):
    print(f"{name:8s}", *(f"{updates:4.0f}" for updates in result.reached["hello", name]))

# %%
# In every run here, the LSTM is slower on this word than the RNN with the same learning rate, seed
# and number of units. Yet the LSTM has four times as many recurrent weights. This does not count
# against the LSTM: it was designed to hold things for long, but this word needs a memory of only
# one letter.
#
# Now take a word of your own: change "mississippi" below and run the cell again. Long words in
# which a letter has several followers can need more memory than "hello". In "mississippi" even the
# four letters just read are not always enough: "issi" is followed by s the first time and by p the
# second time.

own = Spelling("mississippi")
torch.manual_seed(0)
model = SimpleLSTM(len(own.vocabulary), 16, len(own.vocabulary))
history = fit(model, own, steps=400, seed=0, batch_size=1, until=0.02)
print(f"least loss without memory {own.floor:.4f}, reached {history.losses[-1]:.4f}")
print(f"after {len(history.losses)} updates it spells", hello.spell(model, own))

plt.show()  # a script shows its figures here, in windows

# %%
# So the letter that follows the l depends on the letters before the l. A network that reads one
# letter at a time needs a state to remember these letters. But a network that spells one word has
# learned that word by heart. To find out whether a network has learned anything about *language*,
# test it on text that it has not seen, as :doc:`the chapter on Hamlet
# </chapters/4_applications/plot_02_hamlet>` does.
#
# What to remember
# ----------------
#
# .. takeaways::
#
#    * Without memory the loss stops at a floor. On hello, this floor is half the natural logarithm
#      of 2. The loss never falls below the floor, and it ends less than 0.01 above the floor.
#    * A state tells the two l's apart. The RNN and the LSTM are given only the h, and then read
#      their own answers. Both networks spell hello in every run.
#    * Without memory both l's get the same answer. After either l, the network gives l a
#      probability within 0.05 of one half, and o too. Its probabilities are the same after both
#      l's.
#    * The RNN learns this word before the LSTM. To reach a loss below 0.1 on hello, the LSTM needs
#      more updates than the RNN in every run; the difference is more than 5 updates.
#    * Some words need no memory. In "world" no letter has two followers, and the network without
#      memory spells "world" in every run.
