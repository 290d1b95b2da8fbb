"""The search of another system in the registry, as conditions on named fields; `store.selection` turns them into SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Relation = Literal["unit", "organization", "capacity"]
"""What a condition is about: a unit, a structure or legal entity, or one number of a unit with its codes."""

Match = Literal["begins", "contains", "exact"]

Operator = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Among:
    """The field has one of these values; no entry meets an empty set."""

    field: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Worded:
    """The field begins with the words of a text ("begins"), has them anywhere ("contains"), or is that very text ("exact").

    Accents, capitals and signs count for "exact" alone. No entry meets a text without a word.
    """

    field: str
    text: str
    match: Match = "begins"


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison of the field with a value holds; it never does for an empty field."""

    field: str
    operator: Operator
    value: float | datetime | str


@dataclass(frozen=True, slots=True)
class Within:
    """The entry is within `kilometres` of a point (WGS84 degrees); an entry without a position never is."""

    latitude: float
    longitude: float
    kilometres: float


@dataclass(frozen=True, slots=True)
class HasId:
    """The resource of the entry has one of these ids."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Linked:
    """A linked entry meets a condition: the structure, a unit or a number of the entry, as `relation` says."""

    relation: Relation
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    """All of these conditions hold; without any, it always holds."""

    conditions: Sequence["Condition"]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these conditions holds; without any, it never holds."""

    conditions: Sequence["Condition"]


Condition = Among | Worded | Compared | Within | HasId | Linked | Every | Either


@dataclass(frozen=True, slots=True)
class Order:
    """One field to sort by; the field `distance` is the distance to the point of the first `Within`."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The entries that meet a condition, in an order; entries that are equal in the order are sorted by their ids."""

    condition: Condition = Every(())
    order: tuple[Order, ...] = ()


def either(conditions: Iterable[Condition]) -> Condition:
    """Return the condition that one of these holds, all the values of a field merged into one `Among`."""
    values: dict[str, frozenset[str]] = {}
    others: list[Condition] = []
    for condition in conditions:
        for one in condition.conditions if isinstance(condition, Either) else (condition,):
            if isinstance(one, Among):
                values[one.field] = values.get(one.field, frozenset()) | one.values
            else:
                others.append(one)
    merged = [*(Among(field, united) for field, united in values.items()), *others]
    return merged[0] if len(merged) == 1 else Either(merged)


def first_within(condition: Condition) -> Within | None:
    """Return the first circle that a condition asks for on the entry itself; None when there is none."""
    if isinstance(condition, Within):
        return condition
    if isinstance(condition, Every | Either):
        return next(filter(None, map(first_within, condition.conditions)), None)
    return None


def concerns_numbers(condition: Condition) -> bool:
    """Return whether some part of a condition is about the numbers of units."""
    if isinstance(condition, Linked):
        return condition.relation == "capacity" or concerns_numbers(condition.condition)
    return isinstance(condition, Every | Either) and any(map(concerns_numbers, condition.conditions))


def without_numbers(condition: Condition) -> Condition:
    """Return a weaker condition: the same one with its parts about numbers replaced by one that always holds."""
    if isinstance(condition, Linked) and condition.relation == "capacity":
        return Every(())
    if isinstance(condition, Linked):
        return Linked(condition.relation, without_numbers(condition.condition))
    if isinstance(condition, Every | Either):
        return type(condition)([without_numbers(one) for one in condition.conditions])
    return condition
