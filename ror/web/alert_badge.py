"""The badge on every page with the number of alerts that rang and were not acknowledged; it may play a sound.

An account without any alert costs one statement for each page, and no connection.
"""

from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

import streamlit as st

from ror.model.french import count
from ror.model.rights import Account, Action
from ror.services.alerts import account_alerts
from ror.services.alerts.account_alerts import AlertBadge
from ror.settings import PACKAGE
from ror.web import session
from ror.web.script_run import STAY_LIVE

FRAGMENT, OWN = "alert-badge", "own-alerts"
"""The keys of two fragments that rerun together: this one, and that of the page « Mes alertes »."""

PAGE = "alertes"
TEST = "alert-sound-test"
"""The key of a random text, renewed each time the user tries the sound."""

_KEY = "alerts-live"
"""Its end, « -live », tells that the reruns come from the page and not from its user: see `ror.web.server.user_acts`."""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    script = (PACKAGE / "web" / "alert_badge.js").read_text("utf-8")
    return st.components.v2.component("ror_alert_badge", js=STAY_LIVE + script, isolate_styles=False)


@session.fragment(Action.CONSULT, FRAGMENT)
def render(account: Account) -> None:
    """Render the badge; reruns when an alert of the account rings, on this server or another."""
    badge = account_alerts.badge(session.database(), account, datetime.now(UTC))
    if not badge.saved:
        return
    data = {
        "count": badge.count,
        "name": badge.name,
        "words": _words(badge),
        "newest": badge.newest,
        "sound": badge.sound,
        "test": st.session_state.get(TEST, ""),
        "account": account.id,
        "shows": [f"alerts:{account.id}"],
    }
    shown = urlsplit(st.context.url or "").path.strip("/")
    wake = _wake_own if shown == PAGE else _wake
    _component()(data=data, key=_KEY, on_changed_change=wake, on_tick_change=wake)


def _wake() -> None:
    # Streamlit reruns this fragment by itself. Rerun by its key, it would run in place of another page that is opened at the
    # same moment, since that page renders the badge too.
    return


def _wake_own() -> None:
    session.rerun_fragment([FRAGMENT, OWN])


def _words(badge: AlertBadge) -> str:
    if not badge.count:
        return ""
    return f"{count(badge.count, 'alerte')} à voir, la dernière : {badge.name}"
