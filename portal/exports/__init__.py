"""Documents of a trip as one file: asked for, approved by somebody else, made under a grant, closed, counted."""
