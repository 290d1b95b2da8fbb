"""The width of the window: guessed from the User-Agent for the first rendering, then corrected by the page itself.

A Streamlit session does not know it. The guess is right for telephones and for computers with a large window; for a small
window the page says so once, and is drawn again.
"""

from collections.abc import Callable
from functools import cache

import streamlit as st

from ror.web.script_run import IS_RUNNING

PHONE_WIDTH = 700
"""Pixels under which a window has one column."""

NARROW_WIDTH = 1200
"""Pixels under which a window has no room for the wide map beside a list."""

_KEY = "window"

_SCRIPT = """
export default function ({ data, setStateValue }) {
  const limits = data.limits.map((pixels) => matchMedia(`(max-width: ${pixels - 1}px)`));
  let later;
  const correct = () => {
    clearTimeout(later);
    const passed = limits.filter((limit) => limit.matches).length;
    if (passed === data.passed) return;
    if (isRunning()) later = setTimeout(correct, 50);
    else setStateValue("passed", passed);
  };
  for (const limit of limits) limit.addEventListener("change", correct);
  correct();
  return () => {
    clearTimeout(later);
    for (const limit of limits) limit.removeEventListener("change", correct);
  };
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_window", js=IS_RUNNING + _SCRIPT)


def _passed() -> int:
    """Return how many of the two limits the window is under: as the page reported, else guessed from the User-Agent."""
    reported = (st.session_state.get(_KEY) or {}).get("passed")
    if reported in (0, 1, 2):
        return int(reported)
    return 2 if "Mobi" in (st.context.headers.get("User-Agent") or "") else 0


def is_phone() -> bool:
    """Return whether the window has one column."""
    return _passed() == 2


def is_narrow() -> bool:
    """Return whether the window has no room for the wide map beside a list; always true on a phone."""
    return _passed() > 0


def watch(on_change: Callable[[], None] = lambda: None) -> None:
    """Mount the component, which reruns its page or fragment when the width was not the guess, or passes a limit.

    `on_change` is the callback of these reruns.
    """
    data = {"passed": _passed(), "limits": [NARROW_WIDTH, PHONE_WIDTH]}
    _component()(data=data, key=_KEY, height=0, on_passed_change=on_change)
