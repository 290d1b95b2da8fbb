"""The page « Mes alertes »: the alerts that rang, the saved questions, and how the account is notified."""

from datetime import UTC, datetime

import streamlit as st

from ror.model.rights import Account, Action
from ror.services.alerts import account_alerts
from ror.web import alert_badge, own_alerts, session


@session.fragment(Action.CONSULT, alert_badge.OWN)
def screen(account: Account) -> None:
    """Render the alerts of the account; reruns when one rings."""
    own = account_alerts.read(session.database(), account, datetime.now(UTC))
    if not own.alerts:
        own_alerts.render_none()
        return
    alerted, settings = st.columns([8, 4], gap="large")
    with alerted:
        own_alerts.render_unacknowledged(own)
        own_alerts.render_alerts(own)
    with settings:
        own_alerts.render_preference(account, own)
    own_alerts.render_messages()


session.require(Action.CONSULT)
st.title("Mes alertes")
screen()
