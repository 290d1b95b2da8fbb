"""The sheet of one token: its state, its text while it is new, and « Révoquer »."""

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from ror.model.freshness import age_words
from ror.model.rights import Account
from ror.model.tokens import TokenScope, TokenState
from ror.services.accounts import tokens
from ror.services.region_time import instant_words
from ror.web import session
from ror.web.administration import perimeter
from ror.web.administration.token_form import SECTION
from ror.web.forms import actions
from ror.web.markdown import literal

_TEXT = "token-text"
_ENDS = {TokenState.ACTIVE: "expire", TokenState.EXPIRED: "expiré", TokenState.REVOKED: "révoqué"}

TokenRow = Mapping[str, Any]
"""A row of `services.accounts.tokens.list_tokens`."""


def render_token_sheet(row: TokenRow, now: datetime) -> None:
    """Render the sheet of a token."""
    state = TokenState(row["state"])
    _render_identity(row, state, now)
    stored = st.session_state.get(_TEXT)
    if stored and stored[0] == row["account"] and state is TokenState.ACTIVE:
        _render_text(row["name"], stored[1])
    if state is not TokenState.ACTIVE:
        st.info(f"Ce jeton est {state.label.lower()} : il ne sert plus. Ce qu'il a déclaré reste, à son nom.")
        return
    if not row["creator_administers"] and TokenScope.ADMINISTER.role in row["roles"]:
        st.warning("Ce jeton n'administre plus : le compte qui l'a créé n'en a plus le droit. Créez-en un autre.")
    actions.render_confirmed_button(
        SECTION,
        f"revoke-{row['account']}",
        ("Révoquer", ":material/block:"),
        f"Révoquer le jeton de « {row['name']} » ? Les demandes de ce système seront refusées aussitôt. Cela ne peut pas être "
        "annulé : il faudra créer un autre jeton.",
        "Oui, révoquer",
        lambda: _revoke(row),
    )


def store_text(target: Account, text: str) -> None:
    """Store the text of a new token, rendered on its sheet until the sheet is left."""
    st.session_state[_TEXT] = (target.id, text)


def forget_text() -> None:
    """Stop rendering the text, since its sheet was left."""
    st.session_state.pop(_TEXT, None)


def clear() -> None:
    """Remove the messages of the last action, and the text."""
    actions.clear_messages(SECTION)
    forget_text()


def scope_labels(row: TokenRow) -> str:
    """Return the labels of the token's scopes, « Lire, Déclarer »."""
    return ", ".join(scope.label for scope in TokenScope if scope.role in row["roles"])


def creator(row: TokenRow) -> str:
    """Return the name of the token's creator, and whether that account no longer administers."""
    name = row["creator"] or "la ligne de commande"
    return name if row["creator_administers"] else f"{name} (n'administre plus)"


def _render_identity(row: TokenRow, state: TokenState, now: datetime) -> None:
    chip = "" if state is TokenState.ACTIVE else f' <span class="ror-chip ror-shut">{state.label}</span>'
    used = f"le {instant_words(row['used_at'])} ({age_words(now - row['used_at'])})" if row["used_at"] else "jamais"
    facts = {
        "Permet": scope_labels(row),
        "Périmètre": " ; ".join(map(perimeter.entry_label, row["perimeter"])),
        "Dernier usage": used,
        "Validité": f"créé le {instant_words(row['made_at'])} par {creator(row)}, {_ENDS[state]} le "
        f"{instant_words(row['revoked_at'] or row['expires_at'])}",
    }
    lines = "<br>".join(f"{name} : {html.escape(fact)}" for name, fact in facts.items() if fact)
    st.html(f'<section class="ror-sheet"><h2>{html.escape(row["name"])}{chip}</h2><p>{lines}</p></section>')


def _render_text(name: str, text: str) -> None:
    st.info(
        literal(
            f"Copiez ce jeton dans « {name} » maintenant : il ne sera plus montré, et le service n'en garde que l'empreinte. "
            "Il vaut un mot de passe : ne le laissez ni dans un courriel ni dans un fichier partagé."
        ),
        icon=":material/key:",
    )
    st.code(text, language=None, wrap_lines=True)
    st.caption("Le système le joint à chaque demande : « Authorization: Bearer » suivi du jeton.")
    st.button("C'est copié, ne plus le montrer", key="token-copied", icon=":material/check:", on_click=clear)


def _revoke(row: TokenRow) -> None:
    clear()
    actions.run_in_section(
        SECTION,
        lambda account, now: tokens.revoke(session.database(), account, row["account"], now),
        f"Le jeton de « {row['name']} » est révoqué : il ne sert plus.",
    )
