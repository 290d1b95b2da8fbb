"""The form of one unit: what a manager fills in within seconds."""

import html
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from ror.errors import CommentMasked, ConfirmationNeeded, Outdated, RorError
from ror.model.capacity import COMMENT_LENGTH, Counts, Declaration, Kind, detail_words
from ror.model.freshness import PARIS, age_words, instant_words
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services.availability import declare
from ror.web import legend, session
from ror.web.forms import attention, declaration_draft
from ror.web.forms.declaration_draft import Draft, Row
from ror.web.markdown import literal

SENTENCE = {
    CapacityType.PLACE: "Nombre de patients pouvant être pris en charge sur une semaine - 1 place = 1 patient",
    CapacityType.BED: "Nombre de lits où un patient peut être installé maintenant, personnel présent - 1 lit = 1 patient",
}
DETAIL = {
    "installed": "Installés",
    "occupied": "Occupés",
    "reserved": "Réservés",
    "closed": "Fermés",
    "supplementary": "Supplémentaires",
}


def show(account: Account, row: Row, at: datetime) -> None:
    """The state of the unit, its form and its other gestures."""
    _state(row, at)
    if row["registry_closed"]:
        st.info("Cette unité est fermée au répertoire : il n'y a rien à déclarer.", icon=":material/block:")
        return
    draft = declaration_draft.current(row, account)
    declaration_draft.update(draft, row)
    if row["kind"] == Kind.MASKED:
        # Until the next declaration, also to somebody who comes after.
        which = "un ancien commentaire" if row["comment"] else "le commentaire"
        words = f"L'administration a masqué {which} de cette unité : n'y mettez aucune donnée de patient."
        st.warning(words, icon=":material/visibility_off:")
    with st.form(f"declare-{draft.key}", border=True):
        _fields(draft)
        left, right = st.columns(2)
        left.form_submit_button("Enregistrer", type="primary", width="stretch", on_click=_save, args=(draft,))
        right.form_submit_button(
            "Rien n'a changé",
            width="stretch",
            icon=":material/check:",
            disabled=row["available"] is None,
            on_click=_confirm,
            args=(draft,),
        )
    _closure(draft)


def saved() -> Declaration | None:
    """What this session just saved, until its next gesture."""
    event: Declaration | None = st.session_state.get("saved")
    return event


def _state(row: Row, at: datetime) -> None:
    """What is known of the unit now: number, age, who and when."""
    capacity = CapacityType(row["capacity_type"])
    number = "aucun nombre" if row["available"] is None else capacity.of(row["available"])
    age = age_words(at - row["observed_at"]) if row["observed_at"] else ""
    badge = legend.chip(row["rank"] if row["open"] else None, age)
    when = f"par {html.escape(row['author'])}, le {instant_words(row['observed_at'])}" if row["observed_at"] else ""
    shut = f" jusqu'au {row['closed_until']:%d/%m/%Y} inclus" if row["closed_until"] and not row["open"] else ""
    late = f'<span class="ror-late">{legend.LATE}</span>' if row["overdue"] else ""
    st.html(
        f'<div class="ror-unit"><h2>{html.escape(row["name"])}</h2>'
        f"<p>{html.escape(row['type_label'])}<br>{html.escape(row['structure'])}</p>"
        f'<p class="ror-number"><b>{number}</b> {badge}{shut} {late}</p><p class="ror-when">{when}</p></div>'
    )


def _fields(draft: Draft) -> None:
    row = draft.row
    capacity = CapacityType(row["capacity_type"])
    number = "" if row["available"] is None else str(row["available"])
    with st.container(key="number"):
        _number(f"Nombre de {capacity.label}s disponibles", number, f"available-{draft.key}")
        _answer(draft)
    st.caption(SENTENCE[capacity])
    with st.expander("Détail (facultatif)"), st.container(horizontal=True):
        for name, words in DETAIL.items():
            _number(words, "", f"{name}-{draft.key}", width=125)
    st.text_area(
        "Commentaire (facultatif)",
        value=row["comment"],
        max_chars=COMMENT_LENGTH,
        height=80,
        key=draft.comment_key,
    )
    st.caption("Ne saisissez aucune donnée patient.")


def _number(label: str, value: str, key: str, width: Any = "stretch") -> None:
    """A count, in a field of text: « 3,7 » is refused in words, where a field of numbers makes 37 or 3 of it in silence."""
    st.text_input(label, value, key=key, autocomplete="off", width=width)


def _answer(draft: Draft) -> None:
    """At the number: somebody else's declaration, a refusal, or the question about an unusual number with its « oui ».

    The buttons belong to the form, so that they stand at the number; Enter sends « Enregistrer », which is older.
    """
    if draft.news:
        st.warning(literal(draft.news), icon=":material/group:")
        words = "Reprendre le nouveau nombre"
        st.form_submit_button(words, key=f"restart-{draft.key}", on_click=declaration_draft.restart, args=(draft,))
    if draft.refusal:
        st.error(literal(draft.refusal), icon=":material/error:")
    if draft.question:
        st.warning(literal(draft.question), icon=":material/help:")
        words = f"Oui, enregistrer {literal(draft.typed('available') or '')}"
        st.form_submit_button(words, type="primary", key=f"yes-{draft.key}", on_click=_save, args=(draft, True))
    if draft.refusal or draft.question:
        attention.bring("number", draft.answer, field=bool(draft.refusal))


def _closure(draft: Draft) -> None:
    """« Fermer l'unité jusqu'au ... »: a holiday or works."""
    with st.expander("Fermer l'unité jusqu'au ...", icon=":material/event_busy:"), st.form(f"close-{draft.key}"):
        today = datetime.now(PARIS).date()
        # Wider than what is allowed: a past day is refused by our sentence, not by the field's own in English.
        day, farthest = "Dernier jour de fermeture", today.replace(year=today.year + 10, day=1)
        st.date_input(day, None, date(1900, 1, 1), farthest, format="DD/MM/YYYY", key=f"until-{draft.key}")
        st.caption("Pendant ce temps l'unité affiche 0 et n'est pas en retard. Enregistrer un nombre la rouvre.")
        st.form_submit_button("Fermer l'unité", on_click=_close, args=(draft,))


def _save(draft: Draft, sure: bool = False) -> None:
    counts = Counts(*(draft.typed(name) for name in ("available", *DETAIL)))
    unit, comment = draft.row["unit"], draft.typed("comment") or ""
    typed = declare.Draft(unit, counts, comment, draft.seen, draft.masks_seen, draft.save_id)
    _make(draft, lambda account, now: declare.declare(session.database(), account, typed, now, confirmed=sure))


def _confirm(draft: Draft) -> None:
    if not draft.cut_off and not draft.untouched(tuple(DETAIL)):
        draft.refuse("Vous avez modifié le formulaire : enregistrez-le, ou remettez-le comme il était.")
        return
    unit, seen = draft.row["unit"], draft.seen
    _make(draft, lambda account, now: declare.confirm(session.database(), account, unit, seen, now, save_id=draft.save_id))


def _close(draft: Draft) -> None:
    unit, until, comment = draft.row["unit"], draft.typed("until"), draft.typed("comment") or ""
    if until is None:
        draft.refuse("Choisissez le dernier jour de fermeture.")
        return
    seen, masks = draft.seen, draft.masks_seen
    _make(
        draft,
        lambda account, now: declare.close_until(
            session.database(), account, unit, until, comment, seen, now, masks_seen=masks, save_id=draft.save_id
        ),
    )


def undo(event: Declaration) -> None:
    """« Annuler »: the unit is again as it was before what was just saved."""
    draft = Draft({"unit": event.unit}, event.position, "", event.position)
    _make(draft, lambda account, now: declare.undo(session.database(), account, event.position, now))
    if draft.refusal:
        st.session_state["undo_refused"] = draft.refusal


def _make(draft: Draft, write: Callable[[Account, datetime], Declaration]) -> None:
    """Write, as the account that is signed in now; a refusal stands in the form, which keeps what was typed."""
    draft.refuse()
    account = session.current()
    if account is None:
        return
    try:
        event = write(account, datetime.now(UTC))
    except ConfirmationNeeded as error:
        draft.refuse(question=error.message)
    except CommentMasked as error:
        # Only this refusal tells it for sure: the news above the form may have come while nobody was looking.
        draft.refuse(error.message)
        draft.masks_seen = session.database().position
    except RorError as error:
        draft.refuse(error.message)
        draft.cut_off = draft.cut_off and not isinstance(error, Outdated)
    else:
        declaration_draft.forget([event.unit])
        st.session_state["saved"] = event


def sentence(event: Declaration, name: str, capacity: CapacityType) -> str:
    """What was just saved, in one line."""
    if event.kind is Kind.UNDONE:
        return f"{name} : mise à jour annulée, l'unité est de nouveau comme avant."
    if event.kind is Kind.CLOSED and event.closed_until:
        return f"{name} : fermée jusqu'au {event.closed_until:%d/%m/%Y} inclus."
    verb = "confirmé" if event.kind is Kind.CONFIRMED else "enregistré"
    detail = detail_words(event.counts, capacity)
    said = f"{name} : {capacity.of(event.counts.available or 0)}, {verb} à l'instant."
    return f"{said} Détail : {detail}." if detail else said
