"""Which language to answer in: the path's, the person's, the browser's best (RFC 9110, section 12.5.4)."""

from functools import lru_cache

from i18n.locales import DEFAULT, LOCALES

MAX_HEADER = 1_000
MAX_RANGES = 32


def choose(path_tag: str | None, person_tag: str | None, accept_language: str | None) -> str:
    """Give the tag of an offered language; what is unknown or malformed is passed over, never an error."""
    for tag in (path_tag, person_tag):
        if tag and (found := match(tag)):
            return found
    return _accepted(accept_language or "")


def match(tag: str) -> str | None:
    """Find the offered language nearest to a tag: itself, else one of the same language, else None.

    Any Chinese finds zh-Hans while it is the only Chinese; an English with a region finds `en`.
    """
    wanted = tag.strip().replace("_", "-").lower()
    exact = next((mine for mine in LOCALES if mine.lower() == wanted), None)
    if exact:
        return exact
    language = wanted.partition("-")[0]
    return next((mine for mine in LOCALES if mine.lower().partition("-")[0] == language), None)


def split_path(path: str) -> tuple[str | None, str]:
    """Part `/ar/trips` into ("ar", "/trips"); (None, path) when it does not begin with an offered tag."""
    head, _, rest = path.removeprefix("/").partition("/")
    return (head, f"/{rest}") if head in LOCALES else (None, path)


@lru_cache(maxsize=512)
def _accepted(header: str) -> str:
    if len(header) > MAX_HEADER:
        return DEFAULT
    ranges = [_range(part) for part in header.split(",")[:MAX_RANGES]]
    refused = {tag.lower() for tag, weight in ranges if weight == 0}
    # Sorting is stable: among equal weights the browser's own order decides.
    for tag, weight in sorted(ranges, key=lambda pair: -pair[1]):
        if weight <= 0:
            continue
        found = DEFAULT if tag == "*" else match(tag)
        if found and found.lower() not in refused:
            return found
    return DEFAULT


def _range(part: str) -> tuple[str, float]:
    tag, _, parameter = part.partition(";")
    weight = parameter.strip().lower().removeprefix("q=") if parameter else "1"
    try:
        value = float(weight)
    except ValueError:
        value = 0.0
    return tag.strip(), value if 0 <= value <= 1 else 0.0
