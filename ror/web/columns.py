"""The columns of the screen's tables: their configuration, and values that the browser sorts by their meaning.

Streamlit's grid sorts in the browser. It compares the values of a column of numbers as numbers, a missing one as 0, and
any other cell as text: spaces before digits, digits before letters. So other values carry their order in their text:
spaces in front of a right-aligned number or age, the rank in front of a badge's value, which is displayed by its label.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from ror.model.count_parts import SEX_TITLES
from ror.model.freshness import CLOCK_TOLERANCE, CLOSED_COLOUR, CLOSED_LABEL, AgeBand, age_parts, age_words
from ror.services.region_time import region_zone
from ror.settings import settings
from ror.web import legend

AGE, LATE_TITLE, SPREAD, DATE = "Âge", "En retard", "Répartition par âge", "Date de mise à jour"
DAY = "Jour"
UPDATED, OLDEST, LAST_USED = "Mise à jour", "Plus ancienne", "Dernier usage"
DETAIL = {
    "installed": "Installés",
    "occupied": "Occupés",
    "reserved": "Réservés",
    "closed_count": "Fermés",
    "supplementary": "Supplémentaires",
}
"""The counts that detail the available number: their keys in a row and their names; a screen leaves out empty columns."""

CONTRADICTED_BY, CONTRADICTED_AT = "Contredit par", "Contredit le"
"""How many readers contradict the number, and the last instant; a screen leaves out empty columns."""

TRUE_AT, LEARNT_AT = "Observé le", "Appris le"
"""When the number that was true at a past instant was observed, and when the service learnt it."""
STILL_TRUE, ANY_LEFT = "Encore vrai", "Au moins un"
"""How likely the number still stands, and leaves at least one; a screen leaves out empty columns."""

OCCUPANCY, OCCUPANCY_SOURCE = "Occupation", "Occupation d'après"
TENSION = "Tension"
QUANTITY, PERIMETER, KNOWN_UNITS = "Disponible", "Périmètre", "Unités connues"
SIGNED_IN, EXPIRES, SENT = "Dernière connexion", "Expire le", "Envoi"
PERCENT = {
    "À jour": "À jour (%)",
    OCCUPANCY: "Occupation (%)",
    STILL_TRUE: "Encore vrai (%)",
    ANY_LEFT: "Au moins un (%)",
}
_PADDED = (UPDATED, OLDEST, LAST_USED, PERIMETER, KNOWN_UNITS)
_NO_AGE = "—"

_DIGITS = 5
"""Width that numbers are padded to: more digits than any count has."""

_AGE_DIGITS = {"min": 10, "h": 8, "jours": 6}
"""Width that the number of an age is padded to: the smaller the unit, the more spaces in front, so the earlier it sorts."""


def age(elapsed: timedelta | None, missing: str = _NO_AGE) -> str:
    """Return an age in French words, padded so that the most recent sorts first and a missing one last."""
    if elapsed is None:
        return missing
    if elapsed < -CLOCK_TOLERANCE:
        return f" {age_words(elapsed)}"
    number, unit = age_parts(elapsed)
    return f"{'':{_AGE_DIGITS[unit] - len(str(number))}}{age_words(elapsed)}"


def by_number(words: str, width: int = _DIGITS + 1) -> str:
    """Return a text that begins with a number, as « 4 lits » or « 1 312 lits », padded to sort by it.

    Spaces and the number, with the space before its thousands, fill `width`.
    """
    return f"{'':{max(width - _digits(words), 0)}}{words}" if _digits(words) else words


def _digits(words: str) -> int:
    """Return the number of characters of the number at the beginning of a text: « 1 312 » has five."""
    return len(words) - len(words.lstrip("0123456789\u202f"))


def plain(table: pa.Table) -> pa.Table:
    """Return the table for a file: without the padding that sorts it, and without a sign where an age is missing."""
    for index, name in enumerate(table.column_names):
        if name in _PADDED:
            table = table.set_column(index, name, pc.utf8_trim(table[name], characters=f" {_NO_AGE}"))
    return table


def prepare(table: pa.Table) -> tuple[pa.Table, dict[str, Any]]:
    """Return the table for `st.dataframe`, and the configuration of its columns by name.

    Badges, and numbers where some are missing, become text that sorts. Columns of counts that are all empty are left out.
    """
    optional = (*DETAIL.values(), *SEX_TITLES.values(), OCCUPANCY, OCCUPANCY_SOURCE, CONTRADICTED_BY, CONTRADICTED_AT)
    optional = (*optional, STILL_TRUE, ANY_LEFT)
    names = [name for name in optional if name in table.column_names]
    table = table.drop_columns([name for name in names if table[name].null_count == table.num_rows])
    others = _others(settings().age_bands, region_zone().key)
    config = {name: column for name, column in others.items() if name in table.column_names}
    for index, name in enumerate(table.column_names):
        column = table[name]
        if name == AGE:
            table = table.set_column(index, name, _ranked(column))
        elif pa.types.is_integer(column.type):
            config[name] = _number(name, bool(column.null_count))
            if column.null_count:
                table = table.set_column(index, name, _text(column, " %" if name in PERCENT else ""))
    return table, config


def ranked(words: Sequence[str]) -> dict[str, str]:
    """Return a map of values that sort in the order of `words` to these words, the labels of a column's options."""
    return {f"{rank} {word}": word for rank, word in enumerate(words, 1)}


def _badges(bands: tuple[AgeBand, ...]) -> dict[str, str]:
    """Return the badges from the most recent to the oldest, then that of closed units, in the form of `ranked`."""
    return ranked([*(band.words for band in bands), CLOSED_LABEL])


def _ranked(badges: pa.ChunkedArray) -> pa.Array:
    """Replace the badges of each list by the values that sort them."""
    lists, options = badges.combine_chunks(), _badges(settings().age_bands)
    indices = pc.index_in(lists.values, pa.array(options.values(), pa.string()))
    return pa.ListArray.from_arrays(lists.offsets, pa.array(options, pa.string()).take(indices))


def _text(numbers: pa.ChunkedArray, after: str) -> pa.ChunkedArray:
    """Return whole numbers as text of one width, followed by `after`."""
    return pc.binary_join_element_wise(pc.utf8_lpad(pc.cast(numbers, pa.string()), _DIGITS), after, "")


_NUMBERS: dict[str, dict[str, Any]] = {
    "Lits": {"width": 60, "help": "Lits disponibles maintenant"},
    "Places": {"width": 65, "help": "Places disponibles sur la semaine"},
    "Unités": {"width": 65},
    LATE_TITLE: {"width": 95},
    CONTRADICTED_BY: {"width": 105, "help": "Lecteurs qui contredisent ce nombre, ou le mettent en doute"},
    OCCUPANCY: {"width": 100, "help": "Occupés / installés, sinon pour des lits 1 - disponibles / installés"},
    STILL_TRUE: {"width": 100, "help": "Probabilité que le nombre n'ait pas changé, d'après le passé de l'unité"},
    ANY_LEFT: {"width": 100, "help": "Probabilité qu'il reste au moins un lit ou une place"},
    "À jour": {"width": 70, "help": "Part des unités qui ne sont pas en retard"},
}


def _number(name: str, padded: bool) -> Any:
    """Return the configuration of a column of whole numbers, `padded` when they are text."""
    look = _NUMBERS.get(name, {})
    if padded:
        return st.column_config.TextColumn(alignment="right", **look)
    return st.column_config.NumberColumn(format="%d %%" if name in PERCENT else "%d", **look)


def _others(bands: tuple[AgeBand, ...], zone: str) -> dict[str, Any]:
    """Return the configuration of the columns that are not whole numbers."""
    colours = [band.colour for band in bands] + [CLOSED_COLOUR]
    badges = _badges(bands)
    ages: dict[str, Any] = {"alignment": "right", "width": 120}
    instant: dict[str, Any] = {"format": "DD/MM/YYYY HH:mm", "timezone": zone}
    return {
        AGE: st.column_config.MultiselectColumn(options=list(badges), format_func=badges.__getitem__, color=colours, width=145),
        UPDATED: st.column_config.TextColumn(**ages),
        OLDEST: st.column_config.TextColumn(help="Âge de la plus ancienne mise à jour", **ages),
        LAST_USED: st.column_config.TextColumn(**ages),
        QUANTITY: st.column_config.TextColumn(alignment="right", width=95),
        LATE_TITLE: st.column_config.Column(width=95),
        OCCUPANCY_SOURCE: st.column_config.TextColumn(width=120),
        SPREAD: st.column_config.ImageColumn(
            width=legend.BAR_WIDTH + 20, help="Nombre d'unités par âge de la dernière mise à jour"
        ),
        "Structure": st.column_config.TextColumn(width=300),
        "Commentaire": st.column_config.TextColumn(width="large"),
        "Unité": st.column_config.TextColumn(width=215),
        DAY: st.column_config.DateColumn(format="DD/MM/YYYY"),
        DATE: st.column_config.DatetimeColumn(**instant),
        CONTRADICTED_AT: st.column_config.DatetimeColumn(**instant),
        TRUE_AT: st.column_config.DatetimeColumn(**instant),
        LEARNT_AT: st.column_config.DatetimeColumn(**instant),
        EXPIRES: st.column_config.DatetimeColumn(**instant | {"format": "DD/MM/YYYY"}),
        SIGNED_IN: st.column_config.DatetimeColumn(**instant),
        SENT: st.column_config.DatetimeColumn(**instant),
    }
