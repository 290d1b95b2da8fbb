"""The form of a call: take it, record its result, release it. What is typed stays while others act."""

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from ror.errors import ConfirmationNeeded, Outdated, RorError
from ror.model.call_round import Call, CallKind, CallState
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.services.availability.consult import UnitRow
from ror.services.coordination import calls
from ror.services.coordination.calls import CallResult
from ror.services.region_time import region_words, zone_note
from ror.web import session
from ror.web.forms import actions, attention
from ror.web.markdown import literal

SECTION = "calls"
_STATE = "call-form"


@dataclass(slots=True)
class _FormState:
    """The form of the call of a unit: the last event and the position that its user has seen, and the last answer.

    `unusual` is the number, as typed, that `question` is about.
    """

    unit: str
    seen: int
    position: int
    refusal: str = ""
    question: str = ""
    unusual: str = ""
    outdated: bool = False
    answer: int = 0


def is_open(unit: str) -> bool:
    """Return whether the form of a unit is open in this session, even when the time of its call is over."""
    form: _FormState | None = st.session_state.get(_STATE)
    return form is not None and form.unit == unit


def take(unit: str, seen: int, position: int) -> None:
    """Take the call of a unit, and open its form."""

    def operation(account: Account, now: datetime) -> Call:
        return calls.take(session.database(), account, unit, seen, position, now)

    actions.clear_messages(SECTION)
    call = actions.run(operation, lambda error: actions.refuse(SECTION, error.user_message))
    if call is not None:
        st.session_state[_STATE] = _FormState(unit, call.number, position)


def _call_back_label(row: UnitRow) -> str:
    """Return the label of the time to call back; it names the time of the region when the structure has another one."""
    return f"Rappeler à ({region_words()})" if zone_note(datetime.now(UTC), row["department"]) else "Rappeler à"


def _state(row: UnitRow, call_state: CallState) -> _FormState:
    """Return the form of a unit; after a refusal as outdated, it takes the event and position rendered now as seen."""
    form: _FormState | None = st.session_state.get(_STATE)
    if form is None or form.unit != row["unit"]:
        form = st.session_state[_STATE] = _FormState(row["unit"], call_state.seen, row["position"])
    elif form.outdated:
        form.seen, form.position, form.outdated = call_state.seen, row["position"], False
    return form


def render(account: Account, row: UnitRow, call_state: CallState, *, write: bool) -> None:
    """Render the form of the account's call; with `write`, the number learnt becomes that of the unit."""
    form, capacity, unit = _state(row, call_state), CapacityType(row["capacity_type"]), row["unit"]
    kinds = [CallKind.CONFIRMED] if row["available"] is not None and row["open"] else []
    kinds += [CallKind.NUMBER, CallKind.UNREACHABLE, CallKind.CALL_BACK]
    labels = {kind: kind.label for kind in kinds}
    if CallKind.CONFIRMED in labels:
        labels[CallKind.CONFIRMED] = f"{capacity.of(row['available'])} : confirmé"
    with st.container(border=True, key="call-form"):
        chosen = st.pills(
            "L'appel a donné", kinds, format_func=labels.__getitem__, key=f"call-kind-{unit}", on_change=_forget, args=(form,)
        )
        if chosen is CallKind.NUMBER:
            label = f"Nombre de {capacity.label}s disponibles"
            st.text_input(label, key=f"call-number-{unit}", autocomplete="off", placeholder="Par exemple 3", width=260)
        if chosen is CallKind.CALL_BACK:
            st.text_input(_call_back_label(row), key=f"call-back-{unit}", autocomplete="off", placeholder="14 h 30", width=260)
        if chosen in (CallKind.CONFIRMED, CallKind.NUMBER):
            st.caption(
                "Ce nombre devient celui de l'unité : chacun y lit « par téléphone, coordination »."
                if write
                else "L'appel seul est noté : votre compte n'écrit pas de nombre pour cette unité."
            )
        _render_note(unit)
        _render_answer(form)
        with st.container(horizontal=True):
            st.button("Enregistrer l'appel", key=f"call-save-{unit}", type="primary", on_click=_save, args=(form, write))
            st.button("Abandonner", key=f"call-release-{unit}", on_click=_release, args=(unit,))


def _render_note(unit: str) -> None:
    st.text_area(
        "Note (facultative, aucune donnée patient)",
        key=f"call-note-{unit}",
        height=68,
        placeholder="Lue par les coordonnateurs seuls",
    )


def _render_answer(form: _FormState) -> None:
    """Render a refusal, or the question about an unusual number, beside the fields."""
    if form.refusal:
        st.error(literal(form.refusal), icon=":material/error:")
    if form.question:
        st.warning(literal(form.question), icon=":material/help:")
        words = f"Oui, écrire {literal(form.unusual)}"
        st.button(words, key=f"call-yes-{form.unit}", on_click=_save, args=(form, True, form.unusual))
    if form.refusal or form.question:
        attention.scroll_to("call-form", form.answer)


def _forget(form: _FormState) -> None:
    """Remove the refusal, or the question, about what was chosen before."""
    form.refusal = form.question = ""


def _save(form: _FormState, write: bool, confirmed: str | None = None) -> None:
    """Record the call; `confirmed` is the unusual number that was confirmed, which another one typed since is not."""
    unit, state = form.unit, st.session_state
    form.refusal, form.question, form.answer = "", "", attention.new_answer()
    kind = state.get(f"call-kind-{unit}")
    if kind is None:
        form.refusal = "Choisissez ce que l'appel a donné."
        return
    result = CallResult(
        unit,
        CallKind(kind),
        form.seen,
        form.position,
        state.get(f"call-number-{unit}"),
        state.get(f"call-back-{unit}") or "",
        state.get(f"call-note-{unit}") or "",
        write=write and kind in (CallKind.CONFIRMED, CallKind.NUMBER),
        confirmed=confirmed is not None and confirmed == state.get(f"call-number-{unit}"),
    )

    def operation(account: Account, now: datetime) -> Call:
        return calls.record(session.database(), account, result, now)

    actions.clear_messages(SECTION)
    call = actions.run(operation, lambda error: _refuse(form, error))
    if call is not None:
        _close()
        actions.succeed(SECTION, "Appel enregistré.")


def _refuse(form: _FormState, error: RorError) -> None:
    if isinstance(error, ConfirmationNeeded):
        form.question = error.user_message
        form.unusual = st.session_state.get(f"call-number-{form.unit}") or ""
        return
    form.refusal, form.outdated = error.user_message, isinstance(error, Outdated)


def _release(unit: str) -> None:
    actions.run_in_section(
        SECTION, lambda account, now: calls.release(session.database(), account, unit, now), "Appel abandonné."
    )
    _close()


def _close() -> None:
    """Close the form, whose fields go with it."""
    form: _FormState | None = st.session_state.pop(_STATE, None)
    if form is not None:
        for name in ("kind", "number", "back", "note"):
            st.session_state.pop(f"call-{name}-{form.unit}", None)
