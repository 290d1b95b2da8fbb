"""Searches of other systems: offers and organizations, page by page."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ror.errors import Forbidden
from ror.model.registry import Structure
from ror.services.availability.catalogue import CommuneName, Criteria, offers, organizations
from ror.store import registry
from tests.region import (
    ADELE,
    CAMILLE,
    CLOSED_UNIT,
    CORALIE,
    DOMINIQUE,
    HALT,
    HOME,
    HOME_CARE,
    HOSPITAL,
    LINDENS,
    LONG_STAY,
    NOW,
    NURSING,
    STRUCTURES,
    UNITS,
    WARD,
    rows,
    write,
)

pytestmark = pytest.mark.usefixtures("region")

MINUTE = timedelta(minutes=1)
IDS = sorted(unit.id for unit in UNITS)


def found(db, count=50, after="", **criteria):
    return [offer.unit.id for offer in offers(db, CORALIE, Criteria(**criteria), after, count).entries]


@pytest.mark.parametrize("account", [CORALIE, CAMILLE, DOMINIQUE])
def test_every_account_that_may_consult_searches(db, account):
    assert offers(db, account, Criteria(), count=50).total == len(UNITS)
    assert organizations(db, account, Criteria(), count=50).total == 7


def test_an_administrator_is_refused_and_the_refusal_is_journalled(db):
    for search in (offers, organizations):
        with pytest.raises(Forbidden):
            search(db, ADELE, Criteria())
    assert len(rows(db, "journal")) == 2


def test_a_page_begins_after_the_last_of_the_one_before(db):
    first = offers(db, CORALIE, Criteria(), count=5)
    assert (first.total, first.last, first.more) == (12, IDS[4], True)
    assert found(db, 50, first.last) == IDS[5:]
    assert not offers(db, CORALIE, Criteria(), IDS[4], 7).more
    assert found(db, 50, "zzz") == []


def test_every_condition_holds_by_any_of_its_alternatives(db):
    assert found(db, ids=[frozenset({WARD, HALT}), frozenset({WARD})]) == [WARD]
    assert found(db, identifiers=[frozenset({WARD, f"1{HOME}/{NURSING}"})]) == [WARD, NURSING]
    assert found(db, structures=[frozenset({HOME})], communes=[[CommuneName("cret"), CommuneName("paris")]]) == [
        NURSING,
        LONG_STAY,
        CLOSED_UNIT,
    ]
    assert found(db, ids=[frozenset()]) == []


def test_a_unit_is_identified_with_its_own_structure_alone(db):
    assert found(db, identifiers=[frozenset({f"1{HOME}/{WARD}", f"1{WARD}", f"{HOSPITAL}/{WARD}", "1", "1/"})]) == []
    assert found(db, identifiers=[frozenset({f"1{HOSPITAL}/{WARD}"})]) == [WARD]


def test_a_commune_is_found_by_its_beginning_a_part_or_the_whole(db):
    assert found(db, communes=[[CommuneName("SAINT   DENIS")]]) == [HALT, HOME_CARE]
    assert found(db, communes=[[CommuneName("St Denis")]]) == [HALT, HOME_CARE]
    assert found(db, communes=[[CommuneName("denis", "contains")]]) == [HALT, HOME_CARE]
    assert found(db, communes=[[CommuneName("Saint-Denis", "exact")]]) == [HALT, HOME_CARE]
    for name in (CommuneName("saint-denis", "exact"), CommuneName("denis"), CommuneName("'"), CommuneName("'", "contains")):
        assert found(db, communes=[[name]]) == []


def test_an_offer_has_the_counts_and_versions_of_its_unit(db):
    event = write(db, WARD, 4, NOW, source_type="03", comment="Aile nord", recorded_at=NOW + MINUTE)
    (offer,) = offers(db, CORALIE, Criteria(ids=[frozenset({WARD})])).entries
    assert (offer.counts, offer.source_type, offer.comment, offer.observed_at) == (event.counts, "03", "Aile nord", NOW)
    assert (offer.version.position, offer.version.at) == (event.position, NOW + MINUTE)
    assert (offer.registered.position, offer.registered.at) == (1, NOW)
    assert (offer.unit.installed, offer.structure.finess) == (20, HOSPITAL)


def test_the_unit_of_a_closed_structure_is_closed(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(STRUCTURES[0], closed=True)])
        registry.record_change(transaction, f"edit structure:{HOSPITAL}", NOW + MINUTE)
    (offer,) = offers(db, CORALIE, Criteria(ids=[frozenset({WARD})])).entries
    assert offer.unit.closed
    assert offer.version.at == NOW + MINUTE


def test_a_span_holds_its_beginning_and_not_its_end(db):
    write(db, WARD, 4, NOW, recorded_at=NOW + MINUTE)
    assert found(db, since=NOW + MINUTE) == [WARD]
    assert WARD not in found(db, until=NOW + MINUTE)
    assert found(db, since=NOW, until=NOW) == []


def test_organizations_are_structures_and_legal_entities(db):
    everything = organizations(db, CORALIE, Criteria(), count=50)
    assert [one.entry.finess for one in everything.entries] == sorted(one.entry.finess for one in everything.entries)
    (home,) = organizations(db, CORALIE, Criteria(identifiers=[frozenset({HOSPITAL})])).entries
    assert home.entry == STRUCTURES[0]


def test_a_legal_entity_created_with_a_structure_changed_with_it(db):
    with db.transaction() as transaction:
        registry.merge(transaction, [registry.LegalEntity("990000199", "Entité fictive nouvelle")])
        registry.merge(transaction, [replace(STRUCTURES[0], legal_entity="990000199")])
        registry.record_change(transaction, f"edit structure:{HOSPITAL}", NOW + MINUTE)
    changed = organizations(db, CORALIE, Criteria(since=NOW + MINUTE), count=50).entries
    assert [one.entry.finess for one in changed] == ["990000199", HOSPITAL]
    assert isinstance(changed[1].entry, Structure)
    assert LINDENS not in [one.entry.finess for one in changed]
