"""The width of the window: guessed from the browser's name for the first drawing, then corrected by the page itself.

Nothing in a Streamlit session tells it. The guess is right for telephones and for computers with a large window; for a small
window the page says so once, and is drawn again.
"""

from collections.abc import Callable
from functools import cache

import streamlit as st

PHONE_WIDTH = 700
"""Pixels under which a window has one column."""

_KEY = "window"

_SCRIPT = """
export default function ({ data, setStateValue }) {
  const narrow = matchMedia(`(max-width: ${data.width - 1}px)`);
  const correct = () => { if (narrow.matches !== data.phone) setStateValue("phone", narrow.matches); };
  narrow.addEventListener("change", correct);
  correct();
  return () => narrow.removeEventListener("change", correct);
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_window", js=_SCRIPT)


def is_phone() -> bool:
    """Return whether the window has one column: as its page said, else as the name of its browser lets one guess."""
    said = (st.session_state.get(_KEY) or {}).get("phone")
    return bool(said) if said is not None else "Mobi" in (st.context.headers.get("User-Agent") or "")


def watch(on_change: Callable[[], None] = lambda: None) -> None:
    """Mount the component, which reruns its page or fragment when `is_phone` was wrong or the window changes.

    `on_change` is the callback of these reruns.
    """
    _component()(data={"phone": is_phone(), "width": PHONE_WIDTH}, key=_KEY, height=0, on_phone_change=on_change)
