"""The form of an event of a crisis: a new one, or the changes of an open one; what was typed stays after a refusal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from ror.errors import Outdated, Refused, RorError
from ror.model.crisis import RHYTHMS, CrisisEvent, CrisisKind, CrisisScope, ExtraCount, rhythm_words
from ror.model.needs import published_needs
from ror.model.rights import Account
from ror.model.territory import department_name
from ror.services.availability.consult import Board
from ror.services.coordination import crisis
from ror.services.coordination.crisis import TypedEvent
from ror.services.region_time import region_zone
from ror.web import session
from ror.web.forms import actions, attention, drafts
from ror.web.markdown import literal

MAX_LISTED = 2_000
"""How many structures the form lists; in a region with more, only départements can be chosen."""

_USUAL_LENGTH = timedelta(days=2)
_KINDS = {
    f"{kind.label} niveau {level}" if level else kind.label: (kind, level) for kind in CrisisKind for level in kind.levels
}
_HOURS = {f"{hour} h": hour for hour in range(24)}


@dataclass(frozen=True, slots=True)
class _Form:
    """What a form was first rendered from: the event as it was (None for a new one), the position seen, its draft."""

    before: CrisisEvent | None
    seen_position: int
    key: str
    until: datetime

    @property
    def name(self) -> str:
        """The name of its draft."""
        return _name(self.before)

    @property
    def event_id(self) -> str:
        """The id of its event; a new event takes its id from the form, so that sending the form twice opens one event."""
        return self.before.id if self.before else f"event-{self.key}"


def _name(event: CrisisEvent | None) -> str:
    return f"crisis-{event.id if event else 'new'}"


def render(board: Board, before: CrisisEvent | None, on_saved: Callable[[CrisisEvent], None]) -> None:
    """Render the form of a new event, or of an open one; `on_saved` is called with the event as it was written."""
    form = _form(before)
    with st.container(key=f"crisis-form-{form.key}"), st.form(f"event-{form.key}", border=True):
        _render_fields(board, form)
        _render_refusal(form)
        label = "Enregistrer les changements" if before else "Ouvrir l'événement"
        st.form_submit_button(label, type="primary", on_click=_save, args=(form, on_saved))


def _form(event: CrisisEvent | None) -> _Form:
    """Return the form of an event as first rendered; one that survived its session starts from the event as it is now."""
    draft = drafts.load(_name(event), lambda: str(event.position if event else 0))
    form: _Form | None = st.session_state.get(_name(event))
    if form is None or form.key != draft.id:
        until = event.until if event else datetime.now(UTC) + _USUAL_LENGTH
        form = st.session_state[_name(event)] = _Form(event, int(draft.version or 0), draft.id, until)
    return form


def _render_fields(board: Board, form: _Form) -> None:
    before, key = form.before, form.key
    left, middle, right = st.columns([4, 4, 5], gap="medium")
    with left:
        _render_kind(before, key)
        st.text_input(
            "Précision (facultatif)",
            before.name if before else "",
            key=f"name-{key}",
            placeholder="Réseau électrique, site nord",
            autocomplete="off",
        )
    with middle:
        _render_end(form.until, key)
        hours = [rhythm_words(one) for one in RHYTHMS]
        index = RHYTHMS.index(before.rhythm_hours if before else 4)
        st.selectbox("Rythme des mises à jour", hours, index, key=f"rhythm-{key}", placeholder="Choisir un rythme")
    with right:
        scope = before.scope if before else CrisisScope()
        codes = {code: f"{code} {department_name(code)}" for code in board.slices if code}
        needs = {code: need.label for code, need in published_needs().items()}
        _render_choice("Départements (tous par défaut)", codes, scope.departments, f"departments-{key}")
        _render_choice("Besoins (tous par défaut)", needs, scope.needs, f"needs-{key}")
    structures = _structures(board)
    if structures:
        _render_choice("Structures, en plus des départements choisis", structures, scope.structures, f"structures-{key}")
    extras = {str(one): one.label for one in ExtraCount}
    selected = [str(one) for one in before.extra_counts] if before else []
    st.pills(
        "Demander aussi, pour les lits",
        list(extras),
        selection_mode="multi",
        default=selected,
        format_func=extras.__getitem__,
        key=f"extras-{key}",
    )


def _render_kind(before: CrisisEvent | None, key: str) -> None:
    # An event changes its level, not its kind: another kind is another event.
    kinds = [words for words, (kind, _) in _KINDS.items() if before is None or kind is before.kind]
    index = kinds.index(next(words for words, pair in _KINDS.items() if pair == (before.kind, before.level))) if before else 1
    st.selectbox("Événement", kinds, index, key=f"kind-{key}", placeholder="Choisir un événement")


def _render_end(until: datetime, key: str) -> None:
    until = until.astimezone(region_zone())
    day, hour = st.columns([3, 2])
    # The bounds are wider than what is allowed: a past day is refused by our sentence, not by the field's own in English.
    farthest = until.date().replace(year=until.year + 10, day=1)
    day.date_input("Jusqu'au", until.date(), date(1900, 1, 1), farthest, format="DD/MM/YYYY", key=f"day-{key}")
    hour.selectbox("à", list(_HOURS), until.hour, key=f"hour-{key}", placeholder="Heure")


def _render_choice(label: str, options: Mapping[str, str], chosen: tuple[str, ...], key: str) -> None:
    present = [code for code in chosen if code in options]
    st.multiselect(
        label, list(options), present, format_func=options.__getitem__, key=key, placeholder="Choisir", select_all=False
    )


def _structures(board: Board) -> dict[str, str]:
    """Return the names of the structures with units by FINESS, in the order of the board; none beyond `MAX_LISTED`."""
    columns = (board.units[name].to_pylist() for name in ("finess", "structure", "commune"))
    names = {finess: f"{name} ({commune})" for finess, name, commune in zip(*columns, strict=True)}
    return names if len(names) <= MAX_LISTED else {}


def _render_refusal(form: _Form) -> None:
    if refusal := st.session_state.get(f"refusal-{form.key}"):
        words, answer = refusal
        st.error(literal(words), icon=":material/error:")
        attention.scroll_to(f"crisis-form-{form.key}", answer)


def _typed(form: _Form) -> TypedEvent:
    """Return what is typed in a form. Raises `Refused` for a field without a choice."""
    state, key = st.session_state, form.key
    chosen = _KINDS.get(state.get(f"kind-{key}") or "")
    rhythm = {rhythm_words(hours): hours for hours in RHYTHMS}.get(state.get(f"rhythm-{key}") or "")
    if chosen is None or rhythm is None:
        raise Refused("Choisissez l'événement et son rythme.")
    day, hour = state.get(f"day-{key}"), _HOURS.get(state.get(f"hour-{key}") or "", 0)
    until = datetime.combine(day, time(hour), region_zone()).astimezone(UTC) if isinstance(day, date) else None
    if form.before and until is not None and until == form.before.until.replace(minute=0, second=0, microsecond=0):
        until = form.before.until
    scope = CrisisScope(*(tuple(state.get(f"{name}-{key}") or ()) for name in ("departments", "structures", "needs")))
    extras = tuple(ExtraCount(name) for name in state.get(f"extras-{key}") or ())
    return TypedEvent(*chosen, state.get(f"name-{key}") or "", scope, until, rhythm, extras)


def _save(form: _Form, on_saved: Callable[[CrisisEvent], None]) -> None:
    db, before = session.database(), form.before

    def save(account: Account, now: datetime) -> CrisisEvent:
        typed = _typed(form)
        if before is None:
            return crisis.open_event(db, account, form.event_id, typed, now)
        return crisis.change_event(db, account, form.event_id, form.seen_position, typed, now)

    def refuse(error: RorError) -> None:
        st.session_state[f"refusal-{form.key}"] = error.user_message, attention.new_answer()
        if isinstance(error, Outdated) and before is not None:
            # The next save has seen what the other coordinator wrote.
            st.session_state[form.name] = replace(form, seen_position=db.position)

    written = actions.run(save, refuse)
    if written is not None:
        discard(before)
        on_saved(written)


def discard(event: CrisisEvent | None) -> None:
    """Discard what is typed in a form: the next rendering starts from the present event."""
    drafts.discard(_name(event))
