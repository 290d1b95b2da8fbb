"""The section « Commentaires »: the comments of the region, newest first; those with patient data can be masked."""

import html
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from ror.model.freshness import instant_words
from ror.model.rights import Account
from ror.services.availability import mask
from ror.services.availability.declarable_unit import IMPORT_AUTHOR
from ror.web import session, tables
from ror.web.forms import actions

_SECTION = "comments"
_QUESTION = (
    "Masquer ce commentaire ? Son texte sera effacé partout : écrans, historique, téléchargements et base de données. "
    "Le nombre, son âge et son auteur restent. Cela ne peut pas être annulé."
)


def render_comments(account: Account) -> None:
    """Render the search and its comments, each with « Masquer »."""
    actions.render_messages(_SECTION)
    # Not bound to the address, which proxies and browsers store: it may name a patient.
    text = st.text_input(
        "Rechercher un commentaire",
        key="comment-search",
        placeholder="Mots du commentaire, unité, structure ou commune",
        icon=":material/search:",
        autocomplete="off",
        on_change=lambda: actions.clear_messages(_SECTION),
    )
    matches, total = mask.search(session.database(), account, text or "", datetime.now(UTC))
    if not total:
        st.info("Aucun commentaire ne correspond : essayez moins de mots." if text else "Aucun commentaire à montrer.")
        return
    limit_note = "" if total == matches.num_rows else f", les {matches.num_rows} plus récents ici : précisez la recherche"
    st.caption(f"{tables.count(total, 'commentaire')}{limit_note}.")
    for row in matches.to_pylist():
        _render_comment(row)


def _render_comment(row: dict[str, Any]) -> None:
    position = row["position"]
    when = f", le {instant_words(row['observed_at'])}" if row["observed_at"] else ""
    present = '<span class="ror-chip ror-shut">affiché</span> ' if row["present"] else ""
    place = ", ".join(html.escape(row[name]) for name in ("name", "structure", "commune") if row[name])
    with st.container(border=True, key=f"comment-{position}", gap="small"):
        st.html(
            f'<p class="ror-comment">{html.escape(row["comment"])}</p>'
            f'<p class="ror-when">{present}{place}<br>{html.escape(row["author"] or IMPORT_AUTHOR)}{when}</p>'
        )
        actions.render_confirmed_button(
            _SECTION,
            f"mask-{position}",
            ("Masquer", ":material/visibility_off:"),
            _QUESTION,
            "Oui, masquer",
            lambda: _mask(position),
        )


def _mask(position: int) -> None:
    actions.run_in_section(
        _SECTION,
        lambda account, now: mask.mask(session.database(), account, position, now),
        "Le commentaire est masqué : son texte est effacé partout.",
    )
