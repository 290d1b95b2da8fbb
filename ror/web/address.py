"""The address of the screen: what is chosen stands in it, and each step is one entry of the browser's history."""

from functools import cache

import streamlit as st

_VISIT = """
export default function ({ data }) {
  if (location.pathname + location.search === data.address) return;
  history.pushState({}, "", data.address);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}
"""


def step(**params: str) -> None:
    """Change parameters of the address in one entry of the history; "" takes one away. The same ones make no entry.

    `st.query_params` makes an entry each time that it is written, so several must go together; an empty list leaves no
    trace in the address, and `from_dict` would take the filters away. Not to be called while a page is drawn.
    """
    if any(st.query_params.get(name, "") != value for name, value in params.items()):
        st.query_params.update({name: value or [] for name, value in params.items()})


def visit(address: str) -> None:
    """Open another page, as "/structures?structure=990750001": one entry, behind which this page is as it was.

    `st.switch_page` makes two: this page with the other's parameters comes in between.
    """
    _component()(data={"address": address}, key="visit", height=0)


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_visit", js=_VISIT)
