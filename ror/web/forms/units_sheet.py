"""The sheet of all the units of a manager: one component, whose rules are those of `services.availability.sheet`.

The component (`units_sheet_js/`) draws the lines, stores what is typed in the browser, and sends one request at a time: a
save, an undo, or a unit to hand over or to take back (`units_handover`). Its answer goes back with the next data, to the
line that it is about.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, Literal

import streamlit as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ror import logs
from ror.errors import RorError
from ror.model.capacity import Counts
from ror.model.count_parts import SEX_TITLES, SEXES, sex_parts
from ror.model.crisis import CrisisEvent, ExtraCount
from ror.model.declaration import Channel, Declaration
from ror.model.french import count
from ror.model.freshness import CLOSED_COLOUR, CLOSED_INK, CLOSED_LABEL, LATE, age_words
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account, Action
from ror.services.availability import consult, declare, extra_counts, sheet
from ror.services.availability.consult import UnitRow, View
from ror.services.availability.sheet import LineAction, LineAnswer, LineOutcome, SheetLine
from ror.services.coordination import crisis, crisis_progress
from ror.services.region_time import local_time
from ror.settings import PACKAGE, settings
from ror.web import own_drafts, session, tables, unexpected_errors, unit_columns
from ror.web.columns import DETAIL
from ror.web.forms import actions, reported, still, units_handover
from ror.web.forms.declaration_form import written_words

_KEY, _ANSWER = "units-sheet", "units-sheet-answer"
_SCRIPTS = tuple(f"forms/units_sheet_js/{name}.js" for name in ("store", "handover", "line", "closing", "sheet"))
_Key = Annotated[str, Field(max_length=200)]


class _RequestedLine(BaseModel):
    """A line of a save, as the browser sends it: texts as typed, of any length: the rules judge them line by line."""

    unit: _Key
    action: LineAction
    number: str
    comment: str
    counts: dict[str, str]
    until: Literal[""] | date
    seen: int
    confirmed: bool


class _Save(BaseModel):
    """A request to save lines; `id` is its save id."""

    action: Literal["save"]
    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    lines: Annotated[list[_RequestedLine], Field(max_length=sheet.MAX_LINES)]


class _Undo(BaseModel):
    """A request to undo a save, by the positions of what it wrote."""

    action: Literal["undo"]
    id: _Key
    positions: Annotated[list[int], Field(max_length=2 * sheet.MAX_LINES)]


_Request = _Save | _Undo | units_handover.Give | units_handover.End
_REQUEST: TypeAdapter[_Request] = TypeAdapter(_Request)


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    web = PACKAGE / "web"
    script = "\n".join((web / name).read_text("utf-8") for name in ("element.js", *_SCRIPTS))
    return st.components.v2.component("ror_units_sheet", js=script, isolate_styles=False)


def render(account: Account, view: View, rows: list[UnitRow]) -> None:
    """Render the sheet of these units, the oldest number first; units closed in the registry have nothing to declare."""
    rows = [row for row in rows if not row["registry_closed"]]
    managers = consult.other_managers(session.database(), account, view)
    offer = units_handover.read(account, rows, managers)
    now = datetime.now(UTC)
    events = crisis.open_events(session.database(), now)
    progresses = crisis_progress.progress_of_units(rows, events, now)
    still_words = still.words(rows, view.at)
    up_to_date = {row["unit"] for row in rows if crisis_progress.is_up_to_date(row, progresses)}
    data = {
        "store": own_drafts.STORE,
        "owner": logs.pseudonym(account.id),
        "details": DETAIL,
        "sexes": SEX_TITLES,
        "groups": list(
            _groups(rows, managers, offer, reported.lines(account, rows, view.at), still_words, events, up_to_date, view.at)
        ),
        "shifts": units_handover.SHIFTS,
        "colleagues": offer.colleagues,
        "answer": st.session_state.get(_ANSWER),
    }
    _component()(data=data, key=_KEY, on_request_change=_handle)


def closed_words(rows: list[UnitRow]) -> str:
    """Return how many units are closed in the registry, which the sheet leaves out: « ; 1 fermée au répertoire », or ""."""
    closed = sum(row["registry_closed"] for row in rows)
    return f" ; {count(closed, 'fermée')} au répertoire, sans saisie" if closed else ""


def render_folded_table(view: View, rows: list[UnitRow], on_open: Callable[[str], None]) -> None:
    """Render the table of the units, folded: its content is rendered once it is opened."""
    part = st.expander("Tableau de mes unités, à télécharger", icon=":material/table_rows:", key="table", on_change="rerun")
    if part.open:
        with part:
            render_table(view, rows, on_open)


def render_table(view: View, rows: list[UnitRow], on_open: Callable[[str], None]) -> None:
    """Render the table of the units with its downloads; a row opens the form of its unit alone."""
    table = tables.duties_table(view, rows)
    tables.render(
        table,
        "duties",
        on_open=lambda line: on_open(rows[line]["unit"]),
        file=tables.Download("mes-unites", "Mes unités", Action.DECLARE, view.at),
        export=tables.duties_export(table, rows),
        height=tables.full_height(rows),
    )


def _groups(
    rows: list[UnitRow],
    managers: dict[str, dict[str, str]],
    offer: units_handover.HandoverOffer,
    reported_lines: dict[str, list[str]],
    still_words: dict[str, str],
    events: list[CrisisEvent],
    up_to_date: set[str],
    at: datetime,
) -> Iterator[dict[str, Any]]:
    """Yield the structures with their units, in the order of their most overdue unit."""
    ranks: dict[str, int] = {}
    for row in rows:
        ranks.setdefault(row["finess"], len(ranks))
    by_structure = sorted(rows, key=lambda row: ranks[row["finess"]])
    for _, units in groupby(by_structure, itemgetter("finess")):
        group = list(units)
        yield {
            "structure": group[0]["structure"],
            "units": [
                {
                    **_unit(row, list(managers.get(row["unit"], {}).values()), at),
                    **offer.units[row["unit"]],
                    "upToDate": row["unit"] in up_to_date,
                    "reported": reported_lines.get(row["unit"], []),
                    "still": still_words.get(row["unit"], ""),
                    **_extras(row, events),
                }
                for row in group
            ],
        }


def _extras(row: UnitRow, events: list[CrisisEvent]) -> dict[str, dict[str, str]]:
    """Return the counts that open events ask of a unit of beds by name: their labels, and the last numbers that it declared."""
    of_beds = row["capacity_type"] == CapacityType.BED
    wanted = dict.fromkeys(one for event in events if of_beds and event.scope.holds_unit(row) for one in event.extra_counts)
    last = {str(one): str(number) for one in wanted if (number := extra_counts.last_number(row, one)) is not None}
    return {"extras": {str(one): one.label for one in wanted}, "last_extras": last}


def _unit(row: UnitRow, managers: list[str], at: datetime) -> dict[str, Any]:
    capacity = CapacityType(row["capacity_type"])
    words = "aucun nombre" if row["available"] is None else capacity.of(row["available"])
    shut = bool(row["closed_until"] and not row["open"])
    last = f"fermée jusqu'au {row['closed_until']:%d/%m/%Y}" if shut else words
    band = None if shut else settings().age_bands[row["rank"]]
    return {
        **{name: row[name] for name in ("unit", "name", "comment", "position", "author")},
        "type": row["type_label"],
        "noun": f"{capacity.label}s",
        "number": "" if row["available"] is None else str(row["available"]),
        "words": words,
        "last": _last(last, row),
        "age": age_words(at - row["observed_at"]) if row["observed_at"] else age_words(None),
        "late": LATE if row["overdue"] else "",
        "shape": band.shape if band else CLOSED_LABEL,
        "band": band.label if band else CLOSED_LABEL,
        "colour": band.colour if band else CLOSED_COLOUR,
        "ink": band.ink if band else CLOSED_INK,
        "managers": ", ".join(managers),
        "detail": unit_columns.detail_in_words(row),
    }


def _last(words: str, row: UnitRow) -> str:
    """Return the last number with who declared it: « 2 lits, par téléphone (coordination, Claude Essai) »."""
    if not row["author"]:
        return words
    if row["channel"] == Channel.TELEPHONE:
        return f"{words}, par téléphone (coordination, {row['author']})"
    return f"{words}, par {row['author']}"


def _handle() -> None:
    """Run the request of the browser, and store its answer for the next data of the component."""
    raw = st.session_state[_KEY].get("request")
    if raw is None:
        return
    identity = raw.get("id", "") if isinstance(raw, dict) else ""

    def refuse(words: str) -> None:
        st.session_state[_ANSWER] = {"id": identity, "lines": [], "message": words, "refused": True}

    try:
        request = _REQUEST.validate_python(raw)
    except ValidationError:
        refuse("Rien n'est enregistré : rechargez la page, votre saisie est gardée.")
        return

    def operation(account: Account, now: datetime) -> dict[str, Any]:
        if isinstance(request, _Save):
            return _save(account, request, now)
        return _undo(account, request, now) if isinstance(request, _Undo) else units_handover.run(account, request, now)

    def on_refusal(error: RorError) -> None:
        refuse(error.user_message)

    try:
        answer = actions.run(operation, on_refusal)
    except Exception as error:  # the component waits for an answer, where its user looks
        refuse(unexpected_errors.report(error))
        return
    if answer is not None:
        st.session_state[_ANSWER] = answer


def _save(account: Account, request: _Save, now: datetime) -> dict[str, Any]:
    answers = sheet.save(session.database(), account, [_line(line, request.id) for line in request.lines], now)
    written = [event for answer in answers for event in (answer.event, answer.other_event) if event is not None]
    saved = sum(answer.event is not None for answer in answers)
    lines = [_line_answer(answer) for answer in answers]
    answer = {"id": request.id, "lines": lines, "message": _message(answers), "refused": saved < len(answers)}
    return answer | ({"undo": _undo_offer(written, now)} if written else {})


def _line_answer(answer: LineAnswer) -> dict[str, Any]:
    """Return an answer for the line of the browser."""
    event = answer.event
    message = answer.message if event is None else f"✓ {written_words(event, CapacityType(event.capacity_type))}"
    fields = ("unit", "outcome", "position", "about")
    return {**{name: getattr(answer, name) for name in fields}, "message": message}


def _line(line: _RequestedLine, save_id: str) -> SheetLine:
    numbers: dict[str, Any] = {name: line.counts.get(name, "") for name in (*DETAIL, *SEXES)}
    parts = sex_parts({name: numbers[name] for name in SEXES})
    counts = replace(Counts(*(line.number, *(numbers[name] for name in DETAIL))), parts=parts)
    draft = declare.DeclarationDraft(line.unit, counts, line.comment, line.seen, None, save_id)
    extras = {one: line.counts[one] for one in ExtraCount if line.counts.get(one, "").strip()}
    return SheetLine(line.action, draft, line.confirmed, line.until or None, extras)


def _undo_offer(written: list[Declaration], now: datetime) -> dict[str, Any]:
    """Return the undo of a save, as the component offers it: positions, last instant in milliseconds, time of the save."""
    until = int((now + declare.UNDO).timestamp() * 1000)
    time = local_time(now, {consult.department_of(session.database(), event.unit) for event in written})
    return {"positions": [event.position for event in written], "until": until, "time": time}


def _message(answers: list[LineAnswer]) -> str:
    """Return the sentence of a save: « 12 unités enregistrées, 2 à corriger, 1 à confirmer. »"""
    saved, to_confirm = (sum(one.outcome is kind for one in answers) for kind in (LineOutcome.SAVED, LineOutcome.QUESTION))
    to_correct = len(answers) - saved - to_confirm
    words = f"{count(saved, 'unité')} {'enregistrées' if saved > 1 else 'enregistrée'}" if saved else "Rien n'est enregistré"
    others = [f", {number} à {verb}" for number, verb in ((to_correct, "corriger"), (to_confirm, "confirmer")) if number]
    return f"{words}{''.join(others)}."


def _undo(account: Account, request: _Undo, now: datetime) -> dict[str, Any]:
    undone = sheet.undo(session.database(), account, request.positions, now)
    number = len({event.unit for event in undone.events})
    words = f"{count(number, 'unité')} de nouveau comme avant."
    if undone.skipped:
        words += f" Mises à jour depuis, et laissées : {', '.join(undone.skipped)}."
    return {"id": request.id, "lines": [], "message": words, "refused": bool(undone.skipped), "undo": None}
