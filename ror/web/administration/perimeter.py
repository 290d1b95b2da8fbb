"""The field of a perimeter, that of a manager or of a token that declares: entries are searched, added and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ror.model.french import with_place
from ror.model.registry import default_entity_name
from ror.model.rights import Account, Perimeter
from ror.services.accounts import administer
from ror.services.accounts.administer import MAX_ENTRIES
from ror.web import session
from ror.web.forms import drafts
from ror.web.markdown import literal

KINDS = {"legal_entity": "Entité juridique", "structure": "Structure", "unit": "Unité"}


def render_field(account: Account, label: str, initial: Perimeter, key: str) -> None:
    """Render the field of a form, whose keys end with `key`; its initial value is `initial`."""
    db, name = session.database(), _name(key)
    present = st.session_state.get(name)
    # After a restart the value is lost in the session, and not in the page.
    stored = drafts.load_text(name, " ".join(_entries(initial)), None if present is None else " ".join(present))
    if present is None:
        st.session_state[name] = [entry for entry in stored.split() if entry.partition(":")[0] in KINDS]
    rows = administer.perimeter_entries(db, account, typed(key)).to_pylist()
    labels = {_entry(row): entry_label(row) for row in rows}
    st.multiselect(
        label,
        list(labels),
        key=name,
        format_func=lambda entry: labels.get(entry, entry),
        placeholder="Vide : cherchez ci-dessous ce qu'il faut ajouter",
    )
    text = st.text_input(
        "Ajouter au périmètre",
        key=f"add-{key}",
        placeholder="Entité juridique, structure ou unité : nom, commune ou numéro FINESS",
        icon=":material/search:",
        autocomplete="off",
    )
    if not text:
        return
    matches = administer.search_perimeter(db, account, text).to_pylist()
    rows = [row for row in matches if _entry(row) not in labels]
    if any([row["kind"] for row in matches].count(kind) == MAX_ENTRIES for kind in KINDS):
        st.caption(f"Les {MAX_ENTRIES} premières de chaque sorte : précisez pour en trouver d'autres.")
    if not rows:
        st.caption("Rien d'autre ne correspond : essayez moins de mots, ou le numéro FINESS.")
    with st.container(key="account-add", gap=None):
        for row in rows:
            entry = _entry(row)
            st.button(
                literal(entry_label(row)),
                key=f"add-{key}-{entry}",
                icon=":material/add:",
                type="tertiary",
                on_click=_add,
                args=(name, entry),
            )


def typed(key: str) -> Perimeter:
    """Return the present value of the field of this key."""
    parts = [entry.partition(":") for entry in st.session_state.get(_name(key), [])]
    legal_entities, structures, units = (
        frozenset(value for part_kind, _, value in parts if part_kind == kind) for kind in KINDS
    )
    return Perimeter(legal_entities, structures, units)


def entry_label(row: Mapping[str, Any]) -> str:
    """Return the label of an entry, a row of `store.perimeter.search`: « Structure - Hôpital, Paris (990750001) ».

    Name, commune (of a unit after its structure), and number.
    """
    if row["name"] == default_entity_name(row["key"]):
        return str(row["name"])
    name = with_place(row["name"] or "", row["place"] or "").strip(", ") or "absente du répertoire"
    return f"{KINDS[row['kind']]} - {name} ({row['key']})"


def _name(key: str) -> str:
    return f"perimeter-{key}"


def _add(name: str, entry: str) -> None:
    st.session_state[name] = [*st.session_state.get(name, []), entry]


def _entry(row: Mapping[str, Any]) -> str:
    return f"{row['kind']}:{row['key']}"


def _entries(perimeter: Perimeter) -> Sequence[str]:
    return [f"{kind}:{key}" for kind, key in perimeter.entries]
