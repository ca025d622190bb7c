"""Claims of the chapter on two processes."""

import pytest

from rnnbook.experiments import two_processes

CONDITIONS = (
    f"An LSTM of {two_processes.HIDDEN} units with default initialisation, {two_processes.ROWS} "
    f"sequences of {two_processes.TASK.length} steps in chunks of {two_processes.CHUNK}, 32-bit "
    "numbers. Of the chunks of a batch, the one with the largest distance counts."
)


def test_split_rows_give_the_same_gradient(result, show):
    """Split rows give the same gradient. With equal shards and states that stay with their rows,
    the gradient of two processes is less than 1e-6 from that of one, relative to its size.
    """
    show("distance by our sum", result.apart["rows"], below=1e-6)
    show("distance by DistributedDataParallel", result.apart["DDP"], below=1e-6)


def test_unequal_shards_need_weights(result, show, setting):
    """Unequal shards need weights. With 5 rows and 3, a plain mean of both gradients is more than
    1 % from that of one process; the weighted mean is less than 1e-6 from it.
    """
    setting(two_processes.UNEQUAL, (5, 3))
    show("plain mean", result.apart["unequal, plain mean"], above=0.01)
    show("weighted mean", result.apart["unequal, weighted"], below=1e-6)


def test_states_must_stay_with_their_rows(result, show):
    """States must stay with their rows. If rows change places between chunks and states do not, the
    gradient is more than 1 % off.
    """
    show("rows move, states stay", result.apart["state left behind"], above=0.01)


def test_splitting_the_steps_is_another_training(result, show):
    """Splitting the steps changes the gradient. If each process reads half of each chunk's steps
    and keeps its own state, the gradient is more than 5 % off.
    """
    show("distance when steps are split", result.apart["time"], above=0.05)


@pytest.mark.here
def test_the_plain_mean_is_furthest(page, show):
    """The other three ways raise no error, but each is off by more than 1 %, and the plain mean is
    furthest on every seed.
    """
    mean = page.apart["unequal, plain mean"]
    for way in ("state left behind", "time"):
        show(f"distance: {way}", page.apart[way], above=0.01)
        show(f"distance: plain mean less {way}", mean - page.apart[way], above=0, limit=1)
