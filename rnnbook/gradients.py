"""The names of :mod:`rnnbook.bptt`, :mod:`rnnbook.jacobians` and :mod:`rnnbook.memory`, once more.

Nothing is written here: it keeps older imports working. In new code, import from those three.
"""

from rnnbook.bptt import LayerGradient, bptt, run, terms, through_time
from rnnbook.jacobians import (
    GradientFlow,
    analyze_gradient_flow,
    chain,
    norms,
    over_layers_and_time,
    spectral_radius,
    step_jacobians,
)
from rnnbook.memory import saved_bytes

__all__ = [
    "GradientFlow",
    "LayerGradient",
    "analyze_gradient_flow",
    "bptt",
    "chain",
    "norms",
    "over_layers_and_time",
    "run",
    "saved_bytes",
    "spectral_radius",
    "step_jacobians",
    "terms",
    "through_time",
]
