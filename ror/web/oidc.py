"""The button of single sign-on on the sign-in screen, and the sentence of a failure."""

import html
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from ror.services.accounts.single_sign_on import Reason
from ror.settings import settings
from ror.web.server.oidc_routes import PATH, REASON, configured


def button() -> None:
    """The way to the provider, and back to the page that was asked for; nothing when there is no provider."""
    if not configured():
        return
    asked = {name: st.query_params.get_all(name) for name in st.query_params if name != REASON}
    back = urlsplit(st.context.url or "/").path + (f"?{urlencode(asked, doseq=True)}" if asked else "")
    st.html(
        f'<a class="ror-sign-on" href="{PATH}/start?next={quote(back, safe="")}" target="_self">'
        f"{html.escape(settings().oidc_name)}</a>"
    )


def sentence() -> str:
    """Why single sign-on did not open a session, for the sign-in screen that it came back to; "" otherwise.

    Said once: the reason leaves the address, so that it is not said again when the page asked for is.
    """
    code = st.query_params.pop(REASON, "") if configured() else ""
    return Reason(code).sentence if code in list(Reason) else ""
