"""Data sets and synthetic problems, one file each, all in the form of :class:`rnnbook.batch.Task`."""
