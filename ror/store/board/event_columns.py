"""The SQL of the columns of the board that come from the log, numbers for other temporalities than the unit's included."""

from ror.model.count_parts import SEXES

EVENT = {
    "position": "position",
    "kind": "kind",
    "available": "available",
    "declared_installed": "installed",
    "occupied": "occupied",
    "reserved": "reserved",
    "closed_count": "closed",
    "supplementary": "supplementary",
    "parts": "parts",
    "comment": "comment",
    "closed_until": "closed_until",
    "source_type": "source_type",
    "account": "account",
    "channel": "channel",
    "observed_at": "observed_at",
    "recorded_at": "recorded_at",
}
"""The columns of an event: from their names on the board to their names in the log."""

TEXTS = ("comment", "parts", "channel")
"""The columns of `EVENT` that are texts, never null."""


def _of_sex(code: str, parts: str) -> str:
    """Return the SQL of the number available for a sex, null if not declared; `parts` is the SQL of `count_parts` JSON."""
    parsed = f"""from_json({parts}, '[{{"gender":"VARCHAR","number":"INTEGER"}}]')"""
    return (
        f"CASE WHEN {parts} <> '' THEN list_sum(list_transform(list_filter({parsed}, part -> part.gender = '{code}'), "
        f"part -> part.number))::INTEGER END"
    )


def by_sex(parts: str) -> dict[str, str]:
    """Return the SQL of the columns women, men and either, from the SQL of the parts of an event."""
    return {name: _of_sex(code, parts) for name, code in SEXES.items()}


def columns(table: str) -> dict[str, str]:
    """Return the SQL of each column of an event, by its name on the board; `table` has the columns of the log."""
    texts = {name: f"coalesce({table}.{EVENT[name]}, '')" for name in TEXTS}
    return {name: f"{table}.{column}" for name, column in EVENT.items()} | texts | by_sex(f"{table}.parts")


NAMES = (*EVENT, *SEXES)
"""The names of the columns of an event on the board."""

OTHER_FIELDS = (
    *("temporality", "position", "available", "declared_installed", "occupied", "reserved", "closed_count", "supplementary"),
    *("parts", "source_type", "observed_at", "recorded_at"),
)
"""The fields of an entry of the column `others`: the last event of a unit for another temporality than its own."""


def others(table: str) -> str:
    """Return the SQL that aggregates events of a unit into `others`, by temporality; `table` has the columns of the board."""
    entry = ", ".join(f"'{name}': {table}.{name}" for name in OTHER_FIELDS)
    return f"list({{{entry}}} ORDER BY {table}.temporality)"
