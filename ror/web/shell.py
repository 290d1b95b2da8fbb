"""The frame of every screen: page settings, sign-in, navigation, banner and footer. Streamlit runs it at each rerun."""

from typing import NoReturn
from urllib.parse import unquote, urlsplit

import streamlit as st
from streamlit.errors import FragmentHandledException

from ror.model.rights import Account, Action, entitled
from ror.settings import PAGES, settings
from ror.web import crisis_banner, footer, gate, home, session, titles, tour, unexpected_errors
from ror.web.screens import HELP, SCREENS
from ror.web.server import reruns

_PAGES = "pages"


def main() -> None:
    """Render the frame and, for a signed-in account, the page inside it; an error has a title and the footer too."""
    try:
        with session.whole_page():
            _render_frame()
    except Exception as error:
        titles.begin("Erreur")
        st.title("Erreur")
        _render_failure(error)


def _render_frame() -> None:
    account = session.current()
    inside = account is not None and not gate.is_needed()
    page = st.navigation(_with_unknown(_pages(account)), position="top" if inside else "hidden")
    st.set_page_config(layout="wide")
    titles.begin(page.title if inside else "Connexion")
    reruns.set_page(page.url_path, inside=inside)
    if settings().demo:
        st.html('<div class="ror-banner" role="status">Démonstration - données fictives</div>')
    if account and inside:
        gate.render_account_line(account)
        tour.render()
        crisis_banner.render_elsewhere(account, page.url_path)
        try:
            page.run()
        except Exception as error:
            # Rendered below the title of the page, which `main` would replace.
            _render_failure(error)
    else:
        gate.render_sign_in()
    st.html(footer.html(inside=inside))


def _render_failure(error: Exception) -> NoReturn:
    """Render the error and the footer, then stop the script: without a traceback, and keeping what was typed."""
    # A fragment has rendered its own failure.
    if not isinstance(error, FragmentHandledException):
        unexpected_errors.show(error)
    st.html(footer.html(inside=False))
    st.stop()


def _pages(account: Account | None) -> dict[str, list[st.Page]]:
    """Return the screens by section of the navigation, cached in the session until the account's rights change."""
    allowed = frozenset(action for action in Action if account is not None and entitled(account, action))
    cached: tuple[frozenset[Action], dict[str, list[st.Page]]] | None = st.session_state.get(_PAGES)
    if cached is None or cached[0] != allowed:
        cached = st.session_state[_PAGES] = allowed, _sections(allowed)
    return cached[1]


def _sections(allowed: frozenset[Action]) -> dict[str, list[st.Page]]:
    """Return the screens by section, visible where an account may open them; `/` leads to its first page."""
    sections: dict[str, list[st.Page]] = {screen.section: [] for screen in SCREENS}
    for screen in SCREENS:
        page = st.Page(
            PAGES / f"{screen.file}.py",
            title=screen.title,
            url_path=screen.address,
            icon=screen.icon,
            visibility="visible" if screen.action is None or screen.action in allowed else "hidden",
        )
        sections[screen.section].append(page)
    first = st.Page(PAGES / "accueil.py", title="Accueil", url_path="", default=True, visibility="hidden")
    sections[HELP].append(first)
    return sections


def _with_unknown(pages: dict[str, list[st.Page]]) -> dict[str, list[st.Page]]:
    """Return the screens and, at an unknown address, an error page in French instead of Streamlit's in English."""
    requested = unquote(urlsplit(st.context.url or "").path).strip("/ ")
    existing = {page.url_path for section in pages.values() for page in section}
    if not requested or "/" in requested or requested in existing:
        return pages
    unknown = st.Page(_unknown_page, title="Page inconnue", url_path=requested, visibility="hidden")
    return {**pages, HELP: [*pages[HELP], unknown]}


def _unknown_page() -> None:
    st.title("Cette page n'existe pas")
    st.html("<p>Vérifiez l'adresse, ou repartez de la première page.</p>")
    account = session.require(Action.ENTER)
    st.page_link(PAGES / f"{home.first_page(account)}.py", label="Aller à la première page", icon=":material/home:")


main()
