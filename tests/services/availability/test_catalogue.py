"""Searches of other systems: offers and organizations, page by page."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden
from ror.model.registry import Structure
from ror.model.selection import Among, Compared, Either, Every, HasId, Linked, Order, Selection, Within, Worded
from ror.services.availability.catalogue import offers, organizations
from ror.store import registry, registry_changes
from tests.region import (
    ADELE,
    CAMILLE,
    CARDIAC,
    CLOSED_UNIT,
    CORALIE,
    DAY_HOSPITAL,
    DOMINIQUE,
    HALT,
    HOME,
    HOME_CARE,
    HOSPITAL,
    LINDENS,
    LONG_STAY,
    NOW,
    NURSING,
    REHABILITATION,
    RESUSCITATION,
    STRUCTURES,
    UNITS,
    WARD,
    change_unit,
    rows,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

MINUTE = timedelta(minutes=1)
IDS = sorted(unit.id for unit in UNITS)


def matching_ids(db, *conditions, count=50, after="", order=()):
    selection = Selection(Every(conditions), order)
    return [offer.unit.id for offer in offers(db, CORALIE, selection, after, count).entries]


def ids(*values):
    return HasId(frozenset(values))


def among(field, *values):
    return Among(field, frozenset(values))


@pytest.mark.parametrize("account", [CORALIE, CAMILLE, DOMINIQUE])
def test_every_account_that_may_consult_searches(db, account):
    assert offers(db, account, Selection(), count=50).total == len(UNITS)
    assert organizations(db, account, Selection(), count=50).total == 7


def test_an_account_that_may_not_consult_is_refused_and_the_refusal_is_journalled(db):
    for search in (offers, organizations):
        with pytest.raises(Forbidden):
            search(db, replace(ADELE, roles=frozenset()), Selection())
    assert len(rows(db, "journal")) == 2


def test_a_page_begins_after_the_last_of_the_one_before(db):
    first = offers(db, CORALIE, Selection(), count=5)
    assert (first.total, first.last, first.more) == (12, IDS[4], True)
    assert matching_ids(db, after=first.last) == IDS[5:]
    assert not offers(db, CORALIE, Selection(), IDS[4], 7).more
    assert matching_ids(db, after="zzz") == []


def test_every_condition_holds_and_one_of_an_either(db):
    assert matching_ids(db, ids(WARD, HALT), ids(WARD)) == [WARD]
    towns = Either([Worded("commune", "cret"), Worded("commune", "paris")])
    assert matching_ids(db, among("finess", HOME), towns) == [NURSING, LONG_STAY, CLOSED_UNIT]
    assert matching_ids(db, ids()) == matching_ids(db, Either(())) == matching_ids(db, among("finess")) == []


@pytest.mark.parametrize("field", ["commune", "name"])
@pytest.mark.parametrize("text", ["SAINT   DENIS", "St Denis", "saint-dé"])
def test_words_begin_a_field_whatever_their_accents_and_signs(db, field, text):
    change_unit(db, HALT, name="Saint-Denis, lits halte")
    assert HALT in matching_ids(db, Worded(field, text))
    assert (
        matching_ids(db, Worded(field, "denis"))
        == matching_ids(db, Worded(field, "'"))
        == matching_ids(db, Worded(field, "'", "contains"))
        == []
    )


def test_words_are_found_inside_or_as_they_are_written(db):
    assert matching_ids(db, Worded("commune", "denis", "contains")) == [HALT, HOME_CARE]
    assert matching_ids(db, Worded("commune", "Saint-Denis", "exact")) == [HALT, HOME_CARE]
    assert matching_ids(db, Worded("commune", "saint-denis", "exact")) == []


def test_a_circle_holds_what_is_near_its_centre(db):
    clinic = Within(48.91, 2.44, 0.1)
    assert matching_ids(db, clinic) == [CARDIAC, REHABILITATION]
    # The shelter (HALT, HOME_CARE) is 6.3 km from the clinic.
    assert matching_ids(db, replace(clinic, kilometres=6)) == [CARDIAC, REHABILITATION]
    assert matching_ids(db, replace(clinic, kilometres=6.5)) == [CARDIAC, REHABILITATION, HALT, HOME_CARE]
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(STRUCTURES[1], latitude=None, longitude=None)])
        registry_changes.record_change(transaction, "tests", NOW)
    assert matching_ids(db, clinic) == []


def test_distances_are_along_the_earth(db):
    selection = Selection(Within(48.8566, 2.3522, 20), (Order("distance"),))
    page = offers(db, CORALIE, selection, count=1)
    assert page.entries[0].structure.finess == HOSPITAL
    assert page.distances[0] == pytest.approx(3.01, abs=0.02)
    assert offers(db, CORALIE, Selection(), count=1).distances == [None]


def test_a_structure_without_a_position_is_within_no_circle(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(STRUCTURES[0], latitude=None, longitude=None)])
        registry_changes.record_change(transaction, "tests", NOW)
    assert not {RESUSCITATION, WARD, DAY_HOSPITAL} & set(matching_ids(db, Within(48.8566, 2.3522, 20_100)))


def test_links_lead_to_structures_and_numbers(db):
    write(db, WARD, 3)
    write(db, HALT, 0)
    free = Linked("capacity", Every([among("status", "02"), Compared("number", ">", 0)]))
    assert matching_ids(db, free) == [WARD]
    assert matching_ids(db, Linked("organization", Worded("name", "Hôpital"))) == [RESUSCITATION, WARD, DAY_HOSPITAL]
    owners = organizations(db, CORALIE, Selection(Linked("unit", free)), count=9).entries
    assert [one.entry.finess for one in owners] == [HOSPITAL]


def test_an_order_of_its_own_goes_on_from_page_to_page(db):
    by_name = (Order("name", descending=True),)
    names = [offer.unit.name for offer in offers(db, CORALIE, Selection(order=by_name), count=50).entries]
    assert names == sorted(names, reverse=True)
    walked, after = [], ""
    while len(walked) < 12:
        page = offers(db, CORALIE, Selection(order=by_name), after, 5)
        walked, after = walked + [offer.unit.name for offer in page.entries], page.last
    assert walked == names
    assert not page.more


def test_an_offer_has_the_counts_and_versions_of_its_unit(db):
    event = write(db, WARD, 4, NOW, source_type="03", comment="Aile nord", recorded_at=NOW + MINUTE)
    (offer,) = offers(db, CORALIE, Selection(ids(WARD))).entries
    assert (offer.counts, offer.source_type, offer.comment, offer.observed_at) == (event.counts, "03", "Aile nord", NOW)
    assert (offer.version.position, offer.version.at) == (event.position, NOW + MINUTE)
    assert (offer.registered.position, offer.registered.at) == (1, NOW)
    assert (offer.unit.installed, offer.structure.finess) == (20, HOSPITAL)


def test_the_unit_of_a_closed_structure_is_closed(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(STRUCTURES[0], closed=True)])
        registry_changes.record_change(transaction, f"edit structure:{HOSPITAL}", NOW + MINUTE)
    (offer,) = offers(db, CORALIE, Selection(ids(WARD))).entries
    assert offer.unit.closed
    assert offer.version.at == NOW + MINUTE


def test_a_declaration_is_a_change_of_its_unit(db):
    write(db, WARD, 4, NOW, recorded_at=NOW + MINUTE)
    assert matching_ids(db, Compared("updated_at", ">=", NOW + MINUTE)) == [WARD]
    assert WARD not in matching_ids(db, Compared("updated_at", "<", NOW + MINUTE))


def test_organizations_are_structures_and_legal_entities(db):
    everything = organizations(db, CORALIE, Selection(), count=50)
    assert [one.entry.finess for one in everything.entries] == sorted(one.entry.finess for one in everything.entries)
    (home,) = organizations(db, CORALIE, Selection(among("key", HOSPITAL))).entries
    assert home.entry == STRUCTURES[0]


def test_a_legal_entity_created_with_a_structure_changed_with_it(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [registry.LegalEntity("990000199", "Entité fictive nouvelle")])
        registry.merge(transaction, [replace(STRUCTURES[0], legal_entity="990000199")])
        registry_changes.record_change(transaction, f"edit structure:{HOSPITAL}", NOW + MINUTE)
    changed = organizations(db, CORALIE, Selection(Compared("updated_at", ">=", NOW + MINUTE)), count=50).entries
    assert [one.entry.finess for one in changed] == ["990000199", HOSPITAL]
    assert isinstance(changed[1].entry, Structure)
    assert LINDENS not in [one.entry.finess for one in changed]
