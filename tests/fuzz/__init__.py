"""The keeper under attack by chance: awaits that fail, processes that are killed, and no value without its entry."""
