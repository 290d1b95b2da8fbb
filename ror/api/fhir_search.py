"""What a FHIR search asks for: its parameters, read strictly.

FHIR lets a server ignore a parameter that it does not know; one that narrows a search and is misspelt would then bring
150,000 places as if they all matched. So it is an error, unless the client says `Prefer: handling=lenient`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from fastapi import Request

from ror.errors import RorError
from ror.exchange.fhir.capability import REVINCLUDE, SEARCH
from ror.exchange.fhir.terms import FINESS, LOCATION_ID, NATIONAL_ID
from ror.model.freshness import PARIS
from ror.services.availability.catalogue import CommuneName, Criteria
from ror.settings import settings

MOST = 200
"""Resources of a page, by default and at most, as the national server does."""

AFTER = "_after"
"""Where the links put the id that the page before ended with."""

_JSON = frozenset({"json", "application/json", "application/fhir+json", "text/json", "*/*", "application/*"})
_MODIFIERS = {"": "begins", "contains": "contains", "exact": "exact"}
_TOKEN = re.compile(r"((?:\\.|[^|\\])*)\|(.*)", re.DOTALL)
_ORGANIZATION = re.compile(r"(?:(?:.+/)?Organization/)?([^/]+)/?")
_DATE = re.compile(
    "(?P<compared>ge|le|gt|lt|eq)?(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    "(?:T(?P<time>[0-9]{2}:[0-9]{2})(?P<second>:[0-9]{2})?(?P<fraction>[.][0-9]{1,9})?"
    "(?P<zone>Z|[+ -][0-9]{2}:[0-9]{2})?)?)?)?"
)


class BadSearch(RorError):
    """A search that cannot be answered; `code` is the issue type of FHIR."""

    def __init__(self, message: str, code: str = "invalid") -> None:
        super().__init__(message)
        self.code = code


class OtherFormat(RorError):
    """The client wants what is not JSON."""

    def __init__(self) -> None:
        super().__init__("Ce service répond en JSON : demandez application/fhir+json.")


@dataclass(frozen=True, slots=True)
class Search:
    """A search once read. `used` are the parameters that it was made of, for its links; `count` 0 asks for the total alone."""

    wanted: Criteria
    count: int = MOST
    after: str = ""
    with_services: bool = False
    used: Sequence[tuple[str, str]] = ()


async def check_format(request: Request) -> None:
    """Raise `OtherFormat` when `_format`, or else the header `Accept`, leaves JSON out."""
    wanted = request.query_params.get("_format", "").strip() or request.headers.get("accept", "")
    # A `+` that was not encoded is a blank in an address.
    named = {one.split(";")[0].strip().lower().replace(" ", "+") for one in wanted.split(",")} - {""}
    if named and not named & _JSON:
        raise OtherFormat


def base(request: Request) -> str:
    """The address that this server is known by, without a slash at its end."""
    public = settings().public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    return f"{public}{request.scope['root_path']}"


def link(request: Request, kind: str, search: Search, after: str = "") -> str:
    """The address of this page, or of the one that follows an id."""
    used = [(name, value) for name, value in search.used if name != AFTER or not after]
    query = urlencode([*used, *([(AFTER, after)] if after else [])], quote_via=quote)
    return f"{base(request)}/{kind}{'?' if query else ''}{query}"


def read_search(request: Request, kind: str) -> Search:
    """The search of a request on a type of resources. Raises `BadSearch`."""
    search = Search(Criteria())
    preferred = re.split("[,;] *", ",".join(request.headers.getlist("prefer")).lower())
    for name, value in request.query_params.multi_items():
        # A parameter without a value is as if it were not there.
        if value.strip() and (taken := _with(search, kind, name, value, lenient="handling=lenient" in preferred)):
            search = replace(taken, used=[*search.used, (name, value)])
    return search


def _with(search: Search, kind: str, name: str, value: str, *, lenient: bool) -> Search | None:
    """The search with one more parameter; None for one that is ignored."""
    plain, _, modifier = name.partition(":")
    if plain in SEARCH[kind]:
        return replace(search, wanted=_wanted(search.wanted, kind, plain, modifier, value))
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
    known = ", ".join([*SEARCH[kind], "_count", "_format", *(["_revinclude"] if kind == "Location" else [])])
    if name == "_revinclude":
        raise BadSearch(f"« {name}={value[:100]} » n'est pas pris en charge pour {kind}.", "not-supported")
    raise BadSearch(f"Le paramètre « {name[:100]} » n'est pas pris en charge pour {kind}. Connus : {known}.", "not-supported")


def _wanted(wanted: Criteria, kind: str, name: str, modifier: str, value: str) -> Criteria:
    if modifier and not (name == "address-city" and modifier in _MODIFIERS):
        raise BadSearch(f"Le modificateur « :{modifier[:40]} » n'est pas pris en charge pour {name}.", "not-supported")
    values = split(value)
    if name == "_id":
        return replace(wanted, ids=[*wanted.ids, frozenset(values)])
    if name == "identifier":
        keys = identifiers(kind, value)
        return wanted if keys is None else replace(wanted, identifiers=[*wanted.identifiers, keys])
    if name == "organization":
        keys = frozenset(found[1] for one in values if (found := _ORGANIZATION.fullmatch(one)))
        return replace(wanted, structures=[*wanted.structures, keys])
    if name == "address-city":
        return replace(wanted, communes=[*wanted.communes, [CommuneName(one, _MODIFIERS[modifier]) for one in values]])
    return _dated(wanted, value)


def split(value: str) -> list[str]:
    """The alternatives of a value: commas part them, unless a backslash is before."""
    return [_unescaped(one) for one in _alternatives(value)]


def _alternatives(value: str) -> list[str]:
    return [one for one in re.findall(r"(?:\\.|[^,\\]|\\$)+", value, re.DOTALL) if one.strip()]


def _unescaped(value: str) -> str:
    return re.sub(r"\\([\\,|$])", r"\1", value)


def identifiers(kind: str, value: str) -> frozenset[str] | None:
    """The keys that an `identifier` names: units, what they are synchronised by, or FINESS numbers. None: every one has it.

    A token is `value`, `system|value`, `|value` (without a system) or `system|` (any value of it).
    """
    keys: set[str] = set()
    for one in _alternatives(value):
        parted = _TOKEN.fullmatch(one)
        system = _unescaped(parted[1]).replace("http://", "https://", 1) if parted else None
        key = _unescaped(parted[2] if parted else one)
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


def _dated(wanted: Criteria, value: str) -> Criteria:
    """With one condition on the last change: a date stands for the whole day, month or year that it says."""
    match = _DATE.fullmatch(value)
    try:
        start, end = _span(match.groupdict()) if match else (None, None)
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
        wanted,
        since=max(filter(None, (wanted.since, since)), default=None),
        until=min(filter(None, (wanted.until, until)), default=None),
    )


def _span(said: Mapping[str, str | None]) -> tuple[datetime, datetime]:
    """The instants between which a date is, the second excluded, in UTC. A date without a zone is that of Paris."""
    year, month, day = (int(said[name] or 1) for name in ("year", "month", "day"))
    if said["time"]:
        zone = (said["zone"] or "").replace(" ", "+")  # what a `+` that was not encoded becomes in an address
        text = f"{year:04}-{month:02}-{day:02}T{said['time']}{said['second'] or ':00'}{said['fraction'] or ''}{zone}"
        start = datetime.fromisoformat(text)
        digits = len(said["fraction"]) - 1 if said["fraction"] else 0
        length = timedelta(microseconds=10 ** max(6 - digits, 0)) if said["second"] else timedelta(minutes=1)
        start = start if start.tzinfo else start.replace(tzinfo=PARIS)
        return start.astimezone(UTC), start.astimezone(UTC) + length
    first = datetime(year, month, day, tzinfo=PARIS)
    if said["day"]:
        after = first + timedelta(days=1)
    else:
        after = first.replace(year=year + 1) if not said["month"] or month == 12 else first
        after = after.replace(month=month % 12 + 1) if said["month"] else after
    return first.astimezone(UTC), after.astimezone(UTC)
