"""The form of one unit: what a manager fills in within seconds."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from ror.errors import CommentMasked, ConfirmationNeeded, RorError
from ror.model.capacity import COMMENT_LENGTH, Counts, Declaration, Kind, detail_words
from ror.model.freshness import PARIS, age_words, instant_words
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services import declare
from ror.web import legend, session
from ror.web.words import literal

Row = dict[str, Any]
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


@dataclass(slots=True)
class _Draft:
    """The form as it was first drawn for a unit: its values do not move under the hands of who types."""

    row: Row
    seen: int
    key: str
    masks_seen: int
    news: str = ""
    refusal: str = ""
    question: str = ""
    forgotten: int = 0

    @property
    def comment_key(self) -> str:
        """The field of the comment: another one once a masked text was taken out of it."""
        return f"comment-{self.key}-{self.forgotten}"

    def typed(self, name: str) -> Any:
        """What stands in a field now."""
        return st.session_state.get(self.comment_key if name == "comment" else f"{name}-{self.key}")

    @property
    def untouched(self) -> bool:
        """Whether number and comment are still those that the form was drawn with, and no detail was typed."""
        number = "" if self.row["available"] is None else str(self.row["available"])
        same = self.typed("available") == number and (self.typed("comment") or "") == self.row["comment"]
        return same and not any(self.typed(name) for name in DETAIL)


def show(row: Row, at: datetime) -> None:
    """The state of the unit, its form and its other gestures."""
    draft = _draft(row)
    _state(row, at)
    if row["registry_closed"]:
        st.info("Cette unité est fermée au répertoire : il n'y a rien à déclarer.", icon=":material/block:")
        return
    _news(draft, row)
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
    _answer(draft)
    _closure(draft)


def saved() -> Declaration | None:
    """What this session just saved, until its next gesture."""
    event: Declaration | None = st.session_state.get("saved")
    return event


def forget(units: Sequence[str]) -> None:
    """The forms of these units, declared another way, are drawn again from their present numbers."""
    for unit in units:
        st.session_state.pop(f"draft-{unit}", None)
    st.session_state.pop("saved", None)


def _draft(row: Row) -> _Draft:
    key = f"draft-{row['unit']}"
    if key not in st.session_state:
        st.session_state["round"] = st.session_state.get("round", 0) + 1
        name = f"{row['unit']}-{st.session_state['round']}"
        st.session_state[key] = _Draft(row, row["position"], name, row["position"])
    draft: _Draft = st.session_state[key]
    return draft


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


def _news(draft: _Draft, row: Row) -> None:
    """Somebody declared the unit since the form was drawn: say it; saving after that is saving over it, knowingly.

    A masked comment is said until the next declaration, also to who comes after.
    """
    if row["kind"] == Kind.MASKED:
        which = "un ancien commentaire" if row["comment"] else "le commentaire"
        words = f"L'administration a masqué {which} de cette unité : n'y mettez aucune donnée de patient."
        st.warning(words, icon=":material/visibility_off:")
    if row["position"] == draft.seen:
        return
    draft.seen = row["position"]
    if row["kind"] == Kind.MASKED:
        _forget_comment(draft, row)
        if row["observed_at"] == draft.row["observed_at"]:
            return
    if not draft.refusal:
        number = "aucun nombre" if row["available"] is None else CapacityType(row["capacity_type"]).of(row["available"])
        draft.news = f"Entre-temps, {row['author']} a déclaré {number}. Vérifiez votre saisie, gardée, avant d'enregistrer."


def _forget_comment(draft: _Draft, row: Row) -> None:
    """A comment was masked: it goes from the form, unless what was sent of it is something else, which was refused.

    The field is a new one: emptied, the old one would still send what a browser holds of it and no longer shows.
    """
    if (draft.typed("comment") or "") == draft.row["comment"] != row["comment"]:
        draft.forgotten += 1
    draft.row = {**draft.row, "comment": row["comment"]}


def _fields(draft: _Draft) -> None:
    row = draft.row
    capacity = CapacityType(row["capacity_type"])
    if draft.news:
        st.warning(literal(draft.news), icon=":material/group:")
    number = "" if row["available"] is None else str(row["available"])
    _number(f"Nombre de {capacity.label}s disponibles", number, f"available-{draft.key}")
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


def _restart(draft: _Draft) -> None:
    """Take the form up again from the unit's present number; what was typed is given up, knowingly."""
    st.session_state.pop(f"draft-{draft.row['unit']}", None)


def _answer(draft: _Draft) -> None:
    """A refusal, or the question about an unusual number with its « oui »."""
    if draft.refusal:
        st.error(literal(draft.refusal), icon=":material/error:")
    if draft.news:
        st.button("Reprendre le nouveau nombre", key=f"restart-{draft.key}", on_click=_restart, args=(draft,))
    if draft.question:
        st.warning(literal(draft.question), icon=":material/help:")
        words = f"Oui, enregistrer {literal(draft.typed('available') or '')}"
        st.button(words, type="primary", key=f"yes-{draft.key}", on_click=_save, args=(draft, True))


def _closure(draft: _Draft) -> None:
    """« Fermer l'unité jusqu'au ... »: a holiday or works."""
    with st.expander("Fermer l'unité jusqu'au ...", icon=":material/event_busy:"), st.form(f"close-{draft.key}"):
        today = datetime.now(PARIS).date()
        # Wider than what is allowed: a past day is refused by our sentence, not by the field's own in English.
        day, farthest = "Dernier jour de fermeture", today.replace(year=today.year + 10, day=1)
        st.date_input(day, None, date(1900, 1, 1), farthest, format="DD/MM/YYYY", key=f"until-{draft.key}")
        st.caption("Pendant ce temps l'unité affiche 0 et n'est pas en retard. Enregistrer un nombre la rouvre.")
        st.form_submit_button("Fermer l'unité", on_click=_close, args=(draft,))


def _save(draft: _Draft, sure: bool = False) -> None:
    counts = Counts(*(draft.typed(name) for name in ("available", *DETAIL)))
    typed = declare.Draft(draft.row["unit"], counts, draft.typed("comment") or "", draft.seen, draft.masks_seen)
    _make(draft, lambda account, now: declare.declare(session.database(), account, typed, now, confirmed=sure))


def _confirm(draft: _Draft) -> None:
    if not draft.untouched:
        _refuse(draft, "Vous avez modifié le formulaire : enregistrez-le, ou remettez-le comme il était.")
        return
    _make(draft, lambda account, now: declare.confirm(session.database(), account, draft.row["unit"], draft.seen, now))


def _close(draft: _Draft) -> None:
    unit, until, comment = draft.row["unit"], draft.typed("until"), draft.typed("comment") or ""
    if until is None:
        _refuse(draft, "Choisissez le dernier jour de fermeture.")
        return
    seen, masks = draft.seen, draft.masks_seen
    _make(
        draft,
        lambda account, now: declare.close_until(
            session.database(), account, unit, until, comment, seen, now, masks_seen=masks
        ),
    )


def _refuse(draft: _Draft, sentence: str = "") -> None:
    """Say a refusal, alone: what was said of the gesture before no longer stands beside it."""
    draft.refusal, draft.question, draft.news = sentence, "", ""
    st.session_state.pop("saved", None)


def undo(event: Declaration) -> None:
    """« Annuler »: the unit is again as it was before what was just saved."""
    draft = _Draft({"unit": event.unit}, event.position, "", event.position)
    _make(draft, lambda account, now: declare.undo(session.database(), account, event.position, now))
    if draft.refusal:
        st.session_state["undo_refused"] = draft.refusal


def _make(draft: _Draft, gesture: Callable[[Account, datetime], Declaration]) -> None:
    """Make a gesture, by whoever is signed in now; a refusal is said beside the form, which keeps what was typed."""
    _refuse(draft)
    account = session.current()
    if account is None:
        return
    try:
        event = gesture(account, datetime.now(UTC))
    except ConfirmationNeeded as error:
        draft.question = error.message
    except CommentMasked as error:
        # Only this refusal tells it for sure: the news above the form may have come while nobody was looking.
        draft.refusal, draft.masks_seen = error.message, session.database().position
    except RorError as error:
        draft.refusal = error.message
    else:
        st.session_state["saved"] = event
        st.session_state.pop(f"draft-{event.unit}", None)


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
