"""The claim of the question what a second recurrent layer adds."""

from rnnbook.experiments import reach

CONDITIONS = (
    f"Untrained nn.RNN with default weights, {reach.HIDDEN} units a layer, {reach.TIME} random "
    "inputs; the gradient of the last answer at an input, as a share of that at the last input."
)


def predicted(result):
    """If two layers reached twice as far, they would keep 20 steps back what one layer keeps 10
    steps back.
    """
    two = result.share[2].copy()
    two[:, 20] = result.share[1][:, 10]
    return result._replace(share=result.share | {2: two})


def test_two_layers_do_not_reach_twice_as_far(result, show):
    """Twice the layers, not twice the reach. Before training, with default weights, two plain
    layers keep less than half as much gradient 20 steps back as one layer keeps 10 steps back.
    """
    kept = result.share[2][:, 20] / result.share[1][:, 10]
    show("two layers 20 steps back over one layer 10 back", kept, below=0.5, ratio=True)
