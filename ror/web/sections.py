"""The choice of one section of a page, which stands in the address."""

from collections.abc import Callable, Mapping

import streamlit as st

from ror.model.rights import Account
from ror.web import titles
from ror.web.coordination import displays

Section = Callable[[Account], None]


def choose(sections: Mapping[str, Section]) -> Section:
    """Render the choice of a section, and return the one that the address names, the first by default.

    The link of a new display is shown in its own section alone.
    """
    first = next(iter(sections))
    chosen = st.segmented_control(
        "Volet", list(sections), default=first, key="volet", bind="query-params", required=True, label_visibility="collapsed"
    )
    titles.show(chosen or first)
    section = sections[chosen or first]
    if section is not displays.render_displays:
        displays.forget_link()
    return section
