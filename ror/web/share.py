"""Render the ways to share the board: its address, print, the map as a picture, the situation report."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import streamlit as st

from ror.exchange.situation_report import message_pdf
from ror.model.rights import Account, Action
from ror.services.availability import situation
from ror.services.availability.consult import View
from ror.services.availability.situation import ReportScope
from ror.services.region_time import instant_words
from ror.settings import PACKAGE, settings
from ror.web import session, tables

POPOVER = "share-popover"
"""The key of the popover, whose content is rendered only while it is open."""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    script = (PACKAGE / "web" / "share.js").read_text("utf-8")
    return st.components.v2.component("ror_share", js=script, isolate_styles=False)


def render(view: View, read: Callable[[Account], View], scope: ReportScope) -> None:
    """Render the ways to share a view; `read` returns it for an account when a file is created, for a report of `scope`."""
    popover = st.popover("Partager", icon=":material/share:", key=POPOVER, on_change="rerun")
    if not popover.open:
        return
    with popover:
        fictitious = "Démonstration, données fictives. " if settings().demo else ""
        caption = f"{fictitious}{settings().service_name}, données du {instant_words(view.at)}"
        _component()(data={"caption": caption, "file": f"{tables.file_name('carte')}.png"}, key="share")
        report_button(read, scope, "share-report")


def report_button(read: Callable[[Account], View], scope: ReportScope, key: str) -> None:
    """Render the download of the situation report, which is built when it is pressed, for accounts that have the right."""
    if not session.allows(Action.EXPORT):
        return
    db = session.database()
    st.download_button(
        "Rapport de situation (PDF)",
        session.deferred_file(
            lambda account: situation.report(db, account, read(account), scope, datetime.now(UTC)), message_pdf
        ),
        f"{tables.file_name(f'situation-{scope.name}')}.pdf",
        "application/pdf",
        key=key,
        icon=":material/picture_as_pdf:",
        on_click="ignore",
    )
