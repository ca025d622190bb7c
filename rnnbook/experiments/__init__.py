"""Demos of the book run over seeds: numbers come out, nothing is drawn."""
