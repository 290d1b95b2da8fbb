"""Render « Demain »: bands for the totals of a territory, each beside how often such bands held before."""

import html
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import pyarrow as pa
import streamlit as st

from ror.drawing import forecast_chart
from ror.model import french
from ror.model.forecast import (
    AHEAD,
    HISTORY_DAYS,
    LATELY,
    LEVEL,
    MAX_MISSED_LATELY,
    TOLERANCE,
    WINDOW,
    Forecast,
    Silence,
    days_needed,
)
from ror.model.rights import Account
from ror.services.availability import forecast as services
from ror.services.availability.forecast import ForecastSeries
from ror.services.region_time import region_zone
from ror.web import chart_tables, session, tables, trend_question
from ror.web.columns import by_number
from ror.web.trend_question import TrendQuestion, named
from ror.web.trends import day_words

DAYS = dict(zip(AHEAD, ("Demain", "Après-demain"), strict=True))
_MAX_CHARTS = 12
_NOUNS = {"beds": "Lits disponibles", "places": "Places disponibles"}
_ANNOUNCED = f"{LEVEL:.0%}".replace("%", " %")


def render(account: Account, question: TrendQuestion, now: datetime) -> None:
    """Render the forecasts of the territory of a question, then of its needs or départements. Raises `Refused`."""
    by, measure = trend_question.render_forecast_cut()
    read = partial(
        services.forecasts, session.database(), account, question.query, trend_question.FORECAST_MEASURES[measure], now
    )
    territory = read()
    if not territory:
        st.info(nothing(measure))
        return
    (series,) = territory
    if all(forecast.silence is Silence.HISTORY for forecast in series.forecasts):
        st.info(too_short(series))
        return
    st.html(how_to_read(series))
    render_territory(series)
    groups = read(trend_question.FORECAST_GROUPS[by])
    with st.container(key="trend-charts-forecast"):
        render_groups(groups, by)
    criteria = [("Territoire", named(question.query.department)), ("Période", f"{HISTORY_DAYS // 7} semaines")]
    if question.query.structure:
        criteria.append(("Structure", question.query.structure))
    title = f"{_NOUNS[series.measure]} demain et après-demain, par {by.lower()}"
    file = tables.Download("previsions", title, filters=question.query.filters, criteria=tuple(criteria))
    shown, height = groups_table(groups, by), tables.full_height(groups, 12)
    tables.render(shown, "previsions", file=file, export=groups_export(groups, by), height=height)


def nothing(measure: str) -> str:
    """Return the sentence for units that had nothing available on any day."""
    none = "Aucun lit" if measure == "Lits" else "Aucune place"
    return f"{none} disponible sur les {HISTORY_DAYS // 7} dernières semaines avec ces filtres : rien à prévoir."


def too_short(series: ForecastSeries) -> str:
    """Return the sentence for a history too short for every day ahead: the days needed, and the days recorded."""
    tomorrow, after = (days_needed(ahead) for ahead in AHEAD)
    return (
        f"Pas encore de prévision : il faut {tomorrow} jours d'historique pour demain et {after} pour après-demain, il y en a "
        f"{series.history}. Une bande n'est montrée qu'après avoir été vérifiée sur huit semaines."
    )


def how_to_read(series: ForecastSeries) -> str:
    """Return the HTML that explains the bands: what they are, when they are shown, what the totals are made of."""
    low, high = (round(100 * (LEVEL + side)) for side in (-TOLERANCE, TOLERANCE))
    aged = "" if series.up_to_date is None else f" : {round(100 * series.up_to_date)} % des unités ouvertes sont à jour"
    return (
        f'<p class="ror-when">Bandes à {_ANNOUNCED} : le nombre y tombe quatre fois sur cinq, si les jours qui viennent '
        "ressemblent aux huit dernières semaines. À côté, la part des jours où elles ont tenu. Ces totaux sont faits de "
        f"nombres déclarés, d'âges divers{aged} ; c'est ce que le tableau montrera qui est prévu, non les lits eux-mêmes.</p>"
        '<details class="ror-same"><summary>Comment c\'est calculé, et quand rien n\'est montré</summary><p class="ror-when">'
        "Trois méthodes simples sont en concurrence (le dernier nombre ; le même avec le changement habituel de ce jour de la "
        "semaine ; à mi-chemin de la moyenne de ce jour de la semaine) : celle qui s'est le moins trompée en huit semaines "
        "donne le nombre, et ses erreurs la largeur de la bande, élargie après un échec. Chaque jour des huit dernières "
        "semaines, la bande est refaite avec ce qui était connu ce jour-là seulement, puis comparée à ce qui est venu. Elle "
        f"n'est pas montrée si elle a tenu moins de {low} % ou plus de {high} % des jours, ou a échoué plus de "
        f"{MAX_MISSED_LATELY} fois ces {LATELY} derniers jours. À 48 h, deux jours qui se suivent se recouvrent : {WINDOW} "
        f"jours en valent environ {WINDOW // 2}. Un événement sans précédent n'est dans aucune bande.</p></details>"
    )


def render_territory(series: ForecastSeries) -> None:
    """Render the forecast of a territory: its number now, its bands in words, its chart, and the chart as a table."""
    words, picture = st.columns([2, 3])
    with words:
        days = zip(series.targets, series.forecasts, strict=True)
        lines = "".join(
            f"<li>{DAYS[forecast.ahead]}, {_at(at)} : {_line(forecast, series.history)}</li>" for at, forecast in days
        )
        title = f"{_NOUNS[series.measure]}, {series.label}"
        st.html(
            f'<div class="ror-forecast"><p>{html.escape(title)}<b>{french.number(series.now)}</b></p><ul>{lines}</ul></div>'
        )
    with picture:
        _chart(series, f"forecast-{series.code or 'region'}")
        rows = [(row["when"], row["words"], row["coverage"]) for row in _points(series).to_pylist()]
        chart_tables.render(
            f"{title}, {len(series.values) - 1} jours et la suite", ["Jour", "Nombre, ou bande", "Ont tenu"], rows
        )


def render_groups(groups: Sequence[ForecastSeries], label: str) -> None:
    """Render a chart for each group that has a band, the largest first and `_MAX_CHARTS` at most, then all as a table."""
    shown = sorted((one for one in groups if any(forecast.shown for forecast in one.forecasts)), key=lambda one: -one.now)
    silent, largest = len(groups) - len(shown), shown[:_MAX_CHARTS]
    without = f"{french.count(silent, label.lower())} sans bande : le tableau dit ce qui a été observé." if silent else ""
    cut = f"Les {len(largest)} premiers sur {len(shown)} ; tous sont dans le tableau." if len(shown) > len(largest) else ""
    if without or cut:
        st.caption(f"{cut} {without}".strip())
    for start in range(0, len(largest), 4):
        for column, one in zip(st.columns(4), largest[start : start + 4], strict=False):
            with column:
                lines = "".join(f"<small>{_short(forecast)}</small>" for forecast in one.forecasts)
                st.html(f'<p class="ror-trend">{html.escape(one.label)}<b>{french.number(one.now)}</b>{lines}</p>')
                _chart(one, f"forecast-group-{one.code}")
    headings = [label, "Maintenant", *(words for day in DAYS.values() for words in (day, "Ont tenu"))]
    rows = [
        (
            one.label,
            french.number(one.now),
            *(words for forecast in one.forecasts for words in (_band(forecast), observed(forecast))),
        )
        for one in groups
    ]
    chart_tables.render(f"Demain et après-demain, par {label.lower()}", headings, rows)


def groups_table(groups: Sequence[ForecastSeries], label: str) -> pa.Table:
    """Return the table on screen: a group, its number now and, for each day ahead, its band and how often bands held."""
    columns = {label: [one.label for one in groups], "Maintenant": pa.array([one.now for one in groups], pa.int32())}
    for place, day in enumerate(DAYS.values()):
        forecasts = [one.forecasts[place] for one in groups]
        columns[day] = [by_number(_band(one)) for one in forecasts]
        columns[f"Ont tenu, {day.lower()}"] = [by_number(observed(one), 3) for one in forecasts]
    return pa.table(columns)


def groups_export(groups: Sequence[ForecastSeries], label: str) -> pa.Table:
    """Return the table for a file: numbers only; where no band is shown its cells are empty, and a column says why."""
    columns = {label: [one.label for one in groups], "Maintenant": pa.array([one.now for one in groups], pa.int32())}
    for place, day in enumerate(DAYS.values()):
        forecasts = [one.forecasts[place] for one in groups]
        for words, name in (("au plus bas", "low"), ("prévu", "middle"), ("au plus haut", "high")):
            columns[f"{day}, {words}"] = _whole([getattr(one.shown, name, None) for one in forecasts])
        columns[f"{day}, annoncé (%)"] = _whole([round(100 * LEVEL) for _ in forecasts])
        columns[f"{day}, observé (%)"] = _whole([_percent(one) for one in forecasts])
        columns[f"{day}, jours vérifiés"] = _whole([one.days for one in forecasts])
        columns[f"{day}, sans bande"] = pa.array([_reason(one) for one in forecasts], pa.string())
    return pa.table(columns)


def _whole(numbers: Sequence[int | None]) -> pa.Array:
    return pa.array(numbers, pa.int32())


def _percent(forecast: Forecast) -> int | None:
    return None if forecast.coverage is None else round(100 * forecast.coverage)


def observed(forecast: Forecast) -> str:
    """Return how often past bands held: « 82 % de 56 jours », « — » when none was checked."""
    return f"{_percent(forecast)} % de {forecast.days} jours" if forecast.days else "—"


def _band(forecast: Forecast) -> str:
    band = forecast.shown
    return f"{french.number(band.low)} à {french.number(band.high)}" if band else "pas de bande"


def _reason(forecast: Forecast) -> str:
    """Return why no band is shown, "" when one is."""
    if forecast.silence is Silence.HISTORY:
        return f"il faut {days_needed(forecast.ahead)} jours d'historique"
    if forecast.silence is Silence.LATELY:
        return f"{forecast.missed_lately} des {LATELY} derniers jours hors de la bande"
    return f"{_percent(forecast)} % observés sur {forecast.days} jours, trop loin de {_ANNOUNCED}" if forecast.silence else ""


def _line(forecast: Forecast, history: int) -> str:
    """Return the HTML of a territory's forecast for one day ahead, with how often past bands held."""
    if forecast.shown:
        after = f"{_ANNOUNCED} annoncés, {_percent(forecast)} % observés sur 8 semaines, {forecast.days} jours"
    else:
        after = f"{_reason(forecast)}{f', il y en a {history}' if forecast.silence is Silence.HISTORY else ''}"
    return f"<b>{_band(forecast)}</b> <small>{after}</small>"


def _short(forecast: Forecast) -> str:
    """Return the HTML of a group's forecast for one day ahead."""
    seen = f"{_percent(forecast)} % observés, {forecast.days} jours" if forecast.shown else _reason(forecast)
    return f"{DAYS[forecast.ahead]} : <strong>{_band(forecast)}</strong><br>{seen}"


def _at(at: datetime) -> str:
    return f"{day_words(at)} à {at.astimezone(region_zone()).hour} h"


def _chart(series: ForecastSeries, key: str) -> None:
    """Render the chart of the last days of a group and its bands."""
    points = _points(series)
    numbers = [row[name] for row in points.to_pylist() for name in ("value", "low", "high") if row[name] is not None]
    # A tenth above and below, 1 at least: the margin must not be zero for a total that never moved.
    margin = max((max(numbers) - min(numbers)) // 10, 1)
    low, high = max(min(numbers) - margin, 0), max(numbers) + margin
    last = series.targets[-1] + (series.targets[-1] - series.targets[-2]) / 2
    bands = ", ".join(f"{DAYS[forecast.ahead].lower()} {_band(forecast)}" for forecast in series.forecasts)
    st.vega_lite_chart(
        points,
        forecast_chart.within(forecast_chart.bands(), series.instants[0], last, low, high),
        key=key,
        alt=f"{_NOUNS[series.measure]}, {series.label} : {french.number(series.now)} maintenant, {bands}.",
    )


def _points(series: ForecastSeries) -> pa.Table:
    """Return the rows of `forecast_chart.bands`: the days until now, then those ahead."""
    rows = [
        {"at": at, "value": value, "when": day_words(at), "words": french.number(value), "coverage": "—", "last": False}
        for at, value in zip(series.instants, series.values, strict=True)
    ]
    rows[-1]["last"] = True
    for at, forecast in zip(series.targets, series.forecasts, strict=True):
        band = forecast.shown
        limits = {"low": band.low, "middle": band.middle, "high": band.high} if band else {}
        rows.append(
            {"at": at, **limits, "when": day_words(at), "words": _band(forecast), "coverage": observed(forecast), "last": False}
        )
    return pa.Table.from_pylist(rows, _POINTS)


_POINTS = pa.schema(
    [
        ("at", pa.timestamp("us", "UTC")),
        *((name, pa.int32()) for name in ("value", "low", "middle", "high")),
        *((name, pa.string()) for name in ("when", "words", "coverage")),
        ("last", pa.bool_()),
    ]
)
