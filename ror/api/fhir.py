"""The application served at /fhir: the board and the registry as FHIR R4 resources, and the numbers that software sends."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from ror import errors
from ror.api import etag, fhir_outcomes
from ror.api.access import Caller
from ror.api.fhir_outcomes import MEDIA_TYPE, Answer, Missed
from ror.api.fhir_search import BadSearch, Search, base, check_format, identifiers, link, read_search
from ror.api.watched import Watched
from ror.exchange.fhir.answers import Page, bundle, outcome
from ror.exchange.fhir.capability import capability_statement
from ror.exchange.fhir.capacity import Offer, known
from ror.exchange.fhir.offer import healthcare_service, location
from ror.exchange.fhir.organization import organization
from ror.exchange.fhir.patch import read_patch
from ror.exchange.fhir.patch_value import PATH
from ror.model.capacity import EventKind
from ror.model.freshness import PARIS
from ror.model.rights import Account
from ror.services.availability import catalogue, consult
from ror.services.availability.catalogue import Wanted
from ror.services.availability.receive import Received, receive
from ror.store.engine.database import open_database

CHANGED = date(2026, 11, 23)
"""When what this server can do last changed."""

_NO_PLACE = "Aucun lieu n'a cet identifiant : vérifiez-le, ou faites créer l'unité au répertoire."

Kinds = Literal["Organization", "HealthcareService", "Location"]


def application() -> FastAPI:
    """A new application; what it is mounted under is known to it by each request."""
    made = FastAPI(
        title="ROR - FHIR R4",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(check_format)],
    )
    made.add_api_route("/metadata", _metadata, methods=["GET", "HEAD"])
    made.add_api_route("/Location", _patch_named, methods=["PATCH"])
    made.add_api_route("/Location/{key}", _patch, methods=["PATCH"])
    made.add_api_route("/{kind}", _search, methods=["GET", "HEAD"])
    made.add_api_route("/{kind}/{key}", _read, methods=["GET", "HEAD"])
    fhir_outcomes.handle(made)
    etag.handle(made)
    made.add_middleware(Watched, interface="fhir", said=fhir_outcomes.said)
    return made


def _metadata(request: Request) -> Response:
    """What the server can do; needs no token."""
    return Answer(capability_statement(base(request), CHANGED))


def _search(request: Request, kind: Kinds, account: Caller) -> Response:
    search = read_search(request, kind)
    headers, now = _unchanged(request, account)
    page, last = _page(account, kind, search, now)
    following = link(request, kind, search, last) if last else ""
    return Answer(bundle(page, base(request), link(request, kind, search), following), headers=headers)


def _read(request: Request, kind: Kinds, key: str, account: Caller) -> Response:
    headers, now = _unchanged(request, account)
    page, _ = _page(account, kind, Search(Wanted(ids=[frozenset({key})]), count=1), now)
    if not page.matched:
        raise errors.NotFound(f"Aucune ressource {kind} n'a cet identifiant : cherchez-la par « identifier ».")
    return Answer(page.matched[0], headers=headers)


def _unchanged(request: Request, account: Account) -> tuple[Mapping[str, str], datetime]:
    """The tag of an answer, and the instant that it is of. Raises `NotModifiedError` when who asks holds it.

    What a resource says changes with the board, and with the day for a unit closed for a time.
    """
    now = datetime.now(UTC)
    tagged = Response()
    position = consult.current(open_database(), account).position
    etag.check(request, tagged, position, now.astimezone(PARIS).date(), base(request))
    return {"etag": tagged.headers["etag"]}, now


def _page(account: Account, kind: Kinds, search: Search, now: datetime) -> tuple[Page, str]:
    """A page of a search, and the id that the next one begins after: "" when there is none."""
    db, asked = open_database(), (search.wanted, search.after, search.count)
    if kind == "Organization":
        organizations = catalogue.organizations(db, account, *asked)
        return (
            Page(organizations.total, [organization(one.entry, one.version) for one in organizations.found]),
            organizations.last if organizations.more else "",
        )
    offers = catalogue.offers(db, account, *asked)
    make = healthcare_service if kind == "HealthcareService" else location
    included = [healthcare_service(offer, now) for offer in offers.found] if search.with_services else []
    page = Page(offers.total, [make(offer, now) for offer in offers.found], included)
    return page, offers.last if offers.more else ""


async def _body(request: Request) -> bytes:
    if request.headers.get("if-match", "*").strip() != "*":
        sentence = "If-Match n'est pas pris en charge : c'est capacityUpdateDate qui dit lequel de deux nombres est le dernier."
        raise Missed(412, "not-supported", sentence)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (MEDIA_TYPE, "application/json"):
        raise Missed(415, "not-supported", f"Envoyez une ressource « Parameters », en {MEDIA_TYPE}.", "Parameters")
    return await request.body()


Body = Annotated[bytes, Depends(_body)]
"""What a PATCH sends, once its kind is checked."""


def _patch_named(request: Request, account: Caller, body: Body) -> Response:
    """Write what a body says of the one Location that `identifier` names."""
    return _written(account, _named(request, account), body)


def _patch(request: Request, key: str, account: Caller, body: Body) -> Response:
    """Write what a body says of the Location of this id."""
    if unknown := request.query_params.keys() - {"_format"}:
        raise BadSearch(f"Le paramètre « {min(unknown)[:100]} » n'est pas pris en charge ici : retirez-le.", "not-supported")
    found = catalogue.offers(open_database(), account, Wanted(ids=[frozenset({key})])).found
    if not found:
        raise Missed(404, "not-found", _NO_PLACE)
    return _written(account, found[0], body)


def _written(account: Account, offer: Offer, body: bytes) -> Response:
    """Write what a body says of a unit, and tell what came of it."""
    db, now = open_database(), datetime.now(UTC)
    patch = read_patch(body)
    patch.check_unit(offer.type)
    if patch.replaced - known(offer, now).keys():
        sentence = "Aucun nombre n'est encore connu pour ce statut : envoyez-le par une opération « add »."
        raise Missed(404, "not-found", sentence, PATH)
    received = Received(offer.unit.id, patch.counts, patch.observed_at, patch.source_type)
    event, new = receive(db, account, received, now)
    sentence = "Ces nombres étaient déjà connus pour cet instant : rien n'a changé."
    if new:
        confirmed = event.kind is EventKind.CONFIRMED
        sentence = "Nombres inchangés : ils sont confirmés." if confirmed else "Mise à jour enregistrée."
    return Answer(outcome("informational", sentence, severity="information"))


def _named(request: Request, account: Account) -> Offer:
    """The unit of the one Location that the condition of a PATCH names."""
    given = request.query_params.multi_items()
    values = [value for name, value in given if name == "identifier" and value.strip()]
    if len(values) != 1 or any(name not in ("identifier", "_format") for name, _ in given):
        raise Missed(412, "required", "Nommez le lieu par un identifiant, et par lui seul : PATCH Location?identifier=...")
    keys = identifiers("Location", values[0])
    found = catalogue.offers(open_database(), account, Wanted() if keys is None else Wanted(identifiers=[keys]))
    if found.total > 1:
        raise Missed(412, "multiple-matches", f"Cet identifiant désigne {found.total} lieux : donnez celui d'un seul.")
    if not found.total:
        raise Missed(404, "not-found", _NO_PLACE)
    return found.found[0]
