"""`POST Task`: another system reports that the number of a unit is not exact, as a reader does on the screens."""

from datetime import UTC, datetime
from email.utils import format_datetime

from fastapi import Request
from starlette.responses import Response

from ror import errors
from ror.api.access import Caller
from ror.api.fhir_errors import FhirError
from ror.api.fhir_outcomes import MEDIA_TYPE, FhirResponse
from ror.api.fhir_search import base
from ror.api.fhir_values import identifier_condition
from ror.exchange.fhir.answers import issue, outcome_of
from ror.exchange.fhir.capacity import UnitOffer
from ror.exchange.fhir.task import Anomaly, read_task, task, task_id
from ror.model.declaration import Channel
from ror.model.freshness import CLOCK_TOLERANCE
from ror.model.rights import Account
from ror.model.selection import HasId, Selection
from ror.services.availability import catalogue
from ror.services.coordination import feedback
from ror.services.region_time import local_words, region_zone
from ror.store.engine.database import open_database


async def body_of(request: Request) -> bytes:
    """Return the body of a report after checking its media type. Raises `FhirError`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (MEDIA_TYPE, "application/json"):
        raise FhirError(f"Envoyez une ressource « Task », en {MEDIA_TYPE}.", 415, "not-supported", "Task")
    return await request.body()


def report(request: Request, account: Caller, body: bytes) -> Response:
    """Write a report; the response has its address, with the status 201, or 200 when the same report was there already."""
    db, now = open_database(), datetime.now(UTC)
    feedback.require(db, account, now)
    anomaly = read_task(body)
    offer = _unit(account, anomaly)
    _check_present(anomaly, offer, now)
    written = feedback.give(
        db,
        account,
        offer.unit.id,
        anomaly.kind,
        offer.observed_at,
        now,
        other=anomaly.proposed or None,
        word=anomaly.word,
        channel=Channel.FHIR,
    )
    headers = {
        "location": f"{base(request)}/Task/{task_id(written)}/_history/1",
        "etag": 'W/"1"',
        "last-modified": format_datetime(written.recorded_at.astimezone(UTC), usegmt=True),
    }
    status = 201 if written.recorded_at == now else 200
    preferred = request.headers.get("prefer", "").replace(" ", "").lower()
    if "return=minimal" in preferred:
        return Response(status_code=status, headers=headers)
    if "return=representation" in preferred:
        return FhirResponse(task(written), status, headers)
    message = "Le signalement est noté : les lecteurs et le responsable de l'unité le voient jusqu'au prochain nombre."
    done = issue("informational", message, severity="information")
    done["details"] = {"text": task_id(written)}
    return FhirResponse(outcome_of([done]), status, headers)


def _unit(account: Account, anomaly: Anomaly) -> UnitOffer:
    """Return the one unit that a report is about. Raises `FhirError`."""
    if anomaly.resource_id:
        selection = Selection(HasId(frozenset({anomaly.resource_id})))
    else:
        selection = Selection(identifier_condition(anomaly.resource_type, anomaly.identifier))
    matches = catalogue.offers(open_database(), account, selection)
    if matches.total > 1:
        message = f"Cet identifiant désigne {matches.total} unités : donnez celui d'une seule."
        raise FhirError(message, 412, "multiple-matches", "Task.focus")
    if not matches.entries:
        raise FhirError("Aucune unité n'a cet identifiant : vérifiez « focus ».", 404, "not-found", "Task.focus")
    return matches.entries[0]


def _check_present(anomaly: Anomaly, offer: UnitOffer, now: datetime) -> None:
    """Raise `Outdated` for a report about an earlier number, `FhirError` for one that is dated in the future."""
    if anomaly.is_after(now + CLOCK_TOLERANCE, region_zone()):
        raise FhirError("« authoredOn » est à venir : vérifiez l'horloge du système.", 422, "value", "Task.authoredOn")
    if offer.observed_at is not None and anomaly.is_before(offer.observed_at, region_zone()):
        raise errors.Outdated(
            f"Le nombre de l'unité date du {local_words(offer.observed_at, offer.structure.department)}, après ce "
            "signalement : rien n'est noté."
        )
    if anomaly.read is not None and anomaly.read != offer.counts.available:
        number = "aucun nombre" if offer.counts.available is None else str(offer.counts.available)
        raise errors.Outdated(f"Le nombre de l'unité n'est pas {anomaly.read} mais {number} : rien n'est noté.")
