"""The address of the screen: it contains the selection, and each step is one entry of the browser's history."""

from functools import cache

import streamlit as st

_VISIT = """
export default function ({ data }) {
  if (location.pathname + location.search === data.address) return;
  history.pushState({}, "", data.address);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}
"""


def step(**params: str | list[str]) -> None:
    """Change parameters of the address in one entry of the history; "" or [] removes one. Unchanged values add no entry.

    `st.query_params` adds an entry each time it is written, so all parameters are written at once; an empty list removes a
    parameter, and `from_dict` would remove the filters. Do not call it while a page is drawn, but in callbacks.
    """
    lists = {name: ([value] if value else []) if isinstance(value, str) else value for name, value in params.items()}
    if any(st.query_params.get_all(name) != values for name, values in lists.items()):
        st.query_params.update(lists)


def visit(address: str) -> None:
    """Open another page, as "/structures?structure=990750001", in one entry of the history, so that « back » returns here.

    `st.switch_page` would add two entries, one of them this page with the parameters of the next one.
    """
    _component()(data={"address": address}, key="visit", height=0)


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_visit", js=_VISIT)
