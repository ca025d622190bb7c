"""The claim of the question whose state a model that serves many users needs."""

import pytest

from rnnbook.experiments import sessions

CONDITIONS = (
    f"A GRU of {sessions.HIDDEN} units that recalls a bit after {sessions.TASK.lag} noisy steps, Adam "
    f"at learning rate {sessions.LEARNING_RATE:g}, at most {sessions.UPDATES} updates; "
    f"{sessions.SESSIONS} sessions in batches of {sessions.TOGETHER}, chance 0.5; neighbours gave "
    "different bits."
)


def predicted(result):
    """If one state could serve all users, a session would hear its own bit whichever state it
    got.
    """
    return result._replace(another=1 - result.own)


@pytest.mark.learned
def test_state_carries_what_a_session_said(result, show):
    """The state carries what a session said. Served in batches, a session hears its own bit in over
    0.9 of cases; with a neighbour's state, it hears the neighbour's in over 0.9.
    """
    show("share that hears its own bit", result.own, above=0.9, limit=1)
    show(
        "share that hears the neighbour's bit, with that one's state",
        result.another,
        above=0.9,
        limit=1,
    )
