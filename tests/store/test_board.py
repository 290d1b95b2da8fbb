from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.model.capacity import Counts
from ror.model.declaration import EventKind
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType, unit_types
from ror.model.patient_type import PatientType
from ror.model.registry import Unit
from ror.model.rights import Perimeter
from ror.model.territory import PARIS
from ror.store import declarations, registry, registry_changes
from ror.store.board import aging, consultation
from ror.store.board import board as boards
from ror.store.board.aging import AgingContext
from ror.store.board.board import BoardCache
from ror.store.board.offers import OfferQuery, read_offers
from ror.store.engine.database import Database
from tests.age_rules import is_overdue, median_rank, rank, reopening
from tests.examples import slow_examples
from tests.region import (
    ASYLUM,
    BY_ID,
    CARDIAC,
    CLINIC,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    HALT,
    HOME,
    HOME_CARE,
    HOME_REHABILITATION,
    HOSPITAL,
    LIMITS,
    LINDENS,
    LONG_STAY,
    NOW,
    NURSING,
    PSYCHIATRY,
    REHABILITATION,
    RESUSCITATION,
    SHELTER,
    STRUCTURES,
    UNITS,
    WARD,
    aged_units,
    board_rows,
    change_unit,
    close_for_a_time,
    event,
    rolled_back,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

HOUR, DAY, INSTANT = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)


def summary(db: Database, at: datetime = NOW, filters: Filters | None = None) -> dict[str, dict]:
    """Return the summaries by key: "region", a département's code or a structure's number."""
    units, filters = aged_units(db, at), filters or Filters()
    region, departments = consultation.departments(units, filters)
    structures = consultation.structures(consultation.matching(units, filters))
    return {"region": region, **departments, **{row["finess"]: row for row in structures}}


# Rows of the board


def test_a_declared_number_is_shown_with_its_registry_entry(db):
    written = write(db, WARD, 3, NOW - HOUR, comment="Chambres seules")
    row = board_rows(db)[WARD]
    assert (row["available"], row["comment"], row["observed_at"]) == (3, "Chambres seules", NOW - HOUR)
    assert (row["position"], row["kind"], row["account"]) == (written.position, "declared", "camille")
    assert (row["name"], row["structure"], row["department"]) == ("Médecine interne", "Hôpital fictif des Tilleuls", "75")
    assert (row["installed"], row["open"], row["rank"], row["overdue"]) == (20, True, 1, False)


def test_a_unit_that_never_declared_is_there_without_number_and_overdue(db):
    assert set(board_rows(db)) == set(BY_ID)
    row = board_rows(db)[WARD]
    assert (row["available"], row["observed_at"], row["position"], row["comment"]) == (None, None, 0, "")
    assert (row["open"], row["rank"], row["overdue"]) == (True, 4, True)


def test_installed_beds_declared_stand_for_those_of_the_registry(db):
    write(db, WARD, 3, counts=Counts(3, installed=25))
    assert board_rows(db)[WARD]["installed"] == 25
    write(db, WARD, 3)
    assert board_rows(db)[WARD]["installed"] == 20


def test_the_last_committed_number_is_shown_whatever_instant_it_claims(db):
    write(db, WARD, 3, NOW)
    write(db, WARD, 5, NOW - 3 * DAY)
    assert (board_rows(db)[WARD]["available"], board_rows(db)[WARD]["rank"]) == (5, 2)


def test_critical_care_is_overdue_after_a_day_and_a_ward_after_a_week(db):
    for unit in (RESUSCITATION, WARD):
        write(db, unit, 1, NOW - DAY)
    late = {
        at: [board_rows(db, at)[unit]["overdue"] for unit in (RESUSCITATION, WARD)]
        for at in (NOW, NOW + INSTANT, NOW + 6 * DAY)
    }
    assert late == {NOW: [False, False], NOW + INSTANT: [True, False], NOW + 6 * DAY: [True, False]}
    assert board_rows(db, NOW + 6 * DAY + INSTANT)[WARD]["overdue"]


def test_a_unit_that_changes_from_beds_to_places_shows_no_number_of_beds(db):
    write(db, WARD, 3)
    change_unit(db, WARD, unit_type="11")
    row = board_rows(db)[WARD]
    assert (row["capacity_type"], row["available"], row["rank"]) == ("02", None, 4)
    assert summary(db)["region"]["places"] == 0


# Closed units


@pytest.mark.parametrize("number", [None, 0, 5])
def test_a_unit_closed_in_the_registry_has_no_band_owes_nothing_and_counts_nowhere(db, number):
    before = summary(db)
    if number is not None:
        write(db, CLOSED_UNIT, number, NOW - 30 * DAY)
    row = board_rows(db)[CLOSED_UNIT]
    assert (row["open"], row["rank"], row["overdue"], row["available"]) == (False, None, False, 0)
    assert summary(db) == before
    assert (before[HOME]["units"], before[HOME]["shut"], before[HOME]["band_4"], before[HOME]["overdue"]) == (2, 1, 2, 2)


def test_a_unit_closed_by_the_registry_after_its_number_offers_nothing_any_more(db):
    write(db, WARD, 5)
    change_unit(db, WARD, closed=True)
    assert board_rows(db)[WARD]["available"] == 0
    assert summary(db)["region"]["beds"] == 0
    assert WARD not in board_rows(db, filters=Filters(at_least=1))
    change_unit(db, WARD)
    assert board_rows(db)[WARD]["available"] == 5


def test_the_units_of_a_closed_structure_offer_nothing_and_owe_nothing_until_it_reopens(db):
    write(db, WARD, 5)
    hospital = next(structure for structure in STRUCTURES if structure.finess == HOSPITAL)
    before = summary(db)
    for closed in (True, False):
        with db.transaction() as transaction:
            registry.merge(transaction, [replace(hospital, closed=closed)])
            registry_changes.record_change(transaction, "tests", NOW)
        rows = [row for row in board_rows(db).values() if row["finess"] == HOSPITAL]
        assert {(row["registry_closed"], row["open"]) for row in rows} == {(closed, not closed)}
        if closed:
            assert {(row["available"], row["rank"], row["overdue"]) for row in rows} == {(0, None, False)}
            assert (summary(db)[HOSPITAL]["units"], summary(db)[HOSPITAL]["shut"]) == (0, 3)
    assert summary(db) == before


def test_a_unit_closed_for_a_time_is_open_again_at_midnight_in_paris_and_overdue_a_duty_later(db):
    close_for_a_time(db, RESUSCITATION, date(2026, 11, 30))
    opens = datetime(2026, 11, 30, 23, tzinfo=UTC)
    states_at = {
        at: tuple(board_rows(db, at)[RESUSCITATION][name] for name in ("open", "overdue", "available", "rank"))
        for at in (NOW, opens - INSTANT, opens, opens + DAY, opens + DAY + INSTANT)
    }
    assert list(states_at.values()) == [
        (False, False, 0, None),
        (False, False, 0, None),
        (True, False, 0, 3),
        (True, False, 0, 3),
        (True, True, 0, 3),
    ]


def test_a_place_whose_units_are_all_closed_has_no_unit_and_no_band(db):
    for unit in (CARDIAC, REHABILITATION):
        close_for_a_time(db, unit, date(2026, 12, 1))
    row = summary(db)[CLINIC]
    assert (row["units"], row["shut"], row["rank"], row["overdue"], row["oldest"]) == (0, 2, None, 0, None)


# The same rules in SQL and in Python

NIGHTS = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 12, 31, 23, tzinfo=UTC),
    datetime(2028, 2, 29, 23, tzinfo=UTC),
    NOW,
]
EDGES = [timedelta(hours=hours) for hours in (0, 0.5, 1, 2, 12, 24, 48, 72, 168, 336)]
nows = st.builds(lambda night, shift: night + shift, st.sampled_from(NIGHTS), st.timedeltas(-2 * DAY, 2 * DAY))
ages = st.one_of(
    st.builds(lambda edge, step: edge + step * INSTANT, st.sampled_from(EDGES), st.integers(-1, 1)),
    st.timedeltas(-HOUR, 400 * DAY),
)
# A closure is declared on its first day at the latest: (age of the number, days closed after that day or None for open).
states = st.one_of(st.none(), st.tuples(ages, st.one_of(st.none(), st.integers(0, 12))))
limits = st.sampled_from([LIMITS, (0.5, 12.0, 72.0), (2.0, 48.0, 336.0)])


def write_states(db: Database, now: datetime, states: dict[str, Any]) -> dict[str, tuple[datetime | None, date | None]]:
    """Write the states of units; return the instant of the number and the last closed day of each."""
    facts = {}
    with db.transaction() as transaction:
        for unit, state in states.items():
            age, days = state or (None, None)
            observed = None if age is None else now - age
            until = None if days is None else observed.astimezone(PARIS).date() + timedelta(days=days)
            facts[unit] = observed, until
            declarations.append(
                transaction, event(transaction, unit, None if state is None else 1, observed, closed_until=until)
            )
    return facts


def expected(unit: str, now: datetime, bounds, observed: datetime | None, until: date | None):
    """Return (open, band, overdue) by the rules of age."""
    if BY_ID[unit].closed or (until is not None and now < reopening(until)):
        return False, None, False
    duty = unit_types()[BY_ID[unit].unit_type].duty
    age = None if observed is None else now - observed
    return True, rank(age, bounds), is_overdue(observed, duty, now, until)


# Examples may share a database: each one writes a new event of every unit that it reads.
@slow_examples(80)
@given(nows, limits, st.fixed_dictionaries({unit.id: states for unit in UNITS}))
def test_the_board_ages_units_by_the_rules_of_age(db, now, bounds, of_units):
    rules = {unit: expected(unit, now, bounds, *facts) for unit, facts in write_states(db, now, of_units).items()}
    aged = {row["unit"]: (row["open"], row["rank"], row["overdue"]) for row in aged_units(db, now, bounds).to_pylist()}
    assert aged == rules


def test_the_units_of_a_country_stay_in_their_order_when_they_are_aged(db):
    numbers = np.arange(300_000)
    columns = {"available": pa.array(numbers, pa.int32()), "registry_closed": pa.array(numbers % 7 == 0)}
    columns["observed_at"] = pa.repeat(pa.scalar(NOW, pa.timestamp("us", "UTC")), len(numbers))
    columns["closed_until"] = pa.nulls(len(numbers), pa.date32())
    columns["department"] = pa.repeat("75", len(numbers))
    columns["duty_seconds"] = pa.repeat(3600, len(numbers))
    whole = pa.table(columns)
    units = pa.concat_tables([whole.slice(start, 1_500) for start in range(0, len(numbers), 1_500)])
    with db.reader() as cursor:
        aged = aging.aged(cursor, units, AgingContext(NOW, LIMITS))
    assert np.array_equal(aged["available"].to_numpy(), np.where(numbers % 7 == 0, 0, numbers))
    assert np.array_equal(aged["open"].to_numpy(), numbers % 7 != 0)


@slow_examples(80)
@given(
    st.sampled_from([RESUSCITATION, WARD, HOME_CARE]),
    st.sampled_from(NIGHTS),
    st.integers(0, 9),
    st.integers(-1, 1),
    st.booleans(),
)
def test_the_board_reopens_units_at_the_instant_of_the_rules(db, unit, night, days, step, after_duty):
    until = night.astimezone(PARIS).date()
    duty = unit_types()[BY_ID[unit].unit_type].duty
    now = reopening(until) + (duty if after_duty else timedelta(0)) + step * INSTANT
    observed = night - timedelta(days=days)
    write(db, unit, 0, observed, kind=EventKind.CLOSED, closed_until=until)
    row = board_rows(db, now)[unit]
    assert (row["open"], row["rank"], row["overdue"]) == expected(unit, now, LIMITS, observed, until)


@slow_examples(40)
@given(nows, st.fixed_dictionaries({unit.id: states for unit in UNITS}))
def test_an_aggregate_has_the_median_of_the_rules_and_counts_each_unit_once(db, now, of_units):
    write_states(db, now, of_units)
    units = aged_units(db, now).to_pylist()
    places = {"region": units}
    for row in units:
        places.setdefault(row["department"], []).append(row)
        places.setdefault(row["finess"], []).append(row)
    summaries = summary(db, now)
    assert set(summaries) == set(places)
    for key, of_place in places.items():
        open_units = [row for row in of_place if row["open"]]
        ranks = [row["rank"] for row in open_units]
        summary_shown = summaries[key]
        assert summary_shown["rank"] == median_rank(ranks)
        assert [summary_shown[f"band_{band}"] for band in range(5)] == [ranks.count(band) for band in range(5)]
        assert (summary_shown["units"], summary_shown["shut"]) == (len(open_units), len(of_place) - len(open_units))
        assert (summary_shown["overdue"], summary_shown["up_to_date"]) == (
            sum(row["overdue"] for row in open_units),
            sum(not row["overdue"] for row in open_units),
        )
        assert summary_shown["oldest"] == min((row["observed_at"] for row in open_units if row["observed_at"]), default=None)


# Aggregates


def test_beds_and_places_are_never_added_together(db):
    write(db, WARD, 3)
    write(db, RESUSCITATION, 1, NOW - 2 * DAY)
    write(db, DAY_HOSPITAL, 5)
    write(db, HOME_CARE, 7, NOW - 8 * DAY)
    totals = {
        key: tuple(row[name] for name in ("beds", "beds_fresh", "places", "places_fresh")) for key, row in summary(db).items()
    }
    assert totals["region"] == (4, 3, 12, 5)
    assert totals["75"] == totals[HOSPITAL] == (4, 3, 5, 5)
    assert totals["93"] == totals[SHELTER] == (0, 0, 7, 0)
    assert totals["94"] == totals[ASYLUM] == (0, 0, 0, 0)


def test_every_total_has_the_part_of_it_that_is_fresh(db):
    for unit, age in ((RESUSCITATION, HOUR - INSTANT), (WARD, DAY - INSTANT), (CARDIAC, DAY), (REHABILITATION, 8 * DAY)):
        write(db, unit, 2, NOW - age)
    row = summary(db)["region"]
    assert (row["beds"], row["beds_fresh"]) == (8, 4)
    assert row["oldest"] == NOW - 8 * DAY


def test_there_is_a_line_for_the_region_each_department_and_each_structure(db):
    keys = {structure.finess for structure in STRUCTURES} | {structure.department for structure in STRUCTURES}
    assert set(summary(db)) == keys | {"region"}
    assert len(keys) == 3 + 5
    row = summary(db)[CLINIC]
    assert (row["structure"], row["commune"], row["department"]) == ("Clinique fictive des Saules", "Bobigny", "93")


def test_an_empty_choice_of_units_has_no_department_and_an_empty_region(db):
    summaries = summary(db, filters=Filters(unit_types=("999",)))
    assert set(summaries) == {"region"}
    assert {name: summaries["region"][name] for name in ("beds", "places", "units", "rank")} == {
        "beds": 0,
        "places": 0,
        "units": 0,
        "rank": None,
    }


def test_numbers_of_a_department_are_given_by_structure_type_and_band(db):
    write(db, WARD, 3)
    write(db, RESUSCITATION, 2)
    write(db, DAY_HOSPITAL, 4, NOW - 2 * DAY)
    write(db, PSYCHIATRY, 6)
    units = aged_units(db).filter(pc.field("department") == "75")
    numbers = consultation.places_by_age(units).to_pylist()
    name = {"finess": HOSPITAL, "structure": "Hôpital fictif des Tilleuls"}
    assert numbers == [
        name | {"capacity_type": "01", "rank": 0, "available": 5},
        name | {"capacity_type": "02", "rank": 2, "available": 4},
    ]


def test_many_structures_are_listed_by_name_and_so_are_their_numbers(db):
    hospital = next(structure for structure in STRUCTURES if structure.finess == HOSPITAL)
    numbers = [str(999750000 + number) for number in range(300)]
    with db.transaction() as transaction:
        names = [f"Hôpital fictif {number[::-1]}" for number in numbers]
        registry.merge(
            transaction, [replace(hospital, finess=key, name=name) for key, name in zip(numbers, names, strict=True)]
        )
        registry.merge(transaction, [Unit(f"unit-{key}", key, "Médecine", "16", 10, "") for key in numbers])
        registry_changes.record_change(transaction, "tests", NOW)
        declared = [event(transaction, WARD, 1) for _ in numbers]
        for key, declaration in zip(numbers, declared, strict=True):
            declarations.append(transaction, replace(declaration, unit=f"unit-{key}"))
    units = aged_units(db).filter(pc.field("department") == "75")
    by_name = sorted(zip(names, numbers, strict=True))
    assert [(row["structure"], row["finess"]) for row in consultation.structures(units) if row["finess"] in numbers] == by_name
    assert consultation.places_by_age(units)["finess"].to_pylist() == [finess for _, finess in by_name]


def test_units_are_numbered_by_the_names_of_their_structures_then_by_theirs_accents_aside(db):
    change_unit(db, DAY_HOSPITAL, name="ecole")
    change_unit(db, WARD, name="École")
    change_unit(db, RESUSCITATION, name="Zone")
    numbers = {unit: row["name_order"] for unit, row in board_rows(db).items()}
    assert sorted(numbers.values()) == list(range(1, len(UNITS) + 1))
    ordered = sorted(numbers, key=numbers.__getitem__)
    assert [unit for unit in ordered if unit[:9] == HOSPITAL] == [WARD, DAY_HOSPITAL, RESUSCITATION]
    structures = dict.fromkeys(unit[:9] for unit in ordered)
    assert list(structures) == [ASYLUM, CLINIC, HOSPITAL, SHELTER, HOME]
    write(db, WARD, 2)
    assert {unit: row["name_order"] for unit, row in board_rows(db).items()} == numbers


# Filters


@pytest.mark.parametrize(
    ("filters", "units"),
    [
        (Filters(), set(BY_ID)),
        (Filters(activity_fields=("03",)), {PSYCHIATRY}),
        (Filters(activity_fields=("02", "03")), {REHABILITATION, PSYCHIATRY, HOME_REHABILITATION}),
        (Filters(unit_types=("121", "249")), {RESUSCITATION, LONG_STAY, CLOSED_UNIT}),
        (Filters(capacity_type=CapacityType.PLACE), {DAY_HOSPITAL, HOME_CARE, NURSING, HOME_REHABILITATION}),
        (Filters(at_least=1), {WARD, DAY_HOSPITAL, HOME_CARE}),
        (Filters(at_least=3), {DAY_HOSPITAL, HOME_CARE}),
        (Filters(ranks=(0,)), {WARD, DAY_HOSPITAL}),
        (Filters(ranks=(1, 3)), {RESUSCITATION, HOME_CARE}),
        (Filters(ranks=(4,)), {CARDIAC, REHABILITATION, HALT, NURSING, LONG_STAY, PSYCHIATRY, HOME_REHABILITATION}),
        (Filters(capacity_type=CapacityType.PLACE, at_least=3, ranks=(0, 1)), {DAY_HOSPITAL}),
        (Filters(activity_fields=("03",), unit_types=("121",)), set()),
        (Filters(needs=("reanimation", "soins-critiques")), {RESUSCITATION, CARDIAC}),
        (Filters(needs=("reanimation", "soins-critiques"), every_need=True), {RESUSCITATION}),
        (Filters(every_need=True, needs=("smr",)), {REHABILITATION, HOME_REHABILITATION}),
        (Filters(every_need=True, unit_types=("121",)), {RESUSCITATION}),
    ],
    ids=lambda one: " ".join(name for name, value in asdict(one).items() if value) or "all" if isinstance(one, Filters) else "",
)
def test_each_filter_selects_its_units_and_filters_narrow_one_another(db, filters, units):
    write(db, WARD, 2)
    write(db, DAY_HOSPITAL, 3)
    write(db, RESUSCITATION, 0, NOW - 2 * HOUR)
    write(db, HOME_CARE, 9, NOW - 30 * DAY)
    assert set(board_rows(db, filters=filters)) == units


@pytest.mark.parametrize(
    ("patients", "units"),
    [
        (PatientType.CHILD, {CARDIAC, HALT}),
        (PatientType.BOTH, {HALT}),
        (PatientType.ADULT, set(BY_ID) - {CARDIAC}),
        (None, set(BY_ID)),
    ],
)
def test_a_unit_takes_the_patients_that_its_entry_or_its_type_names_adults_when_neither_does(db, patients, units):
    change_unit(db, CARDIAC, unit_type="287")  # réanimation néonatale
    change_unit(db, HALT, unit_type="287", patient_type="both")
    change_unit(db, WARD, patient_type="adult")
    filters = Filters(patients=patients)
    assert set(board_rows(db, filters=filters)) == units
    with db.reader() as cursor:
        offers = read_offers(cursor, boards.current(db).units, OfferQuery(filters, limit=50), NOW)
    assert set(offers["unit"].to_pylist()) == units


def test_totals_count_the_units_that_pass_the_filters_and_no_other(db):
    write(db, WARD, 2)
    write(db, CARDIAC, 4)
    row = summary(db, filters=Filters(unit_types=("262",)))["region"]
    assert (row["beds"], row["units"], row["band_0"]) == (4, 1, 1)


# Perimeter and search


@pytest.mark.parametrize(
    ("perimeter", "units"),
    [
        (Perimeter(), set()),
        (Perimeter(units=frozenset({WARD, NURSING})), {WARD, NURSING}),
        (Perimeter(structures=frozenset({CLINIC})), {CARDIAC, REHABILITATION}),
        (
            Perimeter(legal_entities=frozenset({LINDENS}), units=frozenset({WARD, CLOSED_UNIT})),
            {RESUSCITATION, WARD, DAY_HOSPITAL, CARDIAC, REHABILITATION, CLOSED_UNIT},
        ),
    ],
    ids=["empty", "units", "structure", "legal entity and units"],
)
def test_a_perimeter_holds_each_of_its_units_once(db, perimeter, units):
    with db.reader() as cursor:
        held = consultation.of_perimeter(cursor, aged_units(db), perimeter)["unit"].to_pylist()
    assert sorted(held) == sorted(units)


def test_overdue_units_come_first_the_oldest_numbers_before_and_closed_units_last(db):
    write(db, WARD, 1, NOW - 20 * DAY)
    write(db, LONG_STAY, 1, NOW - 30 * DAY)
    write(db, RESUSCITATION, 1, NOW - HOUR)
    write(db, DAY_HOSPITAL, 1, NOW - 2 * HOUR)
    with db.reader() as cursor:
        perimeter = Perimeter(structures=frozenset({HOSPITAL, HOME}))
        ordered = consultation.of_perimeter(cursor, aged_units(db), perimeter)["unit"].to_pylist()
    assert ordered == [NURSING, LONG_STAY, WARD, DAY_HOSPITAL, RESUSCITATION, CLOSED_UNIT]


def search(db, text, limit=50):
    with db.reader() as cursor:
        texts = BoardCache(db).get().directory.unit_texts
        return {row["finess"]: row for row in consultation.search(cursor, texts, text, limit).to_pylist()}


@pytest.mark.parametrize(
    ("text", "structures"),
    [
        ("tilleuls", {HOSPITAL}),
        ("ERABLES", {ASYLUM}),
        ("érables", {ASYLUM}),
        ("creteil", {HOME}),
        ("94028", {HOME}),
        ("94 028", {HOME}),
        ("93200", {SHELTER}),
        pytest.param(*("94000", {HOME})),
        (HOME, {HOME}),
        ("9909400", {HOME, ASYLUM}),
        ("rééducation bobigny", {CLINIC}),
        ("reanimation saint-denis", set()),
        ("fictive", {CLINIC, SHELTER, HOME}),
        ("%", set()),
        ("' OR 1=1", set()),
    ],
)
def test_a_search_finds_structures_that_hold_every_word_without_accents_or_case(db, text, structures):
    assert set(search(db, text)) == structures


@pytest.mark.parametrize(("text", "units", "matches"), [("ormes", 3, 0), ("longue", 2, 2), ("ormes longue", 2, 2)])
def test_a_search_counts_the_units_and_those_that_match_by_their_own_words(db, text, units, matches):
    row = search(db, text)[HOME]
    assert (row["units"], row["matches"]) == (units, matches)


JOSEPH = "999410001"


@pytest.mark.parametrize(
    ("text", "structures"),
    [
        *((text, {JOSEPH}) for text in ("st joseph", "saint joseph", "l’haÿ", "l'hay", "L HAY", "999 410 001", "94038")),
        *((text, {JOSEPH}) for text in ("01 99 00 00 77", "+33 (0)1 99 00 00 77", "06.99.00.00.78", "rééducation l'haÿ")),
        ("val-de-marne", {JOSEPH, HOME, ASYLUM}),
        ("94", {JOSEPH, HOME, ASYLUM}),
        ("seine-saint-denis", {CLINIC, SHELTER}),
        ("st denis", {SHELTER}),
        ("01 99 00 02 07", {SHELTER}),
        ("seine saint denis domicile", {SHELTER}),
    ],
)
def test_a_search_ignores_case_accents_hyphens_and_abbreviations(db, text, structures):
    town = {"commune": "L'Haÿ-les-Roses", "postal_code": "94240", "commune_code": "94038"}
    home = next(structure for structure in STRUCTURES if structure.finess == HOME)
    with db.transaction() as transaction:
        phone = "0199000077 poste 4512 / 0699000078"
        registry.merge(transaction, [replace(home, finess=JOSEPH, name="HOPITAL ST JOSEPH FICTIF", telephone=phone, **town)])
        registry.merge(transaction, [Unit("joseph-1", JOSEPH, "Rééducation", "100", 10, "")])
        registry_changes.record_change(transaction, "tests", NOW)
    assert set(search(db, text)) == structures


def test_a_search_by_the_telephone_of_a_unit_counts_the_unit_as_a_match(db):
    row = search(db, "01 99 00 02 07")[SHELTER]
    assert (row["units"], row["matches"]) == (1, 1)


def test_a_search_stops_at_its_limit(db):
    assert len(search(db, "fictive", limit=2)) == 2


# The board by position


def latest_by_unit(board) -> list[dict]:
    return sorted(board.latest.to_pylist(), key=lambda row: (row["unit"], row["temporality"]))


one_event = st.tuples(
    st.sampled_from([WARD, CARDIAC, DAY_HOSPITAL, HOME_CARE]),
    st.sampled_from([*EventKind, "rolled back", "registry", "other type"]),
    st.integers(0, 9),
    st.timedeltas(-DAY, 400 * DAY),
)


@slow_examples(30)
@given(st.lists(st.lists(one_event, max_size=4), min_size=1, max_size=6))
def test_a_board_refreshed_step_by_step_is_the_board_built_from_the_whole_log(db, batches):
    boards = BoardCache(db)
    for batch in batches:
        for unit, change, number, age in batch:
            if change == "rolled back":
                with rolled_back(db) as transaction:
                    declarations.append(transaction, event(transaction, unit, number + 100))
            elif change == "registry":
                change_unit(db, unit, installed=number, closed=number % 2 == 0)
            elif change == "other type":
                change_unit(db, unit, unit_type="11" if number % 2 else "16")
            else:
                until = date(2026, 12, 1) if change is EventKind.CLOSED else None
                write(db, unit, number, NOW - age, kind=change, closed_until=until, comment=str(number))
        board = boards.get()
        assert board.position == db.position
    whole = BoardCache(db).get()
    assert board.units.equals(whole.units)
    assert latest_by_unit(board) == latest_by_unit(whole)
    assert (board.position, board.registry_position) == (whole.position, whole.registry_position)


def test_an_event_of_a_unit_that_the_registry_does_not_have_changes_no_number(db):
    boards, last = BoardCache(db), write(db, WARD, 3)
    before = boards.get()
    with db.transaction() as transaction:
        declarations.append(transaction, replace(last, unit="999999999-01", position=transaction.next_position()))
    after = boards.get()
    assert after.position == before.position + 1
    assert after.units.equals(before.units)


def test_a_board_already_given_stays_as_it_was(db):
    boards = BoardCache(db)
    write(db, WARD, 3)
    before = boards.get()
    write(db, WARD, 8)
    after = boards.get()
    number = {row["unit"]: row["available"] for row in before.units.to_pylist()}[WARD]
    assert (number, before.position < after.position) == (3, True)
    assert {row["unit"]: row["available"] for row in after.units.to_pylist()}[WARD] == 8


def test_the_board_of_an_empty_database_is_empty(tmp_path):
    empty = Database(tmp_path / "empty.duckdb")
    board = BoardCache(empty).get()
    assert (board.position, board.registry_position, board.units.num_rows) == (0, 0, 0)
    assert summary(empty)["region"]["rank"] is None
    empty.close()
