"""The lists of other systems: each page goes on after the one before, a name that does not exist is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden, NotFound, Refused
from ror.model.filters import Filters
from ror.model.nomenclature import CapacityType
from ror.services.availability import lists
from ror.services.availability.lists import OfferQuery, UnitSelection
from tests.region import ADELE, CARDIAC, CLINIC, DOMINIQUE, HALT, HOME_CARE, HOSPITAL, NOW, SHELTER, STRUCTURES, WARD, write

pytestmark = pytest.mark.usefixtures("region")

HOUR = timedelta(hours=1)
ALL = UnitSelection()


def keys(page, name):
    return [row[name] for row in page.rows]


def structures(db, after="", limit=100, account=DOMINIQUE, **where):
    return lists.structures(db, account, after, limit, NOW, **where)


def units(db, selection=ALL, **where):
    return keys(lists.units(db, DOMINIQUE, selection, "", 100, NOW, **where), "id")


def offers(db, query, department=""):
    return keys(lists.availability(db, DOMINIQUE, query, NOW, department=department), "unit")


def test_a_page_says_whether_others_follow(db):
    first = structures(db, limit=3)
    assert (len(first.rows), first.more) == (3, True)
    last = structures(db, first.rows[-1]["finess"], 2)
    assert (len(last.rows), last.more) == (2, False)
    assert keys(first, "finess") + keys(last, "finess") == sorted(entry.finess for entry in STRUCTURES)


def test_structures_are_searched_by_their_words_and_listed_by_departement(db):
    assert keys(structures(db, search="fictive maison"), "finess") == [SHELTER]
    assert keys(structures(db, search="fictive maison", department="75"), "finess") == []
    assert keys(structures(db, department="93"), "finess") == [CLINIC, SHELTER]
    assert keys(structures(db, department="13"), "finess") == [], "a département without any structure"


def test_one_structure_has_its_units_and_its_legal_entity(db):
    entry, units = lists.structure(db, DOMINIQUE, SHELTER, NOW)
    assert (entry["finess"], entry["legal_entity_name"]) == (SHELTER, "Association fictive du Canal")
    assert [unit["id"] for unit in units] == [HALT, HOME_CARE]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (ALL, [HALT, HOME_CARE]),
        (UnitSelection(unit_types=("93",)), [HALT]),
        (UnitSelection(capacity_type=CapacityType.PLACE), [HOME_CARE]),
        (UnitSelection(unit_types=("93",), capacity_type=CapacityType.PLACE), []),
        (UnitSelection(activity_fields=("no such field",)), []),
    ],
)
def test_units_are_selected_by_their_type(db, selection, expected):
    assert units(db, selection, structure=SHELTER) == expected


def test_offers_are_those_of_one_unit_one_structure_or_one_departement(db):
    for unit in (WARD, CARDIAC, HOME_CARE):
        write(db, unit, 2)
    filters = Filters(at_least=1)
    assert offers(db, OfferQuery(filters, limit=10)) == [WARD, CARDIAC, HOME_CARE]
    assert offers(db, OfferQuery(filters, limit=10), "93") == [CARDIAC, HOME_CARE]
    assert offers(db, OfferQuery(filters, structure=CLINIC, limit=10)) == [CARDIAC]
    assert offers(db, OfferQuery(filters, unit=WARD, limit=10)) == [WARD]
    for unit, other in ((WARD, "93"), (CARDIAC, "75")):
        assert offers(db, OfferQuery(filters, unit=unit, limit=10), other) == [], "a unit of another département"


def test_a_past_offer_is_that_of_its_instant(db):
    write(db, WARD, 2, NOW - 2 * HOUR)
    write(db, WARD, 5, NOW)
    past = lists.past_availability(db, DOMINIQUE, OfferQuery(unit=WARD, limit=1), NOW - HOUR, NOW)
    assert keys(past, "available") == [2]


def test_an_instant_to_come_is_refused(db):
    with pytest.raises(Refused, match="est à venir"):
        lists.past_availability(db, DOMINIQUE, OfferQuery(), NOW + HOUR, NOW)


def test_declarations_are_those_of_the_log_or_of_one_unit(db):
    positions = [write(db, unit, 2).position for unit in (WARD, CARDIAC, WARD)]
    page = lists.declarations(db, DOMINIQUE, 0, 2, NOW)
    assert (keys(page, "position"), page.more) == (positions[:2], True)
    page = lists.declarations(db, DOMINIQUE, 0, 2, NOW, unit=WARD)
    assert (keys(page, "position"), page.more) == ([positions[0], positions[2]], False)


UNKNOWN = {
    "structure": lambda db: lists.structure(db, DOMINIQUE, "999999999", NOW),
    "units of a structure": lambda db: units(db, structure="999999999"),
    "units of a département": lambda db: units(db, department="20"),
    "structures of a département": lambda db: structures(db, department="20"),
    "offers of a structure": lambda db: offers(db, OfferQuery(structure="999999999")),
    "offers of a unit": lambda db: offers(db, OfferQuery(unit="999999999-01")),
    "offers of a département": lambda db: offers(db, OfferQuery(), "20"),
    "declarations of a unit": lambda db: lists.declarations(db, DOMINIQUE, 0, 10, NOW, unit="999999999-01"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_does_not_exist_is_refused_with_a_sentence(db, name):
    with pytest.raises(NotFound, match=r"n'existe pas : (vérifiez|donnez) son"):
        UNKNOWN[name](db)


NO_ROLE = replace(DOMINIQUE, roles=frozenset())
FORBIDDEN = {
    "structures": lambda db: structures(db, account=NO_ROLE),
    "structure": lambda db: lists.structure(db, NO_ROLE, HOSPITAL, NOW),
    "units": lambda db: lists.units(db, NO_ROLE, ALL, "", 10, NOW),
    "availability": lambda db: lists.availability(db, NO_ROLE, OfferQuery(), NOW),
    "past availability": lambda db: lists.past_availability(db, NO_ROLE, OfferQuery(), NOW, NOW),
    "declarations": lambda db: lists.declarations(db, NO_ROLE, 0, 10, NOW),
    "journal": lambda db: lists.journal_lines(db, DOMINIQUE, 0, 10, NOW),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_an_account_without_the_right_reads_no_list(db, name):
    with pytest.raises(Forbidden):
        FORBIDDEN[name](db)


def test_the_journal_is_read_line_after_line_without_a_line_of_its_own(db):
    for name in ("structures", "units", "declarations"):
        with pytest.raises(Forbidden):
            FORBIDDEN[name](db)
    page = lists.journal_lines(db, ADELE, 0, 2, NOW)
    assert (keys(page, "number"), page.more) == ([1, 2], True)
    page = lists.journal_lines(db, ADELE, 2, 2, NOW)
    assert (keys(page, "number"), keys(page, "actor"), page.more) == ([3], [NO_ROLE.id], False)


def test_a_number_from_a_clock_ahead_is_not_recent(db):
    write(db, WARD, 3, NOW + timedelta(days=2), recorded_at=NOW)
    assert WARD in offers(db, OfferQuery(limit=100))
    assert offers(db, OfferQuery(limit=100, since=NOW - HOUR)) == []


def test_the_past_has_no_unit_that_was_registered_since(db):
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE unit SET created_at = ?", [NOW - 5 * HOUR])
        transaction.cursor.execute("UPDATE unit SET created_at = ? WHERE id = ?", [NOW, CARDIAC])

    def listed(at):
        return keys(lists.past_availability(db, DOMINIQUE, OfferQuery(limit=100), at, NOW), "unit")

    assert CARDIAC not in listed(NOW - HOUR)
    assert listed(NOW - 9 * HOUR) == []
    # What a unit declared says that it existed.
    write(db, CARDIAC, 3, NOW - 2 * HOUR)
    assert CARDIAC in listed(NOW - HOUR)
