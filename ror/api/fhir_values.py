"""Parse the values of FHIR search parameters into conditions: tokens, texts, numbers, dates, distances, references."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from ror.api.fhir_errors import BadSearch
from ror.exchange.fhir.offer import LocationName, location_names
from ror.exchange.fhir.search_parameters import CodedParameter, Parameter
from ror.exchange.fhir.terms import FINESS, LOCATION_ID, NATIONAL_ID, is_system
from ror.model.selection import Among, Compared, Condition, Either, Every, HasId, Match, Operator, Within, Worded, either
from ror.services.region_time import region_zone

MAX_ALTERNATIVES = 200
"""The most values of a parameter: as many as a page has resources."""

Locate = Callable[[str], tuple[float, float] | None]
"""A function that returns the latitude and longitude of a commune by its INSEE code."""

_TOKEN = re.compile(r"((?:\\.|[^|\\])*)\|(.*)", re.DOTALL)
_REFERENCE = re.compile(r"(?:(?:.+/)?(?P<type>[A-Za-z]+)/)?(?P<id>[^/]+)/?")
_NUMBER = re.compile(r"(?P<prefix>eq|ne|gt|lt|ge|le)?(?P<number>-?[0-9]{1,9}(?:\.[0-9]{1,9})?)")
_DATE = re.compile(
    "(?P<compared>eq|ne|gt|lt|ge|le|sa|eb)?(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    "(?:T(?P<time>[0-9]{2}:[0-9]{2})(?P<second>:[0-9]{2})?(?P<fraction>[.][0-9]{1,9})?"
    "(?P<zone>Z|[+ -][0-9]{2}:[0-9]{2})?)?)?)?"
)
_OPERATORS: dict[str, Operator] = {"eq": "=", "ne": "<>", "gt": ">", "lt": "<", "ge": ">=", "le": "<="}
_YEARS = {"": 1.0, "a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25}
"""Units of an age (UCUM), in years."""

_KILOMETRES = {"": 1.0, "km": 1.0, "m": 0.001}
_SYSTEMS = {"Organization": (FINESS, NATIONAL_ID), "Location": (LOCATION_ID,), "HealthcareService": ("",)}


def alternatives(value: str) -> list[str]:
    """Split a value at its commas, but for those after a backslash; blank parts are left out. Raises `BadSearch`."""
    texts = [text for text in re.findall(r"(?:\\.|[^,\\]|\\$)+", value, re.DOTALL) if text.strip()]
    if len(texts) > MAX_ALTERNATIVES:
        raise BadSearch(f"Un paramètre a {MAX_ALTERNATIVES} valeurs au plus : faites-en plusieurs recherches.", "too-costly")
    return texts


def unescaped(value: str) -> str:
    """Return a value without the backslashes that escape its separators."""
    return re.sub(r"\\([\\,|$])", r"\1", value)


def split(value: str) -> list[str]:
    """Split a value at its commas and return the parts, unescaped."""
    return [unescaped(alternative) for alternative in alternatives(value)]


def value_condition(kind: str, name: str, parameter: Parameter, modifier: str, value: str, locate: Locate) -> Condition:
    """Return the condition of one parameter of a type of resources. Raises `BadSearch`."""
    if modifier and not (parameter.type == "string" and modifier in ("contains", "exact")):
        raise BadSearch(f"Le modificateur « :{modifier[:40]} » n'est pas pris en charge pour {name}.", "not-supported")
    if name == "_id":
        return HasId(frozenset(split(value)))
    if name == "identifier":
        return identifier_condition(kind, value)
    if parameter.type == "string":
        match: Match = "exact" if modifier == "exact" else "contains" if modifier == "contains" else "begins"
        return either(Worded(parameter.field, text, match) for text in split(value))
    if parameter.type == "special":
        return either(_circle(name, text, locate) for text in split(value))
    read = _READERS[parameter.type]
    return either(read(parameter, name, text) for text in alternatives(value))


def identifier_condition(kind: str, value: str) -> Condition:
    """Return the condition of an `identifier`: alternatives, each `value`, `system|value`, `|value` or `system|`."""
    return either(_identified(kind, text) for text in alternatives(value))


def _identified(kind: str, text: str) -> Condition:
    token = _TOKEN.fullmatch(text)
    system = unescaped(token[1]).replace("http://", "https://", 1) if token else None
    key = unescaped(token[2] if token else text)
    if system is not None and system not in _SYSTEMS[kind]:
        return Either(())
    if not key:
        return Every(())
    if kind == "Organization":
        finess = [key] if system != NATIONAL_ID else []
        # The national identifier of a structure is 1, for FINESS, and its number.
        return Among("key", frozenset([*finess, *([key[1:]] if system != FINESS and key.startswith("1") else [])]))
    return either(_named(name) for name in location_names(key))


def _named(name: LocationName) -> Condition:
    named = Among("key", frozenset({name.unit}))
    conditions: list[Condition] = [named]
    if name.structure:
        conditions.append(Among("finess", frozenset({name.structure})))
    if name.departments is not None:
        conditions.append(Among("department", frozenset(name.departments)))
    return Every(conditions) if len(conditions) > 1 else named


def _token(parameter: Parameter, name: str, text: str) -> Condition:
    """Return the condition of one token: `code`, `system|code`, `|code` (no system) or `system|` (any code of it)."""
    token = _TOKEN.fullmatch(text)
    system = unescaped(token[1]).strip() if token else None
    code = unescaped(token[2] if token else text).strip()
    lists = [one for one in parameter.coded if system is None or _is_of(one.code_list, system)]
    return either(_coded(one, code) if code else _any_code(one) for one in lists)


def _coded(coded: CodedParameter, code: str) -> Condition:
    if coded.among_words:
        return Worded(coded.field, code, "contains")
    return Among(coded.field, frozenset((code,) if coded.values is None else coded.values.get(code, ())))


def _any_code(coded: CodedParameter) -> Condition:
    if coded.values is None:
        return Compared(coded.field, "<>", "")
    return Among(coded.field, frozenset().union(*coded.values.values()))


def _is_of(code_list: str, system: str) -> bool:
    """Return whether a system is that of a code list; without a list, whether it is a system of FHIR itself."""
    return is_system(code_list, system) if code_list else system.startswith("http://hl7.org/fhir/")


def _number(parameter: Parameter, name: str, text: str) -> Condition:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise BadSearch(f"« {name} » est un nombre, précédé au besoin de eq, ne, gt, ge, lt ou le : gt0.")
    return Compared(parameter.field, _OPERATORS[match["prefix"] or "eq"], float(match["number"]))


def _age(parameter: Parameter, name: str, text: str) -> Condition:
    """Return the condition of an age, `le35` or `le35|http://unitsofmeasure.org|a`; without a unit in years."""
    number, _, rest = unescaped(text).partition("|")
    unit = rest.rpartition("|")[2].strip()
    match = _NUMBER.fullmatch(number.strip())
    if match is None or unit not in _YEARS:
        raise BadSearch(
            f"« {name} » est un âge, précédé au besoin de eq, ne, gt, ge, lt ou le, avec son unité (a, mo, wk, d) : "
            "le35|http://unitsofmeasure.org|a."
        )
    return Compared(parameter.field, _OPERATORS[match["prefix"] or "eq"], float(match["number"]) * _YEARS[unit])


def _reference(parameter: Parameter, name: str, text: str) -> Condition:
    match = _REFERENCE.fullmatch(unescaped(text))
    if match is None or match["type"] not in (None, name.capitalize()):
        return Either(())
    ids = frozenset({match["id"]})
    return Among(parameter.field, ids) if parameter.field else HasId(ids)


def _circle(name: str, text: str, locate: Locate) -> Condition:
    parts = [part.strip() for part in text.split("|")]
    try:
        if name == "near":
            latitude, longitude, distance = (float(part) for part in parts[:3])
            unit = parts[3] if len(parts) > 3 else ""
            code = ""
        else:
            code, distance, unit = parts[0], float(parts[1]), parts[2] if len(parts) > 2 else ""
            latitude = longitude = 0.0
        kilometres = distance * _KILOMETRES[unit]
        readable = abs(latitude) <= 90 and abs(longitude) <= 180 and 0 <= kilometres <= 20_100
    except (ValueError, KeyError, IndexError):
        readable = False
    if not readable:
        form = "latitude|longitude|distance|km : 48.83|2.36|30|km" if name == "near" else "code INSEE|distance|km : 94028|30|km"
        raise BadSearch(f"« {name} » s'écrit {form}.")
    if code:
        centre = locate(code)
        if centre is None:
            raise BadSearch(
                f"La commune {code[:20]} n'a pas de position connue ici : vérifiez son code INSEE, ou cherchez par « near ».",
                "not-found",
            )
        latitude, longitude = centre
    return Within(latitude, longitude, kilometres)


def _date(parameter: Parameter, name: str, text: str) -> Condition:
    """Return the condition of a date, which means its whole day, month or year, or of an instant."""
    field, match = parameter.field, _DATE.fullmatch(unescaped(text).strip())
    try:
        start, end = _interval(match.groupdict()) if match else (None, None)
    except (ValueError, OverflowError):
        start = end = None
    if match is None or start is None or end is None:
        raise BadSearch(
            f"« {name} » est une date ou un instant, précédé au besoin de ge, gt, le, lt ou ne : ge2026-05-04T08:00:00+02:00."
        )
    since, before = Compared(field, ">=", start), Compared(field, "<", end)
    match match["compared"] or "eq":
        case "ge":
            return since
        case "le":
            return before
        case "gt" | "sa":
            return Compared(field, ">=", end)
        case "lt" | "eb":
            return Compared(field, "<", start)
        case "ne":
            return Either([Compared(field, "<", start), Compared(field, ">=", end)])
        case _:
            return Every([since, before])


def _interval(parts: Mapping[str, str | None]) -> tuple[datetime, datetime]:
    """Return the start and the excluded end of a date or an instant, in UTC. Without a zone it is in that of the region."""
    year, month, day = (int(parts[name] or 1) for name in ("year", "month", "day"))
    if parts["time"]:
        zone = (parts["zone"] or "").replace(" ", "+")  # what a `+` that was not encoded becomes in an address
        text = f"{year:04}-{month:02}-{day:02}T{parts['time']}{parts['second'] or ':00'}{parts['fraction'] or ''}{zone}"
        start = datetime.fromisoformat(text)
        digits = len(parts["fraction"]) - 1 if parts["fraction"] else 0
        length = timedelta(microseconds=10 ** max(6 - digits, 0)) if parts["second"] else timedelta(minutes=1)
        start = start if start.tzinfo else start.replace(tzinfo=region_zone())
        return start.astimezone(UTC), start.astimezone(UTC) + length
    first = datetime(year, month, day, tzinfo=region_zone())
    if parts["day"]:
        after = first + timedelta(days=1)
    else:
        after = first.replace(year=year + 1) if not parts["month"] or month == 12 else first
        after = after.replace(month=month % 12 + 1) if parts["month"] else after
    return first.astimezone(UTC), after.astimezone(UTC)


_READERS: dict[str, Callable[[Parameter, str, str], Condition]] = {
    "token": _token,
    "number": _number,
    "quantity": _age,
    "date": _date,
    "reference": _reference,
}
"""The functions that parse one alternative of a value, by the type of its parameter."""
