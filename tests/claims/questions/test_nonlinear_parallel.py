"""The claim of the question whether a nonlinear network can be computed in parallel over time."""

import numpy as np

from rnnbook.experiments import newton as experiment

CONDITIONS = (
    f"Networks of {experiment.SIZE} units without training, standard normal inputs, float64; plain "
    "ones have orthogonal recurrent weights times the gain. Rounds until all states are within "
    f"{experiment.CLOSE:.0e} of the loop's, from zeros; gain 3 over {experiment.SHORT} steps only."
)


def predicted(result):
    """If a round settled one step, 100 steps would take 100 rounds."""
    return result._replace(
        rounds={(name, n): np.full_like(r, n) for (name, n), r in result.rounds.items()}
    )


def test_a_few_rounds_at_any_length(result, show, setting):
    """Few rounds can be enough. A default GRU and tanh network of gain 1 need fewer than 10 rounds at
    100, 1,000 and 4,000 steps; at gain 3 and 100 steps, 60 are too few.
    """
    setting(experiment.LENGTHS, (100, 1000, 4000))
    setting(experiment.MOST, 60)
    for name in ("GRU", "tanh, gain 1"):
        rounds = np.stack([result.rounds[name, n] for n in experiment.LENGTHS], axis=1)
        show(f"rounds, {name}", rounds, below=10)
    solved = result.rounds[experiment.CHAOTIC, experiment.SHORT] <= experiment.MOST
    show("runs at gain 3 that are solved", solved, equal=0)
