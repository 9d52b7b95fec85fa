"""How to say it to this person: languages, directions, numbers, times. Knows nothing of charter."""
