from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.capacity import Counts
from ror.model.contact import Contact
from ror.model.count_parts import CountPart, PartKey
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.model.place import PlacePoint
from ror.model.ranking import Ranking
from ror.model.registry import Unit
from ror.services.availability import answers, consult, places
from ror.store import declarations, registry, registry_changes
from ror.store.board import answers as ranking_query
from ror.store.engine.database import Database
from tests.region import (
    BY_ID,
    CARDIAC,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    DOMINIQUE,
    HOSPITAL,
    LONG_STAY,
    NOW,
    NURSING,
    PSYCHIATRY,
    REHABILITATION,
    RESUSCITATION,
    STRUCTURES,
    WARD,
    change_unit,
    close_for_a_time,
    event,
    write,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def view(db, **filters):
    return consult.view(db, consult.current(db, DOMINIQUE), Filters(**filters), NOW)


def near(db, key, kilometres=None, ranking=Ranking.DISTANCE, departments=(), limit=200, **filters):
    return answers.find(db, view(db, **filters), places.point(db, key), kilometres, ranking, departments, limit)


def units(listed_answers):
    return [answer.unit for answer in listed_answers]


def register(db, *entries):
    with db.transaction() as transaction:
        for entry in entries:
            registry.merge(transaction, [entry])
        registry_changes.record_change(transaction, "tests", NOW)


def declare(transaction, unit, number):
    """Write a number of a unit, of those that count beds."""
    declarations.append(transaction, replace(event(transaction, WARD, number), unit=unit))


def structure(finess, commune, code, latitude, longitude):
    name = f"Hôpital fictif de {commune}"
    return replace(
        STRUCTURES[0], finess=finess, name=name, commune=commune, commune_code=code, department=code[:2],
        latitude=latitude, longitude=longitude,
    )  # fmt: skip


# The answers


@pytest.mark.usefixtures("region")
def test_the_units_near_a_place_are_ranked_free_first_then_by_distance_then_by_age(db):
    write(db, RESUSCITATION, 1, NOW - 9 * DAY)
    write(db, WARD, 1, NOW - 2 * HOUR)
    write(db, DAY_HOSPITAL, 0)
    write(db, CARDIAC, 6)
    write(db, PSYCHIATRY, 2)
    write(db, LONG_STAY, 2)
    close_for_a_time(db, NURSING, NOW.date() + DAY)
    result = near(db, f"structure:{HOSPITAL}")
    # Free by distance, at one distance the most recent band first; then full, never declared by distance, closed by distance.
    assert units(result.answers)[:6] == [WARD, RESUSCITATION, PSYCHIATRY, LONG_STAY, CARDIAC, DAY_HOSPITAL]
    assert set(units(result.answers)[-2:]) == {NURSING, CLOSED_UNIT}
    assert result.total == len(BY_ID)
    distances = [answer.distance for answer in result.answers]
    assert distances[:3] == [0, 0, pytest.approx(3.1, abs=0.1)]


@pytest.mark.usefixtures("region")
def test_the_order_is_changed_by_the_number_and_by_the_age(db):
    write(db, WARD, 2, NOW - 10 * HOUR)
    write(db, PSYCHIATRY, 9, NOW - 2 * DAY)
    write(db, CARDIAC, 3, NOW - 9 * HOUR)
    orders = {ranking: units(near(db, f"structure:{HOSPITAL}", ranking=ranking).answers)[:3] for ranking in Ranking}
    assert orders == {
        Ranking.DISTANCE: [WARD, PSYCHIATRY, CARDIAC],
        Ranking.AVAILABLE: [PSYCHIATRY, CARDIAC, WARD],
        Ranking.FRESHNESS: [CARDIAC, WARD, PSYCHIATRY],
        Ranking.RELIABILITY: [WARD, PSYCHIATRY, CARDIAC],
    }


@pytest.mark.usefixtures("region")
def test_without_a_place_units_have_no_distance_and_are_ranked_by_state_age_and_name(db):
    write(db, PSYCHIATRY, 1)
    write(db, WARD, 1)
    write(db, CARDIAC, 1, NOW - 2 * HOUR)
    result = near(db, "", 5)
    assert units(result.answers)[:3] == [PSYCHIATRY, WARD, CARDIAC]
    assert {answer.distance for answer in result.answers} == {None}
    assert (result.total, result.unplaced, result.beyond) == (12, 0, ())


@pytest.mark.usefixtures("region")
def test_an_answer_has_what_is_drawn_of_a_unit(db):
    change_unit(db, WARD, telephone="")
    write(db, WARD, 3, NOW - HOUR, comment="Aile nord")
    (ward,) = near(db, "commune:75113", unit_types=("16",)).answers
    assert (ward.unit, ward.name, ward.finess, ward.structure) == (WARD, "Médecine interne", HOSPITAL, STRUCTURES[0].name)
    assert (ward.commune, ward.department, ward.needs, ward.type_label) == ("Paris", "75", ("medecine",), ward.type_label)
    assert (ward.capacity_type, ward.available, ward.installed, ward.rank) == (CapacityType.BED, 3, 20, 1)
    assert (ward.observed_at, ward.overdue, ward.open, ward.comment) == (NOW - HOUR, False, True, "Aile nord")
    assert ward.contacts == (Contact("", STRUCTURES[0].telephone),)
    assert ward.distance == pytest.approx(0.4, abs=0.3)
    assert near(db, "", unit_types=("121",)).answers[0].contacts == (Contact("", BY_ID[RESUSCITATION].telephone),)


@pytest.mark.usefixtures("region")
def test_a_closed_unit_offers_nothing_to_either_sex(db):
    counts = Counts(3, parts=(CountPart(PartKey("available", gender="01"), 2),))
    write(db, CLOSED_UNIT, 3, counts=counts)
    write(db, WARD, 3, counts=counts)
    by_unit = {answer.unit: answer for answer in near(db, "").answers}
    assert (by_unit[WARD].women, by_unit[WARD].men, by_unit[WARD].available) == (2, None, 3)
    assert (by_unit[CLOSED_UNIT].women, by_unit[CLOSED_UNIT].men, by_unit[CLOSED_UNIT].available) == (None, None, 0)
    close_for_a_time(db, WARD, NOW.date() + DAY)
    closed = {answer.unit: answer for answer in near(db, "").answers}[WARD]
    assert (closed.open, closed.rank, closed.closed_until) == (False, None, NOW.date() + DAY)


@pytest.mark.usefixtures("region")
def test_a_radius_keeps_what_is_within_and_adds_up_no_more(db):
    write(db, WARD, 3)
    write(db, PSYCHIATRY, 2)
    write(db, CARDIAC, 4)
    result = near(db, f"structure:{HOSPITAL}", 4)
    assert {answer.finess for answer in result.answers} == {HOSPITAL, STRUCTURES[4].finess}
    assert (result.total, result.summary["beds"], result.summary["units"]) == (5, 5, 5)
    assert result.beyond == ()
    edge = max(answer.distance for answer in result.answers)
    assert near(db, f"structure:{HOSPITAL}", edge).total == 5
    assert near(db, f"structure:{HOSPITAL}", edge - 0.001).total == 3


@pytest.mark.usefixtures("region")
def test_the_first_ones_are_given_and_all_are_counted(db):
    result = near(db, "", limit=2)
    assert (len(result.answers), result.total, result.summary["units"] + result.summary["shut"]) == (2, 12, 12)
    assert len(near(db, "commune:75113", 100, limit=2).answers) == 2


@pytest.mark.usefixtures("region")
def test_departements_narrow_the_answers(db):
    assert {one.department for one in near(db, "commune:75113", departments=("93", "94")).answers} == {"93", "94"}
    assert near(db, "", departments=("01",)).total == 0


@pytest.mark.usefixtures("region")
def test_when_nothing_is_near_the_nearest_are_given_with_their_distance(db):
    write(db, CARDIAC, 4)
    result = near(db, "commune:77288", 10, needs=("soins-critiques",), ranking=Ranking.AVAILABLE)
    assert (result.answers, result.total, result.summary["beds"]) == ([], 0, 0)
    assert units(result.beyond) == [CARDIAC, RESUSCITATION]
    assert [round(answer.distance) for answer in result.beyond] == [43, 38]
    assert len(near(db, "commune:77288", 10).beyond) == answers.MAX_BEYOND
    assert near(db, "commune:77288", 10, at_least=99).beyond == []


@pytest.mark.usefixtures("region")
def test_a_structure_without_a_position_is_listed_after_and_a_radius_counts_it_apart(db):
    register(db, *(replace(one, latitude=None, longitude=None) for one in (STRUCTURES[3], STRUCTURES[2])))
    for unit in (LONG_STAY, WARD, CARDIAC):
        write(db, unit, 1)
    everywhere = near(db, f"structure:{HOSPITAL}")
    assert units(everywhere.answers)[:3] == [WARD, CARDIAC, LONG_STAY]
    assert (everywhere.answers[2].distance, everywhere.unplaced, everywhere.total) == (None, 0, 12)
    close = near(db, f"structure:{HOSPITAL}", 1)
    assert (close.total, close.unplaced) == (3, 2)
    nothing = near(db, f"structure:{HOSPITAL}", 1, needs=("geriatrie",))
    assert (nothing.total, nothing.unplaced, nothing.beyond) == (0, 1, [])


# The ranking


@st.composite
def ranked_rows(draw):
    """Draw the rows of aged units that a ranking reads, from few values so that many rows tie."""
    rows = []
    for number in draw(st.permutations(range(draw(st.integers(0, 12))))):
        opened = draw(st.booleans())
        rank = draw(st.integers(0, 4)) if opened else None
        known = opened and rank != 4
        placed = draw(st.booleans())
        rows.append(
            {
                "name_order": number,
                "available": draw(st.integers(0, 2)) if known else None if opened else 0,
                "open": opened,
                "rank": rank,
                "observed_at": NOW - draw(st.integers(0, 3)) * DAY if known else None,
                "latitude": draw(st.sampled_from([48.5, 48.6])) if placed else None,
                "longitude": 2.5 if placed else None,
                "any_left": draw(st.sampled_from([None, 0.5, 0.9])),
            }
        )
    return rows


_ROWS = pa.schema(
    [
        ("name_order", pa.int32()),
        *(("available", pa.int32()), ("open", pa.bool_()), ("rank", pa.int8()), ("observed_at", pa.timestamp("us", "UTC"))),
        *(("latitude", pa.float64()), ("longitude", pa.float64()), ("any_left", pa.float64())),
    ]
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("ranking") / "ror.duckdb")
    yield database
    database.close()


def order_of(db, rows, ranking, point):
    """Return the `name_order` of rows, which is theirs alone, as they are ranked; and the distances."""
    with db.reader() as cursor:
        table = ranking_query.ranked(cursor, pa.Table.from_pylist(rows, _ROWS), ranking, point)
    return [(rows[row]["name_order"], distance) for row, distance in zip(*table.to_pydict().values(), strict=True)]


def expected_key(row, ranking, distance):
    """Return what a row is sorted by, by the rule in words."""
    free = bool(row["available"])
    state = 3 if not row["open"] else 2 if row["available"] is None else 1 if not free else 0
    age = -row["observed_at"].timestamp() if row["observed_at"] else 0
    rank = 5 if row["rank"] is None else row["rank"]
    likely = (row["any_left"] is None, -(row["any_left"] or 0))
    first = {
        Ranking.DISTANCE: (),
        Ranking.AVAILABLE: (-(row["available"] or 0),),
        Ranking.FRESHNESS: (rank, age),
        Ranking.RELIABILITY: likely,
    }[ranking]
    far = float("inf") if distance is None else distance
    return (state, *first, far, rank, row["name_order"])


@given(rows=ranked_rows(), ranking=st.sampled_from(Ranking), placed=st.booleans())
def test_the_ranking_follows_its_rule(empty, rows, ranking, placed):
    point = PlacePoint("commune:77288", "Melun (77)", 48.54, 2.66) if placed else None
    ranked = order_of(empty, rows, ranking, point)
    by_id = {row["name_order"]: row for row in rows}
    keys = [expected_key(by_id[unit], ranking, distance) for unit, distance in ranked]
    assert keys == sorted(keys)
    assert len({unit for unit, _ in ranked}) == len(rows)
    assert all((distance is None) == (point is None or by_id[unit]["latitude"] is None) for unit, distance in ranked)


@given(rows=ranked_rows(), ranking=st.sampled_from(Ranking))
def test_the_ranking_does_not_depend_on_the_order_of_the_rows(empty, rows, ranking):
    point = PlacePoint("commune:77288", "Melun (77)", 48.54, 2.66)
    assert order_of(empty, rows, ranking, point) == order_of(empty, rows[::-1], ranking, point)


@given(rows=ranked_rows(), ranking=st.sampled_from(Ranking))
def test_something_free_comes_first_and_closed_units_and_unknown_numbers_last(empty, rows, ranking):
    by_id = {row["name_order"]: row for row in rows}
    states = []
    for unit, _ in order_of(empty, rows, ranking, None):
        row = by_id[unit]
        states.append("closed" if not row["open"] else {None: "unknown", 0: "full"}.get(row["available"], "free"))
    assert states == sorted(states, key=["free", "full", "unknown", "closed"].index)


# Alternatives


@pytest.mark.usefixtures("region")
def test_the_alternatives_of_a_unit_are_the_nearest_of_its_needs_with_something_free(db):
    stay = BY_ID[LONG_STAY]
    register(
        db,
        structure("990770001", "Melun", "77288", 48.54, 2.66),
        Unit("990770001-01", "990770001", "Longue durée", "249", 10, ""),
        Unit("990770001-02", "990770001", "Court séjour gériatrique", "16", 10, ""),
        *(replace(stay, id=f"990750001-1{n}", structure=HOSPITAL) for n in range(3)),
    )
    assert units(answers.alternatives(db, view(db), LONG_STAY)) == []
    with db.transaction() as transaction:
        for unit in ("990770001-01", "990770001-02", "990750001-10", "990750001-11"):
            declare(transaction, unit, 2)
        declare(transaction, "990750001-12", 0)
        declare(transaction, LONG_STAY, 4)
    alternatives = answers.alternatives(db, view(db, at_least=99), LONG_STAY)
    assert units(alternatives) == ["990750001-10", "990750001-11", "990770001-01"]
    assert [round(answer.distance) for answer in alternatives] == [9, 9, 31]


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # A general need counts when the unit has no other.
        ({"name": "Court séjour gériatrique"}, {LONG_STAY}),
        ({"name": "Médecine"}, {WARD}),
        # Places are no alternative to beds, nor a unit for children to one for adults.
        ({"nature": "02", "name": "Gériatrie de jour"}, set()),
        ({"unit_type": "121", "patient_type": "child"}, set()),
        ({"unit_type": "121", "patient_type": "both"}, {RESUSCITATION}),
        ({"unit_type": "121"}, {RESUSCITATION}),
        # Every need of the unit, not one of them.
        ({"unit_type": "287"}, set()),
        # Without needs, units of the type.
        ({"unit_type": "11", "nature": "01", "name": "Hôpital de jour"}, {DAY_HOSPITAL}),
    ],
)
def test_an_alternative_answers_the_same_needs_for_the_same_patients(db, changes, expected):
    change_unit(db, DAY_HOSPITAL, nature="01", name="Unité 3")
    full = replace(BY_ID[WARD], id="full", **changes)
    register(db, full)
    free = (WARD, LONG_STAY, RESUSCITATION, DAY_HOSPITAL, REHABILITATION)
    with db.transaction() as transaction:
        for unit in free:
            declare(transaction, unit, 2)
    assert set(units(answers.alternatives(db, view(db), "full"))) == expected


@pytest.mark.usefixtures("region")
def test_alternatives_are_a_few_and_a_unit_without_a_position_or_unknown_has_what_it_can(db):
    more = [replace(BY_ID[WARD], id=f"more-{number}") for number in range(answers.MAX_ALTERNATIVES + 1)]
    register(db, *more, replace(STRUCTURES[0], latitude=None, longitude=None, commune_code=""))
    with db.transaction() as transaction:
        for unit in more:
            declare(transaction, unit.id, 2)
    alternatives = answers.alternatives(db, view(db), WARD)
    assert (len(alternatives), {answer.distance for answer in alternatives}) == (answers.MAX_ALTERNATIVES, {None})
    assert answers.alternatives(db, view(db), "unknown") == ()
