"""The pseudo-locale: English made strange, to find what nobody translated or left room for."""

import re
from functools import lru_cache
from typing import Final

_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED = "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑȦƁƇḒḖƑƓĦĪĴĶĿḾȠǾƤɊŘŞŦŬṼẆẊẎẐ"
ACCENTS: Final = str.maketrans(_PLAIN, _ACCENTED)
# What must survive: %(name)s, %%, tags, entities, and the keys a person types.
KEPT: Final = re.compile(r"(%\([a-z_]+\)s|%%|<[^>]+>|&[a-z]+;)")
OPEN, CLOSE = "⟦", "⟧"
_FILLER = "ẋẏẑ "
LONGER = 0.4


@lru_cache(maxsize=4096)
def pseudo(text: str) -> str:
    """Accent every letter and make the text 40 % longer, between brackets that show where it is cut off."""
    parts = KEPT.split(text)
    said = "".join(part if KEPT.fullmatch(part) else part.translate(ACCENTS) for part in parts)
    visible = sum(len(part) for part in parts if not KEPT.fullmatch(part))
    wanted = max(1, round(visible * LONGER))
    padding = (_FILLER * (wanted // len(_FILLER) + 1))[:wanted].rstrip()
    return f"{OPEN}{said} {padding}{CLOSE}"
