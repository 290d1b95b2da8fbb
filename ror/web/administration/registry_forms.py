"""The forms of a structure and of a unit: a refusal keeps what was typed, and is said beside it."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import streamlit as st

from ror.errors import Outdated, RorError
from ror.model.nomenclature import unit_types
from ror.model.registry import Structure, Unit
from ror.model.rights import Account
from ror.model.territory import territories
from ror.services.registry import edit
from ror.services.registry.rules import TypedStructure, TypedUnit
from ror.web import session
from ror.web.forms import drafts
from ror.web.markdown import literal

_Made = TypeVar("_Made", Structure, Unit)
_FORM = "registry-form-"


@dataclass(slots=True)
class _Form:
    """A form as it was first drawn for an entry (None: a new one); its values do not move under the hands of who types."""

    entry: Any
    key: str
    refusal: str = ""
    outdated: bool = False

    def value(self, name: str) -> str:
        """What a field first holds."""
        value = getattr(self.entry, name, None)
        return "" if value is None else str(value).replace(".", ",") if isinstance(value, float) else str(value)

    def typed(self, name: str) -> str:
        """What stands in a field now."""
        return str(st.session_state.get(f"{name}-{self.key}") or "")

    def line(self, words: str, name: str, **options: Any) -> None:
        """Draw a field of text."""
        st.text_input(words, self.value(name), key=f"{name}-{self.key}", autocomplete="off", **options)


def structure(known: Structure | None, created: Callable[[Structure], None] = lambda _: None) -> None:
    """The form of a structure, or of a new one; `created` is called with what was made."""
    form = _form(f"structure-{known.finess if known else ''}", known)
    departments = territories()
    with st.form(f"form-{form.key}", border=True):
        left, right = st.columns(2)
        with left:
            if known is None:
                form.line("Numéro FINESS", "finess")
            form.line("Nom", "name")
            form.line("Catégorie (facultatif)", "category")
            form.line("Numéro FINESS de l'entité juridique (facultatif)", "legal_entity")
            form.line(
                "Nom de l'entité juridique (vide : inchangé)",
                "legal_entity_name",
                placeholder="À saisir si son numéro est nouveau",
            )
            st.caption("Un autre nom renomme l'entité juridique pour toutes ses structures.")
            form.line("Téléphone (facultatif)", "telephone")
        with right:
            form.line("Adresse (facultatif)", "address")
            form.line("Code postal", "postal_code")
            form.line("Commune", "commune")
            _choice(form, "Département", "department", {code: f"{code} {name}" for code, name in departments.items()})
            form.line("Latitude (facultatif)", "latitude", placeholder="48,8566")
            form.line("Longitude (facultatif)", "longitude", placeholder="2,3522")

        def gesture(account: Account, now: datetime) -> Structure:
            typed = TypedStructure(**{field.name: form.typed(field.name) for field in fields(TypedStructure)})
            if form.entry is None:
                return edit.create_structure(session.database(), account, typed, now)
            return edit.edit_structure(session.database(), account, form.entry, typed, now)

        _submit(form, known, "la structure", gesture, created)


def unit(finess: str, known: Unit | None, created: Callable[[Unit], None] = lambda _: None) -> None:
    """The form of a unit, or of a new one of a structure; `created` is called with what was made."""
    form = _form(f"unit-{known.id if known else finess}", known)
    types = sorted(unit_types().values(), key=lambda one: one.label)
    with st.form(f"form-{form.key}", border=True):
        form.line("Nom", "name")
        _choice(form, "Type de l'unité", "unit_type", {one.code: one.label for one in types})
        left, right = st.columns(2)
        with left:
            form.line("Lits ou places installés (facultatif)", "installed")
        with right:
            form.line("Téléphone (facultatif)", "telephone")

        def gesture(account: Account, now: datetime) -> Unit:
            typed = TypedUnit(**{field.name: form.typed(field.name) for field in fields(TypedUnit)})
            if form.entry is None:
                return edit.create_unit(session.database(), account, finess, typed, now)
            return edit.edit_unit(session.database(), account, form.entry, typed, now)

        _submit(form, known, "l'unité", gesture, created)


def give_up() -> None:
    """Forget every form that was begun."""
    for name in [name for name in st.session_state if str(name).startswith(_FORM)]:
        del st.session_state[name]
        drafts.discard(str(name))


def _form(name: str, entry: Structure | Unit | None) -> _Form:
    key = f"{_FORM}{name}"
    draft = drafts.hold(key, lambda: drafts.fingerprint(repr(entry)))
    if key not in st.session_state:
        # In a form that outlived its session, an entry that changed meanwhile is none that could be: it cannot be written over.
        changed = draft.version != drafts.fingerprint(repr(entry))
        entry = replace(entry, name=f"{entry.name} ") if changed and entry else entry
        st.session_state[key] = _Form(entry, f"{name}-{draft.id}")
    form: _Form = st.session_state[key]
    if form.outdated:
        # What somebody else wrote is shown now: saving after that is saving over it, knowingly.
        form.entry, form.outdated = entry, False
    return form


def _choice(form: _Form, words: str, name: str, options: dict[str, str]) -> None:
    codes, value = list(options), form.value(name)
    st.selectbox(
        words,
        codes,
        index=codes.index(value) if value in options else None,
        format_func=lambda code: options.get(code, code),
        placeholder="À choisir",
        key=f"{name}-{form.key}",
    )


def _submit(
    form: _Form,
    known: _Made | None,
    what: str,
    gesture: Callable[[Account, datetime], _Made],
    created: Callable[[_Made], None],
) -> None:
    """The button that saves, and beside it why it did not."""
    words = f"Créer {what}" if known is None else "Enregistrer"
    st.form_submit_button(words, type="primary", on_click=_save, args=(form, gesture, created))
    if form.refusal:
        st.error(literal(form.refusal), icon=":material/error:")


def _save(form: _Form, gesture: Callable[[Account, datetime], _Made], created: Callable[[_Made], None]) -> None:
    form.refusal = ""
    account = session.current()
    if account is None:
        return
    try:
        made = gesture(account, datetime.now(UTC))
    except RorError as error:
        form.refusal, form.outdated = error.message, isinstance(error, Outdated)
        return
    give_up()
    created(made)
    st.session_state["registry-done"] = f"« {made.name} » est {'créée' if form.entry is None else 'enregistrée'}."
    st.session_state.pop("registry-refused", None)
