"""The application served at /fhir: reads and searches of FHIR R4 resources, and the PATCH that declares numbers."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from ror import errors
from ror.api import etag, fhir_outcomes
from ror.api.access import Caller
from ror.api.fhir_errors import BadSearch, FhirError
from ror.api.fhir_outcomes import MEDIA_TYPE, FhirResponse
from ror.api.fhir_search import Search, base, check_format, identifiers, link, read_search
from ror.api.instrumentation import Instrumentation
from ror.exchange.fhir.answers import SearchPage, bundle, outcome
from ror.exchange.fhir.capability import capability_statement
from ror.exchange.fhir.capacity import UnitOffer, current_numbers
from ror.exchange.fhir.offer import healthcare_service, location
from ror.exchange.fhir.organization import organization
from ror.exchange.fhir.patch import read_patch
from ror.exchange.fhir.patch_value import PATH
from ror.model.capacity import EventKind
from ror.model.freshness import PARIS
from ror.model.rights import Account
from ror.services.availability import catalogue, consult
from ror.services.availability.catalogue import Criteria
from ror.services.availability.receive import Received, receive
from ror.store.engine.database import open_database

CAPABILITIES_CHANGED = date(2026, 11, 23)
"""When the capabilities of this server last changed."""

_NO_LOCATION = "Aucun lieu n'a cet identifiant : vérifiez-le, ou faites créer l'unité au répertoire."

ResourceType = Literal["Organization", "HealthcareService", "Location"]


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
    search = read_search(request, kind)
    headers, now = _check_etag(request, account)
    page, last = _page(account, kind, search, now)
    following = link(request, kind, search, last) if last else ""
    return FhirResponse(bundle(page, base(request), link(request, kind, search), following), headers=headers)


def _read(request: Request, kind: ResourceType, key: str, account: Caller) -> Response:
    headers, now = _check_etag(request, account)
    page, _ = _page(account, kind, Search(Criteria(ids=[frozenset({key})]), count=1), now)
    if not page.matched:
        raise errors.NotFound(f"Aucune ressource {kind} n'a cet identifiant : cherchez-la par « identifier ».")
    return FhirResponse(page.matched[0], headers=headers)


def _check_etag(request: Request, account: Account) -> tuple[Mapping[str, str], datetime]:
    """Return the ETag header and the instant of a response. Raises `NotModifiedError` when the client has it.

    A resource changes with the board, and with the day for a unit that is closed until a date.
    """
    now = datetime.now(UTC)
    tagged = Response()
    position = consult.position(open_database(), account)
    etag.check(request, tagged, position, now.astimezone(PARIS).date(), base(request))
    return {"etag": tagged.headers["etag"]}, now


def _page(account: Account, kind: ResourceType, search: Search, now: datetime) -> tuple[SearchPage, str]:
    """Return a page of a search, and the id that the next one begins after, "" on the last page."""
    db, criteria = open_database(), (search.criteria, search.after, search.count)
    if kind == "Organization":
        organizations = catalogue.organizations(db, account, *criteria)
        return (
            SearchPage(organizations.total, [organization(match.entry, match.version) for match in organizations.entries]),
            organizations.last if organizations.more else "",
        )
    offers = catalogue.offers(db, account, *criteria)
    to_resource = healthcare_service if kind == "HealthcareService" else location
    included = [healthcare_service(offer, now) for offer in offers.entries] if search.with_services else []
    page = SearchPage(offers.total, [to_resource(offer, now) for offer in offers.entries], included)
    return page, offers.last if offers.more else ""


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


def _patch_by_identifier(request: Request, account: Caller, body: Body) -> Response:
    """Declare the numbers of a body for the one Location that `identifier` matches."""
    return _declare(account, _conditional_target(request, account), body)


def _patch_by_id(request: Request, key: str, account: Caller, body: Body) -> Response:
    """Declare the numbers of a body for the Location of an id."""
    if unknown := request.query_params.keys() - {"_format"}:
        raise BadSearch(f"Le paramètre « {min(unknown)[:100]} » n'est pas pris en charge ici : retirez-le.", "not-supported")
    matches = catalogue.offers(open_database(), account, Criteria(ids=[frozenset({key})])).entries
    if not matches:
        raise FhirError(_NO_LOCATION, 404, "not-found", "Location")
    return _declare(account, matches[0], body)


def _declare(account: Account, offer: UnitOffer, body: bytes) -> Response:
    """Declare the numbers of a body for a unit; the response says whether they were new, confirmed or already stored."""
    db, now = open_database(), datetime.now(UTC)
    patch = read_patch(body)
    patch.check_unit(offer.kind)
    if patch.replaced - current_numbers(offer, now).keys():
        message = "Aucun nombre n'est encore connu pour ce statut : envoyez-le par une opération « add »."
        raise FhirError(message, 404, "not-found", PATH)
    received = Received(offer.unit.id, patch.counts, patch.observed_at, patch.source_type)
    event, new = receive(db, account, received, now)
    message = "Ces nombres étaient déjà connus pour cet instant : rien n'a changé."
    if new:
        confirmed = event.kind is EventKind.CONFIRMED
        message = "Nombres inchangés : ils sont confirmés." if confirmed else "Mise à jour enregistrée."
    return FhirResponse(outcome("informational", message, severity="information"))


def _conditional_target(request: Request, account: Account) -> UnitOffer:
    """Return the unit of the one Location that the condition of a PATCH matches. Raises `FhirError`."""
    given = request.query_params.multi_items()
    values = [value for name, value in given if name == "identifier" and value.strip()]
    if len(values) != 1 or any(name not in ("identifier", "_format") for name, _ in given):
        message = "Nommez le lieu par un identifiant, et par lui seul : PATCH Location?identifier=..."
        raise FhirError(message, 412, "required", "Location")
    keys = identifiers("Location", values[0])
    result = catalogue.offers(open_database(), account, Criteria() if keys is None else Criteria(identifiers=[keys]))
    if result.total > 1:
        message = f"Cet identifiant désigne {result.total} lieux : donnez celui d'un seul."
        raise FhirError(message, 412, "multiple-matches", "Location")
    if not result.total:
        raise FhirError(_NO_LOCATION, 404, "not-found", "Location")
    return result.entries[0]
