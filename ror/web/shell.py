"""The frame of every screen: page settings, the gate, navigation, banner and footer. Run first at each visit."""

from typing import Literal
from urllib.parse import unquote, urlsplit

import streamlit as st

from ror.model.rights import Account, Action, entitled
from ror.settings import PAGES, settings
from ror.web import footer, gate, home, session
from ror.web.server import reruns

_PAGES = "pages"


def main() -> None:
    """Draw the frame, and the page that was asked for inside it to those who are signed in."""
    st.set_page_config(page_title=settings().service_name, layout="wide")
    account = session.current()
    inside = account is not None and not gate.is_needed()
    page = st.navigation(_with_nowhere(_pages(account)), position="top" if inside else "hidden")
    reruns.shows(page.url_path, inside=inside)
    if settings().demo:
        st.html('<div class="ror-banner" role="status">Démonstration - données fictives</div>')
    if account and inside:
        gate.render_account_line(account)
        page.run()
    else:
        gate.render_sign_in()
    st.html(footer.drawn())


def _pages(account: Account | None) -> dict[str, list[st.Page]]:
    """The screens by section of the navigation, kept for the visit until the account may open others."""
    opens = frozenset(action for action in Action if account is not None and entitled(account, action))
    kept: tuple[frozenset[Action], dict[str, list[st.Page]]] | None = st.session_state.get(_PAGES)
    if kept is None or kept[0] != opens:
        kept = st.session_state[_PAGES] = opens, _sections(opens)
    return kept[1]


def _sections(opens: frozenset[Action]) -> dict[str, list[st.Page]]:
    """The screens by section, those that an account may open shown; `/` leads to the first one of use."""

    def seen(action: Action) -> Literal["visible", "hidden"]:
        return "visible" if action in opens else "hidden"

    home = st.Page(PAGES / "accueil.py", title="Accueil", url_path="", default=True, visibility="hidden")
    declare = st.Page(
        PAGES / "mise_a_jour.py",
        title="Mise à jour",
        url_path="mise-a-jour",
        icon=":material/edit_square:",
        visibility=seen(Action.DECLARE),
    )
    departments = st.Page(
        PAGES / "departements.py",
        title="Par département",
        url_path="departements",
        icon=":material/map:",
        visibility=seen(Action.CONSULT),
    )
    structures = st.Page(
        PAGES / "structures.py",
        title="Par structure",
        url_path="structures",
        icon=":material/local_hospital:",
        visibility=seen(Action.CONSULT),
    )
    administration = st.Page(
        PAGES / "administration.py",
        title="Administration",
        url_path="administration",
        icon=":material/admin_panel_settings:",
        visibility=seen(Action.MANAGE_ACCOUNTS),
    )
    help_page = st.Page(PAGES / "aide.py", title="Guide et légende", url_path="aide", icon=":material/help:")
    own = st.Page(PAGES / "mon_compte.py", title="Mon compte", url_path="mon-compte", icon=":material/account_circle:")
    return {
        "Disponibilités": [declare],
        "Consultation": [departments, structures],
        "Administration": [administration],
        "Aide": [help_page, own, home],
    }


def _with_nowhere(pages: dict[str, list[st.Page]]) -> dict[str, list[st.Page]]:
    """The screens, and at an address that is none of theirs one that says so: Streamlit would say it in English."""
    asked = unquote(urlsplit(st.context.url or "").path).strip("/ ")
    known = {page.url_path for section in pages.values() for page in section}
    if not asked or "/" in asked or asked in known:
        return pages
    nowhere = st.Page(_nowhere, title="Page inconnue", url_path=asked, visibility="hidden")
    return {**pages, "Aide": [*pages["Aide"], nowhere]}


def _nowhere() -> None:
    st.title("Cette page n'existe pas")
    st.html("<p>Vérifiez l'adresse, ou repartez de la première page.</p>")
    account = session.require(Action.ENTER)
    st.page_link(PAGES / f"{home.first_page(account)}.py", label="Aller à la première page", icon=":material/home:")


main()
