"""Monthly security reports: what happened in a month, in figures, as a PDF in each language that can be checked."""
