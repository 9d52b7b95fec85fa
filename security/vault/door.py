"""The one door by which clear text leaves the vault: the import contract watches who imports this."""

from typing import Final

from security.vault.clear_text import Door

DOOR: Final = Door()
"""Pass it to `ClearText.reveal_to`."""
