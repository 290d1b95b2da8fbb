"""The form of a new token: for which system, what it may do, until when; what was typed stays when it is refused."""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from ror.model.freshness import PARIS
from ror.model.rights import Account, Perimeter
from ror.model.tokens import LONGEST_DAYS, Scope
from ror.services.accounts import tokens
from ror.services.accounts.administer import LONGEST_NAME
from ror.web import session
from ror.web.administration import perimeter
from ror.web.forms import actions, drafts

SECTION = "tokens"
MEANINGS = {
    Scope.READ: "tout le tableau, présent et passé",
    Scope.DECLARE: "pour les unités choisies ; lit aussi tout le tableau",
    Scope.ADMINISTER: "le journal ; ne permet ni de lire les disponibilités ni de déclarer",
}
_LIVES = {"1 mois": 31, "3 mois": 92, "6 mois": 183, "1 an": LONGEST_DAYS}
_USUAL = "6 mois"
_NAME = "token"

Made = Callable[[Account, str], None]
"""Called with the account that a new token acts as, and its text."""


def show(admin: Account, made: Made) -> None:
    """Draw the form."""
    key = f"token-{drafts.hold(_NAME).id}"
    with st.container(border=True, key=f"form-{key}"):
        st.text_input(
            "Système qui se servira du jeton",
            key=f"name-{key}",
            max_chars=LONGEST_NAME,
            placeholder="Gestion des lits de l'hôpital",
            autocomplete="off",
        )
        with st.container(gap="small"):
            st.caption("Ce que le jeton permet")
            for scope in Scope:
                st.checkbox(f"**{scope.label}** : {MEANINGS[scope]}", key=f"{scope}-{key}")
        if st.session_state.get(f"{Scope.DECLARE}-{key}"):
            perimeter.choose(admin, "Périmètre : ce pour quoi le jeton déclare", Perimeter(), key)
        lives = list(_LIVES)
        life = st.selectbox("Durée", lives, lives.index(_USUAL), key=f"life-{key}", placeholder="À choisir", width=200)
        st.caption(f"Il ne servira plus après le {datetime.now(PARIS) + timedelta(days=_LIVES[life]):%d/%m/%Y}.")
        st.button("Créer le jeton", type="primary", key=f"make-{key}", on_click=_make, args=(key, made))


def restart() -> None:
    """What is typed in the form is given up."""
    drafts.discard(_NAME)


def _make(key: str, made: Made) -> None:
    state = st.session_state
    scopes = frozenset(scope for scope in Scope if state.get(f"{scope}-{key}"))
    # What was chosen, then hidden with its box, is not what is seen.
    held = perimeter.chosen(key) if Scope.DECLARE in scopes else Perimeter()
    name, days = state.get(f"name-{key}", ""), _LIVES.get(state.get(f"life-{key}", ""), 0)
    written = actions.make(
        SECTION,
        lambda account, now: tokens.make(session.database(), account, name, scopes, held, days, now),
        "Jeton créé.",
    )
    if written is not None:
        made(*written)
