"""The drafts that the sheet of units stores in the browser, of one account alone: the computers of a ward are shared."""

from functools import cache

import streamlit as st

from ror import logs
from ror.model.rights import Account

STORE = "ror-sheet"
"""The name of the drafts in the browser's storages: see `forms/units_sheet_js/store.js`."""

_SCRIPT = """
export default function ({ data }) {
  for (const storage of [localStorage, sessionStorage]) {
    try {
      if (JSON.parse(storage.getItem(data.store) ?? "{}").owner === data.owner) continue;
    } catch {}
    storage.removeItem(data.store);
  }
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_own_drafts", js=_SCRIPT)


def discard_others(account: Account) -> None:
    """Discard the drafts that the sheet of units (`units_sheet_js/store.js`) stored for another account."""
    _component()(data={"store": STORE, "owner": logs.pseudonym(account.id)}, key="own-drafts", height=0)
