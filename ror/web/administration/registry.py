"""« Structures et unités »: search a structure, its sheet, its units; what is created, changed, closed, reopened."""

import html
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import streamlit as st

from ror.errors import NotFound
from ror.model.nomenclature import CapacityType, unit_types
from ror.model.registry import LegalEntity, Structure, Unit, unnamed
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services.registry import edit
from ror.services.registry.edit import Sheet
from ror.web import address, session, tables
from ror.web.administration import registry_forms
from ror.web.forms import actions
from ror.web.markdown import literal

STRUCTURE, UNIT, NEW = "structure", "unite", "nouvelle"
CLOSED, OPEN = "Fermée", "Ouverte"
_SECTION = "registry"


def show(account: Account) -> None:
    """The search, then the structure and the unit of the address."""
    finess = st.query_params.get(STRUCTURE, "")
    _search(account, finess)
    if not st.query_params.get(UNIT):
        actions.acknowledge(_SECTION)
    if finess == NEW:
        st.subheader("Nouvelle structure")
        registry_forms.structure(None, created=lambda made: _go(made.finess))
        _link("Renoncer", "structure-give-up", lambda: _go(""))
    elif finess:
        _sheet(account, finess)


def _search(account: Account, finess: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Rechercher une structure",
            key="repertoire",
            bind="query-params",
            placeholder="Nom, commune, code postal ou numéro FINESS",
            icon=":material/search:",
            autocomplete="off",
            on_change=lambda: _go(""),
        )
        st.button("Nouvelle structure", icon=":material/add:", key="structure-new", on_click=_go, args=(NEW,))
    found, total = edit.search(session.database(), account, text or "", datetime.now(UTC))
    if not found.num_rows:
        words = "essayez moins de mots, ou créez-la" if text else "importez le fichier FINESS, ou créez-en une"
        st.info(f"Aucune structure ne correspond : {words}.")
        return
    cut = found.num_rows if found.num_rows < total else 0
    more = f", les {cut} premières ici : précisez la recherche" if cut else ""
    with st.expander(f"{tables.count(total, 'structure')}{more}", expanded=not finess):
        tables.render(
            _results(found),
            "structures-admin",
            opens=lambda line: _go(found["finess"][line].as_py()),
            file=tables.Download(
                "structures", "Structures", Action.MANAGE_REGISTRY, criteria=tables.search_criteria(text, cut)
            ),
            height=tables.full_height(range(found.num_rows), 10),
        )


def _results(found: pa.Table) -> pa.Table:
    departments = found["department"].to_pylist()
    return pa.table(
        {
            "Structure": found["structure"],
            "État": [CLOSED if closed else OPEN for closed in found["closed"].to_pylist()],
            "Commune": found["commune"],
            "Département": [f"{code} {department_name(code)}" for code in departments],
            "FINESS": found["finess"],
            "Unités": found["units"],
            "Catégorie": found["category"],
        }
    )


def _go(finess: str, unit: str = "") -> None:
    """Open a structure and one of its units, or close what was open; what was done before is no longer acknowledged."""
    address.step(**{STRUCTURE: finess, UNIT: unit})
    actions.forget(_SECTION)
    registry_forms.give_up()


def _sheet(account: Account, finess: str) -> None:
    try:
        sheet = edit.sheet(session.database(), account, finess, datetime.now(UTC))
    except NotFound as error:
        st.warning(literal(error.message))
        return
    _identity(sheet)
    _closing(
        sheet.structure,
        sheet.structure.finess,
        _consequence(len(sheet.units)),
        (edit.close_structure, edit.reopen_structure),
    )
    with st.expander("Modifier la structure", icon=":material/edit:"):
        registry_forms.structure(sheet.structure)
    _units(sheet)


def _consequence(units: int) -> str:
    if not units:
        return "Elle n'a aucune unité."
    if units == 1:
        return "Son unité comptera comme fermée : elle n'offrira et ne devra plus rien."
    return f"Ses {units} unités compteront comme fermées : elles n'offriront et ne devront plus rien."


def _identity(sheet: Sheet) -> None:
    one = sheet.structure
    owner = _owner(sheet.legal_entity) if sheet.legal_entity else "sans entité juridique"
    where = "sur la carte" if one.latitude is not None else "sans position sur la carte"
    facts = (one.category, f"FINESS {one.finess}", f"{one.department} {department_name(one.department)}", where)
    st.html(
        f'<section class="ror-sheet"><h2>{html.escape(one.name)} {_badge(one.closed)}</h2>'
        f"<p>{html.escape(' · '.join(fact for fact in facts if fact))}<br>{html.escape(owner)}<br>{html.escape(_place(one))}"
        f"<br>{html.escape(tables.phone(one.telephone))}</p></section>"
    )


def _place(entry: Structure | LegalEntity) -> str:
    return f"{entry.address}, {entry.postal_code} {entry.commune}".strip(", ")


def _owner(entity: LegalEntity) -> str:
    """Return the name, number and address of a legal entity; its default name already has the number."""
    name = entity.name if entity.name == unnamed(entity.finess) else f"{entity.name} ({entity.finess})"
    return ", ".join(filter(None, (name, _place(entity))))


def _badge(closed: bool) -> str:
    return f'<span class="ror-chip ror-shut">{CLOSED}</span>' if closed else ""


def _units(sheet: Sheet) -> None:
    """The units of the structure, and the one that is open."""
    finess, units = sheet.structure.finess, sheet.units
    wanted = st.query_params.get(UNIT, "")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("Unités")
        st.button("Nouvelle unité", icon=":material/add:", key="unit-new", on_click=_go, args=(finess, NEW))
    if units:
        tables.render(
            _units_table(sheet),
            f"units-{finess}",
            opens=lambda line: _go(finess, units[line].id),
            file=tables.Download(f"unites-{finess}", f"Unités, {sheet.structure.name}", Action.MANAGE_REGISTRY),
            height=tables.full_height(units, 10),
        )
    else:
        st.info("Cette structure n'a pas encore d'unité.")
    chosen = next((unit for unit in units if unit.id == wanted), None)
    if wanted:
        actions.acknowledge(_SECTION)
    if wanted == NEW:
        st.subheader("Nouvelle unité")
        registry_forms.unit(finess, None, created=lambda made: _go(finess, made.id))
        _link("Renoncer", "unit-give-up", lambda: _go(finess))
    elif chosen:
        _unit(sheet.structure, chosen)
    elif wanted:
        st.warning("Cette unité n'existe pas dans cette structure : choisissez-la dans la liste.")


def _units_table(sheet: Sheet) -> pa.Table:
    types, units = unit_types(), sheet.units
    by_itself = f"{CLOSED} avec la structure" if sheet.structure.closed else OPEN
    return pa.table(
        {
            "Unité": [unit.name for unit in units],
            "État": [CLOSED if unit.closed else by_itself for unit in units],
            "Type de l'unité": [types[unit.unit_type].label if unit.unit_type in types else unit.unit_type for unit in units],
            "Installés": pa.array([unit.installed for unit in units], pa.int32()),
            "Téléphone": [tables.phone(unit.telephone) for unit in units],
            "Identifiant": [unit.id for unit in units],
        }
    )


def _unit(structure: Structure, unit: Unit) -> None:
    kind = unit_types().get(unit.unit_type)
    noun = (kind.capacity_type if kind else CapacityType.BED).label
    shut = " Sa structure est fermée : elle compte comme fermée." if structure.closed else ""
    st.html(
        f'<section class="ror-sheet"><h2>{html.escape(unit.name)} {_badge(unit.closed or structure.closed)}</h2>'
        f"<p>Compte en {noun}s.{shut}<br>Identifiant {html.escape(unit.id)}</p></section>"
    )
    _closing(
        unit,
        unit.id,
        "Elle n'offrira et ne devra plus rien ; ses déclarations sont gardées.",
        (edit.close_unit, edit.reopen_unit),
    )
    registry_forms.unit(structure.finess, unit)


def _closing(entry: Structure | Unit, key: str, consequence: str, verbs: tuple[Callable[..., Any], Callable[..., Any]]) -> None:
    """« Fermer », asked twice, or « Rouvrir »."""
    close, reopen = verbs
    what = "la structure" if isinstance(entry, Structure) else "l'unité"
    if entry.closed:
        done = f"« {entry.name} » est de nouveau ouverte."
        st.button(
            f"Rouvrir {what}",
            key=f"reopen-{key}",
            icon=":material/lock_open:",
            on_click=lambda: actions.make(_SECTION, lambda account, now: reopen(session.database(), account, key, now), done),
        )
        return
    actions.confirmed(
        _SECTION,
        f"close-{key}",
        (f"Fermer {what}", ":material/block:"),
        f"Fermer « {entry.name} » ? {consequence} Une réouverture reste possible.",
        f"Oui, fermer {what}",
        lambda: actions.make(
            _SECTION,
            lambda account, now: close(session.database(), account, key, now),
            f"« {entry.name} » est fermée.",
        ),
    )


def _link(words: str, key: str, go: Callable[[], None]) -> None:
    st.button(words, key=key, type="tertiary", on_click=go)
