"""A cell to look at: invented people, real airports, and two months of a ledger that really was kept."""
