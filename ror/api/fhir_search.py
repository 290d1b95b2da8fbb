"""Parse the parameters of a FHIR search, strictly.

FHIR lets a server ignore an unknown parameter; a misspelt filter would then return 150,000 locations as if they all
matched. So it is an error, unless the client sends `Prefer: handling=lenient`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from fastapi import Request

from ror.api.fhir_errors import BadSearch, OtherFormat
from ror.api.fhir_inclusion import Inclusion, inclusion_of, is_not_held
from ror.api.fhir_shape import ResponseShape, summary_of
from ror.api.fhir_values import Locate, split, value_condition
from ror.exchange.fhir.search_parameters import INCLUSIONS, MANDATORY, REFERENCES, RELATIONS, SEARCH, SHAPING
from ror.model.selection import Compared, Condition, Every, HasId, Linked, Order, Relation, Selection, first_within
from ror.settings import settings

MAX_COUNT = 200
"""Resources of a page, by default and at most, as the national server does."""

MAX_PARAMETERS = 50
"""The most parameters of a request: each condition makes one SQL statement longer."""

MAX_LINKS = 5
"""The most links of a chained parameter: each is a nested query."""

AFTER = "_after"
"""The parameter of the links between pages: the id of the last resource of the page before."""

NOT_HELD = {
    "equipment-type": "Les équipements ne sont pas tenus",
    "equipment-feature": "Les équipements ne sont pas tenus",
    "limit-value": "Les équipements ne sont pas tenus",
    "residential-type": "Les habitations ne sont pas tenues",
    "residential-number": "Les habitations ne sont pas tenues",
    "closing-type": "Le type de fermeture d'une structure n'est pas tenu",
    "period-end": "La date de fermeture d'une structure n'est pas tenue",
    "drop-zone": "Les zones de poser ne sont pas tenues",
    "_filter": "Les expressions de « _filter » ne sont pas prises en charge",
    "_content": "La recherche dans tout le texte n'est pas prise en charge",
    "_text": "La recherche dans tout le texte n'est pas prise en charge",
}
"""Parameters of the national server that are not served here, each with the beginning of its refusal."""

_JSON = frozenset(
    {
        *("json", "application/json", "application/fhir+json", "application/json+fhir"),
        *("text/json", "*/*", "application/*"),
    }
)
_HAS = re.compile(r"_has:([A-Za-z]+):([a-z]+):(.+)")
_CHAIN = re.compile(r"([a-z]+)(?::([A-Za-z]+))?\.(.+)")


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed search. `used` are the parameters that are applied, for the links; with `count` 0 only the total is sent."""

    selection: Selection = field(default_factory=Selection)
    count: int = MAX_COUNT
    after: str = ""
    inclusions: Sequence[Inclusion] = ()
    shape: ResponseShape = field(default_factory=ResponseShape)
    used: Sequence[tuple[str, str]] = ()


async def check_format(request: Request) -> None:
    """Raise `OtherFormat` when `_format`, or else the header `Accept`, leaves JSON out."""
    accepted = request.query_params.get("_format", "").strip() or request.headers.get("accept", "")
    # A `+` that was not encoded is a blank in an address.
    types = {item.split(";")[0].strip().lower().replace(" ", "+") for item in accepted.split(",")} - {""}
    if types and not types & _JSON:
        raise OtherFormat


def base(request: Request) -> str:
    """Return the public address of the interface, without a slash at its end."""
    public = settings().public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    return f"{public}{request.scope['root_path']}"


def link(request: Request, kind: str, search: Search, after: str = "") -> str:
    """Return the address of this page of a search, or of the page that begins after an id."""
    used = [(name, value) for name, value in search.used if name != AFTER or not after]
    query = urlencode([*used, *([(AFTER, after)] if after else [])], quote_via=quote)
    return f"{base(request)}/{kind}{'?' if query else ''}{query}"


def read_search(request: Request, kind: str, locate: Locate) -> Search:
    """Parse the search of a request on a type of resources. Raises `BadSearch`."""
    preferred = re.split("[,;] *", ",".join(request.headers.getlist("prefer")).lower())
    parser = _Parser(kind, locate, lenient="handling=lenient" in preferred)
    # A parameter without a value is ignored.
    parameters = [(name, value) for name, value in request.query_params.multi_items() if value.strip()]
    if len(parameters) > MAX_PARAMETERS:
        raise BadSearch(
            f"Une recherche a {MAX_PARAMETERS} paramètres au plus : retirez-en, ou faites-en plusieurs.", "too-costly"
        )
    for name, value in parameters:
        parser.read(name, value)
    return parser.search()


def read_one(request: Request, kind: str, key: str) -> Search:
    """Parse a read of one resource by its id; only the parameters that shape the answer are used."""
    elements = [one for value in request.query_params.getlist("_elements") for one in _elements(value)]
    summary = summary_of(request.query_params.get("_summary") or "false")
    selection = Selection(Every([*_complete(kind), HasId(frozenset({key}))]))
    return Search(selection, count=1, shape=ResponseShape(frozenset(elements), summary))


class _Parser:
    """Reads the parameters of a search one by one."""

    def __init__(self, kind: str, locate: Locate, *, lenient: bool) -> None:
        self._kind, self._locate, self._lenient = kind, locate, lenient
        self._conditions: list[Condition] = []
        # The conditions on the numbers of units, by the links that lead there: one number must meet all of them.
        self._numbers: dict[tuple[Relation, ...], list[Condition]] = {}
        self._sort: list[str] = []
        self._count, self._after = MAX_COUNT, ""
        self._elements: frozenset[str] = frozenset()
        self._summary = ""
        self._inclusions: list[Inclusion] = []
        self._used: list[tuple[str, str]] = []

    def read(self, name: str, value: str) -> None:
        """Parse one parameter. Raises `BadSearch`."""
        plain, _, modifier = name.partition(":")
        if plain in ("_include", "_revinclude"):
            used = self._include(plain, modifier, value)
        elif name in (*SHAPING, AFTER, "_pretty"):
            used = self._shape(name, value)
        else:
            used = self._condition(name, value)
        if used:
            self._used.append((name, value))

    def search(self) -> Search:
        """Return the search of the parameters that were read."""
        numbers = [_linked(path, Linked("capacity", Every(conditions))) for path, conditions in self._numbers.items()]
        condition = Every([*_complete(self._kind), *self._conditions, *numbers])
        selection = Selection(condition, tuple(self._order(name, condition) for name in self._sort))
        shape = ResponseShape(self._elements, self._summary)
        count = 0 if self._summary == "count" else self._count
        return Search(selection, count, self._after, self._inclusions, shape, self._used)

    def _condition(self, name: str, value: str) -> bool:
        kind, path, rest, links = self._kind, tuple[Relation, ...](), name, 0
        while match := _HAS.fullmatch(rest) or _CHAIN.fullmatch(rest):
            target = _step(kind, match)
            if target is None:
                return self._unknown(name)
            if RELATIONS[target] != RELATIONS[kind]:
                path = (*path, RELATIONS[target])
            kind, rest, links = target, match[3], links + 1
            if links > MAX_LINKS:
                raise BadSearch(f"Un paramètre suit {MAX_LINKS} liens au plus : raccourcissez-le.", "too-costly")
        plain, _, modifier = rest.partition(":")
        parameter = SEARCH[kind].get(plain)
        if parameter is None:
            return self._unknown(name, kind, plain)
        condition = value_condition(kind, plain, parameter, modifier, value, self._locate)
        if parameter.relation == "capacity":
            self._numbers.setdefault(path, []).append(condition)
        else:
            self._conditions.append(_linked(path, condition))
        return True

    def _unknown(self, name: str, kind: str = "", plain: str = "") -> bool:
        """Return False for a parameter that is not supported; raise `BadSearch` unless the client is lenient."""
        if self._lenient:
            return False
        if plain in NOT_HELD:
            raise BadSearch(f"{NOT_HELD[plain]} ici : retirez le paramètre « {name[:100]} ».", "not-supported")
        kind = kind or self._kind
        supported = ", ".join([*SEARCH[kind], *SHAPING])
        raise BadSearch(
            f"Le paramètre « {name[:100]} » n'est pas pris en charge pour {self._kind}. Connus de {kind} : {supported}.",
            "not-supported",
        )

    def _shape(self, name: str, value: str) -> bool:
        if name == "_count":
            self._count = _count(value)
        elif name == AFTER:
            self._after = value
        elif name == "_elements":
            self._elements |= _elements(value)
        elif name == "_summary":
            self._summary = summary_of(value)
        elif name == "_total" and value not in ("accurate", "none", "estimate"):
            raise BadSearch("« _total » vaut accurate, estimate ou none.")
        elif name == "_sort":
            for one in split(value):
                if self._known_order(one.strip()):
                    self._sort += [one.strip()] if one.strip() not in self._sort else []
                elif not self._lenient:
                    message = f"On ne trie pas {self._kind} par « {one.strip()[:60]} ». Connus : {', '.join(self._orders())}."
                    raise BadSearch(message, "not-supported")
            return bool(self._sort)
        return True

    def _include(self, name: str, modifier: str, value: str) -> bool:
        inclusion = inclusion_of(name, modifier, value)
        if inclusion and (inclusion.iterate or inclusion.value in INCLUSIONS[self._kind][name]):
            self._inclusions.append(inclusion)
            return True
        # What refers to persons or to tasks, which are not held here, would add nothing to any answer.
        if is_not_held(value) and self._kind in ("HealthcareService", "Organization"):
            return False
        if self._lenient:
            return False
        raise BadSearch(f"« {name}={value[:100]} » n'est pas pris en charge pour {self._kind}.", "not-supported")

    def _orders(self) -> dict[str, str]:
        """Return the fields that this type may be sorted by, by the names of their parameters."""
        fields = {"_id": "id"}
        for name, parameter in SEARCH[self._kind].items():
            if not parameter.relation and parameter.field:
                fields[name] = parameter.field
            elif len(parameter.coded) == 1 and not parameter.relation:
                fields[name] = parameter.coded[0].field
        return fields | ({"near": "distance"} if RELATIONS[self._kind] == "unit" else {})

    def _known_order(self, name: str) -> bool:
        return name.removeprefix("-") in self._orders()

    def _order(self, name: str, condition: Condition) -> Order:
        order = Order(self._orders()[name.removeprefix("-")], name.startswith("-"))
        if order.field == "distance" and first_within(condition) is None:
            raise BadSearch("On trie par « near » ce qui est cherché autour d'un point : ajoutez near ou near-insee-code.")
        return order


def _complete(kind: str) -> list[Condition]:
    """Return the conditions that an entry of a type must meet to be sent: it has the mandatory fields."""
    return [Compared(name, "<>", "") for name in MANDATORY[kind]]


def _step(kind: str, match: re.Match[str]) -> str | None:
    """Return the type that one step of a chain, or of a reverse chain, leads to from a type; None for an unknown step."""
    if match.re is _HAS:
        source, reference = match[1], match[2]
        return source if REFERENCES.get(source, {}).get(reference) == kind != source else None
    target = REFERENCES[kind].get(match[1])
    return target if target != kind and match[2] in (None, target) else None


def _linked(path: Sequence[Relation], condition: Condition) -> Condition:
    """Return a condition on the entries that a path of links leads to."""
    for relation in reversed(path):
        condition = Linked(relation, condition)
    return condition


def _elements(value: str) -> frozenset[str]:
    """Return the names of the elements asked for: `name`, or `Location.name`."""
    return frozenset(one.strip().rpartition(".")[2] for one in split(value))


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise BadSearch(f"« _count » est un nombre entier, de 0 à {MAX_COUNT}.")
    return min(int(value[:9]), MAX_COUNT)
