"""The widgets of a page under AppTest, by the words that a user reads."""

from collections.abc import Iterable
from typing import Any

from streamlit.testing.v1 import AppTest


def press(screen: AppTest, label: str) -> AppTest:
    """Press the button with this label, or that begins with it, and return the page after its rerun."""
    screen = _labelled(screen.button, label).click().run()
    assert not screen.exception
    return screen


def field(screen: AppTest, label: str) -> Any:
    """Return the field with this label, or that begins with it; the last one when several forms have it."""
    return _labelled(
        [
            *(*screen.text_input, *screen.text_area, *screen.selectbox, *screen.multiselect),
            *(*screen.segmented_control, *screen.checkbox, *screen.toggle),
        ],
        label,
    )


def _labelled(widgets: Iterable[Any], label: str) -> Any:
    return min((one for one in reversed([*widgets]) if one.label.startswith(label)), key=lambda one: len(one.label))
