import csv
import re
from collections import Counter

import pytest
import shapely

from ror.demo import REGIONAL, Region, build_region
from ror.demo.catalogue import SHOWCASE
from ror.model.nomenclature import CapacityType, unit_types
from ror.model.outlines import builtin
from ror.model.position import inside
from ror.model.rights import Action, Role, may
from ror.model.territory import territories
from ror.settings import DATA
from tests.demo.checks import REGION, assert_consistent


@pytest.fixture
def region() -> Region:
    return REGION


def test_the_same_seed_gives_the_same_region_and_another_seed_another(region):
    assert build_region() == region
    assert build_region(7) != region


def test_the_region_is_as_large_as_a_real_one(region):
    assert {structure.department for structure in region.structures} == set(REGIONAL.departments)
    assert len(region.structures) >= 350
    assert len(region.units) >= 1_800
    assert 100 <= len(region.legal_entities) <= 140
    assert len({unit.unit_type for unit in region.units}) >= 30


def test_every_reference_resolves_and_every_key_is_unique(region):
    assert_consistent(region)


def test_every_name_is_marked_as_fictitious(region):
    names = [entity.name for entity in region.legal_entities] + [structure.name for structure in region.structures]
    assert len(set(names)) == len(names)
    assert all(re.search(r"\bficti(f|fs|ve|ves)\b", name) for name in names)
    assert all(not re.search(r"\{|\bde les\b|\bdes les\b", name, re.IGNORECASE) for name in names)


def test_finess_and_telephone_numbers_are_fictitious(region):
    for finess in [e.finess for e in region.legal_entities] + [s.finess for s in region.structures]:
        assert re.fullmatch(r"99\d{7}", finess)
    for unit in region.units:
        assert re.fullmatch(r"99\d{7}-\d\d", unit.id)
        assert unit.id.startswith(unit.structure)
    telephones = [item.telephone for item in (*region.structures, *region.units)]
    assert all(re.fullmatch(r"019900\d{4}", telephone) for telephone in telephones)
    assert len(set(telephones)) == len(telephones)
    mobiles = [structure.bed_telephone for structure in region.structures if structure.bed_telephone]
    assert len(mobiles) > 20
    assert all(re.fullmatch(r"063998\d{4}", mobile) for mobile in mobiles)


def test_structures_stand_inside_their_department_near_their_commune(region):
    with (DATA / "communes.csv").open(encoding="utf-8", newline="") as file:
        communes = {row["insee"]: row for row in csv.DictReader(file, delimiter=";")}
    for structure in region.structures:
        commune = communes[structure.commune_code]
        assert inside(structure.department, structure.longitude, structure.latitude), structure
        assert (structure.commune, structure.postal_code) == (commune["name"], commune["postal_code"])
        assert structure.department == commune["department"]
        assert abs(structure.latitude - float(commune["latitude"])) < 0.03
        assert abs(structure.longitude - float(commune["longitude"])) < 0.04


def test_inside_agrees_with_a_geometry_library(region):
    for department in REGIONAL.departments:
        (outline,) = (shapely.Polygon(ring) for ring in builtin().by_code[department].rings)
        for structure in region.structures:
            expected = outline.contains(shapely.Point(structure.longitude, structure.latitude))
            assert inside(department, structure.longitude, structure.latitude) == expected


def test_units_fit_the_category_of_their_structure(region):
    categories = {structure.finess: structure.category_code for structure in region.structures}
    of_type: dict[str, set[str]] = {}
    for unit in region.units:
        assert unit.unit_type in unit_types()
        assert 1 <= unit.installed <= 120
        of_type.setdefault(categories[unit.structure], set()).add(unit.unit_type)
    assert {"121", "254", "16"} <= of_type["355"]
    assert {"21", "25"} <= of_type["500"]
    assert of_type["354"] <= {"28", "29", "75"}
    assert of_type["127"] == {"128", "130"}
    assert not {"121", "254", "16"} & of_type["500"]


def test_a_structure_never_has_two_units_of_the_same_name(region):
    assert max(Counter((unit.structure, unit.name) for unit in region.units).values()) == 1


def test_about_two_units_in_a_hundred_are_closed_in_the_registry(region):
    share = sum(unit.closed for unit in region.units) / len(region.units)
    assert 0.015 <= share <= 0.025


def test_the_four_accounts_of_the_demonstration(region):
    first = [(account.id, account.login, account.name, set(account.roles)) for account in region.accounts[:4]]
    assert first == [
        ("demo-responsable", "responsable", "Camille Exemple", {Role.MANAGER}),
        ("demo-soignant", "soignant", "Dominique Modèle", {Role.PROFESSIONAL}),
        ("demo-coordination", "coordination", "Claude Essai", {Role.COORDINATOR}),
        ("demo-admin", "admin", "Sacha Témoin", {Role.ADMINISTRATOR}),
    ]


def test_the_demonstration_manager_has_units_of_beds_and_of_places(region):
    entity = {structure.finess: structure.legal_entity for structure in region.structures}
    manager = region.accounts[0]
    own = [u for u in region.units if may(manager, Action.DECLARE, (u.id, u.structure, entity[u.structure]))]
    assert 12 <= len(own) <= 20
    assert {unit.id for unit in own} == set(SHOWCASE)
    assert {unit_types()[unit.unit_type].capacity_type for unit in own} == set(CapacityType)
    assert sum(unit.closed for unit in own) == 1


def test_each_unit_has_exactly_one_manager(region):
    entity = {structure.finess: structure.legal_entity for structure in region.structures}
    managed = [finess for account in region.accounts for finess in account.perimeter.legal_entities]
    assert sorted(managed) == sorted(set(entity.values()))
    others = [account for account in region.accounts if account.id.startswith("demo-m-")]
    assert len(others) == len(region.legal_entities) - 1
    for account in others:
        assert account.login == account.id
        assert account.roles == {Role.MANAGER}
        assert account.perimeter.legal_entities == {account.id.removeprefix("demo-m-")}
    assert len({account.name for account in region.accounts}) == len(region.accounts)


def test_positions_are_judged_by_the_outlines_of_the_map():
    assert set(builtin().by_code) == set(territories())
    assert inside("75", 2.3488, 48.8534)
    assert not inside("75", 2.13, 48.80)
    assert inside("78", 2.13, 48.80)
