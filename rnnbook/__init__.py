"""Every model, task and experiment of the book *Recurrent Networks, Measured*."""

__version__ = "0.1.0"
