"""The actions of forms: run a service call for the account signed in now, and render its success or its refusal."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import streamlit as st

from ror.errors import RorError
from ror.model.rights import Account
from ror.web import session
from ror.web.forms import attention
from ror.web.markdown import literal

Result = TypeVar("Result")
Operation = Callable[[Account, datetime], Result]


def run(operation: Operation[Result], on_refusal: Callable[[RorError], Any]) -> Result | None:
    """Run an operation for the account signed in now; return its result, None when nobody is signed in or it was refused.

    `on_refusal` gets the error, to render its sentence beside the form, whose fields keep what was typed.
    """
    account = session.current()
    if account is None:
        return None
    try:
        return operation(account, datetime.now(UTC))
    except RorError as error:
        on_refusal(error)
        return None


def run_in_section(section: str, operation: Operation[Result], success: str) -> Result | None:
    """Run an operation as `run` does; `render_messages` renders `success` or the refusal until the section's next action."""

    def run_and_succeed(account: Account, now: datetime) -> Result:
        result = operation(account, now)
        succeed(section, success)
        return result

    clear_messages(section)
    return run(run_and_succeed, lambda error: refuse(section, error.user_message))


def succeed(section: str, message: str) -> None:
    """Store the message of a success, for `render_success`."""
    st.session_state[f"{section}-done"] = message
    st.session_state[f"{section}-answer"] = attention.new_answer()


def refuse(section: str, message: str) -> None:
    """Store the message of a refusal, for `render_refusal`."""
    st.session_state[f"{section}-refused"] = message
    st.session_state[f"{section}-answer"] = attention.new_answer()


def clear_messages(section: str) -> None:
    """Remove the messages of the section's last action."""
    for name in ("refused", "done", "answer"):
        st.session_state.pop(f"{section}-{name}", None)


def render_messages(section: str) -> None:
    """Render the success or the refusal of the section's last action, and scroll to it: its button may be screens below."""
    answer = st.session_state.get(f"{section}-answer")
    if answer is None:
        return
    key = f"{section}-messages"
    with st.container(key=key):
        render_success(section)
        render_refusal(section)
        attention.scroll_to(key, answer)


def render_success(section: str) -> None:
    """Render the success of the section's last action, if it succeeded."""
    if message := st.session_state.get(f"{section}-done"):
        st.success(literal(message), icon=":material/check_circle:")


def render_refusal(section: str) -> None:
    """Render the refusal of the section's last action, if it was refused."""
    if message := st.session_state.get(f"{section}-refused"):
        st.error(literal(message), icon=":material/error:")


def render_confirmed_button(
    section: str, key: str, button: tuple[str, str], question: str, yes_label: str, on_confirm: Callable[[], Any]
) -> None:
    """Render a button (label, icon) that asks a question before it runs `on_confirm`; the question stays until answered.

    Asking it removes the messages of the section.
    """
    pending = f"pending-{key}"

    def ask() -> None:
        clear_messages(section)
        st.session_state[pending] = True

    def answer(confirmed: bool) -> None:
        st.session_state.pop(pending, None)
        if confirmed:
            on_confirm()

    label, icon = button
    if not st.session_state.get(pending):
        st.button(label, key=key, icon=icon, on_click=ask)
        return
    st.warning(literal(question), icon=":material/help:")
    with st.container(horizontal=True):
        st.button(yes_label, key=f"yes-{key}", type="primary", on_click=answer, args=(True,))
        st.button("Non", key=f"no-{key}", on_click=answer, args=(False,))
