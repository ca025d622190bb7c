# /// script
# requires-python = ">=3.11"
# dependencies = ["rnnbook==0.1.0"]
# ///
"""
Many users talk to one recurrent model: whose state is it?
==========================================================

.. asked:: tasks 2

.. stands-on:: shapes truncation

.. answer::

   Each session has its own state: store it by session, gather the states of a batch before the
   call, and store the new ones after it. A new session starts from zeros, because a state that is
   left over carries what another user said.
"""

# %%
# .. claim:: The state carries what a session said. Served in batches, a session hears its own bit
#    in over 0.9 of cases; with a neighbour's state, it hears the neighbour's in over 0.9.

from rnnbook.experiments import sessions

result = sessions.run()
print("one number for each trained network")
print("own state: hears its own bit            ", *(f"{share:.2f}" for share in result.own))
print("neighbour's state: hears the neighbour's", *(f"{share:.2f}" for share in result.another))
print("batch against alone, largest difference ", *(f"{d:.0e}" for d in result.difference))

# %%
# Each session first says a bit, and a later request asks for it. A batch may mix any sessions, and
# each gets the answer that it would get alone, up to rounding. With the states of two neighbours
# swapped, each hears what the other one said.
#
# .. wrong-answer:: All users share the weights, so one instance of the model serves them all as it
#    is.
#
#    "As it is" gives it away: the weights are shared, but the state belongs to a session. If one
#    state could serve all users, a session would hear its own bit whichever state it got. It hears
#    the other one's: a wrong answer, and a leak of private data.
#
# .. follow-up:: Does this happen in practice?
#
#    Yes. LangChain's wrapper of RWKV, a recurrent language model, kept its state from one call to
#    the next, until a `fix in April 2023
#    <https://github.com/langchain-ai/langchain/pull/2565>`__ reset it for each call.
#
# .. follow-up:: How do you batch users who write at different times?
#    :further:
#
#    Keep the states outside the model, by session. For each batch, take the states of its sessions
#    and join them along the batch dimension. After the call, split the new states and store them.
#    For an LSTM, do this with both h and c.
#
# .. follow-up:: How would you test it?
#    :further:
#
#    Serve the same sessions alone and in mixed batches, in another order, and compare the outputs.
#    Then open a new session after others, and check that it answers as a fresh model does.
#
# .. checklist::
#
#    * shared weights, one state for each session
#    * gather, call, store
#    * zeros at the start of a session
#    * a test: the same answers alone and in a batch
