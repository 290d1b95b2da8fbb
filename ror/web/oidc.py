"""Single sign-on on the sign-in screen: its button, and the message of a sign-in that failed on the way."""

import html
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from ror.services.accounts.single_sign_on import SignOnReason
from ror.settings import settings
from ror.web.server.http import REASON
from ror.web.server.oidc_routes import PATH, configured


def render_button() -> None:
    """Render the link to the provider, which leads back to the requested page; nothing without a provider."""
    if not configured():
        return
    params = {name: st.query_params.get_all(name) for name in st.query_params if name != REASON}
    back = urlsplit(st.context.url or "/").path + (f"?{urlencode(params, doseq=True)}" if params else "")
    st.html(
        f'<a class="ror-sign-on" href="{PATH}/start?next={quote(back, safe="")}" target="_self">'
        f"{html.escape(settings().oidc_name)}</a>"
    )


def failure_message() -> str:
    """Return why the last step of a sign-in failed, "" if it did not; remove the reason from the address: it is shown once."""
    code = st.query_params.pop(REASON, "")
    reasons = list(SignOnReason) if configured() else [SignOnReason.EXPIRED]
    return SignOnReason(code).sentence if code in reasons else ""
