"""The sheet of one token: what it is, its text while that is shown, and « Révoquer »."""

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from ror.model.freshness import age_words, instant_words
from ror.model.rights import Account
from ror.model.tokens import Scope, State
from ror.services.accounts import tokens
from ror.web import session
from ror.web.administration import perimeter
from ror.web.administration.token_form import SECTION
from ror.web.forms import actions
from ror.web.markdown import literal

_TEXT = "token-text"
_ENDS = {State.ACTIVE: "expire", State.EXPIRED: "expiré", State.REVOKED: "révoqué"}

Row = Mapping[str, Any]
"""A line of `services.tokens.known`."""


def show(row: Row, now: datetime) -> None:
    """One token."""
    state = State(row["state"])
    _identity(row, state, now)
    kept = st.session_state.get(_TEXT)
    if kept and kept[0] == row["account"] and state is State.ACTIVE:
        _shown(row["name"], kept[1])
    if state is not State.ACTIVE:
        st.info(f"Ce jeton est {state.label.lower()} : il ne sert plus. Ce qu'il a déclaré reste, à son nom.")
        return
    if not row["upheld"] and Scope.ADMINISTER.role in row["roles"]:
        st.warning("Ce jeton n'administre plus : le compte qui l'a créé n'en a plus le droit. Créez-en un autre.")
    actions.confirmed(
        SECTION,
        f"revoke-{row['account']}",
        ("Révoquer", ":material/block:"),
        f"Révoquer le jeton de « {row['name']} » ? Les demandes de ce système seront refusées aussitôt. Cela ne peut pas être "
        "annulé : il faudra créer un autre jeton.",
        "Oui, révoquer",
        lambda: _revoke(row),
    )


def keep(account: Account, text: str) -> None:
    """The text of a new token is shown on its sheet, until that is left."""
    st.session_state[_TEXT] = (account.id, text)


def forget_text() -> None:
    """The text that was shown goes: its sheet was left."""
    st.session_state.pop(_TEXT, None)


def forget() -> None:
    """What was done before, and the text that was shown, are no longer said."""
    actions.forget(SECTION)
    forget_text()


def permits(row: Row) -> str:
    """What the token may do, in words."""
    return ", ".join(scope.label for scope in Scope if scope.role in row["roles"])


def maker(row: Row) -> str:
    """Who made the token, and whether that account still administers."""
    name = row["maker"] or "la ligne de commande"
    return name if row["upheld"] else f"{name} (n'administre plus)"


def _identity(row: Row, state: State, now: datetime) -> None:
    chip = "" if state is State.ACTIVE else f' <span class="ror-chip ror-shut">{state.label}</span>'
    used = f"le {instant_words(row['used_at'])} ({age_words(now - row['used_at'])})" if row["used_at"] else "jamais"
    facts = {
        "Permet": permits(row),
        "Périmètre": " ; ".join(map(perimeter.words, row["perimeter"])),
        "Dernier usage": used,
        "Validité": f"créé le {instant_words(row['made_at'])} par {maker(row)}, {_ENDS[state]} le "
        f"{instant_words(row['revoked_at'] or row['expires_at'])}",
    }
    lines = "<br>".join(f"{name} : {html.escape(fact)}" for name, fact in facts.items() if fact)
    st.html(f'<section class="ror-sheet"><h2>{html.escape(row["name"])}{chip}</h2><p>{lines}</p></section>')


def _shown(name: str, text: str) -> None:
    st.info(
        literal(
            f"Copiez ce jeton dans « {name} » maintenant : il ne sera plus montré, et le service n'en garde que l'empreinte. "
            "Il vaut un mot de passe : ne le laissez ni dans un courriel ni dans un fichier partagé."
        ),
        icon=":material/key:",
    )
    st.code(text, language=None, wrap_lines=True)
    st.caption("Le système le joint à chaque demande : « Authorization: Bearer » suivi du jeton.")
    st.button("C'est copié, ne plus le montrer", key="token-copied", icon=":material/check:", on_click=forget)


def _revoke(row: Row) -> None:
    forget()
    actions.make(
        SECTION,
        lambda account, now: tokens.revoke(session.database(), account, row["account"], now),
        f"Le jeton de « {row['name']} » est révoqué : il ne sert plus.",
    )
