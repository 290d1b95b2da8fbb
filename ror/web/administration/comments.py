"""The section « Commentaires »: comments, notes of calls and words of readers; those with patient data can be masked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from ror.model.rights import Account
from ror.services.availability import mask
from ror.services.availability.declarable_unit import IMPORT_AUTHOR
from ror.services.coordination import calls
from ror.services.region_time import instant_words
from ror.web import session
from ror.web.administration import feedback, masked_texts
from ror.web.administration.masked_texts import SECTION, Text, TextKind
from ror.web.forms import actions

_COMMENTS = TextKind(
    "commentaire",
    "récents",
    "Aucun commentaire à montrer.",
    "Aucun commentaire ne correspond : essayez moins de mots.",
    "Masquer ce commentaire ? Son texte sera effacé partout : écrans, historique, téléchargements et base de données. "
    "Le nombre, son âge et son auteur restent. Cela ne peut pas être annulé.",
    "Le commentaire est masqué : son texte est effacé partout.",
    "comment",
    mask.mask,
)
_NOTES = TextKind(
    "note",
    "récentes",
    "Aucune note à montrer.",
    "Aucune note ne correspond.",
    "Masquer cette note ? Son texte sera effacé partout, et l'appel reste. Cela ne peut pas être annulé.",
    "La note est masquée : son texte est effacé partout.",
    "note",
    calls.mask_note,
    readers=" Seuls les coordonnateurs les lisent.",
)


def render_comments(account: Account) -> None:
    """Render the search, the texts that match it by kind, each with « Masquer », and who reports how often."""
    actions.render_messages(SECTION)
    # Not bound to the address, which proxies and browsers store: it may name a patient.
    text = st.text_input(
        "Rechercher un commentaire",
        key="comment-search",
        placeholder="Mots du commentaire, unité, structure ou commune",
        icon=":material/search:",
        autocomplete="off",
        on_change=lambda: actions.clear_messages(SECTION),
    )
    of_units, of_calls, of_readers, by_account = st.tabs(
        ["Commentaires", "Notes d'appels", "Mots des lecteurs", "Retours par compte"]
    )
    db, now, text = session.database(), datetime.now(UTC), text or ""
    with of_units:
        comments, total = mask.search(db, account, text, now)
        masked_texts.render(_COMMENTS, map(_comment, comments.to_pylist()), total, searched=bool(text))
    with of_calls:
        notes, total = calls.search_notes(db, account, text, now)
        masked_texts.render(_NOTES, map(_note, notes.to_pylist()), total, searched=bool(text))
    with of_readers:
        feedback.render_words(account, text)
    with by_account:
        feedback.render_accounts(account)


def _comment(row: Mapping[str, Any]) -> Text:
    when = f", le {instant_words(row['observed_at'])}" if row["observed_at"] else ""
    present = '<span class="ror-chip ror-shut">affiché</span> ' if row["present"] else ""
    place = row["name"], row["structure"], row["commune"]
    return Text(row["position"], row["comment"], place, f"{row['author'] or IMPORT_AUTHOR}{when}", present)


def _note(row: Mapping[str, Any]) -> Text:
    author = f"{row['author']}, le {instant_words(row['happened_at'])}"
    return Text(row["number"], row["note"], (row["name"], row["structure"]), author)
