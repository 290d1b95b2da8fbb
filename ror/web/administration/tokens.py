"""The section « Jetons », the tokens of other systems: the list, the sheet of one token, the form of a new one."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from ror.model import french
from ror.model.rights import Account, Action
from ror.model.tokens import TokenState
from ror.services.accounts import tokens
from ror.web import address, columns, session, tables, titles
from ror.web.administration import perimeter, token_form, token_sheet
from ror.web.administration.token_form import SECTION
from ror.web.administration.token_sheet import TokenRow
from ror.web.forms import actions

TOKEN, NEW = "systeme", "nouveau"
_STATES = {"En service": TokenState.ACTIVE, "Expirés": TokenState.EXPIRED, "Révoqués": TokenState.REVOKED, "Tous": None}
_INSTANT = pa.timestamp("us", tz="UTC")


def render_tokens(account: Account) -> None:
    """Render the token of the address, the form of a new one, or the list."""
    target_id = st.query_params.get(TOKEN, "")
    if target_id:
        titles.show("Nouveau jeton" if target_id == NEW else "Fiche d'un jeton", "Jetons")
        st.button("Tous les jetons", icon=":material/arrow_back:", key="tokens-back", type="tertiary", on_click=_go, args=("",))
    if target_id in ("", NEW):
        token_sheet.forget_text()
    actions.render_messages(SECTION)
    if target_id == NEW:
        st.header("Nouveau jeton")
        st.caption("Un jeton ouvre l'interface à un autre logiciel, sans mot de passe. Son texte n'est montré qu'une fois.")
        token_form.render_token_form(account, _open_created)
        return
    now = datetime.now(UTC)
    rows = tokens.list_tokens(session.database(), account, now).to_pylist()
    row = next((row for row in rows if row["account"] == target_id), None)
    if row is not None:
        token_sheet.render_token_sheet(row, now)
    elif target_id:
        st.warning("Ce jeton n'existe pas : choisissez-le dans la liste.")
    else:
        _render_list(rows, now)


def _render_list(all_rows: Sequence[TokenRow], now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="token-filters"):
        state = st.segmented_control(
            "État", list(_STATES), default="En service", key="jetons", bind="query-params", required=True, width="content"
        )
        st.button("Nouveau jeton", icon=":material/add:", key="token-new", on_click=_go, args=(NEW,))
    if not all_rows:
        st.info("Aucun jeton n'a encore été créé : « Nouveau jeton » en donne un à un autre logiciel, pour lire ou déclarer.")
        return
    if left := sum(row["state"] == TokenState.ACTIVE and not row["creator_administers"] for row in all_rows):
        st.warning(
            f"{french.count(left, 'jeton en service a été créé', 'jetons en service ont été créés')} par un compte qui "
            "n'administre plus. Créez-en d'autres pour les systèmes qui s'en servent, puis révoquez les anciens."
        )
    state = state or "En service"
    selected = _STATES[state]
    rows = [row for row in all_rows if selected in (None, row["state"])]
    if not rows:
        st.info("Aucun jeton dans cet état.")
        return
    st.caption(f"{french.count(len(rows), 'jeton')} : un nom ouvre sa fiche.")
    tables.render(
        _table(rows, now),
        "jetons-liste",
        on_open=lambda line: _go(rows[line]["account"]),
        file=tables.Download("jetons", "Jetons", Action.MANAGE_ACCOUNTS, now, criteria=(("État", state),)),
        height=tables.full_height(rows, 15),
    )


def _table(rows: Sequence[TokenRow], now: datetime) -> pa.Table:
    return pa.table(
        {
            "Système": [row["name"] for row in rows],
            "Permet": [token_sheet.scope_labels(row) for row in rows],
            columns.PERIMETER: [_perimeter_cell(row) for row in rows],
            columns.LAST_USED: [columns.age(now - row["used_at"] if row["used_at"] else None, "jamais") for row in rows],
            columns.EXPIRES: pa.array([row["expires_at"] for row in rows], _INSTANT),
            "État": [TokenState(row["state"]).label for row in rows],
            "Créé par": [token_sheet.creator(row) for row in rows],
        }
    )


def _perimeter_cell(row: TokenRow) -> str:
    """Return the whole perimeter after its number of entries, which a narrow cell still shows and sorts by."""
    entries = row["perimeter"]
    counted = columns.by_number(f"{len(entries)} : ", 3) if entries else ""
    return counted + " ; ".join(map(perimeter.entry_label, entries))


def _go(target_id: str) -> None:
    """Open a token, the form of a new one, or the list, without the messages of the last action."""
    address.step(**{TOKEN: target_id})
    token_form.restart()
    token_sheet.clear()


def _open_created(target: Account, text: str) -> None:
    """Open the sheet of a new token, which renders its text once."""
    address.step(**{TOKEN: target.id})
    token_form.restart()
    token_sheet.store_text(target, text)
