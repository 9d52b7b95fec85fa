"""The region's keys, for those who run the house: epochs, work on them, and people's erasure. No key is ever shown."""
