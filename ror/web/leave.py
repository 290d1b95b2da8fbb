"""Sending the browser to an address of this server: what a script cannot do, as setting the session's cookie, is done there."""

from functools import cache

import streamlit as st

_SCRIPT = """
export default function ({ data }) {
  const next = data.keep ? encodeURIComponent(location.pathname + location.search) : "/";
  location.replace(data.path + (data.path.includes("?") ? "&" : "?") + "next=" + next);
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_go", js=_SCRIPT)


def go(path: str, *, keep: bool) -> None:
    """Send the browser to an address of this server; `keep`: and back to where it is. Nothing is left in its history."""
    _component()(data={"path": path, "keep": keep}, key="go", height=0)


def open_session(ticket: str, *, keep: bool) -> None:
    """Spend the ticket: the browser comes back signed in, where it is or on the first page."""
    go(f"/session/open?ticket={ticket}", keep=keep)
