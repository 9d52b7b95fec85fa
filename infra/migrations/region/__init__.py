"""The main database of a cell."""
