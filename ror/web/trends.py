"""Render « Tendances »: the measures day by day, small multiples, regularity and hours of declarations."""

import html
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from ror.drawing import trend_charts
from ror.exchange.about import LabelledText
from ror.model import french
from ror.model.french import WEEKDAYS
from ror.model.rights import Account
from ror.model.trend import REGULARITY_WEEKS, TrendQuery
from ror.services.availability import trends
from ror.services.availability.trends import Trend
from ror.services.region_time import region_zone
from ror.web import chart_tables, session, tables
from ror.web.columns import DAY, by_number
from ror.web.trend_question import GROUPS, MEASURES, TrendQuestion, code_of, named

TITLES = {
    "beds": "Lits disponibles",
    "places": "Places disponibles",
    "up_to_date": "Unités à jour",
    "overdue": "Unités en retard",
}
_MAX_CHARTS = 12
NO_UNIT = "Aucune unité ne correspond à ces filtres : élargissez-les."


def how_to_read(trend: Trend) -> str:
    """Return the HTML that explains the charts: their hour, their days, and what a line, its dashes and its range are."""
    first, last = (at.astimezone(region_zone()) for at in (trend.instants[-trend.length - 1], trend.instants[-1]))
    return (
        f'<p class="ror-when">Chaque jour à {last.hour} h, du {first:%d/%m/%Y} au {last:%d/%m/%Y}, comme on le savait alors. '
        "Trait plein : la valeur ; tirets et zone grise : médiane et étendue du même jour de la semaine, les quatre semaines "
        "précédentes.</p>"
    )


def render_territories(shown: Sequence[Trend]) -> None:
    """Render the four measures of one territory, or of two side by side with the same axes."""
    places = [(measure, one) for measure in TITLES for one in shown]
    for start in range(0, len(places), 4):
        for column, (measure, one) in zip(st.columns(4), places[start : start + 4], strict=True):
            with column:
                words = TITLES[measure] if len(shown) == 1 else f"{TITLES[measure]}, {one.label}"
                st.html(_figure(one, measure, words))
                _chart(one, measure, "", top(shown, measure), f"{measure}-{one.code}")
    for one in shown:
        _territory_table(one)


def _territory_table(trend: Trend) -> None:
    """Render the days of the four measures of a territory as a table."""
    columns = [_points(trend.days(measure), measure).to_pylist() for measure in TITLES]
    rows = [
        (points[0]["when"], *(words for point in points for words in (point["words"], point["usual"])))
        for points in reversed(list(zip(*columns, strict=True)))
    ]
    headings = [words for title in TITLES.values() for words in (title, "d'habitude")]
    chart_tables.render(f"{trend.label}, jour par jour", ["Jour", *headings], rows)


def _words_of_chart(trend: Trend, measure: str, points: pa.Table) -> str:
    """Return the text alternative of a chart of days: its measure and label, its first and last day, its range."""
    title = f"{TITLES[measure]}, {trend.label}, jour par jour"
    days = points.filter(pc.is_valid(points["value"])).to_pylist()
    if not days:
        return f"{title} : aucun nombre sur la période."
    low, high = (_words(choose(day["value"] for day in days), measure == "up_to_date") for choose in (min, max))
    last = days[-1]
    return f"{title}, du {days[0]['when']} au {last['when']} : de {low} à {high}, {last['words']} le dernier jour."


def _figure(trend: Trend, measure: str, words: str) -> str:
    """Return the HTML of the last number of a measure, and what it usually is on that weekday."""
    last, share = _points(trend.days(measure), measure).to_pylist()[-1], measure == "up_to_date"
    usual = f"d'habitude {last['usual']}" if last["median"] is not None else "pas encore de quoi comparer"
    return f'<p class="ror-trend">{html.escape(words)}<b>{_words(last["value"], share)}</b><small>{usual}</small></p>'


def render_groups(groups: Sequence[Trend], measure: str) -> None:
    """Render a small chart for each group, the largest first and `_MAX_CHARTS` at most, all with the same axes."""
    largest = sorted(groups, key=lambda one: one.latest(measure), reverse=True)[:_MAX_CHARTS]
    if len(groups) > len(largest):
        st.caption(f"Les {len(largest)} premiers sur {len(groups)} ; tous sont dans le tableau.")
    for start in range(0, len(largest), 4):
        for column, one in zip(st.columns(4), largest[start : start + 4], strict=False):
            with column:
                _chart(one, measure, one.label, top(largest, measure), f"group-{one.code}")
    columns = [_points(one.days(measure), measure).to_pylist() for one in largest]
    rows = [(days[0]["when"], *(day["words"] for day in days)) for days in reversed(list(zip(*columns, strict=False)))]
    chart_tables.render(f"{TITLES[measure]}, jour par jour", ["Jour", *(one.label for one in largest)], rows)


def _chart(trend: Trend, measure: str, words: str, highest: float, key: str) -> None:
    points = _points(trend.days(measure), measure)
    instants = points["at"]
    chart = trend_charts.days(words, highest, measure == "up_to_date")
    st.vega_lite_chart(
        points,
        trend_charts.between(chart, instants[0].as_py(), instants[-1].as_py()) if points.num_rows else chart,
        key=key,
        alt=_words_of_chart(trend, measure, points),
    )


def top(shown: Sequence[Trend], measure: str) -> float:
    """Return the end of the axis that charts of a measure share."""
    if measure == "up_to_date":
        return 100
    series = [one.days(measure) for one in shown]
    numbers = [pc.max(days[name]).as_py() or 0 for days in series for name in (measure, f"{measure}_high")]
    return trend_charts.ceiling(max(numbers, default=0))


def _points(days: pa.Table, measure: str) -> pa.Table:
    """Return the rows of `trend_charts.days` from those of `Trend.days`; shares become percentages."""
    share = measure == "up_to_date"
    names = {measure: "value", **{f"{measure}_{name}": name for name in ("median", "low", "high")}}
    rows = [{names.get(name, name): value for name, value in row.items()} for row in days.to_pylist()]
    for index, row in enumerate(rows):
        for name in names.values():
            row[name] = None if row[name] is None else round(100 * row[name]) if share else row[name]
        row |= {"when": day_words(row["at"]), "words": _words(row["value"], share), "last": index == len(rows) - 1}
        row["usual"] = f"{_words(row['median'], share)} (de {_words(row['low'], share)} à {_words(row['high'], share)})"
    return pa.Table.from_pylist(rows, _POINTS)


_POINTS = pa.schema(
    [
        ("at", pa.timestamp("us", "UTC")),
        *((name, pa.float64()) for name in ("value", "median", "low", "high")),
        *((name, pa.string()) for name in ("when", "words", "usual")),
        ("last", pa.bool_()),
    ]
)


def _words(value: float | None, share: bool) -> str:
    if value is None:
        return "—"
    return f"{french.number(round(value))} %" if share else french.number(round(value))


def day_words(at: datetime) -> str:
    """Return the day of an instant in the region: « lundi 23/11/2026 »."""
    local = at.astimezone(region_zone())
    return f"{WEEKDAYS[local.weekday()]} {local:%d/%m/%Y}"


def render_days_table(trend: Trend, question: TrendQuestion) -> None:
    """Render the days of a territory as a table, the last one first, with its downloads."""
    days = trend.days()
    days = days.take(pc.sort_indices(days, [("at", "descending")]))
    columns: dict[str, Any] = {DAY: pa.array([at.astimezone(region_zone()).date() for at in days["at"].to_pylist()])}
    for words, measure in MEASURES.items():
        columns[f"{words} (%)" if measure == "up_to_date" else words] = _whole(days[measure], measure)
        columns[f"{words}, d'habitude"] = _whole(days[f"{measure}_median"], measure)
    table = pa.table(columns)
    tables.render(table, "jours", file=_file("tendances", f"Tendances, {trend.label}", question))


def render_groups_table(groups: Sequence[Trend], question: TrendQuestion) -> None:
    """Render the last number of every group, against the same weekday of the four weeks before, with its downloads."""
    measure = question.measure
    label = next(words for words, by in GROUPS.items() if by is question.by)
    last = [one.last_day(measure) for one in groups]
    names = {"Maintenant": "", "D'habitude": "_median", "Au plus bas": "_low", "Au plus haut": "_high"}
    table = pa.table(
        {label: [one.label for one in groups]}
        | {words: _whole(pa.array([row[measure + end] for row in last], pa.float64()), measure) for words, end in names.items()}
    )
    pairs = zip(table["Au plus bas"].to_pylist(), table["Au plus haut"].to_pylist(), strict=True)
    ranges = [by_number(f"{french.number(low)} à {french.number(high)}") if low is not None else "" for low, high in pairs]
    shown = table.select([label, "Maintenant", "D'habitude"]).append_column("Étendue", pa.array(ranges, pa.string()))
    file = _file("tendances-par", f"{TITLES[measure]} par {label.lower()}", question)
    tables.render(shown, "groupes", file=file, export=table, height=tables.full_height(last, 12))


def _whole(values: pa.Array, measure: str) -> pa.Array:
    """Return numbers to the nearest whole one, shares in percent."""
    return pc.cast(pc.round(pc.multiply(values, 100.0 if measure == "up_to_date" else 1.0)), pa.int32())


def render_regularity(units: pa.Table) -> None:
    """Render the number of units by how many of the last weeks they were on time in."""
    counts = units.group_by("weeks_on_time").aggregate([([], "count_all")]).rename_columns(["weeks_on_time", "units"])
    st.vega_lite_chart(
        counts,
        trend_charts.regularity(REGULARITY_WEEKS),
        key="regularity",
        alt=f"Nombre d'unités par nombre de semaines à l'heure, sur les {REGULARITY_WEEKS} dernières semaines.",
    )
    rows = sorted(counts.to_pylist(), key=lambda row: int(row["weeks_on_time"]))
    chart_tables.render(
        "Nombre d'unités par semaines à l'heure",
        ["Semaines à l'heure", "Unités"],
        [(row["weeks_on_time"], row["units"]) for row in rows],
    )


def render_regularity_table(units: pa.Table, question: TrendQuestion) -> None:
    """Render how many of the last weeks each unit was on time in, the least regular first, with downloads."""
    table = pa.table(
        {
            "Structure": units["structure"],
            "Unité": units["name"],
            "Semaines à l'heure": pc.cast(units["weeks_on_time"], pa.int32()),
            "Semaines ouvertes": pc.cast(units["weeks"], pa.int32()),
            "Département": [named(code) for code in units["department"].to_pylist()],
        }
    )
    tables.render(table, "regularite", file=_file("regularite", "Régularité des unités", question), height=420)


def render_hours(hours: pa.Table) -> None:
    """Render at which hours people declare, or the sentence that nobody did."""
    if not hours.num_rows:
        st.info("Personne n'a déclaré sur cette période.")
        return
    days = [WEEKDAYS[weekday - 1] for weekday in hours["weekday"].to_pylist()]
    st.vega_lite_chart(
        hours.append_column("day", pa.array(days, pa.string())),
        trend_charts.hours(region_zone()),
        key="hours",
        alt=f"Déclarations par jour de la semaine et heure, sur la période. {busiest(hours)}",
    )
    st.caption(busiest(hours))
    declarations = {(row["weekday"], row["hour"]): row["declarations"] for row in hours.to_pylist()}
    chart_tables.render(
        "Déclarations par jour de la semaine et par heure",
        ["Jour", *(f"{hour} h" for hour in range(24))],
        [(day, *(declarations.get((number, hour), 0) for hour in range(24))) for number, day in enumerate(WEEKDAYS, 1)],
    )


def busiest(hours: pa.Table) -> str:
    """Return the sentence about the weekday and hour with the most declarations."""
    row = max(hours.to_pylist(), key=lambda one: one["declarations"])
    many = french.count(row["declarations"], "déclaration")
    return f"L'heure la plus chargée est le {WEEKDAYS[row['weekday'] - 1]} à {row['hour']} h : {many}."


def _file(name: str, title: str, question: TrendQuestion) -> tables.Download:
    query = question.query
    criteria: tuple[LabelledText, ...] = (("Territoire", named(query.department)), ("Période", f"{query.days} jours"))
    if query.structure:
        criteria += (("Structure", query.structure),)
    return tables.Download(name, title, filters=query.filters, criteria=criteria)


def read(account: Account, question: TrendQuestion, now: datetime) -> list[Trend]:
    """Return the trend of the territory of a question, then that of its second territory if there is one."""
    db, query = session.database(), question.query
    shown = [trends.trend(db, account, query, now)]
    if question.other:
        second = TrendQuery(query.days, query.filters, code_of(question.other))
        shown.append(trends.trend(db, account, second, now))
    return shown
