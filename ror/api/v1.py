"""The JSON interface: routes that read the registry, the board and the log, and one that declares."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from ror.api import etag, problems, v1_rows
from ror.api import v1_models as models
from ror.api.access import Caller
from ror.api.v1_parameters import (
    MAX_KEY_LENGTH,
    AvailabilityParameters,
    DeclarationParameters,
    JournalParameters,
    NewDeclaration,
    NoParameters,
    StructureParameters,
    UnitParameters,
    refuse_repeated_parameters,
)
from ror.errors import Refused
from ror.model.capacity import Counts
from ror.model.count_parts import parts_to_json
from ror.model.declaration import Declaration
from ror.model.nomenclature import SourceType
from ror.model.territory import days_of_territories
from ror.services import journal
from ror.services.availability import consult, declare, lists, receive
from ror.services.availability.declare import DeclarationDraft
from ror.services.availability.lists import ListPage
from ror.services.availability.receive import Received
from ror.store.engine.database import open_database

router = APIRouter(
    prefix="/v1",
    dependencies=[Depends(refuse_repeated_parameters)],
    responses=problems.openapi_responses(401, 403, 422, 429, 503),
)
_READ_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"description": "To send back in If-None-Match.", "schema": {"type": "string"}}}},
    304: {"description": "What If-None-Match names still holds."},
    **problems.openapi_responses(404),
}


@router.get("/structures", responses=_READ_RESPONSES, tags=["Registry"], summary="Structures")
def structures(
    account: Caller, params: Annotated[StructureParameters, Query()], request: Request, response: Response
) -> models.Structures:
    """List structures (établissements) by FINESS number."""
    db, now = open_database(), datetime.now(UTC)
    version = lists.board(db, account, now).registry_position
    etag.check(request, response, version)
    page = lists.structures(
        *(db, account, params.after or "", params.limit, now), department=params.department or "", search=params.search or ""
    )
    items = [v1_rows.structure(row) for row in page.rows]
    return models.Structures(position=version, items=items, next=_next(request, page, "finess"))


@router.get("/structures/{finess}", responses=_READ_RESPONSES, tags=["Registry"], summary="One structure and its units")
def structure(
    account: Caller,
    finess: Annotated[str, Path(max_length=MAX_KEY_LENGTH)],
    params: Annotated[NoParameters, Query()],
    request: Request,
    response: Response,
) -> models.StructureSheet:
    """Return one structure and its units."""
    db, now = open_database(), datetime.now(UTC)
    etag.check(request, response, lists.board(db, account, now).registry_position)
    entry, units = lists.structure(db, account, finess, now)
    return models.StructureSheet(**v1_rows.structure(entry).model_dump(), units=[v1_rows.unit(row) for row in units])


@router.get("/units", responses=_READ_RESPONSES, tags=["Registry"], summary="Units")
def units(account: Caller, params: Annotated[UnitParameters, Query()], request: Request, response: Response) -> models.Units:
    """List units by id: declarations are about units."""
    db, now = open_database(), datetime.now(UTC)
    version = lists.board(db, account, now).registry_position
    etag.check(request, response, version)
    page = lists.units(
        *(db, account, params.unit_selection(), params.after or "", params.limit, now),
        department=params.department or "",
        structure=params.structure or "",
    )
    items = [v1_rows.unit(row) for row in page.rows]
    return models.Units(position=version, items=items, next=_next(request, page, "id"))


@router.get(
    "/availability", responses=_READ_RESPONSES, tags=["Availability"], summary="What units offer, now or at a past instant"
)
def availability(
    account: Caller, params: Annotated[AvailabilityParameters, Query()], request: Request, response: Response
) -> models.Availability:
    """List the last numbers of units by id, now or at a past instant (`at`).

    Responses hold instants, no ages: count them to the `Date` of the response, or to `at`. The past is that of the
    declarations: names and closures in the registry are those of now.
    """
    db, now = open_database(), datetime.now(UTC)
    board = lists.board(db, account, now)
    # A closure ends at midnight in its territory; a number grows too old for a filter from one minute to the next.
    minute = now.replace(second=0, microsecond=0)
    valid_for = "" if params.at else days_of_territories(now) if params.max_age_hours is None else minute
    etag.check(request, response, board.position, valid_for, "" if params.at else lists.last_end(board, now))
    department = params.department or ""
    if params.at:
        page = lists.past_availability(db, account, params.to_query(params.at), params.at, now, department=department)
    else:
        page = lists.availability(db, account, params.to_query(minute), now, department=department)
    items = [v1_rows.offer(row) for row in page.rows]
    return models.Availability(position=board.position, items=items, next=_next(request, page, "unit"), at=params.at)


@router.get("/declarations", responses=_READ_RESPONSES, tags=["Declarations"], summary="The log of declarations")
def declarations(
    account: Caller, params: Annotated[DeclarationParameters, Query()], request: Request, response: Response
) -> models.Events:
    """List the log of declarations, oldest first, in the order of their positions.

    To follow it, call again with the position of the last event read as `after`: nothing is ever written before it.
    """
    db, now = open_database(), datetime.now(UTC)
    version = consult.position(db, account)
    etag.check(request, response, version)
    page = lists.declarations(db, account, params.after, params.limit, now, unit=params.unit or "")
    items = [v1_rows.event(row) for row in page.rows]
    return models.Events(position=version, items=items, next=_next(request, page, "position"))


@router.post(
    "/declarations",
    status_code=201,
    responses={
        200: {"description": "Already stored: nothing was written.", "model": models.Event},
        **problems.openapi_responses(400, 404, 409, 413),
    },
    tags=["Declarations"],
    summary="Declare what a unit offers",
)
def declare_numbers(account: Caller, new: NewDeclaration, response: Response) -> models.Event:
    """Declare what a unit offers, with a token that declares in a perimeter which holds it.

    Typed by hand (source type 01), it follows the rules of the form: true now, refused when somebody declared since
    `seen`, to be confirmed once (`confirmation-needed`) when unusual. Of a system (02, 03, 04), it is idempotent by
    `observed_at`: the same numbers at the same instant change nothing (200), at a later one they confirm, and older ones
    than those stored are refused (`older`).
    """
    db, now = open_database(), datetime.now(UTC)
    if new.by_hand:
        if new.observed_at is not None:
            raise Refused("Un nombre saisi à la main est vrai au moment où il est envoyé : retirez « observed_at ».")
        if new.temporality is not None:
            raise Refused("Un nombre saisi à la main a la temporalité de son unité : retirez « temporality ».")
        counts = Counts(**{"available": None, **new.numbers}, parts=new.count_parts)
        draft = DeclarationDraft(new.unit, counts, new.comment or "", new.seen)
        return _event(declare.declare(db, account, draft, now, confirmed=new.confirmed))
    source = SourceType(new.source_type)
    received = Received(
        *(new.unit, new.numbers, new.observed_at or now, source, new.comment, new.seen, new.count_parts, new.temporality or "")
    )
    event, written = receive.receive(db, account, received, now)
    response.status_code = 201 if written else 200
    return _event(event)


@router.get("/journal", responses=_READ_RESPONSES, tags=["Journal"], summary="The journal, for those who administer")
def journal_lines(
    account: Caller, params: Annotated[JournalParameters, Query()], request: Request, response: Response
) -> models.JournalLines:
    """List the lines of the journal, oldest first: who did what, when, from where. For a system that archives and watches them.

    To follow it, call again with the number of the last line read as `after`.
    """
    db, now = open_database(), datetime.now(UTC)
    last = journal.last(db, account, now)
    etag.check(request, response, last)
    page = lists.journal_lines(db, account, params.after, params.limit, now)
    items = [v1_rows.journal_line(row) for row in page.rows]
    return models.JournalLines(position=last, items=items, next=_next(request, page, "number"))


def _event(event: Declaration) -> models.Event:
    numbers = event.counts.by_status() | {"parts": parts_to_json(event.counts.parts)}
    return v1_rows.event({**asdict(event), **numbers, "masked": False})


def _next(request: Request, page: ListPage, key: str) -> str | None:
    """Return the address of the next page, None on the last one."""
    if not page.more:
        return None
    address = request.url.include_query_params(after=page.rows[-1][key])
    return f"{address.path}?{address.query}"
