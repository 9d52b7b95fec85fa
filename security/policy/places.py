"""Where one may ask: the place of a question is the cell in which its asker has a session.

No other place can be told from a claim: a session and a value belong to one region each, and no process holds two.
"""

from typing import Final

PLACES: Final = ("eu", "cn", "us", "me")
"""Every region that may have a cell."""
