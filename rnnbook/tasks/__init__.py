"""Data sets and synthetic problems, one file each, in the form of :class:`rnnbook.batch.Task`."""
