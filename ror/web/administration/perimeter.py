"""Choosing what a manager, or a token that declares, answers for: searched and added, taken away by its cross."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ror.model.registry import unnamed
from ror.model.rights import Account, Perimeter
from ror.services.accounts import administer
from ror.services.accounts.administer import MOST_ENTRIES
from ror.web import session
from ror.web.forms import drafts
from ror.web.markdown import literal

KINDS = {"legal_entity": "Entité juridique", "structure": "Structure", "unit": "Unité"}


def choose(admin: Account, label: str, present: Perimeter, key: str) -> None:
    """Draw the choice of a form, whose fields end by `key`; it begins as `present`."""
    db, name = session.database(), _name(key)
    now = st.session_state.get(name)
    # After a restart the page still knows what was chosen, and the session does not.
    held = drafts.hold_text(name, " ".join(_entries(present)), None if now is None else " ".join(now))
    if now is None:
        st.session_state[name] = [entry for entry in held.split() if entry.partition(":")[0] in KINDS]
    rows = administer.perimeter_named(db, admin, chosen(key)).to_pylist()
    names = {_entry(row): words(row) for row in rows}
    st.multiselect(
        label,
        list(names),
        key=name,
        format_func=lambda entry: names.get(entry, entry),
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
    found = administer.perimeter_found(db, admin, text).to_pylist()
    rows = [row for row in found if _entry(row) not in names]
    if any([row["kind"] for row in found].count(kind) == MOST_ENTRIES for kind in KINDS):
        st.caption(f"Les {MOST_ENTRIES} premières de chaque sorte : précisez pour en trouver d'autres.")
    if not rows:
        st.caption("Rien d'autre ne correspond : essayez moins de mots, ou le numéro FINESS.")
    with st.container(key="account-add", gap=None):
        for row in rows:
            entry = _entry(row)
            st.button(
                literal(words(row)),
                key=f"add-{key}-{entry}",
                icon=":material/add:",
                type="tertiary",
                on_click=_add,
                args=(name, entry),
            )


def chosen(key: str) -> Perimeter:
    """What is chosen in the form of this key."""
    parts = [entry.partition(":") for entry in st.session_state.get(_name(key), [])]
    return Perimeter(*(frozenset(value for kind, _, value in parts if kind == wanted) for wanted in KINDS))


def words(row: Mapping[str, Any]) -> str:
    """« Structure - Hôpital, Paris (990750001) », « Entité juridique 990000117 » for one that nobody named.

    `row` has the columns of `store.perimeter.found`.
    """
    if row["name"] == unnamed(row["key"]):
        return str(row["name"])
    name = ", ".join(part for part in (row["name"], row["place"]) if part) or "absente du répertoire"
    return f"{KINDS[row['kind']]} - {name} ({row['key']})"


def _name(key: str) -> str:
    return f"perimeter-{key}"


def _add(name: str, entry: str) -> None:
    st.session_state[name] = [*st.session_state.get(name, []), entry]


def _entry(row: Mapping[str, Any]) -> str:
    return f"{row['kind']}:{row['key']}"


def _entries(perimeter: Perimeter) -> Sequence[str]:
    keys = {"legal_entity": perimeter.legal_entities, "structure": perimeter.structures, "unit": perimeter.units}
    return [f"{kind}:{key}" for kind, values in keys.items() for key in sorted(values)]
