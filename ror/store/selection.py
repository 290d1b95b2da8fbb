"""The SQL of a selection (`model.selection`): a condition on a row of one relation, with its values as parameters."""

from collections.abc import Callable, Iterable
from typing import Any

from ror.model.search import folded
from ror.model.selection import Among, Compared, Condition, Every, HasId, Linked, Relation, Within, Worded

_EARTH_KM = 6371.0

_SCANNED = 32
"""The longest list of values compared one by one. A longer list is a join, and many joins would take minutes to plan."""

_LINKS: dict[tuple[Relation, Relation], tuple[str, str]] = {
    ("unit", "capacity"): ("key", "unit"),
    ("unit", "organization"): ("finess", "key"),
    ("organization", "unit"): ("key", "finess"),
}
"""The fields of two relations that a link compares. A query with a link has a CTE named after each of its relations."""

Bound = Callable[[object], str]
"""A function that adds a value to the parameters of a query and returns its placeholder in the SQL."""


def binder(parameters: dict[str, Any]) -> Bound:
    """Return the `Bound` function that adds values to these parameters."""

    def bound(value: object) -> str:
        name = f"value{len(parameters)}"
        parameters[name] = value
        return f"${name}"

    return bound


def condition_sql(condition: Condition, relation: Relation, bound: Bound) -> str:
    """Return the SQL condition on a row of a relation. Field names are columns of its CTE, and never come from a request."""
    match condition:
        case Among(field, values):
            listed = f"{bound(sorted(values))}::VARCHAR[]"
            within = f"list_contains({listed}, {field})" if len(values) <= _SCANNED else f"{field} IN (SELECT unnest({listed}))"
            return f"coalesce({within}, false)"
        case Worded():
            return _worded(condition, bound)
        case Compared(field, operator, value):
            return f"coalesce({field} {operator} {bound(value)}, false)"
        case Within(latitude, longitude, kilometres):
            return f"coalesce({distance_sql(latitude, longitude, bound)} <= {bound(kilometres)}, false)"
        case HasId(ids):
            return _has_id(ids, bound)
        case Linked(other, inner):
            own, theirs = _LINKS[relation, other]
            return f"{own} IN (SELECT {theirs} FROM {other} WHERE {condition_sql(inner, other, bound)})"  # noqa: S608
        case Every(conditions):
            return _joined(" AND ", "true", (condition_sql(one, relation, bound) for one in conditions))
    return _joined(" OR ", "false", (condition_sql(one, relation, bound) for one in condition.conditions))


def distance_sql(north: float, east: float, bound: Bound) -> str:
    """Return the SQL of the distance in kilometres to a point in degrees (haversine).

    It reads the columns latitude and longitude, and is NULL without a position.
    """
    latitude, longitude = bound(north), bound(east)
    # `least` ignores NULL: without the CASE, a unit without a position would be at the antipodes.
    return f"""CASE WHEN latitude IS NOT NULL AND longitude IS NOT NULL THEN
        {2 * _EARTH_KM} * asin(sqrt(least(1, pow(sin(radians(latitude - {latitude}) / 2), 2)
        + cos(radians({latitude})) * cos(radians(latitude)) * pow(sin(radians(longitude - {longitude}) / 2), 2)))) END"""


def words_sql(column: str) -> str:
    """Return the SQL of the words of a column, folded as by `model.search.folded` except for rare letters."""
    plain = f"replace(replace(strip_accents(lower({column})), 'œ', 'oe'), 'æ', 'ae')"
    return rf"regexp_replace(trim(regexp_replace({plain}, '[^\pL\pN]+', ' ', 'g')), '\bst(e?s?)\b', 'saint\1', 'g')"


def resource_id(key: str) -> str:
    """Return the SQL of the id of a resource from the column of its key, as `exchange.fhir.terms.resource_id` defines it."""
    return f"CASE WHEN {_is_id(key)} THEN {key} ELSE 'x-' || left(sha256({key}), 40) END"


def _is_id(key: str) -> str:
    return f"regexp_full_match({key}, '[A-Za-z0-9.-]{{1,64}}')"


def _has_id(ids: frozenset[str], bound: Bound) -> str:
    """Return the SQL condition on ids. Most ids are keys themselves: digests are computed only when an id looks like one."""
    digests = frozenset(value for value in ids if value.startswith("x-"))
    by_key = f"(list_contains({bound(sorted(ids))}::VARCHAR[], key) AND {_is_id('key')})"
    return f"({by_key} OR list_contains({bound(sorted(digests))}::VARCHAR[], id))" if digests else by_key


def _worded(condition: Worded, bound: Bound) -> str:
    if condition.match == "exact":
        return f"{condition.field} = {bound(condition.text)}"
    # Without any word the condition would match every text.
    words = folded(condition.text)
    if not words:
        return "false"
    function = "contains" if condition.match == "contains" else "starts_with"
    return f"{function}({words_sql(condition.field)}, {bound(words)})"


def _joined(operator: str, empty: str, conditions: Iterable[str]) -> str:
    operands = list(conditions)
    return f"({operator.join(operands)})" if operands else empty
