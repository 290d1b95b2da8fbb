"""The section « Structures et unités »: search a structure; create, change, close and reopen structures and units."""

import html
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import streamlit as st

from ror.errors import NotFound
from ror.model import contact, french
from ror.model.nomenclature import UnitType
from ror.model.registry import LegalEntity, Structure, Unit, default_entity_name
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.model.unit_kind import UNKNOWN_NATURE, unit_kind, why_uncounted
from ror.services.registry import edit
from ror.services.registry.edit import RegistrySheet
from ror.web import address, session, tables, telephones, titles
from ror.web.administration import registry_forms
from ror.web.administration.registry_forms import SECTION
from ror.web.forms import actions
from ror.web.markdown import literal

STRUCTURE, UNIT, NEW = "structure", "unite", "nouvelle"
CLOSED, OPEN = "Fermée", "Ouverte"


def render_registry(account: Account) -> None:
    """Render the search, then the structure and the unit of the address."""
    finess = st.query_params.get(STRUCTURE, "")
    _render_search(account, finess)
    if not st.query_params.get(UNIT):
        actions.render_messages(SECTION)
    if not finess:
        _render_uncounted(account)
    if finess == NEW:
        titles.show("Nouvelle structure", "Structures et unités")
        st.header("Nouvelle structure")
        registry_forms.render_structure_form(None, lambda structure: _go(structure.finess))
        _render_link("Renoncer", "structure-give-up", lambda: _go(""))
    elif finess:
        _render_sheet(account, finess)


def _render_search(account: Account, finess: str) -> None:
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
    matches, total = edit.search(session.database(), account, text or "", datetime.now(UTC))
    if not matches.num_rows:
        advice = "essayez moins de mots, ou créez-la" if text else "importez le fichier FINESS, ou créez-en une"
        st.info(f"Aucune structure ne correspond : {advice}.")
        return
    shown = matches.num_rows if matches.num_rows < total else 0
    more = f", les {shown} premières ici : précisez la recherche" if shown else ""
    with st.expander(f"{french.count(total, 'structure')}{more}", expanded=not finess):
        tables.render(
            _results(matches),
            "structures-admin",
            on_open=lambda line: _go(matches["finess"][line].as_py()),
            file=tables.Download(
                "structures", "Structures", Action.MANAGE_REGISTRY, criteria=tables.search_criteria(text, shown)
            ),
            height=tables.full_height(range(matches.num_rows), 10),
        )


def _render_uncounted(account: Account) -> None:
    """Render the units that cannot declare until somebody says whether they count beds or places."""
    units = edit.uncounted(session.database(), account, datetime.now(UTC))
    if not units.num_rows:
        return
    with st.expander(f"{french.count(units.num_rows, 'unité')} : {UNKNOWN_NATURE}"):
        st.caption(
            "Rien ne dit si elles comptent des lits ou des places : elles ne déclarent pas tant que ce n'est pas précisé."
        )
        tables.render(
            pa.table(
                {
                    "Unité": units["name"],
                    "Type de l'unité": units["type_label"],
                    "Structure": units["structure"],
                    "FINESS": units["finess"],
                    "Identifiant": units["unit"],
                }
            ),
            "units-uncounted",
            on_open=lambda line: _go(units["finess"][line].as_py(), units["unit"][line].as_py()),
            file=tables.Download("unites-a-preciser", "Unités à préciser", Action.MANAGE_REGISTRY),
            height=tables.full_height(range(units.num_rows), 10),
        )


def _results(matches: pa.Table) -> pa.Table:
    departments = matches["department"].to_pylist()
    return pa.table(
        {
            "Structure": matches["structure"],
            "État": [CLOSED if closed else OPEN for closed in matches["closed"].to_pylist()],
            "Commune": matches["commune"],
            "Département": [f"{code} {department_name(code)}" for code in departments],
            "FINESS": matches["finess"],
            "Unités": matches["units"],
            "Catégorie": matches["category"],
        }
    )


def _go(finess: str, unit: str = "") -> None:
    """Open a structure and one of its units, or close them, without the messages of the last action."""
    address.step(**{STRUCTURE: finess, UNIT: unit})
    actions.clear_messages(SECTION)
    registry_forms.discard_forms()


def _render_sheet(account: Account, finess: str) -> None:
    try:
        sheet = edit.sheet(session.database(), account, finess, datetime.now(UTC))
    except NotFound as error:
        st.warning(literal(error.user_message))
        return
    titles.show(sheet.structure.name, "Structures et unités")
    _render_identity(sheet)
    _render_closing(
        sheet.structure,
        sheet.structure.finess,
        _consequence(len(sheet.units)),
        (edit.close_structure, edit.reopen_structure),
    )
    with st.expander("Modifier la structure", icon=":material/edit:"):
        registry_forms.render_structure_form(sheet.structure)
    _render_units(sheet)


def _consequence(units: int) -> str:
    """Return what closing a structure does to its units, as a sentence."""
    if not units:
        return "Elle n'a aucune unité."
    if units == 1:
        return "Son unité comptera comme fermée : elle n'offrira et ne devra plus rien."
    return f"Ses {units} unités compteront comme fermées : elles n'offriront et ne devront plus rien."


def _render_identity(sheet: RegistrySheet) -> None:
    structure = sheet.structure
    contacts = contact.of_structure(structure.bed_telephone, structure.telephone)
    owner = _owner(sheet.legal_entity) if sheet.legal_entity else "sans entité juridique"
    position = "sur la carte" if structure.latitude is not None else "sans position sur la carte"
    facts = (
        structure.category,
        f"FINESS {structure.finess}",
        f"{structure.department} {department_name(structure.department)}",
        position,
    )
    st.html(
        f'<section class="ror-sheet"><h2>{html.escape(structure.name)} {_badge(structure.closed)}</h2>'
        f"<p>{html.escape(' · '.join(fact for fact in facts if fact))}<br>{html.escape(owner)}"
        f"<br>{html.escape(_address(structure))}<br>{telephones.lines(contacts)}</p></section>"
    )


def _address(entry: Structure | LegalEntity) -> str:
    return f"{entry.address}, {entry.postal_code} {entry.commune}".strip(", ")


def _owner(entity: LegalEntity) -> str:
    """Return the name, number and address of a legal entity; its default name already has the number."""
    name = entity.name if entity.name == default_entity_name(entity.finess) else f"{entity.name} ({entity.finess})"
    return ", ".join(filter(None, (name, _address(entity))))


def _badge(closed: bool) -> str:
    return f'<span class="ror-chip ror-shut">{CLOSED}</span>' if closed else ""


def _render_units(sheet: RegistrySheet) -> None:
    """Render the units of the structure, and the sheet of the unit that the address names."""
    finess, units = sheet.structure.finess, sheet.units
    unit_id = st.query_params.get(UNIT, "")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header("Unités")
        st.button("Nouvelle unité", icon=":material/add:", key="unit-new", on_click=_go, args=(finess, NEW))
    if units:
        tables.render(
            _units_table(sheet),
            f"units-{finess}",
            on_open=lambda line: _go(finess, units[line].id),
            file=tables.Download(f"unites-{finess}", f"Unités, {sheet.structure.name}", Action.MANAGE_REGISTRY),
            height=tables.full_height(units, 10),
        )
    else:
        st.info("Cette structure n'a pas encore d'unité.")
    chosen = next((unit for unit in units if unit.id == unit_id), None)
    if unit_id:
        actions.render_messages(SECTION)
    if unit_id == NEW:
        titles.show("Nouvelle unité", sheet.structure.name, "Structures et unités")
        st.header("Nouvelle unité")
        registry_forms.render_unit_form(finess, None, lambda unit: _go(finess, unit.id))
        _render_link("Renoncer", "unit-give-up", lambda: _go(finess))
    elif chosen:
        titles.show(chosen.name, sheet.structure.name, "Structures et unités")
        _render_unit(sheet.structure, chosen, sheet.types)
    elif unit_id:
        st.warning("Cette unité n'existe pas dans cette structure : choisissez-la dans la liste.")


def _units_table(sheet: RegistrySheet) -> pa.Table:
    types, units = sheet.types, sheet.units
    open_state = f"{CLOSED} avec la structure" if sheet.structure.closed else OPEN
    return pa.table(
        {
            "Unité": [unit.name for unit in units],
            "État": [CLOSED if unit.closed else open_state for unit in units],
            "Type de l'unité": [types[unit.unit_type].label if unit.unit_type in types else unit.unit_type for unit in units],
            "Compte en": [_counted(unit, types) for unit in units],
            "Installés": pa.array([unit.installed for unit in units], pa.int32()),
            "Téléphone": [french.phone(unit.telephone) for unit in units],
            "Gestion des lits": [french.phone(unit.bed_telephone) for unit in units],
            "Identifiant": [unit.id for unit in units],
        }
    )


def _counted(unit: Unit, types: Mapping[str, UnitType]) -> str:
    """Return « lits » or « places », whichever a unit counts, or the reason why it counts nothing."""
    if kind := unit_kind(unit, types):
        return f"{kind.capacity_type.label}s"
    return why_uncounted(unit, types[unit.unit_type])


def _render_unit(structure: Structure, unit: Unit, types: Mapping[str, UnitType]) -> None:
    counted = _counted(unit, types)
    counts = f"Compte en {counted}." if unit_kind(unit, types) else f"Ne déclare pas : {counted}."
    note = " Sa structure est fermée : elle compte comme fermée." if structure.closed else ""
    st.html(
        f'<section class="ror-sheet"><h2>{html.escape(unit.name)} {_badge(unit.closed or structure.closed)}</h2>'
        f"<p>{counts}{note}<br>Identifiant {html.escape(unit.id)}</p></section>"
    )
    _render_closing(
        unit,
        unit.id,
        "Elle n'offrira et ne devra plus rien ; ses déclarations sont gardées.",
        (edit.close_unit, edit.reopen_unit),
    )
    registry_forms.render_unit_form(structure.finess, unit)


def _render_closing(
    entry: Structure | Unit, key: str, consequence: str, services: tuple[Callable[..., Any], Callable[..., Any]]
) -> None:
    """Render « Fermer », which asks for a confirmation, or « Rouvrir »; `services` are the calls that close and reopen."""
    close, reopen = services
    noun = "la structure" if isinstance(entry, Structure) else "l'unité"
    if entry.closed:
        success = f"« {entry.name} » est de nouveau ouverte."
        st.button(
            f"Rouvrir {noun}",
            key=f"reopen-{key}",
            icon=":material/lock_open:",
            on_click=lambda: actions.run_in_section(
                SECTION, lambda account, now: reopen(session.database(), account, key, now), success
            ),
        )
        return
    actions.render_confirmed_button(
        SECTION,
        f"close-{key}",
        (f"Fermer {noun}", ":material/block:"),
        f"Fermer « {entry.name} » ? {consequence} Une réouverture reste possible.",
        f"Oui, fermer {noun}",
        lambda: actions.run_in_section(
            SECTION,
            lambda account, now: close(session.database(), account, key, now),
            f"« {entry.name} » est fermée.",
        ),
    )


def _render_link(label: str, key: str, on_click: Callable[[], None]) -> None:
    st.button(label, key=key, type="tertiary", on_click=on_click)
