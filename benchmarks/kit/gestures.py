"""What users do on each page: the same gestures and the same throws of the dice for every rival.

- whole: the whole page again, as it stands; open: a new tab, from its connection to the end of its first run;
- filter: other filters (page of départements), other words (page of structures);
- select: another département, structure or unit, whose detail is drawn;
- back: the browser's « back » and « forward » between the region and what was selected; for the pages that keep
  no address, closing and opening it again.
"""

import time
from random import Random
from typing import Any

from benchmarks.kit.client import Run, Tab
from benchmarks.kit.load import Action

CODES = ("75", "77", "78", "91", "92", "93", "94", "95")
WORDS = ("melun", "paris", "réanimation", "hôpital", "clinique", "versailles", "urgences", "créteil")


async def opened(tab: Tab, _: Random) -> Run:
    """A new tab beside, closed after."""
    began = time.perf_counter()
    async with Tab(tab.url, tab.cookie) as fresh:
        run = await fresh.open(tab.page)
        run.seconds = time.perf_counter() - began
        return _inside(fresh, run)


async def whole(tab: Tab, _: Random) -> Run:
    """The whole page again."""
    return _inside(tab, await tab.rerun())


def _inside(tab: Tab, run: Run) -> Run:
    """The run, as a failure if it drew the sign-in form: that is fast, and not the page."""
    run.failure = run.failure or ("signed out" if tab.has("login") else "")
    return run


async def slide(tab: Tab, dice: Random) -> Run:
    """The floor's one gesture."""
    return await tab.change(tab.find("value"), float(dice.randint(0, 100)))


async def filtered(tab: Tab, dice: Random) -> Run:
    """One of the filters gets another value."""
    name = dice.choice(("nature", "mini", "age"))
    if name == "mini":
        return await tab.change(tab.find(name), other(dice, (0, 1, 2), tab, name))
    widget = tab.find(name)
    return await tab.change(widget, [other(dice, widget.options[:4], tab, name)])


async def department(tab: Tab, dice: Random) -> Run:
    """Another département is clicked on the map."""
    code = other(dice, CODES, tab, "code")
    return await tab.change(tab.find("carte"), {"selection": {"pick": [{"code": code}]}})


async def searched(tab: Tab, dice: Random) -> Run:
    """Other words are searched for."""
    return await tab.change(tab.find("q"), other(dice, WORDS, tab, "q"))


async def structure(tab: Tab, dice: Random) -> Run:
    """Another of the structures found is opened."""
    if not tab.has("resultats") and not tab.has("resultats_open"):
        # Nothing was searched for yet, or nothing found.
        await tab.change(tab.find("q"), "paris")
    return await _line(tab, dice, "resultats")


async def unit(tab: Tab, dice: Random) -> Run:
    """The form of another of one's units is opened."""
    return await _line(tab, dice, "duties")


async def _line(tab: Tab, dice: Random, table: str) -> Run:
    """Another line of a table, by the button in its cell or by selecting it."""
    line = other(dice, tuple(range(5)), tab, table)
    if tab.has(f"{table}_open"):
        return await tab.press(tab.find(f"{table}_open"), {"row": line, "label": "-"})
    return await tab.change(tab.find(table), {"selection": {"rows": [line], "columns": [], "cells": []}})


def other(dice: Random, values: tuple[Any, ...], tab: Any, name: str) -> Any:
    """One of the values, not the present one: the same gesture twice would be no change."""
    value = dice.choice([one for one in values if one != tab.chosen.get(name)])
    tab.chosen[name] = value
    return value


def through_address(select: Action) -> Action:
    """« Back », then « forward », and so on, once something was selected."""

    async def back(tab: Tab, dice: Random) -> Run:
        if "selected" not in tab.chosen:
            tab.chosen["selected"] = True
            await select(tab, dice)
        return await tab.back()

    return back


def closing(select: Action, widget: str, nothing: dict[str, Any]) -> Action:
    """For a page that keeps no address: the selection is emptied, then made again, and so on."""

    async def back(tab: Tab, dice: Random) -> Run:
        tab.chosen["selected"] = not tab.chosen.get("selected", False)
        return await (select(tab, dice) if tab.chosen["selected"] else tab.change(tab.find(widget), nothing))

    return back


_NO_POINT: dict[str, Any] = {"selection": {"pick": []}}
_NO_LINE: dict[str, Any] = {"selection": {"rows": [], "columns": [], "cells": []}}
PAGES = ("departements", "structures", "mise-a-jour")
FLOOR: dict[str, Action] = {"open": opened, "whole": slide}
OURS: dict[str, dict[str, Action]] = {
    "departements": {
        "open": opened,
        "whole": whole,
        "filter": filtered,
        "select": department,
        "back": through_address(department),
    },
    "structures": {"open": opened, "whole": whole, "filter": searched, "select": structure, "back": through_address(structure)},
    "mise-a-jour": {"open": opened, "whole": whole, "select": unit, "back": through_address(unit)},
}
NAIVE: dict[str, dict[str, Action]] = {
    "departements": OURS["departements"] | {"back": closing(department, "carte", _NO_POINT)},
    "structures": OURS["structures"] | {"back": closing(structure, "resultats", _NO_LINE)},
    "mise-a-jour": OURS["mise-a-jour"] | {"back": closing(unit, "duties", _NO_LINE)},
}
