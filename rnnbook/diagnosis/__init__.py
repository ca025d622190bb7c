"""What to ask a training run that went wrong: each check is a function, ``diagnose`` asks them all.

Most checks take your model, one batch, and the loss as ``loss(output, batch)``, as tasks have it.
Nothing is trained, and parameters and their ``.grad`` stay as they were.
"""

from rnnbook.diagnosis.checks import CHECKS, diagnose
from rnnbook.diagnosis.finite import nonfinite
from rnnbook.diagnosis.gradients import (
    backward_error,
    gradient_by_step,
    gradient_norms,
    step_effect,
)
from rnnbook.diagnosis.padding import Leak, padding_leak
from rnnbook.diagnosis.report import Finding, Report
from rnnbook.diagnosis.saturation import States, states
from rnnbook.diagnosis.targets import copied_targets, probabilities

__all__ = [
    "CHECKS",
    "Finding",
    "Leak",
    "Report",
    "States",
    "backward_error",
    "copied_targets",
    "diagnose",
    "gradient_by_step",
    "gradient_norms",
    "nonfinite",
    "padding_leak",
    "probabilities",
    "states",
    "step_effect",
]
