"""Redirects of the browser to a route of this server, for what a script of Streamlit cannot do, such as setting a cookie."""

from functools import cache

import streamlit as st

from ror.web import own_drafts

_SCRIPT = """
export default function ({ data }) {
  // The drafts of the sheet of units end with the session of their account.
  if (data.path === "/session/close") for (const storage of [localStorage, sessionStorage]) storage.removeItem(data.drafts);
  const next = data.keep ? encodeURIComponent(location.pathname + location.search) : encodeURIComponent(data.target);
  location.replace(data.path + (data.path.includes("?") ? "&" : "?") + "next=" + next);
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_go", js=_SCRIPT)


def go(path: str, *, keep: bool, target: str = "/") -> None:
    """Send the browser to an address of this server, without an entry in its history.

    The route then leads it back to its present address with `keep`, to `target` otherwise.
    """
    _component()(data={"path": path, "keep": keep, "target": target, "drafts": own_drafts.STORE}, key="go", height=0)


def open_session(ticket: str, *, keep: bool, target: str = "/") -> None:
    """Exchange the ticket for a session: the browser returns signed in, to its present address with `keep`, or to `target`."""
    go(f"/session/open?ticket={ticket}", keep=keep, target=target)
