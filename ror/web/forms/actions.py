"""How a section of « Administration » makes a gesture: by whoever is signed in now, acknowledged or refused in words."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from ror.errors import RorError
from ror.model.rights import Account
from ror.web import session
from ror.web.markdown import literal

Gesture = Callable[[Account, datetime], Any]


def make(section: str, gesture: Gesture, done: str) -> Any:
    """Called by a button: makes the gesture, and says `done` or the refusal at the next drawing of the section.

    Returns what the gesture returns, None when it was refused.
    """
    forget(section)
    account = session.current()
    if account is None:
        return None
    try:
        result = gesture(account, datetime.now(UTC))
    except RorError as error:
        st.session_state[f"{section}-refused"] = error.message
        return None
    st.session_state[f"{section}-done"] = done
    return result


def forget(section: str) -> None:
    """What was done or refused before is no longer said."""
    for name in ("refused", "done"):
        st.session_state.pop(f"{section}-{name}", None)


def acknowledge(section: str) -> None:
    """Say what the last gesture of the section did, or why it was refused."""
    if done := st.session_state.get(f"{section}-done"):
        st.success(literal(done), icon=":material/check_circle:")
    if refused := st.session_state.get(f"{section}-refused"):
        st.error(literal(refused), icon=":material/error:")


def confirmed(section: str, key: str, button: tuple[str, str], question: str, yes: str, go: Callable[[], Any]) -> None:
    """A button (words, icon) that asks before it goes on: the question stays until it is answered.

    What was done before in the section is no longer said beside it.
    """
    asked = f"asked-{key}"

    def ask() -> None:
        forget(section)
        st.session_state[asked] = True

    def answer(agreed: bool) -> None:
        st.session_state.pop(asked, None)
        if agreed:
            go()

    words, icon = button
    if not st.session_state.get(asked):
        st.button(words, key=key, icon=icon, on_click=ask)
        return
    st.warning(literal(question), icon=":material/help:")
    with st.container(horizontal=True):
        st.button(yes, key=f"yes-{key}", type="primary", on_click=answer, args=(True,))
        st.button("Non", key=f"no-{key}", on_click=answer, args=(False,))
