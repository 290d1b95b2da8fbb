"""The frame of every screen: page settings, sign-in, navigation, banner and footer. Streamlit runs it at each rerun."""

from typing import Literal
from urllib.parse import unquote, urlsplit

import streamlit as st

from ror.model.rights import Account, Action, entitled
from ror.settings import PAGES, settings
from ror.web import footer, gate, home, session
from ror.web.server import reruns

_PAGES = "pages"


def main() -> None:
    """Render the frame and, for a signed-in account, the requested page inside it."""
    st.set_page_config(page_title=settings().service_name, layout="wide")
    account = session.current()
    inside = account is not None and not gate.is_needed()
    page = st.navigation(_with_unknown(_pages(account)), position="top" if inside else "hidden")
    reruns.set_page(page.url_path, inside=inside)
    if settings().demo:
        st.html('<div class="ror-banner" role="status">Démonstration - données fictives</div>')
    if account and inside:
        gate.render_account_line(account)
        page.run()
    else:
        gate.render_sign_in()
    st.html(footer.html())


def _pages(account: Account | None) -> dict[str, list[st.Page]]:
    """Return the screens by section of the navigation, cached in the session until the account's rights change."""
    allowed = frozenset(action for action in Action if account is not None and entitled(account, action))
    cached: tuple[frozenset[Action], dict[str, list[st.Page]]] | None = st.session_state.get(_PAGES)
    if cached is None or cached[0] != allowed:
        cached = st.session_state[_PAGES] = allowed, _sections(allowed)
    return cached[1]


def _sections(allowed: frozenset[Action]) -> dict[str, list[st.Page]]:
    """Return the screens by section, visible where an account may open them; `/` leads to its first page."""

    def visibility(action: Action) -> Literal["visible", "hidden"]:
        return "visible" if action in allowed else "hidden"

    home = st.Page(PAGES / "accueil.py", title="Accueil", url_path="", default=True, visibility="hidden")
    declare = st.Page(
        PAGES / "mise_a_jour.py",
        title="Mise à jour",
        url_path="mise-a-jour",
        icon=":material/edit_square:",
        visibility=visibility(Action.DECLARE),
    )
    departments = st.Page(
        PAGES / "departements.py",
        title="Par département",
        url_path="departements",
        icon=":material/map:",
        visibility=visibility(Action.CONSULT),
    )
    structures = st.Page(
        PAGES / "structures.py",
        title="Par structure",
        url_path="structures",
        icon=":material/local_hospital:",
        visibility=visibility(Action.CONSULT),
    )
    trends = st.Page(
        PAGES / "tendances.py",
        title="Tendances",
        url_path="tendances",
        icon=":material/timeline:",
        visibility=visibility(Action.CONSULT),
    )
    administration = st.Page(
        PAGES / "administration.py",
        title="Administration",
        url_path="administration",
        icon=":material/admin_panel_settings:",
        visibility=visibility(Action.MANAGE_ACCOUNTS),
    )
    help_page = st.Page(PAGES / "aide.py", title="Guide et légende", url_path="aide", icon=":material/help:")
    own = st.Page(PAGES / "mon_compte.py", title="Mon compte", url_path="mon-compte", icon=":material/account_circle:")
    return {
        "Disponibilités": [declare],
        "Consultation": [departments, structures, trends],
        "Administration": [administration],
        "Aide": [help_page, own, home],
    }


def _with_unknown(pages: dict[str, list[st.Page]]) -> dict[str, list[st.Page]]:
    """Return the screens and, at an unknown address, a page that tells so: Streamlit would do it in English."""
    requested = unquote(urlsplit(st.context.url or "").path).strip("/ ")
    existing = {page.url_path for section in pages.values() for page in section}
    if not requested or "/" in requested or requested in existing:
        return pages
    unknown = st.Page(_unknown_page, title="Page inconnue", url_path=requested, visibility="hidden")
    return {**pages, "Aide": [*pages["Aide"], unknown]}


def _unknown_page() -> None:
    st.title("Cette page n'existe pas")
    st.html("<p>Vérifiez l'adresse, ou repartez de la première page.</p>")
    account = session.require(Action.ENTER)
    st.page_link(PAGES / f"{home.first_page(account)}.py", label="Aller à la première page", icon=":material/home:")


main()
