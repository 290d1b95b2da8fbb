"""The title of the window: the step, the screen and the service, so that each tab and entry of the history has its own."""

import streamlit as st

from ror.settings import settings

_SCREEN = "title_of_screen"


def begin(screen: str) -> None:
    """Set the title of a screen, and store its name for its steps: a fragment that reruns alone does not run the frame."""
    st.session_state[_SCREEN] = screen
    show()


def show(*steps: str) -> None:
    """Set the title of a step of the screen, the innermost first; without one, that of the screen."""
    st.set_page_config(page_title=" - ".join((*steps, st.session_state.get(_SCREEN, ""), settings().service_name)).strip(" -"))
