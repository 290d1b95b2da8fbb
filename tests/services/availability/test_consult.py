from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from ror.errors import Forbidden
from ror.model.capacity import Counts
from ror.model.filters import Filters
from ror.model.rights import Role
from ror.model.search import folded
from ror.model.type_decision import TypeDecision
from ror.services import journal
from ror.services.availability import answers, consult
from ror.services.availability.declare import DeclarationDraft, declare
from ror.services.availability.still_true import UNKNOWN
from ror.services.registry import unit_types
from ror.services.registry.unit_types import TypedDecision
from tests.region import (
    ADELE,
    BLANCHE,
    CAMILLE,
    CLAUDE,
    CLOSED_UNIT,
    DAY_HOSPITAL,
    DISABLED,
    DOMINIQUE,
    HOME_CARE,
    HOSPITAL,
    NOW,
    NURSING,
    UNITS,
    WARD,
    change_unit,
    rows,
    store_account,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

DAY = timedelta(days=1)


def view(db, at=NOW, filters=None, account=DOMINIQUE):
    return consult.view(db, consult.current(db, account), filters or Filters(), at)


def units(view):
    return pa.concat_tables(view.units_of(code) for code in view.codes)


def numbers(table):
    return dict(zip(table["unit"].to_pylist(), table["available"].to_pylist(), strict=True))


@pytest.mark.parametrize("role", list(Role))
def test_every_role_consults_the_whole_region(db, role):
    reader = store_account(db, replace(DOMINIQUE, roles=frozenset({role})))
    assert units(view(db, account=reader)).num_rows == len(UNITS)


@pytest.mark.parametrize("account", [DISABLED, replace(DOMINIQUE, roles=frozenset())], ids=["disabled", "no role"])
def test_an_account_that_may_not_consult_reads_neither_the_board_nor_a_history_and_the_refusals_are_journalled(db, account):
    store_account(db, account)
    with pytest.raises(Forbidden):
        consult.current(db, account)
    with pytest.raises(Forbidden):
        consult.history(db, account, WARD, NOW)
    lines = journal.read(db, None, journal.JournalQuery(), NOW).to_pylist()
    assert [(line["act"], line["outcome"], line["actor"], line["subject"]) for line in lines] == [
        ("consult", "refused", account.id, f"unit:{WARD}"),
        ("consult", "refused", account.id, "board"),
    ]


def test_a_consultation_that_is_allowed_is_not_journalled(db):
    view(db)
    consult.history(db, DOMINIQUE, WARD, NOW)
    assert rows(db, "journal") == []


def test_a_declared_number_is_read_at_once_with_the_position_of_its_commit(db):
    assert numbers(units(view(db)))[WARD] is None
    event = declare(db, CAMILLE, DeclarationDraft(WARD, Counts(3)), NOW)
    current = view(db)
    assert (numbers(units(current))[WARD], current.position, current.at) == (3, event.position, NOW)
    assert current.region["beds"] == 3


def test_the_board_is_the_same_object_until_something_is_committed(db):
    first = consult.current(db, DOMINIQUE)
    assert consult.current(db, CAMILLE) is first
    change_unit(db, WARD, name="Médecine polyvalente")
    assert consult.current(db, CAMILLE).registry_position == db.position > first.position


def test_a_view_is_the_same_object_for_every_reader_until_its_board_or_its_instant_changes(db):
    first, filters = view(db), Filters(at_least=1)
    assert view(db, account=CAMILLE) is first
    assert view(db, filters=filters) is view(db, filters=filters) is not first
    assert view(db, filters=filters).board is first.board, "units are aged once for all filters"
    assert view(db, NOW + DAY) is not first
    assert view(db).cache.get("key", lambda: "old") == "old"
    write(db, WARD, 3)
    assert view(db).cache.get("key", lambda: "new") == "new"


def test_the_position_is_given_to_accounts_that_may_consult(db):
    with pytest.raises(Forbidden):
        consult.position(db, store_account(db, DISABLED))
    assert consult.position(db, DOMINIQUE) == db.position == write(db, WARD, 3).position - 1


def test_the_same_board_grows_old_with_the_instant(db):
    write(db, WARD, 3, NOW)
    board = consult.current(db, DOMINIQUE)
    ranks = [
        dict(zip(table["unit"].to_pylist(), table["rank"].to_pylist(), strict=True))[WARD]
        for table in (units(consult.view(db, board, Filters(), NOW + age)) for age in (0 * DAY, DAY / 2, DAY, 7 * DAY))
    ]
    assert ranks == [0, 1, 2, 3]


def test_the_ages_of_the_settings_bound_the_bands(db, monkeypatch):
    write(db, WARD, 3, NOW - DAY)
    assert WARD in numbers(units(view(db, filters=Filters(ranks=(2,)))))
    monkeypatch.setenv("ROR_AGE_LIMITS_HOURS", "2,48,336")
    consult.settings.cache_clear()
    assert WARD in numbers(units(view(db, filters=Filters(ranks=(1,)))))


def test_filters_narrow_units_and_totals_together(db):
    write(db, WARD, 3)
    write(db, DAY_HOSPITAL, 5)
    current = view(db, filters=Filters(unit_types=("11",)))
    assert numbers(units(current)) == {DAY_HOSPITAL: 5}
    summaries = [current.region, *current.departments.values(), *current.structures("75")]
    assert {(row["beds"], row["places"], row["units"]) for row in summaries} == {(0, 5, 1)}


def test_a_manager_sees_the_units_of_the_perimeter_overdue_first_closed_last_with_who_declared(db):
    write(db, WARD, 3, account=CLAUDE.id)
    write(db, DAY_HOSPITAL, 3, account="erased")
    own = consult.with_authors(db, consult.own_units(db, BLANCHE, view(db)))
    ids = own["unit"].to_pylist()
    authors = dict(zip(ids, own["author"].to_pylist(), strict=True))
    assert (len(ids), ids[-1]) == (6, CLOSED_UNIT)
    assert set(ids[-3:-1]) == {WARD, DAY_HOSPITAL}
    assert (authors[WARD], authors[DAY_HOSPITAL], authors[NURSING]) == ("Claude Essai", "", "")


def test_the_name_of_who_declared_follows_the_account_at_once(db):
    write(db, WARD, 3, account=CLAUDE.id)
    same_view = view(db)
    for name in (CLAUDE.name, "Claude Autre"):
        store_account(db, replace(CLAUDE, name=name))
        own = consult.with_authors(db, consult.own_units(db, BLANCHE, same_view)).to_pylist()
        assert {row["author"] for row in own if row["unit"] == WARD} == {name}


def test_an_account_without_perimeter_has_no_unit_of_its_own(db):
    assert consult.own_units(db, DOMINIQUE, view(db)).num_rows == 0


def test_the_numbers_of_a_department_are_those_of_the_view(db):
    write(db, WARD, 3)
    write(db, DAY_HOSPITAL, 5)
    whole = view(db).places_by_age("75").to_pylist()
    assert [(row["finess"], row["capacity_type"], row["available"]) for row in whole] == [
        (HOSPITAL, "01", 3),
        (HOSPITAL, "02", 5),
    ]
    assert view(db).places_by_age("94").num_rows == 0


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_search_finds_nothing(db, text):
    assert consult.search(db, view(db), text).num_rows == 0


def test_a_search_finds_a_structure_by_words_in_any_order(db):
    current = view(db)
    assert consult.search(db, current, " interne  MEDECINE ")["finess"].to_pylist() == [HOSPITAL]
    assert consult.search(db, current, "introuvable").schema.names == consult.search(db, current, "").schema.names


def test_a_search_gives_a_limited_number_of_structures(db, monkeypatch):
    monkeypatch.setattr(consult, "MAX_RESULTS", 2)
    assert consult.search(db, view(db), "fictif").num_rows == 2


def test_a_history_holds_90_days_of_one_unit_and_is_open_to_every_reader(db):
    for number, days in enumerate((91, 90, 10, 0)):
        write(db, HOME_CARE, number, NOW - days * DAY, comment=f"jour {days}")
    write(db, WARD, 9)
    past = consult.history(db, DOMINIQUE, HOME_CARE, NOW)
    assert past["available"].to_pylist() == [1, 2, 3]
    assert past["comment"].to_pylist() == ["jour 90", "jour 10", "jour 0"]
    assert past["observed_at"].to_pylist() == [NOW - 90 * DAY, NOW - 10 * DAY, NOW]


def test_a_history_follows_what_the_region_decides_that_a_type_counts(db):
    write(db, WARD, 9)
    unit_types.decide(db, ADELE, TypeDecision("16"), TypedDecision(capacity_type="02"), NOW)
    # Nine beds are no places.
    assert consult.history(db, DOMINIQUE, WARD, NOW).num_rows == 0
    declare(db, CAMILLE, DeclarationDraft(WARD, Counts(4), seen_position=db.position), NOW)
    assert consult.history(db, DOMINIQUE, WARD, NOW)["available"].to_pylist() == [4]


def test_a_unit_without_declaration_has_an_empty_history(db):
    assert consult.history(db, DOMINIQUE, WARD, NOW).num_rows == 0


def test_every_departement_with_a_unit_is_listed_whatever_the_filters(db):
    nothing = view(db, filters=Filters(at_least=1))
    assert nothing.departments == {}
    assert nothing.codes == ["75", "93", "94"]


def test_an_unknown_structure_has_no_unit(db):
    assert view(db).units_of_structure("999999999") == []


def test_a_unit_of_the_board_has_a_departement(db):
    assert consult.department_of(db, WARD) == "75"
    assert consult.department_of(db, "unknown") == ""


def test_the_labels_of_the_types_are_those_of_the_board_in_order(db):
    labels = consult.type_labels(consult.current(db, DOMINIQUE))
    assert set(labels) == set(units(view(db))["type_label"].to_pylist())
    assert labels == sorted(set(labels), key=folded)


def test_the_other_managers_of_a_unit_are_those_whose_perimeter_holds_it(db):
    others = consult.other_managers(db, CAMILLE, view(db, account=CAMILLE))
    assert others[WARD] == {BLANCHE.id: BLANCHE.name}
    assert CAMILLE.id not in {other for people in others.values() for other in people}


def test_the_other_managers_follow_an_account_at_once(db):
    same_view = view(db, account=CAMILLE)
    assert BLANCHE.id in consult.other_managers(db, CAMILLE, same_view)[WARD]
    with db.transaction() as transaction:
        transaction.cursor.execute("UPDATE account SET disabled = true WHERE id = ?", [BLANCHE.id])
    assert not consult.other_managers(db, CAMILLE, same_view).get(WARD)


def test_a_unit_of_the_board_is_an_answer(db):
    write(db, WARD, 3, NOW)
    (row,) = (row for row in view(db).units_of("75").to_pylist() if row["unit"] == WARD)
    answer = answers.answer(row)
    assert (answer.unit, answer.available, answer.distance, answer.still_true) == (WARD, 3, None, UNKNOWN)
