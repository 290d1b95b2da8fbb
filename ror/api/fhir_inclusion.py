"""Find the resources to send with those that a search matches: `_include`, `_revinclude`, and both with `:iterate`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ror.api.fhir_errors import BadSearch
from ror.exchange.fhir.capacity import UnitOffer
from ror.exchange.fhir.search_parameters import REFERENCES, RELATIONS
from ror.model.registry import Structure
from ror.model.rights import Account
from ror.model.selection import Among, Selection
from ror.services.availability import catalogue
from ror.services.availability.catalogue import Organization
from ror.store.engine.database import Database

_NOT_HELD = ("PractitionerRole:service", "PractitionerRole:practitioner", "PractitionerRole:organization", "Task:focus")


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A reference to follow, from `source` to `target` or the other way; `iterate`: from included resources too."""

    source: str
    reference: str
    target: str
    reverse: bool
    iterate: bool

    @property
    def value(self) -> str:
        """The value of the parameter, without a type of target."""
        return f"{self.source}:{self.reference}"


@dataclass(frozen=True, slots=True)
class Node:
    """A resource by its type and the key of its entry."""

    kind: str
    key: str


@dataclass(slots=True)
class Loaded:
    """The entries of a page and of what is included with it, by their keys."""

    offers: dict[str, UnitOffer]
    organizations: dict[str, Organization]


def inclusion_of(name: str, modifier: str, value: str) -> Inclusion | None:
    """Parse an inclusion; None for an unknown reference. Raises `BadSearch` for an unknown modifier."""
    if modifier not in ("", "iterate", "recurse"):
        raise BadSearch(f"Le modificateur « :{modifier[:40]} » n'est pas pris en charge pour {name}.", "not-supported")
    source, _, rest = value.strip().partition(":")
    reference, _, target_type = rest.partition(":")
    target = REFERENCES.get(source, {}).get(reference, "")
    if not target or target_type not in ("", target):
        return None
    return Inclusion(source, reference, target, reverse=name == "_revinclude", iterate=modifier != "")


def is_not_held(value: str) -> bool:
    """Return whether an inclusion is about persons or tasks, which this server does not have."""
    return value.strip() in _NOT_HELD


def included(
    db: Database, account: Account, loaded: Loaded, matched: Sequence[Node], inclusions: Sequence[Inclusion]
) -> list[Node]:
    """Return the nodes to include with those matched, each once, in the order of discovery; add their entries to `loaded`."""
    seen, frontier, rules = set(matched), list(matched), list(inclusions)
    included_nodes: list[Node] = []
    while frontier and rules:
        reached = [node for rule in rules for node in _followed(db, account, loaded, frontier, rule)]
        frontier = [node for node in dict.fromkeys(reached) if node not in seen]
        seen.update(frontier)
        _load(db, account, loaded, frontier)
        # The registry may lack the legal entity that a structure names.
        included_nodes += (node for node in frontier if node.key in loaded.organizations or node.kind != "Organization")
        rules = [rule for rule in rules if rule.iterate or rule.source != matched[0].kind]
    return included_nodes


def _followed(db: Database, account: Account, loaded: Loaded, frontier: Sequence[Node], rule: Inclusion) -> Iterable[Node]:
    """Return the nodes that one inclusion leads to from the nodes of `frontier`."""
    start = rule.target if rule.reverse else rule.source
    keys = [node.key for node in frontier if node.kind == start and _is_loaded(loaded, node)]
    if not keys:
        return []
    end = rule.source if rule.reverse else rule.target
    if RELATIONS[rule.source] == RELATIONS[rule.target] == "unit":
        return [Node(end, key) for key in keys]
    if not rule.reverse:
        return [Node(end, finess) for key in keys if (finess := _owner(loaded, rule.source, key))]
    if rule.source == "Organization":
        for organization in catalogue.organizations(db, account, _all("legal_entity", keys), count=None).entries:
            loaded.organizations[organization.entry.finess] = organization
        entries = (organization.entry for organization in loaded.organizations.values())
        structures = [entry for entry in entries if isinstance(entry, Structure) and entry.legal_entity in keys]
        return [Node(end, structure.finess) for structure in structures if structure.finess not in keys]
    offers = catalogue.offers(db, account, _all("finess", keys), count=None).entries
    loaded.offers.update({offer.unit.id: offer for offer in offers})
    return [Node(end, offer.unit.id) for offer in offers]


def _owner(loaded: Loaded, source: str, key: str) -> str:
    """Return the FINESS number of the structure of a unit, or of the legal entity of a structure; "" without one."""
    if source != "Organization":
        return loaded.offers[key].structure.finess
    entry = loaded.organizations[key].entry
    return entry.legal_entity if isinstance(entry, Structure) and entry.legal_entity != entry.finess else ""


def _is_loaded(loaded: Loaded, node: Node) -> bool:
    return node.key in (loaded.organizations if node.kind == "Organization" else loaded.offers)


def _load(db: Database, account: Account, loaded: Loaded, nodes: Sequence[Node]) -> None:
    missing = [node.key for node in nodes if node.kind == "Organization" and not _is_loaded(loaded, node)]
    if missing:
        for organization in catalogue.organizations(db, account, _all("key", missing), count=None).entries:
            loaded.organizations[organization.entry.finess] = organization


def _all(field: str, values: Iterable[str]) -> Selection:
    return Selection(Among(field, frozenset(values)))
