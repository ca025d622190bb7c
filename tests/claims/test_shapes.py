"""Claims of the chapter on shapes and states."""

import pytest

from rnnbook.experiments import shapes

CONDITIONS = (
    f"The recurrent layers have {shapes.HIDDEN} units. The trained networks have to tell praise "
    f"from blame after at most {shapes.UPDATES} updates at learning rate "
    f"{shapes.LEARNING_RATE:g}; "
    "chance is an accuracy of 0.5."
)


def test_forgotten_batch_first_leaks(result, show):
    """A forgotten batch_first mixes the batch. Only the first sequence in a batch of four is
    changed. The states of each of the other three sequences move by more than 0.05 of their size;
    with batch_first, they do not move.
    """
    show("others, batch taken for time", result.leak["batch taken for time"][:, 1:], above=0.05)
    show("others, batch first", result.leak["batch first"][:, 1:], equal=0)


@pytest.mark.learned
def test_silent_shapes_cost_everything(result, show):
    """Three mistakes raise no error but prevent learning. They are a forgotten batch_first, two
    layers of h_n reshaped into the batch, and a squared error against targets of shape (batch,).
    With each mistake the accuracy stays below 0.65; without it, the accuracy passes 0.9.
    """
    for name in ("batch_first forgotten", "h_n.reshape(batch, -1)", "MSE, (batch, 1) to (batch,)"):
        show(
            f"accuracy, wrong: {name}",
            result.accuracy[name],
            below=0.65,
            untrained_too="failing to learn is the point; done right, the same networks learn",
        )
    for name in (
        "h_n.squeeze(0), no padding",
        "two layers, last_state",
        "MSE, (batch, 1) to (batch, 1)",
    ):
        show(f"accuracy, right: {name}", result.accuracy[name], above=0.9, limit=1)


@pytest.mark.learned
def test_padding_ends_what_squeeze_reads(result, show, setting):
    """Padding can spoil what squeeze(0) reads. Without padding, the accuracy of a network that
    reads h_n.squeeze(0) passes 0.9. If one phrase in each batch is 36 words longer than the others,
    the accuracy stays below 0.65 in the median run.
    """
    setting(shapes.EXTRA, 36)
    show(
        "accuracy of squeeze(0), padded",
        result.accuracy["h_n.squeeze(0), padded"],
        below=0.65,
        over="median",
        untrained_too="failing to learn is the point; without padding the same network learns",
    )
    show(
        "accuracy of squeeze(0), no padding",
        result.accuracy["h_n.squeeze(0), no padding"],
        above=0.9,
        limit=1,
    )


def test_state_is_what_the_caller_hands_in(result, show):
    """A layer keeps nothing between calls. Two equal calls give equal answers. If an untrained
    layer starts from another batch's last state, its states change by more than 0.2 of their size
    at first, and by less than 0.01 after 20 steps.
    """
    show("difference between two calls", result.again, equal=0)
    show("how far a left-over state moves the first states", result.stale[:, 0], above=0.2)
    show("how far it moves the states after 20 steps", result.stale[:, 19], below=0.01)
