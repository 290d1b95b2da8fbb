"""The forms of a structure and of a unit; after a refusal their fields keep what was typed."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

import streamlit as st

from ror.errors import Outdated, RorError
from ror.model.nomenclature import labels, unit_types
from ror.model.patient_type import PatientType
from ror.model.registry import Structure, Unit
from ror.model.rights import Account
from ror.model.territory import territories
from ror.services.registry import edit
from ror.services.registry.rules import YES, TypedStructure, TypedUnit
from ror.web import session
from ror.web.forms import actions, drafts
from ror.web.markdown import literal

SECTION = "registry"
_Entry = TypeVar("_Entry", Structure, Unit)
_FORM = "registry-form-"
_OF_STRUCTURE = "Celui de la structure"
_BED_TELEPHONE = "Montré en premier à qui cherche une place, avant le standard. Les imports FINESS n'y touchent pas."


@dataclass(slots=True)
class _RegistryForm:
    """The form of an entry (None: a new one), whose initial values do not change while its user types."""

    entry: Any
    key: str
    refusal: str = ""
    outdated: bool = False

    def value(self, name: str) -> str:
        """Return the initial value of a field."""
        value = getattr(self.entry, name, None)
        if isinstance(value, bool):
            return YES if value else ""
        return "" if value is None else str(value).replace(".", ",") if isinstance(value, float) else str(value)

    def typed(self, name: str) -> str:
        """Return the present value of a field."""
        return str(st.session_state.get(f"{name}-{self.key}") or "")

    def render_field(self, label: str, name: str, **options: Any) -> None:
        """Render a field of text."""
        st.text_input(label, self.value(name), key=f"{name}-{self.key}", autocomplete="off", **options)


def render_structure_form(structure: Structure | None, on_saved: Callable[[Structure], None] = lambda _: None) -> None:
    """Render the form of a structure, None for a new one; `on_saved` is called with the structure as it was written."""
    form = _load_form(f"structure-{structure.finess if structure else ''}", structure)
    departments = territories()
    with st.form(f"form-{form.key}", border=True):
        left, right = st.columns(2)
        with left:
            if structure is None:
                form.render_field("Numéro FINESS", "finess")
            form.render_field("Nom", "name")
            form.render_field("Catégorie (facultatif)", "category")
            form.render_field("Numéro FINESS de l'entité juridique (facultatif)", "legal_entity")
            form.render_field(
                "Nom de l'entité juridique (vide : inchangé)",
                "legal_entity_name",
                placeholder="À saisir si son numéro est nouveau",
            )
            st.caption("Un autre nom renomme l'entité juridique pour toutes ses structures.")
            form.render_field("Téléphone du standard (facultatif)", "telephone")
            form.render_field("Téléphone de la gestion des lits (facultatif)", "bed_telephone", help=_BED_TELEPHONE)
        with right:
            form.render_field("Adresse (facultatif)", "address")
            form.render_field("Code postal", "postal_code")
            form.render_field("Commune", "commune")
            _render_choice(form, "Département", "department", {code: f"{code} {name}" for code, name in departments.items()})
            form.render_field("Latitude (facultatif)", "latitude", placeholder="48,8566")
            form.render_field("Longitude (facultatif)", "longitude", placeholder="2,3522")

        def save(account: Account, now: datetime) -> Structure:
            typed = TypedStructure(**{field.name: form.typed(field.name) for field in fields(TypedStructure)})
            if form.entry is None:
                return edit.create_structure(session.database(), account, typed, now)
            return edit.edit_structure(session.database(), account, form.entry, typed, now)

        _render_submit(form, "Créer la structure", save, on_saved)


def render_unit_form(finess: str, unit: Unit | None, on_saved: Callable[[Unit], None] = lambda _: None) -> None:
    """Render the form of a unit, None for a new one of the structure; `on_saved` is called with the unit as it was written."""
    form = _load_form(f"unit-{unit.id if unit else finess}", unit)
    types = [one for one in unit_types().values() if not one.deprecated or (unit and unit.unit_type == one.code)]
    types.sort(key=lambda unit_type: unit_type.label)
    with st.form(f"form-{form.key}", border=True):
        form.render_field("Nom", "name")
        _render_choice(form, "Type de l'unité", "unit_type", {unit_type.code: unit_type.label for unit_type in types})
        left, middle, right = st.columns(3)
        with left:
            form.render_field("Lits ou places installés (facultatif)", "installed")
        with middle:
            form.render_field("Téléphone de l'unité (facultatif)", "telephone")
        with right:
            form.render_field("Téléphone de la gestion des lits (facultatif)", "bed_telephone", placeholder=_OF_STRUCTURE)
        left, middle, right = st.columns(3)
        with left:
            _render_choice(form, "Compte en (facultatif)", "nature", _optional(labels("R329")))
        with middle:
            _render_choice(form, "Mode de prise en charge (facultatif)", "care_mode", _optional(labels("R213")))
        with right:
            _render_choice(form, "Champ d'activité (facultatif)", "activity_field", _optional(labels("R227")))
        with st.expander("Public, nom court, secteur, zone, activité (facultatif)"):
            _render_description(form)

        def save(account: Account, now: datetime) -> Unit:
            typed = TypedUnit(**{field.name: form.typed(field.name) for field in fields(TypedUnit)})
            if form.entry is None:
                return edit.create_unit(session.database(), account, finess, typed, now)
            return edit.edit_unit(session.database(), account, form.entry, typed, now)

        _render_submit(form, "Créer l'unité", save, on_saved)


def _render_description(form: _RegistryForm) -> None:
    """Render the descriptive fields of a unit, which do not change what it counts."""
    left, right = st.columns(2)
    with left:
        patients = {str(patients): patients.label.capitalize() for patients in PatientType}
        _render_choice(form, "Public", "patient_type", _optional(patients))
        form.render_field("Nom court", "short_name")
        _render_choice(form, "Unité sensible", "sensitive", {"": "Non", YES: "Oui"})
    with right:
        form.render_field("Secteur psychiatrique", "psychiatric_sector")
        form.render_field("Zone d'intervention", "intervention_zone")
        activities = {"": "Non précisée", **labels("R211")}
        _render_choice(form, "Activité opérationnelle", "operational_activity", activities)


def _optional(options: dict[str, str]) -> dict[str, str]:
    return {"": "Selon le type", **options}


def discard_forms() -> None:
    """Discard every form that was begun."""
    for name in [name for name in st.session_state if str(name).startswith(_FORM)]:
        del st.session_state[name]
        drafts.discard(str(name))


def _load_form(name: str, entry: Structure | Unit | None) -> _RegistryForm:
    key = f"{_FORM}{name}"
    draft = drafts.load(key, lambda: drafts.fingerprint(repr(entry)))
    if key not in st.session_state:
        # In a form that survived its session, the values before are lost: after a change by somebody else, a name that no entry
        # can have makes the save fail as outdated.
        changed = draft.version != drafts.fingerprint(repr(entry))
        entry = replace(entry, name=f"{entry.name} ") if changed and entry else entry
        st.session_state[key] = _RegistryForm(entry, f"{name}-{draft.id}")
    form: _RegistryForm = st.session_state[key]
    if form.outdated:
        # The values of somebody else are rendered now: saving after that overwrites them knowingly.
        form.entry, form.outdated = entry, False
    return form


def _render_choice(form: _RegistryForm, label: str, name: str, options: dict[str, str]) -> None:
    codes, value = list(options), form.value(name)
    st.selectbox(
        label,
        codes,
        index=codes.index(value) if value in options else None,
        format_func=lambda code: options.get(code, code),
        placeholder="À choisir",
        key=f"{name}-{form.key}",
    )


def _render_submit(
    form: _RegistryForm, create_label: str, save: actions.Operation[_Entry], on_saved: Callable[[_Entry], None]
) -> None:
    """Render the button that saves, and the refusal of the last save."""
    label = create_label if form.entry is None else "Enregistrer"
    st.form_submit_button(label, type="primary", on_click=_save, args=(form, save, on_saved))
    if form.refusal:
        st.error(literal(form.refusal), icon=":material/error:")


def _save(form: _RegistryForm, save: actions.Operation[_Entry], on_saved: Callable[[_Entry], None]) -> None:
    form.refusal = ""
    entry = actions.run(save, lambda error: _refuse(form, error))
    if entry is None:
        return
    discard_forms()
    on_saved(entry)
    actions.clear_messages(SECTION)
    actions.succeed(SECTION, f"« {entry.name} » est {'créée' if form.entry is None else 'enregistrée'}.")


def _refuse(form: _RegistryForm, error: RorError) -> None:
    form.refusal, form.outdated = error.user_message, isinstance(error, Outdated)
