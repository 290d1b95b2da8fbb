"""The guided tour of the demonstration: five steps, each on the screen and with the account that it is about.

Which step is shown is stored in the browser, so that it outlives a reload and a change of account; `tour.js` draws the panel.
"""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from secrets import token_hex
from urllib.parse import urlsplit

import streamlit as st

from ror.errors import SignInFailed
from ror.services.operations import live_demonstration
from ror.settings import PACKAGE, settings
from ror.web import address, demo_sign_in, session
from ror.web.markdown import literal

_START = "tour_start"
_BREAKS = re.compile(r"(?<=«) | (?=[»:;?])")
"""The spaces at which no line may break."""


@dataclass(frozen=True, slots=True)
class TourStep:
    """A step: its title and text, the login of its account and the address of its screen.

    `live` is added to the text where the demonstration declares by itself.
    """

    title: str
    text: str
    login: str
    address: str
    live: str = ""


STEPS = (
    TourStep(
        "Déclarer",
        "Vous êtes Camille Exemple, qui répond de quinze unités. Changez un nombre, puis « Enregistrer » : la ligne devient "
        "verte. « Tout est inchangé » confirme les autres d'un coup.",
        "responsable",
        "/mise-a-jour",
    ),
    TourStep(
        "Vu ailleurs, aussitôt",
        "Vous êtes Claude Essai, à la coordination : ce qui vient d'être déclaré près de Créteil est en tête, « à l'instant ».",
        "coordination",
        "/departements?pres=structure%3A999410001&rayon=5+km&tri=Fra%C3%AEcheur",
        "Ne touchez à rien : Camille déclare encore, et la réanimation des Tilleuls change d'elle-même.",
    ),
    TourStep(
        "Chercher",
        "Dominique Modèle, soignant, a tapé « réa melun » dans « Chercher » : « Réanimation » et « Melun » sont choisis, les "
        "unités rangées depuis Melun, avec l'âge du nombre, la distance et le téléphone. Essayez « smr gériatrique 94 ».",
        "soignant",
        "/departements?besoin=R%C3%A9animation&pres=commune%3A77288",
    ),
    TourStep(
        "Les tendances",
        "Les mêmes nombres jour par jour, face au même jour des quatre semaines d'avant : par territoire, besoin, type ou "
        "structure. « Régularité et heures » montre qui déclare à temps.",
        "soignant",
        "/tendances",
    ),
    TourStep(
        "Et ensuite ?",
        "Avec vos données : une base neuve (ROR_DEMO=0), vos structures (FINESS) et vos unités par « Import », puis un compte "
        "par personne dans « Comptes ». Le fichier README donne les commandes.",
        "admin",
        "/administration?volet=Import",
    ),
)
_SEEN_ELSEWHERE = STEPS[1]
"""The step during which a unit of the manager moves."""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    script = (PACKAGE / "web" / "tour.js").read_text("utf-8")
    return st.components.v2.component("ror_tour", js=script, isolate_styles=False)


def render() -> None:
    """Render the panel of the tour where it is shown, in a demonstration alone."""
    if settings().demo:
        _panel()


@st.fragment
def _panel() -> None:
    account = session.current()
    live = live_demonstration.is_live(session.database())
    data = {
        "steps": [_shown(step, live=live) for step in STEPS],
        "login": account.login if account else "",
        "offered": settings().demo_live,
        # Streamlit draws the panel again only when its data change.
        "page": urlsplit(st.context.url or "").path,
        "start": st.session_state.get(_START, ""),
    }
    number = _component()(data=data, key="tour", on_go_change=lambda: None).go
    # Anything may come from a browser.
    if type(number) is not int or not 1 <= number <= len(STEPS):
        return
    step = STEPS[number - 1]
    if step is _SEEN_ELSEWHERE:
        live_demonstration.show_manager(session.database(), datetime.now(UTC))
    if account is not None and account.login == step.login:
        address.visit(step.address)
        return
    try:
        demo_sign_in.switch(account, step.login, step.address)
    except SignInFailed as error:
        st.error(literal(error.user_message))


def _shown(step: TourStep, *, live: bool) -> dict[str, str]:
    """Return the data of a step for the panel, with non-breaking spaces before French punctuation."""
    text = f"{step.text} {step.live}" if live else step.text
    return {**asdict(step), "text": _BREAKS.sub("\u00a0", text)}


def render_start() -> None:
    """Render the button that starts the tour again, in a demonstration alone."""
    if settings().demo:
        st.button("Commencer la visite guidée", key="start_tour", icon=":material/map:", on_click=_start)


def _start() -> None:
    st.session_state[_START] = token_hex(8)
