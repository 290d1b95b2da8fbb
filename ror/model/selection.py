"""The search of another system in the registry, as conditions on named fields; `store.selection` is their SQL."""

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
    """The field has one of these values; none is of no entry."""

    field: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Worded:
    """The field begins with the words of a text, has them ("contains"), or is the text as it is written ("exact").

    Accents, capitals and signs do not count but for "exact"; a text without a word is of no entry.
    """

    field: str
    text: str
    match: Match = "begins"


@dataclass(frozen=True, slots=True)
class Compared:
    """The field compares so with a value; one without a value does not."""

    field: str
    operator: Operator
    value: float | datetime | str


@dataclass(frozen=True, slots=True)
class Within:
    """The entry stands at most so many kilometres from a point (WGS84 degrees); one without a position does not."""

    latitude: float
    longitude: float
    kilometres: float


@dataclass(frozen=True, slots=True)
class HasId:
    """The resource of the entry has one of these ids."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Linked:
    """Something linked to the entry meets a condition: its structure, one of its units, one of its numbers."""

    relation: Relation
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold; none of them always holds."""

    conditions: Sequence["Condition"]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these holds at least; none of them never holds."""

    conditions: Sequence["Condition"]


Condition = Among | Worded | Compared | Within | HasId | Linked | Every | Either


@dataclass(frozen=True, slots=True)
class Order:
    """One field to sort by; `distance` is that to the point of the first `Within`."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The entries that meet a condition, in an order; those that are equal in it, and all without one, by their ids."""

    condition: Condition = Every(())
    order: tuple[Order, ...] = ()


def either(conditions: Iterable[Condition]) -> Condition:
    """Return the condition that one of these holds, in which all the values of a field are one condition."""
    values: dict[str, frozenset[str]] = {}
    others: list[Condition] = []
    for condition in conditions:
        for one in condition.conditions if isinstance(condition, Either) else (condition,):
            if isinstance(one, Among):
                values[one.field] = values.get(one.field, frozenset()) | one.values
            else:
                others.append(one)
    merged = [*(Among(field, found) for field, found in values.items()), *others]
    return merged[0] if len(merged) == 1 else Either(merged)


def first_within(condition: Condition) -> Within | None:
    """Return the first circle that a condition asks for on the entry itself; None when there is none."""
    if isinstance(condition, Within):
        return condition
    if isinstance(condition, Every | Either):
        return next(filter(None, map(first_within, condition.conditions)), None)
    return None


def concerns_numbers(condition: Condition) -> bool:
    """Return whether a condition is about the numbers of units, among others."""
    if isinstance(condition, Linked):
        return condition.relation == "capacity" or concerns_numbers(condition.condition)
    return isinstance(condition, Every | Either) and any(map(concerns_numbers, condition.conditions))


def without_numbers(condition: Condition) -> Condition:
    """Return a condition that holds wherever another does, and concerns no number."""
    if isinstance(condition, Linked) and condition.relation == "capacity":
        return Every(())
    if isinstance(condition, Linked):
        return Linked(condition.relation, without_numbers(condition.condition))
    if isinstance(condition, Every | Either):
        return type(condition)([without_numbers(one) for one in condition.conditions])
    return condition
