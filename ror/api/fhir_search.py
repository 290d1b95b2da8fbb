"""Parse the parameters of a FHIR search, strictly.

FHIR lets a server ignore an unknown parameter; a misspelt filter would then return 150,000 locations as if they all
matched. So it is an error, unless the client sends `Prefer: handling=lenient`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from fastapi import Request

from ror.api.fhir_errors import BadSearch, OtherFormat
from ror.exchange.fhir.capability import REVINCLUDE, SEARCH
from ror.exchange.fhir.terms import FINESS, LOCATION_ID, NATIONAL_ID
from ror.model.freshness import PARIS
from ror.services.availability.catalogue import CommuneName, Criteria
from ror.settings import settings

MOST = 200
"""Resources of a page, by default and at most, as the national server does."""

AFTER = "_after"
"""The parameter of the links between pages: the id that the page before ended with."""

_JSON = frozenset({"json", "application/json", "application/fhir+json", "text/json", "*/*", "application/*"})
_MODIFIERS = {"": "begins", "contains": "contains", "exact": "exact"}
_TOKEN = re.compile(r"((?:\\.|[^|\\])*)\|(.*)", re.DOTALL)
_ORGANIZATION = re.compile(r"(?:(?:.+/)?Organization/)?([^/]+)/?")
_DATE = re.compile(
    "(?P<compared>ge|le|gt|lt|eq)?(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    "(?:T(?P<time>[0-9]{2}:[0-9]{2})(?P<second>:[0-9]{2})?(?P<fraction>[.][0-9]{1,9})?"
    "(?P<zone>Z|[+ -][0-9]{2}:[0-9]{2})?)?)?)?"
)


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed search. `used` are the parameters that took part, for its links; with `count` 0 only the total is sent."""

    criteria: Criteria
    count: int = MOST
    after: str = ""
    with_services: bool = False
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


def read_search(request: Request, kind: str) -> Search:
    """Parse the search of a request on a type of resources. Raises `BadSearch`."""
    search = Search(Criteria())
    preferred = re.split("[,;] *", ",".join(request.headers.getlist("prefer")).lower())
    for name, value in request.query_params.multi_items():
        # A parameter without a value is ignored.
        if value.strip() and (narrowed := _with(search, kind, name, value, lenient="handling=lenient" in preferred)):
            search = replace(narrowed, used=[*search.used, (name, value)])
    return search


def _with(search: Search, kind: str, name: str, value: str, *, lenient: bool) -> Search | None:
    """Return the search with one more parameter; None for a parameter that is ignored."""
    plain, _, modifier = name.partition(":")
    if plain in SEARCH[kind]:
        return replace(search, criteria=_with_condition(search.criteria, kind, plain, modifier, value))
    if name == "_count":
        return replace(search, count=_count(value))
    if name == AFTER:
        return replace(search, after=value)
    if name == "_format":
        return search
    if name == "_revinclude" and kind == "Location" and value == REVINCLUDE:
        return replace(search, with_services=True)
    if lenient:
        return None
    supported = ", ".join([*SEARCH[kind], "_count", "_format", *(["_revinclude"] if kind == "Location" else [])])
    if name == "_revinclude":
        raise BadSearch(f"« {name}={value[:100]} » n'est pas pris en charge pour {kind}.", "not-supported")
    raise BadSearch(
        f"Le paramètre « {name[:100]} » n'est pas pris en charge pour {kind}. Connus : {supported}.", "not-supported"
    )


def _with_condition(criteria: Criteria, kind: str, name: str, modifier: str, value: str) -> Criteria:
    if modifier and not (name == "address-city" and modifier in _MODIFIERS):
        raise BadSearch(f"Le modificateur « :{modifier[:40]} » n'est pas pris en charge pour {name}.", "not-supported")
    values = split(value)
    if name == "_id":
        return replace(criteria, ids=[*criteria.ids, frozenset(values)])
    if name == "identifier":
        keys = identifiers(kind, value)
        return criteria if keys is None else replace(criteria, identifiers=[*criteria.identifiers, keys])
    if name == "organization":
        keys = frozenset(match[1] for text in values if (match := _ORGANIZATION.fullmatch(text)))
        return replace(criteria, structures=[*criteria.structures, keys])
    if name == "address-city":
        return replace(criteria, communes=[*criteria.communes, [CommuneName(one, _MODIFIERS[modifier]) for one in values]])
    return _dated(criteria, value)


def split(value: str) -> list[str]:
    """Split a value at its commas, but for those after a backslash."""
    return [_unescaped(alternative) for alternative in _alternatives(value)]


def _alternatives(value: str) -> list[str]:
    return [text for text in re.findall(r"(?:\\.|[^,\\]|\\$)+", value, re.DOTALL) if text.strip()]


def _unescaped(value: str) -> str:
    return re.sub(r"\\([\\,|$])", r"\1", value)


def identifiers(kind: str, value: str) -> frozenset[str] | None:
    """Return the keys that an `identifier` matches: ids of units, synchronisation ids or FINESS numbers; None for all.

    A token is `value`, `system|value`, `|value` (without a system) or `system|` (any value of it).
    """
    keys: set[str] = set()
    for alternative in _alternatives(value):
        token = _TOKEN.fullmatch(alternative)
        system = _unescaped(token[1]).replace("http://", "https://", 1) if token else None
        key = _unescaped(token[2] if token else alternative)
        if system is not None and system not in _SYSTEMS[kind]:
            continue
        if not key:
            return None
        keys.update(_keys(kind, system, key))
    return frozenset(keys)


_SYSTEMS = {"Organization": (FINESS, NATIONAL_ID), "Location": (LOCATION_ID,), "HealthcareService": ("",)}


def _keys(kind: str, system: str | None, key: str) -> Iterable[str]:
    if kind != "Organization":
        return [key]
    finess = [key] if system != NATIONAL_ID else []
    # The national identifier of a structure is 1, for FINESS, and its number.
    return [*finess, *([key[1:]] if system != FINESS and key.startswith("1") else [])]


def _count(value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise BadSearch(f"« _count » est un nombre entier, de 0 à {MOST}.")
    return min(int(value[:9]), MOST)


def _dated(criteria: Criteria, value: str) -> Criteria:
    """Add a condition on the last change; a date means the whole day, month or year."""
    match = _DATE.fullmatch(value)
    try:
        start, end = _interval(match.groupdict()) if match else (None, None)
    except (ValueError, OverflowError):
        start = end = None
    if match is None or start is None or end is None:
        raise BadSearch(
            "« _lastUpdated » est une date ou un instant, précédé au besoin de ge, gt, le ou lt : ge2026-05-04T08:00:00+02:00."
        )
    compared = match["compared"] or "eq"
    since = {"ge": start, "gt": end, "eq": start}.get(compared)
    until = {"le": end, "lt": start, "eq": end}.get(compared)
    return replace(
        criteria,
        since=max(filter(None, (criteria.since, since)), default=None),
        until=min(filter(None, (criteria.until, until)), default=None),
    )


def _interval(parts: Mapping[str, str | None]) -> tuple[datetime, datetime]:
    """Return the start and the excluded end of a date or an instant, in UTC. Without a zone it is in Paris."""
    year, month, day = (int(parts[name] or 1) for name in ("year", "month", "day"))
    if parts["time"]:
        zone = (parts["zone"] or "").replace(" ", "+")  # what a `+` that was not encoded becomes in an address
        text = f"{year:04}-{month:02}-{day:02}T{parts['time']}{parts['second'] or ':00'}{parts['fraction'] or ''}{zone}"
        start = datetime.fromisoformat(text)
        digits = len(parts["fraction"]) - 1 if parts["fraction"] else 0
        length = timedelta(microseconds=10 ** max(6 - digits, 0)) if parts["second"] else timedelta(minutes=1)
        start = start if start.tzinfo else start.replace(tzinfo=PARIS)
        return start.astimezone(UTC), start.astimezone(UTC) + length
    first = datetime(year, month, day, tzinfo=PARIS)
    if parts["day"]:
        after = first + timedelta(days=1)
    else:
        after = first.replace(year=year + 1) if not parts["month"] or month == 12 else first
        after = after.replace(month=month % 12 + 1) if parts["month"] else after
    return first.astimezone(UTC), after.astimezone(UTC)
