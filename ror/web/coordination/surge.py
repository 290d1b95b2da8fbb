"""The section « Afflux »: where a number of patients near a place would go, what fills first, how many find no place."""

import html
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from ror.drawing import surge_charts
from ror.drawing.trend_charts import ceiling
from ror.model.french import count, number
from ror.model.freshness import age_words, freshness_words
from ror.model.nomenclature import CapacityType
from ror.model.rights import Account
from ror.model.surge import Level, Surge
from ror.model.territory import department_name
from ror.services.availability import consult
from ror.services.coordination import surge as services
from ror.services.coordination.surge import SurgeAnswer, SurgeQuery
from ror.services.region_time import instant_words
from ror.settings import settings
from ror.web import answer_rows, chart_tables, live, place_field, session
from ror.web.coordination import surge_form, surge_tables

MAX_BARS, MAX_DEPARTMENTS = 12, 6


def render_surge(account: Account) -> None:
    """Render the question of the address, and its answer by the numbers of now."""
    db = session.database()
    board = consult.current(db, account)
    live.listen(board.position, [live.EVERYTHING])
    query = surge_form.render(board)
    if query is None:
        return
    answer = services.simulate(db, account, query, datetime.now(UTC))
    if not answer.view.region["units"]:
        st.info("Aucune unité ne correspond à ces critères : élargissez-les.")
        return
    st.html(_result(query, answer))
    if answer.units:
        _render_charts(query, answer)
        surge_tables.render(query, answer)


def _result(query: SurgeQuery, answer: SurgeAnswer) -> str:
    """Return the HTML of the result: its sentence, the age of its numbers, a notice that nothing is reserved, remarks."""
    lines = [
        f'<h2 class="ror-answers">{html.escape(sentence(query, answer.surge))}</h2>',
        f"<p>{html.escape(_age_sentence(query, answer))} <b>Rien n'est réservé</b> : c'est un calcul sur les nombres "
        "déclarés ; appelez avant d'orienter.</p>",
    ]
    more = _remarks(query, answer)
    if more:
        lines.append(f"<p>{html.escape(' '.join(more))}</p>")
    return f'<section class="ror-event" role="status">{"".join(lines)}</section>'


def sentence(query: SurgeQuery, surge: Surge) -> str:
    """Return the result in one sentence.

    « 40 patients : 31 placés dans 9 structures à 12 km en médiane, 9 sans place à moins de 50 km de Melun (77) ».
    """
    within = f"à moins de {query.kilometres:.0f} km {place_field.of_place(query.point)}"
    placed = "aucun placé"
    if surge.median is not None:
        verb = count(surge.placed, "placé")
        placed = f"{verb} dans {count(surge.structures, 'structure')} à {answer_rows.distance_words(surge.median)} en médiane"
    rest = f"{number(surge.without)} sans place {within}" if surge.without else f"tous {within}"
    return f"{count(surge.patients, 'patient')} : {placed}, {rest}"


def _age_sentence(query: SurgeQuery, answer: SurgeAnswer) -> str:
    """Return the sentence on the age of the numbers by which patients were placed."""
    at, oldest = answer.view.at, answer.oldest_at
    if oldest is None:
        return f"Nombres connus le {instant_words(at)}."
    ranks, bed = answer.placed_by_rank(), query.capacity is CapacityType.BED
    fresh = sum(placed for rank, placed in ranks.items() if rank <= 1)
    how = freshness_words(fresh, ranks.get(3, 0), "confirmé" if bed else "confirmée", settings().age_bands)
    taken = f"{query.capacity.of(answer.surge.placed)} {'pris' if bed else _agreed('prise', answer.surge.placed)}"
    return f"Nombres connus le {instant_words(at)} : {taken}, {how} ; le plus ancien, {age_words(at - oldest)}."


def _agreed(word: str, quantity: int) -> str:
    return word if quantity < 2 else f"{word}s"


def _remarks(query: SurgeQuery, answer: SurgeAnswer) -> list[str]:
    """Return remarks on the result: what is full, left or next, what else was counted, which structures were left out."""
    surge, remarks = answer.surge, []
    full = [one for one in surge.saturations if one.level is Level.DEPARTMENT]
    if full:
        after = [f"{department_name(one.key)} après {count(one.after, 'patient')}" for one in full[:MAX_DEPARTMENTS]]
        remarks.append(f"Départements pleins : {', '.join(after)}{'...' if len(full) > MAX_DEPARTMENTS else '.'}")
    if not surge.without:
        remarks.append(f"Il reste {query.capacity.of(surge.spare)} dans ce rayon.")
    elif answer.next_distance is not None:
        # To a tenth: rounded, it might be the radius itself.
        nearest = "le lit libre le plus proche" if query.capacity is CapacityType.BED else "la place libre la plus proche"
        remarks.append(f"Au-delà, {nearest} est à {answer.next_distance:.1f} km.".replace(".", ",", 1))
    for one, added in answer.added.items():
        remarks.append(f"{one.label} : {number(added)} comptés aussi." if added else f"{one.label} : aucun n'est déclaré ici.")
    if answer.unplaced:
        remarks.append(f"{count(answer.unplaced, 'structure')} sans position, hors de ce calcul.")
    return remarks


def _render_charts(query: SurgeQuery, answer: SurgeAnswer) -> None:
    """Render the places and the patients by distance, and the structures in the order in which they fill."""
    surge, structures = answer.surge, surge_tables.structures(answer)
    points = surge_tables.points(surge, query.kilometres)
    total = points["free"][-1].as_py()
    left, right = st.columns(2, gap="medium")
    with left:
        noun = "Lits" if query.capacity is CapacityType.BED else "Places"
        top = ceiling(max(surge.patients, min(total, 2 * surge.patients)))
        st.vega_lite_chart(
            points,
            surge_charts.by_distance(f"{noun} et patients placés selon la distance", query.kilometres, top),
            key="surge-distance",
            alt=f"Patients placés selon la distance. {sentence(query, surge)}.",
        )
        st.caption(f"En gris, les {noun.lower()} à moins de cette distance ; trait plein, les patients placés ; tirets, tous.")
        chart_tables.render("Patients placés selon la distance", ["Jusqu'à (km)", noun, "Patients placés"], _point_rows(points))
    with right:
        shown = structures[:MAX_BARS]
        st.vega_lite_chart(
            surge_tables.bars(shown),
            surge_charts.by_structure("Ce qui se remplit, dans l'ordre", ceiling(max(one.taken + one.left for one in shown))),
            key="surge-structures",
            alt="Par structure, dans l'ordre où elles se remplissent : ce qui est pris et ce qui reste.",
        )
        if len(structures) > len(shown):
            st.caption(f"Les {len(shown)} premières sur {len(structures)} ; toutes sont dans le tableau.")
        chart_tables.render(
            "Ce qui se remplit, dans l'ordre",
            ["Structure", "Distance", "Patients placés", "Reste libre", "Pleine après"],
            [(one.name, answer_rows.distance_words(one.distance), one.taken, one.left, one.after_words) for one in structures],
        )


def _point_rows(points: pa.Table) -> list[tuple[object, ...]]:
    """Return the rows of the table: the points of the chart at which there is at least one place."""
    rows = [row for row in points.to_pylist() if row["free"]]
    return [(f"{row['distance']:.1f}".replace(".", ","), row["free"], row["placed"]) for row in rows]
