"""The English words of Streamlit's own controls, read from its installed scripts, so that an upgrade adds its new ones."""

import re
from functools import cache
from pathlib import Path

from streamlit.file_util import get_static_dir

_TEXT = re.compile(r"""[`"]([A-Z][a-z]+[a-zA-Z ,.'/()…-]{0,110})[`"]""")
"""A text in a script: it begins with a capital, and consists of words."""

STARTS = (r"Remove ", r"Help for ", r"Add: ", r"Select \d+ matches", r"Selected Date: ", r"Download as ", r"Drag and drop ")
"""Beginnings of texts that end in a value, as regular expressions."""

DATES = {"dd", "yyyy", "day", "month", "year"}
"""The parts of an empty date, which begin with no capital."""

FRENCH = {
    "Date",
    "Total",
    "Structure",
    "Place",
    "Code",
    "Type",
    "Table",
    "Menu",
    "Format",
    "Fermer",
    "Calendrier",
    "Suivant",
    "Distance",
}
"""Words of the scripts that are French as well."""


@cache
def words() -> dict[str, list[str]]:
    """Return the texts that are constant as `whole`, and the beginnings of the others as `starts`."""
    scripts = [file.read_text("utf-8") for file in sorted((Path(get_static_dir()) / "static/js").glob("*.js"))]
    whole = {text for script in scripts for text in _TEXT.findall(script)}
    return {"whole": sorted(whole - FRENCH | DATES), "starts": list(STARTS)}
