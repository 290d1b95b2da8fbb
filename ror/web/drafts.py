"""What an open page holds of its forms: it outlives the session of Streamlit, which a restart of the server ends.

A browser keeps what is typed in a field as long as the field keeps its identity, and sends the values of its widgets to
the session that takes over. So each form has an id that its fields are named with, and a hidden field that holds it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

import streamlit as st

_ID_LENGTH = 16
_LONGEST_VERSION = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """A form being filled in. `id` names its fields and what it saves; `version` says what it was drawn from."""

    id: str
    version: str
    restored: bool = False
    """Whether this session took the form over from the page, which another session had drawn it for."""


def hold(name: str, version: Callable[[], str] = str) -> Draft:
    """Return the draft of a form: the one of this session, else the one that the page holds, else a new one.

    `version` gives what a new draft is drawn from, in at most 200 characters. Called while drawing, before the fields.
    """
    key = f"draft-{name}"
    field = f"{key}-held"
    draft: Draft | None = st.session_state.get(key)
    renewed = draft is None and st.session_state.pop(f"{key}-discarded", False)
    if draft is None:
        draft = Draft(token_hex(_ID_LENGTH // 2), version())
    text = f"{draft.id} {draft.version}"
    if renewed:
        st.session_state[field] = text
    with st.container(key=f"held-{name}"):
        found = st.text_input("Brouillon", "" if renewed else text, key=field, label_visibility="collapsed")
    if key not in st.session_state and found != text:
        draft = _restored(found) or draft
    st.session_state[key] = draft
    return draft


def discard(name: str) -> None:
    """Give up what was typed in a form, after it was saved or taken up again: the next drawing begins a new draft."""
    if st.session_state.pop(f"draft-{name}", None) is not None:
        st.session_state[f"draft-{name}-discarded"] = True


def _restored(text: str) -> Draft | None:
    """Read the draft that a page held; None for a text that no session wrote."""
    identity, _, version = text.partition(" ")
    hexadecimal = len(identity) == _ID_LENGTH and all(letter in "0123456789abcdef" for letter in identity)
    return Draft(identity, version, restored=True) if hexadecimal and len(version) <= _LONGEST_VERSION else None
