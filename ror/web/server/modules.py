"""The scripts of Streamlit that the first screens need, found by their imports, and the HTML that has a browser request them.

Streamlit requests the renderer of an element once a message of the server names it. The page requests them before that:
those of the sign-in form at once; those of charts and tables at once for a signed-in user, and after the form for anybody
else.
"""

import re
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from streamlit.file_util import get_static_dir

FORM = ("Button", "Html", "TextInput")
"""The renderers of the sign-in form, by the beginning of their names."""

SCREENS = (
    *("ArrowVegaLiteChart", "BidiComponent", "Button", "ButtonGroup", "DataFrame", "DownloadButton", "Html", "Multiselect"),
    *("NumberInput", "Selectbox", "embed", "vega-interpreter"),
)
"""The renderers of a consultation."""

LATER = "ror-later"
"""The id of the template whose links start.js adds to the page once the sign-in form stands."""

_IMPORT = re.compile(r"""(?:from|import)\s*["'`]\./([\w.@-]+\.js)["'`]""")
_ENTRY = re.compile(r"""static/js/([\w.@-]+\.js)""")


@cache
def of_page() -> frozenset[str]:
    """Return the names of the scripts that every page of Streamlit starts with; its HTML requests them."""
    return _with_imports(_ENTRY.findall((Path(get_static_dir()) / "index.html").read_text("utf-8")))


@cache
def of_form() -> frozenset[str]:
    """Return the names of the other scripts that the sign-in form needs."""
    return _with_imports(_files(FORM)) - of_page()


@cache
def of_screens() -> frozenset[str]:
    """Return the names of the other scripts that a consultation needs."""
    return _with_imports(_files(SCREENS)) - of_page() - of_form()


def of_first_screens() -> frozenset[str]:
    """Return the names of the scripts that are loaded before a consultation is complete."""
    return of_page() | of_form() | of_screens()


def _files(renderers: Iterable[str]) -> list[str]:
    return [file.name for name in renderers for file in _folder().glob(f"{name}.*.js")]


def _folder() -> Path:
    return Path(get_static_dir()) / "static/js"


def _with_imports(names: Iterable[str]) -> frozenset[str]:
    """Return these scripts and all that they import when they start."""
    queue, visited = list(names), set[str]()
    while queue:
        name = queue.pop()
        if name not in visited:
            visited.add(name)
            queue += _IMPORT.findall((_folder() / name).read_text("utf-8"))
    return frozenset(visited)


@cache
def form_links() -> str:
    """Return the HTML that requests the scripts of the sign-in form, after those of the page."""
    return _links(of_form())


@cache
def screen_links() -> str:
    """Return the HTML that requests the scripts and the styles of a consultation, after those of the page."""
    sheets = sorted(file.name for name in SCREENS for file in (_folder().parent / "css").glob(f"{name}.*.css"))
    # The styles are those of tables, which not every first screen has: a browser warns of what is preloaded and not used.
    link = '<link rel="prefetch" as="style" crossorigin href="./static/css/{}">'
    return _links(of_screens(), frozenset(_files(SCREENS))) + "".join(map(link.format, sheets))


@cache
def later_screen_links() -> str:
    """Return the HTML that has start.js request the scripts of a consultation once the sign-in form stands."""
    return f'<template id="{LATER}">{screen_links()}</template>'


def _links(names: Iterable[str], evaluated: Collection[str] = ()) -> str:
    link = '<link rel="modulepreload" fetchpriority="low"{} href="./static/js/{}">'
    return "".join(link.format(" data-evaluate" if name in evaluated else "", name) for name in sorted(names))
