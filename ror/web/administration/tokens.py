"""« Jetons »: what other systems show to read and to declare; the list, the sheet of one, a new one."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from ror.model.rights import Account, Action
from ror.model.tokens import State
from ror.services.accounts import tokens
from ror.web import address, columns, session, tables
from ror.web.administration import perimeter, token_form, token_sheet
from ror.web.administration.token_form import SECTION
from ror.web.administration.token_sheet import Row
from ror.web.forms import actions

TOKEN, NEW = "systeme", "nouveau"
_STATES = {"En service": State.ACTIVE, "Expirés": State.EXPIRED, "Révoqués": State.REVOKED, "Tous": None}
_INSTANT = pa.timestamp("us", tz="UTC")


def show(account: Account) -> None:
    """The token of the address, a new one, or the list."""
    wanted = st.query_params.get(TOKEN, "")
    if wanted:
        st.button("Tous les jetons", icon=":material/arrow_back:", key="tokens-back", type="tertiary", on_click=_go, args=("",))
    if wanted in ("", NEW):
        token_sheet.forget_text()
    actions.acknowledge(SECTION)
    if wanted == NEW:
        st.subheader("Nouveau jeton")
        st.caption("Un jeton ouvre l'interface à un autre logiciel, sans mot de passe. Son texte n'est montré qu'une fois.")
        token_form.show(account, _made)
        return
    now = datetime.now(UTC)
    known = tokens.known(session.database(), account, now).to_pylist()
    row = next((one for one in known if one["account"] == wanted), None)
    if row is not None:
        token_sheet.show(row, now)
    elif wanted:
        st.warning("Ce jeton n'existe pas : choisissez-le dans la liste.")
    else:
        _list(known, now)


def _list(known: Sequence[Row], now: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="token-filters"):
        state = st.segmented_control(
            "État", list(_STATES), default="En service", key="jetons", bind="query-params", required=True, width="content"
        )
        st.button("Nouveau jeton", icon=":material/add:", key="token-new", on_click=_go, args=(NEW,))
    if not known:
        st.info("Aucun jeton n'a encore été créé : « Nouveau jeton » en donne un à un autre logiciel, pour lire ou déclarer.")
        return
    if left := sum(row["state"] == State.ACTIVE and not row["upheld"] for row in known):
        st.warning(
            f"{tables.count(left, 'jeton en service a été créé', 'jetons en service ont été créés')} par un compte qui "
            "n'administre plus. Créez-en d'autres pour les systèmes qui s'en servent, puis révoquez les anciens."
        )
    state = state or "En service"
    wanted = _STATES[state]
    rows = [row for row in known if wanted in (None, row["state"])]
    if not rows:
        st.info("Aucun jeton dans cet état.")
        return
    st.caption(f"{tables.count(len(rows), 'jeton')} : un nom ouvre sa fiche.")
    tables.render(
        _table(rows, now),
        "jetons-liste",
        opens=lambda line: _go(rows[line]["account"]),
        file=tables.Download("jetons", "Jetons", Action.MANAGE_ACCOUNTS, now, criteria=(("État", state),)),
        height=tables.full_height(rows, 15),
    )


def _table(rows: Sequence[Row], now: datetime) -> pa.Table:
    return pa.table(
        {
            "Système": [row["name"] for row in rows],
            "Permet": [token_sheet.permits(row) for row in rows],
            columns.PERIMETER: [_held(row) for row in rows],
            columns.LAST_USED: [columns.age(now - row["used_at"] if row["used_at"] else None, "jamais") for row in rows],
            columns.EXPIRES: pa.array([row["expires_at"] for row in rows], _INSTANT),
            "État": [State(row["state"]).label for row in rows],
            "Créé par": [token_sheet.maker(row) for row in rows],
        }
    )


def _held(row: Row) -> str:
    """The perimeter, whole for the files; a cell that is too narrow still says how many there are, and sorts by it."""
    entries = row["perimeter"]
    counted = columns.by_number(f"{len(entries)} : ", 3) if entries else ""
    return counted + " ; ".join(map(perimeter.words, entries))


def _go(wanted: str) -> None:
    """Open a token, the form of a new one, or the list; what was done before is no longer said."""
    address.step(**{TOKEN: wanted})
    token_form.restart()
    token_sheet.forget()


def _made(account: Account, text: str) -> None:
    """A new token opens on its sheet, which shows its text once."""
    address.step(**{TOKEN: account.id})
    token_form.restart()
    token_sheet.keep(account, text)
