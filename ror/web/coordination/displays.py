"""The section « Écrans », the wall screens of crisis rooms: the list, the form of a new one, and its link, shown once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from ror.model import french
from ror.model.display import MAX_DAYS, Theme
from ror.model.freshness import age_words
from ror.model.rights import Account
from ror.model.tokens import TokenState
from ror.services.coordination import displays
from ror.services.coordination.displays import ListedDisplay
from ror.services.region_time import instant_words
from ror.web import session
from ror.web.forms import actions, drafts
from ror.web.markdown import literal

SECTION = "displays"
_DRAFT, _LINK = "display", "display-link"
_LIFETIMES = {"1 jour": 1, "1 semaine": 7, "1 mois": 30, "3 mois": MAX_DAYS}
_USUAL = "1 semaine"


def render_displays(account: Account) -> None:
    """Render the form of a new display, the active displays with their last use, and the ended ones."""
    now = datetime.now(UTC)
    listed = displays.list_displays(session.database(), account, now)
    st.caption(
        "Un écran mural montre la région en plein écran dans une salle de crise : carte, totaux, ce qui vient d'être déclaré "
        "ou s'est dégradé. Il n'a pas de compte, et ne montre ni téléphone, ni commentaire, ni nom de personne."
    )
    st.link_button("Voir le mur", displays.ADDRESS, icon=":material/map:")
    actions.render_messages(SECTION)
    active = [one for one in listed if one.state is TokenState.ACTIVE]
    _render_link(active)
    with st.expander("Nouvel écran", expanded=not active):
        _render_form()
    for one in active:
        _render_display(one, now)
    if not active:
        st.info("Aucun écran n'est en service : donnez le nom de la salle, puis « Créer l'écran ».")
    _render_ended([one for one in listed if one.state is not TokenState.ACTIVE])


def _render_form() -> None:
    key = f"display-{drafts.load(_DRAFT).id}"
    with st.container(key=f"form-{key}"):
        st.text_input("Salle", key=f"name-{key}", placeholder="Salle de crise", autocomplete="off")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            labels = list(_LIFETIMES)
            st.selectbox("Durée", labels, labels.index(_USUAL), key=f"life-{key}", placeholder="À choisir", width=160)
            st.segmented_control(
                "Couleurs",
                list(Theme),
                default=Theme.DARK,
                key=f"theme-{key}",
                required=True,
                format_func=lambda theme: Theme(theme).label,
                width="content",
            )
        st.button("Créer l'écran", type="primary", key=f"make-{key}", on_click=_create, args=(key,))


def _create(key: str) -> None:
    state = st.session_state
    name, days = state.get(f"name-{key}", ""), _LIFETIMES.get(state.get(f"life-{key}", ""), 0)
    theme = Theme(state.get(f"theme-{key}") or Theme.DARK)
    forget_link()
    created = actions.run_in_section(
        SECTION,
        lambda account, now: displays.create(session.database(), account, name, theme, days, now),
        "Écran créé : ouvrez son lien dans la salle.",
    )
    if created is not None:
        drafts.discard(_DRAFT)
        st.session_state[_LINK] = (created[0].id, created[1])


def _render_link(active: Sequence[ListedDisplay]) -> None:
    """Render the link that was just created, until its user has copied it."""
    stored: tuple[str, str] | None = st.session_state.get(_LINK)
    display = next((one.display for one in active if stored and one.display.id == stored[0]), None)
    if stored is None or display is None:
        return
    st.info(
        literal(
            f"Ouvrez ce lien sur l'ordinateur de « {display.name} », de préférence en plein écran (F11). Il ne sert qu'une "
            f"fois, avant le {instant_words(display.link_ends_at)}, et ne sera plus montré."
        ),
        icon=":material/key:",
    )
    st.code(stored[1], language=None, wrap_lines=True)
    st.button("C'est copié, ne plus le montrer", key="display-copied", icon=":material/check:", on_click=forget_link)


def forget_link() -> None:
    """Stop rendering the link that was just created."""
    st.session_state.pop(_LINK, None)


def _render_display(one: ListedDisplay, now: datetime) -> None:
    display = one.display
    with st.container(border=True, key=f"sheet-{display.id}"):
        st.markdown(f"**{literal(display.name)}** · {display.theme.label.lower()} · `{display.id}`")
        st.caption(
            literal(
                f"{_use(one, now)} Créé par {one.creator or 'un compte effacé'}, expire le {instant_words(display.expires_at)}."
            )
        )
        with st.container(horizontal=True):
            actions.render_confirmed_button(
                SECTION,
                f"renew-{display.id}",
                ("Nouveau lien", ":material/key:"),
                f"Donner un nouveau lien à « {display.name} » ? Le précédent ne servira plus, et l'écran ouvert se fermera.",
                "Oui, nouveau lien",
                lambda: _renew(display.id),
            )
            actions.render_confirmed_button(
                SECTION,
                f"revoke-{display.id}",
                ("Révoquer", ":material/block:"),
                f"Révoquer l'écran de « {display.name} » ? Il se fermera en moins d'une minute. Cela ne peut pas être annulé.",
                "Oui, révoquer",
                lambda: _revoke(display.id, display.name),
            )


def _use(one: ListedDisplay, now: datetime) -> str:
    """Return when a display was last used, or the state of its link when it was never opened."""
    display = one.display
    if display.opened_at is not None and display.used_at is not None:
        return f"Dernier usage le {instant_words(display.used_at)} ({age_words(now - display.used_at)})."
    if display.link_lives(now):
        return f"Lien pas encore ouvert, valable jusqu'au {instant_words(display.link_ends_at)}."
    return "Lien expiré sans avoir été ouvert : donnez-en un nouveau."


def _renew(display: str) -> None:
    forget_link()
    link = actions.run_in_section(
        SECTION,
        lambda account, now: displays.renew_link(session.database(), account, display, now),
        "Nouveau lien créé : ouvrez-le dans la salle.",
    )
    if link is not None:
        st.session_state[_LINK] = (display, link)


def _revoke(display: str, name: str) -> None:
    forget_link()
    actions.run_in_section(
        SECTION,
        lambda account, now: displays.revoke(session.database(), account, display, now),
        f"L'écran de « {name} » est révoqué : il se ferme en moins d'une minute.",
    )


def _render_ended(ended: Sequence[ListedDisplay]) -> None:
    if not ended:
        return
    with st.expander(f"{french.count(len(ended), 'écran terminé', 'écrans terminés')} depuis 30 jours"):
        for one in ended:
            used = f"dernier usage le {instant_words(one.display.used_at)}" if one.display.used_at else "jamais ouvert"
            end = f"{one.state.label.lower()} le {instant_words(one.display.ended_at)}"
            st.markdown(literal(f"{one.display.name} ({one.display.id}) : {end}, {used}."))
