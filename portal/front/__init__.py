"""The front door: leads to the cells, and can name no client."""
