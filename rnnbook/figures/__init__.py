"""Pictures of the book: numbers in, a matplotlib figure out."""
