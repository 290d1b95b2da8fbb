"""The application served at /fhir: reads and searches of FHIR R4 resources, and the PATCH that declares numbers."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from ror import errors
from ror.api import etag, fhir_outcomes, fhir_task
from ror.api.access import Caller
from ror.api.fhir_errors import BadSearch, FhirError
from ror.api.fhir_outcomes import MEDIA_TYPE, FhirResponse
from ror.api.fhir_page import search_page
from ror.api.fhir_search import base, check_format, link, read_one, read_search
from ror.api.fhir_values import identifier_condition
from ror.api.instrumentation import Instrumentation
from ror.exchange.fhir.answers import bundle, issue, outcome_of
from ror.exchange.fhir.capability import capability_statement
from ror.exchange.fhir.capacity import UnitOffer
from ror.exchange.fhir.offer import location, synchronisation_id
from ror.exchange.fhir.patch import read_patch
from ror.exchange.fhir.search_parameters import ResourceType
from ror.exchange.fhir.terms import Json, resource_id
from ror.model.rights import Account
from ror.model.selection import HasId, Selection
from ror.model.territory import days_of_territories
from ror.services.availability import catalogue, consult, places
from ror.services.availability.patch import apply_patch
from ror.store.engine.database import open_database

CAPABILITIES_CHANGED = date(2026, 11, 29)
"""When the capabilities of this server last changed."""

_NO_LOCATION = "Aucun lieu n'a cet identifiant : vérifiez-le, ou faites créer l'unité au répertoire."


def application() -> FastAPI:
    """Build the application. It does not know where it is mounted: each request says so."""
    app = FastAPI(
        title="ROR - FHIR R4",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(check_format)],
    )
    app.add_api_route("/metadata", _metadata, methods=["GET", "HEAD"])
    app.add_api_route("/Location", _patch_by_identifier, methods=["PATCH"])
    app.add_api_route("/Location/{key}", _patch_by_id, methods=["PATCH"])
    app.add_api_route("/Task", _report, methods=["POST"])
    app.add_api_route("/{kind}", _search, methods=["GET", "HEAD"])
    app.add_api_route("/{kind}/{key}", _read, methods=["GET", "HEAD"])
    fhir_outcomes.add_handlers(app)
    etag.add_handlers(app)
    app.add_middleware(Instrumentation, interface="fhir", render=fhir_outcomes.render_rejection)
    return app


def _metadata(request: Request) -> Response:
    """Return the capabilities of the server; needs no token."""
    return FhirResponse(capability_statement(base(request), CAPABILITIES_CHANGED))


def _search(request: Request, kind: ResourceType, account: Caller) -> Response:
    db = open_database()
    search = read_search(request, kind, partial(places.commune_position, db))
    headers, now = _check_etag(request, account)
    page, last = search_page(db, account, kind, search, now)
    following = link(request, kind, search, last) if last else ""
    return FhirResponse(bundle(page, base(request), link(request, kind, search), following), headers=headers)


def _read(request: Request, kind: ResourceType, key: str, account: Caller) -> Response:
    page, _ = search_page(open_database(), account, kind, read_one(request, kind, key), datetime.now(UTC))
    if not page.matched:
        raise errors.NotFound(f"Aucune ressource {kind} n'a cet identifiant : cherchez-la par « identifier ».")
    resource = page.matched[0].resource
    headers = _version_headers(resource)
    etag.check_tag(request, headers["etag"])
    return FhirResponse(resource, headers=headers)


def _version_headers(resource: Json) -> dict[str, str]:
    """Return the headers that name the version of a resource, as FHIR has them."""
    changed = datetime.fromisoformat(resource["meta"]["lastUpdated"])
    return {"etag": f'W/"{resource["meta"]["versionId"]}"', "last-modified": format_datetime(changed, usegmt=True)}


def _check_etag(request: Request, account: Account) -> tuple[Mapping[str, str], datetime]:
    """Return the ETag header and the instant of a search. Raises `NotModifiedError` when the client has its response.

    The ETag changes with the board, and with the day of a territory, since a unit may be closed until a date.
    """
    now = datetime.now(UTC)
    tagged = Response()
    position = consult.position(open_database(), account)
    etag.check(request, tagged, position, days_of_territories(now), base(request))
    return {"etag": tagged.headers["etag"]}, now


async def _body(request: Request) -> bytes:
    if request.headers.get("if-match", "*").strip() != "*":
        message = "If-Match n'est pas pris en charge : c'est capacityUpdateDate qui dit lequel de deux nombres est le dernier."
        raise FhirError(message, 412, "not-supported", "Location")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (MEDIA_TYPE, "application/json"):
        raise FhirError(f"Envoyez une ressource « Parameters », en {MEDIA_TYPE}.", 415, "not-supported", "Parameters")
    return await request.body()


Body = Annotated[bytes, Depends(_body)]
"""The body of a PATCH, once its headers are checked."""


def _report(request: Request, account: Caller, body: Annotated[bytes, Depends(fhir_task.body_of)]) -> Response:
    """Report that the number of a unit is not exact."""
    return fhir_task.report(request, account, body)


def _patch_by_identifier(request: Request, account: Caller, body: Body) -> Response:
    """Declare the numbers of a body for the one Location that `identifier` matches."""
    return _declare(request, account, _conditional_target(request, account), body)


def _patch_by_id(request: Request, key: str, account: Caller, body: Body) -> Response:
    """Declare the numbers of a body for the Location of an id."""
    if unknown := request.query_params.keys() - {"_format"}:
        raise BadSearch(f"Le paramètre « {min(unknown)[:100]} » n'est pas pris en charge ici : retirez-le.", "not-supported")
    matches = catalogue.offers(open_database(), account, Selection(HasId(frozenset({key})))).entries
    if not matches:
        raise FhirError(_NO_LOCATION, 404, "not-found", "Location")
    return _declare(request, account, matches[0], body)


def _declare(request: Request, account: Account, offer: UnitOffer, body: bytes) -> Response:
    """Apply a body to a unit; return an OperationOutcome, with the address and the version of the Location as headers.

    With `Prefer: return=representation` return the Location itself, with `return=minimal` the headers alone.
    """
    db, now = open_database(), datetime.now(UTC)
    applied = apply_patch(db, account, offer, read_patch(body), now)
    changed = catalogue.offers(db, account, Selection(HasId(frozenset({resource_id(offer.unit.id)})))).entries[0]
    resource = location(changed, now)
    headers = {**_version_headers(resource), "content-location": f"{base(request)}/Location/{resource['id']}"}
    preferred = request.headers.get("prefer", "").replace(" ", "").lower()
    if "return=minimal" in preferred:
        return Response(headers=headers)
    if "return=representation" in preferred:
        return FhirResponse(resource, headers=headers)
    done = issue("informational", applied.message, severity="information")
    done["details"] = {"text": synchronisation_id(changed.structure.finess, changed.unit.id)}
    return FhirResponse(outcome_of([done]), headers=headers)


def _conditional_target(request: Request, account: Account) -> UnitOffer:
    """Return the unit of the one Location that the condition of a PATCH matches. Raises `FhirError`."""
    parameters = request.query_params.multi_items()
    values = [value for name, value in parameters if name == "identifier" and value.strip()]
    if len(values) != 1 or any(name not in ("identifier", "_format") for name, _ in parameters):
        message = "Nommez le lieu par un identifiant, et par lui seul : PATCH Location?identifier=..."
        raise FhirError(message, 412, "required", "Location")
    result = catalogue.offers(open_database(), account, Selection(identifier_condition("Location", values[0])))
    if result.total > 1:
        message = f"Cet identifiant désigne {result.total} lieux : donnez celui d'un seul."
        raise FhirError(message, 412, "multiple-matches", "Location")
    if not result.total:
        raise FhirError(_NO_LOCATION, 404, "not-found", "Location")
    return result.entries[0]
