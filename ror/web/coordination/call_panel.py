"""The panel of a unit of the call round: its number, whom to call, who answers for it, the call and its result."""

import html
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import streamlit as st

from ror.model.call_round import Call, CallKind, CallState, CallStep, outcome_words
from ror.model.declaration import Channel
from ror.model.french import with_place
from ror.model.freshness import LATE, age_words
from ror.model.local_time import format_time
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action, may
from ror.services.availability.consult import UnitRow, View
from ror.services.coordination import call_round, calls
from ror.services.coordination.call_round import CallRound, ResponsiblePerson, RoundUnit
from ror.services.region_time import region_zone
from ror.web import board, legend, session, telephones, titles
from ror.web.coordination import call_form, past_numbers, round_words
from ror.web.coordination.call_form import SECTION
from ror.web.forms import actions
from ror.web.markdown import literal


def render(account: Account, view: View, current_round: CallRound, unit: str, on_open: Callable[[str], None]) -> None:
    """Render the panel of a unit, which may have left the round; `on_open` opens another unit, "" closes the panel."""
    with st.container(horizontal=True, key="call-head"):
        label = "Tous les appels"
        st.button(label, key="call-close", icon=":material/arrow_back:", type="tertiary", on_click=on_open, args=("",))
        if following := _following(current_round, unit):
            words = f"Unité suivante : {literal(following.row['name'])}"
            st.button(words, key="call-next", type="tertiary", on_click=on_open, args=(following.row["unit"],))
    row = board.unit_row(view, unit)
    if row is None:
        titles.show("Unité inconnue", "Appels")
        st.warning("Cette unité n'existe pas ou plus : choisissez-en une autre dans la liste.")
        return
    titles.show(f"{row['name']}, {row['structure']}", "Appels")
    one = next((one for one in current_round.units if one.row["unit"] == unit), None)
    call_state = one.call_state if one else CallState()
    actions.render_messages(SECTION)
    _render_identity(row, view)
    _render_learnt(one, view)
    _render_call(account, row, call_state, current_round)
    _render_people(call_round.people(session.database(), account, unit, datetime.now(UTC)))
    _render_past_calls(account, row)
    if may_write_number(account, row):
        past_numbers.render(account, view, row)


def _following(current_round: CallRound, unit: str) -> RoundUnit | None:
    """Return the next unit to call after this one, from the beginning after the last or when this one left the round."""
    ids = [one.row["unit"] for one in current_round.units]
    at = ids.index(unit) + 1 if unit in ids else 0
    waiting = [one for one in (*current_round.units[at:], *current_round.units[:at]) if one.call_state.step is CallStep.TO_CALL]
    return next((one for one in waiting if one.row["unit"] != unit), None)


def may_write_number(account: Account, row: UnitRow) -> bool:
    """Return whether the account writes numbers for a unit: the service checks it again."""
    where = (row["unit"], row["finess"], row["legal_entity"])
    return may(account, Action.DECLARE_FOR_OTHERS, where, row["department"])


def _render_identity(row: UnitRow, view: View) -> None:
    capacity = CapacityType(row["capacity_type"])
    number = "aucun nombre" if row["available"] is None else capacity.of(row["available"])
    installed = f" sur {row['installed']}" if row["installed"] is not None else ""
    age = age_words(view.at - row["observed_at"]) if row["observed_at"] else ""
    chip = legend.chip(row["rank"] if row["open"] else None, age)
    late = f' <span class="ror-late">{LATE}</span>' if row["overdue"] else ""
    by_telephone = f"<br>{Channel.TELEPHONE.label}" if row["channel"] == Channel.TELEPHONE else ""
    comment = f'<p class="ror-comment">{html.escape(row["comment"])}</p>' if row["comment"] else ""
    st.html(
        f'<section class="ror-sheet"><h2>{html.escape(row["name"])}</h2>'
        f"<p>{html.escape(with_place(row['structure'], row['commune'].removesuffix(' Arrondissement')))}"
        f" · {html.escape(row['type_label'])}</p>"
        f"<p><b>{number}</b>{installed} {chip}{late}{by_telephone}</p>{comment}"
        f"{telephones.lines(telephones.of_unit(row))}</section>"
    )


def _render_learnt(one: RoundUnit | None, view: View) -> None:
    """Render the rhythm of the unit when it is improbable, and how often past calls confirmed its numbers."""
    rhythm = round_words.rhythm(one, view.at) if one else ""
    lines = [f"Cette unité {rhythm}." if rhythm else "", f"{one.reliability.words}." if one and one.reliability else ""]
    for line in filter(None, lines):
        st.caption(literal(line))


def _render_call(account: Account, row: UnitRow, call_state: CallState, current_round: CallRound) -> None:
    """Render who is calling, the button that takes the call, or, while the account calls, the form of the result."""
    unit, claim, capacity = row["unit"], call_state.claim, CapacityType(row["capacity_type"])
    if call_state.outcome:
        author = current_round.names.get(call_state.outcome.account, "")
        st.markdown(f"**{literal(outcome_words(call_state.outcome, capacity, region_zone()))}** ({literal(author)})")
    if claim is not None and claim.account != account.id:
        who = literal(current_round.names.get(claim.account, ""))
        st.info(f"{who} appelle cette unité depuis {format_time(claim.at, region_zone())}.", icon=":material/phone_in_talk:")
    if (claim is not None and claim.account == account.id) or call_form.is_open(unit):
        # A call may outlast the time reserved to the account: its form stays, with what was typed.
        call_form.render(account, row, call_state, write=may_write_number(account, row))
        return
    if claim is None:
        st.button(
            "J'appelle",
            key=f"call-take-{unit}",
            type="primary",
            icon=":material/phone_in_talk:",
            on_click=call_form.take,
            args=(unit, call_state.seen, row["position"]),
        )
    _render_assignee(account, unit, call_state)


def _render_assignee(account: Account, unit: str, call_state: CallState) -> None:
    people = call_round.coordinators(session.database(), account, datetime.now(UTC))
    if len(people) < 2 and not call_state.assignee:
        return
    key = f"call-assignee-{unit}-{call_state.seen}"
    options = ["", *people]

    def give() -> None:
        chosen = st.session_state[key] or ""
        words = f"Unité confiée à {people[chosen]}." if chosen else "Unité rendue à tous."
        actions.run_in_section(
            SECTION, lambda one, now: calls.assign(session.database(), one, unit, chosen, call_state.seen, now), words
        )

    st.selectbox(
        "Confier l'appel à",
        options,
        index=options.index(call_state.assignee) if call_state.assignee in options else 0,
        format_func=lambda one: people.get(one, "personne en particulier"),
        key=key,
        on_change=give,
        placeholder="personne en particulier",
    )


def _render_people(people: list[ResponsiblePerson]) -> None:
    if not people:
        st.caption("Aucun responsable n'a cette unité dans son périmètre.")
        return
    lines = "".join(
        f"<li><b>{html.escape(one.name)}</b>, {html.escape(one.capacity)}"
        + (f' · <a href="mailto:{html.escape(one.mail)}">{html.escape(one.mail)}</a>' if one.mail else "")
        + "</li>"
        for one in people
    )
    st.html(f'<p class="ror-when">Responsables et suppléants</p><ul>{lines}</ul>')


def _render_past_calls(account: Account, row: UnitRow) -> None:
    past, names = call_round.of_unit(session.database(), account, row["unit"], datetime.now(UTC))
    past = [call for call in past if call.kind not in (CallKind.TAKEN, CallKind.RELEASED)]
    if not past:
        return
    with st.expander(f"Appels des 7 derniers jours ({len(past)})", icon=":material/history:"):
        lines = "".join(f"<li>{_past_call(call, names, CapacityType(row['capacity_type']))}</li>" for call in past)
        st.html(f"<ul>{lines}</ul>")


def _past_call(call: Call, names: Mapping[str, str], capacity: CapacityType) -> str:
    """Return an event of the round as HTML: its day, its author, its result, its note."""
    words = outcome_words(call, capacity, region_zone())
    if call.kind is CallKind.ASSIGNED:
        words = f"confiée à {names[call.assignee]}" if call.assignee in names else "rendue à tous"
    note = f" · {call.note}" if call.note else ""
    written = " (nombre écrit)" if call.position else ""
    day = f"{call.at.astimezone(region_zone()):%d/%m à %H h %M}"
    return html.escape(f"{day}, {names.get(call.account, '')} : {words}{written}{note}")
