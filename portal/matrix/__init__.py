"""Matrix: who may see what and why, its versions, and its changes by two people."""
