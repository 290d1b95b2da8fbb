"""The form of one unit, which a manager fills in within seconds."""

import html
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from ror.errors import CommentMasked, ConfirmationNeeded, DeclarationField, Outdated, RorError
from ror.model.capacity import Counts, detail_words
from ror.model.count_parts import SEXES, sex_parts
from ror.model.declaration import Declaration, EventKind
from ror.model.freshness import LATE, age_words
from ror.model.local_time import local_day
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.model.territory import time_zone
from ror.services.availability import declare
from ror.services.availability.consult import UnitRow
from ror.services.region_time import local_words
from ror.web import legend, session
from ror.web.columns import DETAIL
from ror.web.forms import actions, attention, unit_form_state
from ror.web.forms.unit_form_state import UnitFormState
from ror.web.markdown import literal

SENTENCE = {
    CapacityType.PLACE: "Nombre de patients pouvant être pris en charge sur une semaine - 1 place = 1 patient",
    CapacityType.BED: "Nombre de lits où un patient peut être installé maintenant, personnel présent - 1 lit = 1 patient",
}


def render_declaration_form(account: Account, row: UnitRow, at: datetime) -> None:
    """Render the state of a unit at an instant, its form and its other actions."""
    _render_state(row, at)
    if row["registry_closed"]:
        st.info("Cette unité est fermée au répertoire : il n'y a rien à déclarer.", icon=":material/block:")
        return
    form = unit_form_state.current(row)
    unit_form_state.update(form, row, account)
    if row["kind"] == EventKind.MASKED:
        # Rendered to every manager of the unit until its next declaration.
        masked = "un ancien commentaire" if row["comment"] else "le commentaire"
        words = f"L'administration a masqué {masked} de cette unité : n'y mettez aucune donnée de patient."
        st.warning(words, icon=":material/visibility_off:")
    with st.form(f"declare-{form.key}", border=True):
        _render_fields(form)
        left, right = st.columns(2)
        left.form_submit_button("Enregistrer", type="primary", width="stretch", on_click=_save, args=(form,))
        right.form_submit_button(
            "Rien n'a changé",
            width="stretch",
            icon=":material/check:",
            disabled=row["available"] is None,
            on_click=_confirm,
            args=(form,),
        )
    _render_closure(form)


def saved() -> Declaration | None:
    """Return the declaration that this session just saved; None once another action was tried."""
    event: Declaration | None = st.session_state.get("saved")
    return event


def _render_state(row: UnitRow, at: datetime) -> None:
    """Render the present number of the unit, its age, its author and its instant."""
    capacity = CapacityType(row["capacity_type"])
    number = "aucun nombre" if row["available"] is None else capacity.of(row["available"])
    age = age_words(at - row["observed_at"]) if row["observed_at"] else ""
    badge = legend.chip(row["rank"] if row["open"] else None, age)
    when = (
        f"par {html.escape(row['author'])}, le {local_words(row['observed_at'], row['department'])}"
        if row["observed_at"]
        else ""
    )
    shut = f" jusqu'au {row['closed_until']:%d/%m/%Y} inclus" if row["closed_until"] and not row["open"] else ""
    late = f'<span class="ror-late">{LATE}</span>' if row["overdue"] else ""
    st.html(
        f'<div class="ror-unit"><h2>{html.escape(row["name"])}</h2>'
        f"<p>{html.escape(row['type_label'])}<br>{html.escape(row['structure'])}</p>"
        f'<p class="ror-number"><b>{number}</b> {badge}{shut} {late}</p><p class="ror-when">{when}</p></div>'
    )


def _render_fields(form: UnitFormState) -> None:
    row = form.row
    capacity = CapacityType(row["capacity_type"])
    number = "" if row["available"] is None else str(row["available"])
    with st.container(key="number"):
        _render_number(f"Nombre de {capacity.label}s disponibles", number, f"available-{form.key}")
        _render_answer(form)
    st.caption(SENTENCE[capacity])
    with st.expander("Détail (facultatif)"):
        with st.container(horizontal=True):
            for name, words in DETAIL.items():
                _render_number(words, "", f"{name}-{form.key}", width=125)
        _render_sexes(form)
    with st.container(key="comment"):
        st.text_area("Commentaire (facultatif)", value=row["comment"], height=80, key=form.comment_key)
        _render_refusal(form, "comment", "comment")
    st.caption("Ne saisissez aucune donnée patient.")


def _render_number(label: str, value: str, key: str, width: Any = "stretch") -> None:
    """Render a count as a field of text: « 3,7 » gets a sentence, while a field of numbers silently reads 37 or 3."""
    st.text_input(label, value, key=key, autocomplete="off", width=width)


def _render_sexes(form: UnitFormState) -> None:
    """Render the line of the number available by sex, and a refusal that is about it."""
    with st.container(key="sexes"):
        with st.container(horizontal=True):
            for name, words in {"women": "Dont femmes", "men": "Hommes", "either": "Indifférents"}.items():
                _render_number(words, "", f"{name}-{form.key}", width=88)
        _render_refusal(form, "parts", "sexes")
    st.caption("Indifférents : pour une femme ou un homme, comme dans une chambre double.")


def _render_refusal(form: UnitFormState, about: DeclarationField, container: str) -> None:
    """Render a refusal that is about these fields, in their container, and focus the first of them."""
    if form.refusal and form.about == about:
        st.error(literal(form.refusal), icon=":material/error:")
        attention.scroll_to(container, form.answer, focus_field=True)


def _render_answer(form: UnitFormState) -> None:
    """Render, under the number, somebody else's declaration, a refusal, or the question about an unusual number.

    Its buttons belong to the form; Enter still sends « Enregistrer », the button that the browser mounted first.
    """
    if form.conflict:
        st.warning(literal(form.conflict), icon=":material/group:")
        words = "Reprendre le nouveau nombre"
        st.form_submit_button(words, key=f"restart-{form.key}", on_click=unit_form_state.restart, args=(form,))
    about_number = form.refusal and form.about == "number"
    if about_number:
        st.error(literal(form.refusal), icon=":material/error:")
    if form.question:
        st.warning(literal(form.question), icon=":material/help:")
        number = form.typed("available") or ""
        words = f"Oui, enregistrer {literal(number)}"
        st.form_submit_button(words, type="primary", key=f"yes-{form.key}", on_click=_save, args=(form, number))
    if about_number or form.question:
        attention.scroll_to("number", form.answer, focus_field=bool(form.refusal))


def _render_closure(form: UnitFormState) -> None:
    """Render « Fermer l'unité jusqu'au ... », for a holiday or works."""
    with st.expander("Fermer l'unité jusqu'au ...", icon=":material/event_busy:"), st.form(f"close-{form.key}"):
        today = local_day(datetime.now(UTC), time_zone(form.row["department"]))
        # The bounds are wider than what is allowed: a past day is refused by our sentence, not by the field's own in English.
        day, farthest = "Dernier jour de fermeture", today.replace(year=today.year + 10, day=1)
        st.date_input(day, None, date(1900, 1, 1), farthest, format="DD/MM/YYYY", key=f"until-{form.key}")
        st.caption("Pendant ce temps l'unité affiche 0 et n'est pas en retard. Enregistrer un nombre la rouvre.")
        st.form_submit_button("Fermer l'unité", on_click=_close, args=(form,))


def _save(form: UnitFormState, confirmed: str | None = None) -> None:
    """Save the form; `confirmed` is the unusual number that was confirmed, which another one typed since is not."""
    sexes = sex_parts({name: form.typed(name) for name in SEXES})
    counts = replace(Counts(*(form.typed(name) for name in ("available", *DETAIL))), parts=sexes)
    unit, comment = form.row["unit"], form.typed("comment") or ""
    typed = declare.DeclarationDraft(unit, counts, comment, form.seen_position, form.masks_seen, form.save_id)
    is_confirmed = confirmed is not None and confirmed == form.typed("available")
    _run(form, lambda account, now: declare.declare(session.database(), account, typed, now, confirmed=is_confirmed))


def _confirm(form: UnitFormState) -> None:
    if not form.cut_off and not form.untouched((*DETAIL, *SEXES)):
        form.refuse("Vous avez modifié le formulaire : enregistrez-le, ou remettez-le comme il était.")
        return
    unit, seen_position = form.row["unit"], form.seen_position
    _run(
        form, lambda account, now: declare.confirm(session.database(), account, unit, seen_position, now, save_id=form.save_id)
    )


def _close(form: UnitFormState) -> None:
    unit, until, comment = form.row["unit"], form.typed("until"), form.typed("comment") or ""
    if until is None:
        form.refuse("Choisissez le dernier jour de fermeture.")
        return
    seen_position, masks = form.seen_position, form.masks_seen
    _run(
        form,
        lambda account, now: declare.close_until(
            session.database(), account, unit, until, comment, seen_position, now, masks_seen=masks, save_id=form.save_id
        ),
    )


def undo(event: Declaration) -> None:
    """Undo what was just saved: the unit is again as it was before."""
    form = UnitFormState({"unit": event.unit}, event.position, "", event.position)
    _run(form, lambda account, now: declare.undo(session.database(), account, event.position, now))
    if form.refusal:
        st.session_state["undo_refused"] = form.refusal


def _run(form: UnitFormState, operation: actions.Operation[Declaration]) -> None:
    """Run an operation of the form; a refusal is rendered in the form, which keeps what was typed."""
    form.refuse()
    event = actions.run(operation, lambda error: _refuse(form, error))
    if event is not None:
        unit_form_state.discard([event.unit])
        st.session_state["saved"] = event


def _refuse(form: UnitFormState, error: RorError) -> None:
    if isinstance(error, ConfirmationNeeded):
        form.refuse(question=error.user_message)
        return
    form.refuse(error.user_message, about=error.about)
    if isinstance(error, CommentMasked):
        # Only this refusal is certain to be read: the warning in the form may have come while nobody was looking.
        form.masks_seen = session.database().position
    else:
        form.cut_off = form.cut_off and not isinstance(error, Outdated)


def sentence(event: Declaration, name: str, capacity: CapacityType) -> str:
    """Return the sentence that confirms what was just saved."""
    detail = detail_words(event.counts, capacity) if event.kind in (EventKind.DECLARED, EventKind.CONFIRMED) else ""
    words = f"{name} : {written_words(event, capacity)}"
    return f"{words} Détail : {detail}." if detail else words


def written_words(event: Declaration, capacity: CapacityType) -> str:
    """Return in words the number or the closure that was just saved, or that it was undone."""
    if event.kind is EventKind.UNDONE:
        return "mise à jour annulée, l'unité est de nouveau comme avant."
    if event.kind is EventKind.CLOSED and event.closed_until:
        return f"fermée jusqu'au {event.closed_until:%d/%m/%Y} inclus."
    if event.kind is EventKind.CONFIRMED and event.closed_until:
        return f"toujours fermée jusqu'au {event.closed_until:%d/%m/%Y} inclus, confirmé à l'instant."
    participle = "confirmé" if event.kind is EventKind.CONFIRMED else "enregistré"
    return f"{capacity.of(event.counts.available or 0)}, {participle} à l'instant."
