"""Order of words as a reader expects it: Chinese by sound (pinyin), others by letters without marks."""

import unicodedata


def sort_key(text: str, tag: str) -> tuple[str, str]:
    """Give what to sort by; equal keys fall back to the text itself."""
    spoken = _pinyin(text) if tag.startswith("zh") else text
    bare = "".join(c for c in unicodedata.normalize("NFKD", spoken) if not unicodedata.combining(c))
    letters = bare.removeprefix("ال") if tag == "ar" else bare
    return letters.casefold(), text


def _pinyin(text: str) -> str:
    # Imported when first needed: its table takes a third of a second and only Chinese wants it.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 -- see above

    return " ".join(lazy_pinyin(text, style=Style.TONE3))
