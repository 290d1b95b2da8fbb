"""Actions of users on each page, the same with the same random numbers for every rival.

- open: a new tab, from its connection to the end of its first run; whole: the whole page again, as it is;
- filter: other filters (page of départements), other words (page of structures);
- select: another département, structure or unit, whose detail is drawn.
"""

import time
from random import Random
from typing import Any

from benchmarks.kit.client import Run, Tab
from benchmarks.kit.load import Action

CODES = ("75", "77", "78", "91", "92", "93", "94", "95")
WORDS = ("melun", "paris", "réanimation", "hôpital", "clinique", "versailles", "urgences", "créteil")


def pick_other(rng: Random, values: tuple[Any, ...], tab: Any, name: str) -> Any:
    """Return a random value other than the last one picked: the same action twice would change nothing."""
    value = rng.choice([value for value in values if value != tab.chosen.get(name)])
    tab.chosen[name] = value
    return value


def _signed_in(tab: Tab, run: Run) -> Run:
    """Return the run, marked as failed if it drew the sign-in form, which is faster to draw than the page."""
    run.failure = run.failure or ("signed out" if tab.has("login") else "")
    return run


async def open_tab(tab: Tab, _: Random) -> Run:
    """Open a new tab of the same page, and close it."""
    began = time.perf_counter()
    async with Tab(tab.url, tab.cookie) as fresh:
        run = await fresh.open(tab.page)
        run.seconds = time.perf_counter() - began
        return _signed_in(fresh, run)


async def rerun(tab: Tab, _: Random) -> Run:
    """Run the whole page again."""
    return _signed_in(tab, await tab.rerun())


async def slide(tab: Tab, rng: Random) -> Run:
    """Move the slider, the one action of the floor."""
    return await tab.change(tab.find("value"), float(rng.randint(0, 100)))


async def filter_units(tab: Tab, rng: Random) -> Run:
    """Change one of the filters."""
    name = rng.choice(("nature", "mini", "age"))
    if name == "mini":
        return await tab.change(tab.find(name), pick_other(rng, (0, 1, 2), tab, name))
    widget = tab.find(name)
    return await tab.change(widget, [pick_other(rng, widget.options[:4], tab, name)])


async def select_department(tab: Tab, rng: Random) -> Run:
    """Click another département on the map."""
    code = pick_other(rng, CODES, tab, "code")
    return await tab.change(tab.find("linked0"), {"selection": {"pick_department": [{"department": code}]}})


async def search_structures(tab: Tab, rng: Random) -> Run:
    """Search for other words."""
    return await tab.change(tab.find("q"), pick_other(rng, WORDS, tab, "q"))


async def select_structure(tab: Tab, rng: Random) -> Run:
    """Open another structure of the results."""
    if not tab.has("resultats") and not tab.has("resultats_open"):
        # Nothing was searched for yet, or nothing found.
        await tab.change(tab.find("q"), "paris")
    return await _open_line(tab, rng, "resultats")


async def _open_line(tab: Tab, rng: Random, table: str) -> Run:
    """Open another line of a table, by the button in its cell or by selecting it."""
    line = pick_other(rng, tuple(range(5)), tab, table)
    if tab.has(f"{table}_open"):
        return await tab.press(tab.find(f"{table}_open"), {"row": line, "label": "-"})
    return await tab.change(tab.find(table), {"selection": {"rows": [line], "columns": [], "cells": []}})


FLOOR: dict[str, dict[str, Action]] = {"": {"open": open_tab, "whole": slide}}
BOARD: dict[str, Action] = {"open": open_tab, "whole": rerun, "filter": filter_units, "select": select_department}
PRODUCT: dict[str, dict[str, Action]] = {
    "departements": BOARD,
    "structures": {"open": open_tab, "whole": rerun, "filter": search_structures, "select": select_structure},
    "mise-a-jour": {"open": open_tab, "whole": rerun},
}
LOGINS = {"departements": "coordination", "structures": "coordination", "mise-a-jour": "responsable"}
"""The demonstration account that uses each page."""
