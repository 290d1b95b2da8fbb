"""One page of a FHIR search: the resources that match, and those that are included with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ror.api.fhir_inclusion import Loaded, Node, included
from ror.api.fhir_search import Search
from ror.api.fhir_shape import shaped
from ror.exchange.fhir.answers import SearchEntry, SearchPage
from ror.exchange.fhir.offer import healthcare_service, is_complete, location
from ror.exchange.fhir.organization import organization
from ror.exchange.fhir.terms import Json
from ror.model.rights import Account
from ror.services.availability import catalogue
from ror.services.availability.catalogue import Matches
from ror.store.engine.database import Database


def search_page(db: Database, account: Account, kind: str, search: Search, now: datetime) -> tuple[SearchPage, str]:
    """Return a page of a search, and the id after which the next page begins, "" on the last page."""
    loaded, bounds = Loaded({}, {}), (search.selection, search.after, search.count, now)
    found: Matches[Any]
    if kind == "Organization":
        found = catalogue.organizations(db, account, *bounds)
        loaded.organizations = {one.entry.finess: one for one in found.entries}
        keys = list(loaded.organizations)
    else:
        found = catalogue.offers(db, account, *bounds)
        loaded.offers = {offer.unit.id: offer for offer in found.entries}
        keys = list(loaded.offers)
    distances = dict(zip(keys, found.distances, strict=True))
    matched = [Node(kind, key) for key in keys]
    included_nodes = included(db, account, loaded, matched, search.inclusions) if matched else []

    def entries(nodes: Sequence[Node]) -> list[SearchEntry]:
        resources = ((node, _resource(loaded, node, now)) for node in nodes)
        # Only a Location has a distance.
        return [SearchEntry(one, distances.get(node.key) if node.kind == "Location" else None) for node, one in resources]

    page = SearchPage(
        found.total,
        [SearchEntry(shaped(entry.resource, search.shape), entry.distance) for entry in entries(matched)],
        entries([node for node in included_nodes if _may_be_sent(loaded, node)]),
    )
    return page, found.last if found.more else ""


def _resource(loaded: Loaded, node: Node, now: datetime) -> Json:
    if node.kind == "Organization":
        listed = loaded.organizations[node.key]
        return organization(listed.entry, listed.created_at, listed.version, listed.department)
    offer = loaded.offers[node.key]
    return healthcare_service(offer, now) if node.kind == "HealthcareService" else location(offer, now)


def _may_be_sent(loaded: Loaded, node: Node) -> bool:
    """Return whether an included resource has the mandatory elements of its profile, as all that match have."""
    if node.kind == "HealthcareService":
        return is_complete(loaded.offers[node.key])
    return node.kind == "Organization" or loaded.offers[node.key].structure.commune_code != ""
