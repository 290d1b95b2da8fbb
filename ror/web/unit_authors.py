"""« Qui a changé ce nombre », on the sheet of a unit: when, who, how, and the number before and after."""

import html
from datetime import UTC, datetime

import streamlit as st

from ror.model.declaration import EventKind, change_words
from ror.model.french import count
from ror.model.rights import Account
from ror.services.availability import authors
from ror.services.availability.authors import AuthoredChange
from ror.services.availability.consult import UnitRow
from ror.services.region_time import local_words
from ror.web import session

_KINDS = {
    EventKind.DECLARED: "Mise à jour",
    EventKind.CONFIRMED: "Confirmation",
    EventKind.CLOSED: "Fermeture",
    EventKind.UNDONE: "Annulation",
}


def render(account: Account, row: UnitRow) -> None:
    """Render who changed the number of a unit, for accounts with the right; nothing for others."""
    if not authors.allowed(account, row):
        return
    changes = authors.read(session.database(), account, row["unit"], datetime.now(UTC))
    with st.expander("Qui a changé ce nombre", icon=":material/account_circle:"):
        if not changes:
            st.caption("Personne dans les 90 derniers jours.")
            return
        st.html(f'<ol class="ror-authors">{"".join(_line(one, row["department"]) for one in changes)}</ol>')
        cut = len(changes) == authors.MAX_CHANGES
        words = f"Les {count(len(changes), 'derniers changements')}" if cut else "Les 90 derniers jours"
        st.caption(f"{words}. Seuls les responsables de l'unité et les administrateurs voient ces noms.")


def _line(change: AuthoredChange, department: str) -> str:
    what = f"Correction du {local_words(change.corrects, department)}" if change.corrects else _KINDS.get(change.kind, "")
    how = ", ".join(filter(None, (what, change.channel.label if change.channel else "")))
    how += f" ({change.times} de suite)" if change.times > 1 else ""
    number = change_words(change.before, change.after, change.capacity) or "aucun nombre"
    return (
        f"<li><span>{local_words(change.at, department)}</span><b>{html.escape(number)}</b>"
        f"<span>{html.escape(change.author)}</span><span>{html.escape(how)}</span></li>"
    )
