"""The words of readers' reports, which can be masked as comments are, and how often each account reports."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import streamlit as st

from ror.model.feedback import MAX_AN_HOUR, FeedbackKind
from ror.model.rights import Account, Action
from ror.services.coordination import feedback_words
from ror.services.region_time import instant_words
from ror.web import session, tables
from ror.web.administration import masked_texts
from ror.web.administration.masked_texts import Text, TextKind

_WORDS = TextKind(
    "mot",
    "récents",
    "Aucun mot à montrer.",
    "Aucun mot ne correspond.",
    "Masquer ce mot ? Son texte sera effacé partout : écrans et base de données. Le retour lui-même reste. Cela ne peut pas "
    "être annulé.",
    "Le mot est masqué : son texte est effacé partout.",
    "word",
    feedback_words.mask,
)


def render_words(account: Account, text: str) -> None:
    """Render the words of reports that match a search, each with « Masquer »."""
    words, total = feedback_words.search(session.database(), account, text, datetime.now(UTC))
    masked_texts.render(_WORDS, map(_word, words.to_pylist()), total, searched=bool(text))


def _word(row: Mapping[str, Any]) -> Text:
    author = f"{row['author']}, le {instant_words(row['recorded_at'])}"
    place = row["name"], row["structure"], row["commune"]
    return Text(row["position"], row["word"], place, author, f"{FeedbackKind(row['kind']).label}, ")


def render_accounts(account: Account) -> None:
    """Render how often each account reported over the last seven days, the most active first."""
    now = datetime.now(UTC)
    accounts = feedback_words.by_account(session.database(), account, now)
    if not accounts.num_rows:
        st.caption("Aucun retour depuis sept jours.")
        return
    st.caption(f"Sur sept jours. Un compte compte une fois par nombre, et fait {MAX_AN_HOUR} retours par heure au plus.")
    numbers = {
        "Compte": accounts["name"],
        "Retours": accounts["given"].cast(pa.int32()),
        "Contredisent": accounts["contradicting"].cast(pa.int32()),
        "Annulés": accounts["withdrawn"].cast(pa.int32()),
        "Unités": accounts["units"].cast(pa.int32()),
        "Au plus en une heure": accounts["most_an_hour"].cast(pa.int32()),
        "Dernier": [instant_words(at) for at in accounts["last"].to_pylist()],
    }
    file = tables.Download("retours-par-compte", "Retours par compte", Action.READ_JOURNAL, now)
    tables.render(pa.table(numbers), "retours", file=file, height=tables.full_height(accounts, 10))
