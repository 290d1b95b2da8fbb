"""The form of a new token: its system, scopes, perimeter and lifetime; after a refusal its fields keep what was typed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from ror.model.rights import Account, Perimeter
from ror.model.tokens import MAX_DAYS, TokenScope
from ror.services.accounts import tokens
from ror.services.region_time import region_zone
from ror.web import session
from ror.web.administration import perimeter
from ror.web.forms import actions, drafts

SECTION = "tokens"
MEANINGS = {
    TokenScope.READ: "tout le tableau, présent et passé",
    TokenScope.DECLARE: "pour les unités choisies ; lit aussi tout le tableau",
    TokenScope.REPORT: "comme un lecteur qui a appelé ; lit aussi tout le tableau",
    TokenScope.ADMINISTER: "le journal ; ne permet ni de lire les disponibilités ni de déclarer",
}
_LIFETIMES = {"1 mois": 31, "3 mois": 92, "6 mois": 183, "1 an": MAX_DAYS}
_USUAL = "6 mois"
_NAME = "token"

OnTokenCreated = Callable[[Account, str], None]
"""Called with the account that a new token acts as, and the text of the token."""


def render_token_form(account: Account, on_created: OnTokenCreated) -> None:
    """Render the form of a new token; `on_created` is called once the token is created."""
    key = f"token-{drafts.load(_NAME).id}"
    with st.container(border=True, key=f"form-{key}"):
        st.text_input(
            "Système qui se servira du jeton",
            key=f"name-{key}",
            placeholder="Gestion des lits de l'hôpital",
            autocomplete="off",
        )
        with st.container(gap="small"):
            st.caption("Ce que le jeton permet")
            for scope in TokenScope:
                st.checkbox(f"**{scope.label}** : {MEANINGS[scope]}", key=f"{scope}-{key}")
        if st.session_state.get(f"{TokenScope.DECLARE}-{key}"):
            perimeter.render_field(account, "Périmètre : ce pour quoi le jeton déclare", Perimeter(), key)
        labels = list(_LIFETIMES)
        label = st.selectbox("Durée", labels, labels.index(_USUAL), key=f"life-{key}", placeholder="À choisir", width=200)
        st.caption(f"Il ne servira plus après le {datetime.now(region_zone()) + timedelta(days=_LIFETIMES[label]):%d/%m/%Y}.")
        st.button("Créer le jeton", type="primary", key=f"make-{key}", on_click=_create, args=(key, on_created))


def restart() -> None:
    """Discard what is typed in the form."""
    drafts.discard(_NAME)


def _create(key: str, on_created: OnTokenCreated) -> None:
    state = st.session_state
    scopes = frozenset(scope for scope in TokenScope if state.get(f"{scope}-{key}"))
    # Without the scope its field is not rendered: what was typed in it before is ignored.
    keys = perimeter.typed(key) if TokenScope.DECLARE in scopes else Perimeter()
    name, days = state.get(f"name-{key}", ""), _LIFETIMES.get(state.get(f"life-{key}", ""), 0)
    created = actions.run_in_section(
        SECTION,
        lambda account, now: tokens.create_token(session.database(), account, name, scopes, keys, days, now),
        "Jeton créé.",
    )
    if created is not None:
        on_created(*created)
