"""Icons, drawn as one stroke each: made once and not anew in every page."""

from functools import cache

from markupsafe import Markup

# Path data on a 24 × 24 grid, by what the icon shows.
DRAWN = {
    "home": "M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-5v-6h-4v6H5a1 1 0 0 1-1-1z",
    "user": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c0-3.6 3.4-6 7.5-6s7.5 2.4 7.5 6",
    "people": "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.2 2.9-5.5 6.5-5.5s6.5 2.3 6.5 5.5M16 4.7a3.5 3.5 0 0 1 0 6.6M18 14.9c2.1.8 3.5 2.7 3.5 5.1",
    "grid": "M4 4h16v16H4zM4 9.3h16M4 14.7h16M9.3 4v16M14.7 4v16",
    "users": "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.2 2.9-5.5 6.5-5.5s6.5 2.3 6.5 5.5M16 4.7a3.5 3.5 0 0 1 0 6.6M18 14.9c2.1.8 3.5 2.7 3.5 5.1",
    "plane": "M3 11.5L21 4l-6 17-3.5-7.5zM11.5 13.5L21 4",
    "shield": "M12 3l8 3v6c0 4.5-3.2 7.7-8 9-4.8-1.3-8-4.5-8-9V6z",
    "shield-check": "M12 3l8 3v6c0 4.5-3.2 7.7-8 9-4.8-1.3-8-4.5-8-9V6zM8.5 12l2.5 2.5 4.5-5",
    "ledger": "M7 3h12v18H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM5 18.5A2 2 0 0 1 7 17h12M9 7.5h6M9 11.5h6",
    "trail": "M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5M12 8v4.3l3 1.7",
    "matrix": "M4 4h16v16H4zM4 9.3h16M4 14.7h16M9.3 4v16M14.7 4v16",
    "eye": "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
    "eye-off": "M4 4l16 16M9.7 5.8a9 9 0 0 1 2.3-.3c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-3 3.7M6.5 7.4A16 16 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.3-1.1M10 10a3 3 0 0 0 4 4",
    "lock": "M6 11h12a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V12a1 1 0 0 1 1-1zM8 11V8a4 4 0 0 1 8 0v3M12 15v2",
    "unlock": "M6 11h12a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V12a1 1 0 0 1 1-1zM8 11V8a4 4 0 0 1 7.7-1.5M12 15v2",
    "key": "M8 19a4.5 4.5 0 1 1 4.2-6H21v3.5h-2.5V18h-3v-2H12A4.5 4.5 0 0 1 8 19zM7.5 14.5h.01",
    "seal": "M12 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM9.8 9l1.6 1.6L14.4 7.5M8.5 13.5L7 21l5-2.5L17 21l-1.5-7.5",
    "passport": "M6 3h12a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM12 13a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM8.5 9.5h7M9 17h6",
    "card": "M4 5.5h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1zM3 10h18M7 15h3",
    "bank": "M3 9.5L12 4l9 5.5H3zM5.5 9.5V17M10 9.5V17M14 9.5V17M18.5 9.5V17M3 20h18M4 17h16",
    "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16.5 16.5L21 21",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "close": "M6 6l12 12M18 6L6 18",
    "globe": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c2.6 2.6 4 5.6 4 9s-1.4 6.4-4 9c-2.6-2.6-4-5.6-4-9s1.4-6.4 4-9z",
    "sun": "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
    "moon": "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
    "auto": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 3v18M12 7.5h5.5M12 12h7M12 16.5h5.5",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "alert": "M12 4l9 16H3zM12 10v4.5M12 17.3h.01",
    "info": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.7h.01",
    "stop": "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3zM12 8v5M12 16.3h.01",
    "clock": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.3l3.5 2",
    "calendar": "M5 5.5h14a1 1 0 0 1 1 1V19a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6.5a1 1 0 0 1 1-1zM4 10h16M8.5 3v4M15.5 3v4",
    "copy": "M9 9h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1zM16 9V5a1 1 0 0 0-1-1H5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h3",
    "download": "M12 4v11M7 10.5l5 5 5-5M4 20h16",
    "filter": "M4 5h16l-6 7.5V19l-4-2v-4.5z",
    "plus": "M12 5v14M5 12h14",
    "pencil": "M4 20l1-4.5L16 4.5a2 2 0 0 1 3 0l.5.5a2 2 0 0 1 0 3L8.5 19zM14 6.5l3.5 3.5",
    "trash": "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5.5M14 11v5.5",
    "sign-out": "M10 4H5a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h5M15 8l4 4-4 4M19 12H9",
    "help": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2 1-1.2 2M12 16.8h.01",
    "chevron": "M9 5l7 7-7 7",
    "down": "M5 9l7 7 7-7",
    "arrow": "M5 12h14M13 6l6 6-6 6",
    "back": "M19 12H5M11 6l-6 6 6 6",
    "external": "M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5",
    "device": "M4 5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM8 20h8M12 16v4",
    "settings": "M4 7h9M19 7h1M4 17h1M11 17h9M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM8 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
    "keyboard": "M4 6h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zM7 10h.01M10.3 10h.01M13.7 10h.01M17 10h.01M7 14h.01M17 14h.01M10 14h4",
    "mail": "M4 5.5h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1zM3.5 7l8.5 6.5L20.5 7",
    "phone": "M6 3h3.5l1.5 5-2 1.5a12 12 0 0 0 5.5 5.5l1.5-2 5 1.5V18a3 3 0 0 1-3 3A15.5 15.5 0 0 1 3 6a3 3 0 0 1 3-3z",
    "chart": "M4 20h16M7 16v-5M12 16V6M17 16v-8",
    "building": "M6 21V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v17M3.5 21h17M10 7.5h.01M14 7.5h.01M10 11.5h.01M14 11.5h.01M10 21v-5h4v5",
    "empty": "M4 14l2.5-8.5h11L20 14v5H4zM4 14h5l1.5 2.5h3L15 14h5",
}


@cache
def icon(name: str, flip: bool = False) -> Markup:  # noqa: FBT001, FBT002 -- templates say `flip=True`
    """Give an icon as SVG. Depicting icons never mirror; `flip` is for those that point along the line of reading."""
    kind = "icon flip" if flip else "icon"
    return Markup(  # noqa: S704 -- our own constants
        f'<svg class="{kind}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{DRAWN[name]}"/></svg>'
    )


@cache
def symbol(name: str) -> Markup:
    """Give an icon that a page draws once and uses many times: `<use href="#drawn-NAME"/>`."""
    drawn = f'<symbol id="drawn-{name}" viewBox="0 0 24 24"><path d="{DRAWN[name]}"/></symbol>'
    return Markup(drawn)  # noqa: S704 -- our own constants
