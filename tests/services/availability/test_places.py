from dataclasses import replace

import pytest

from ror.services.availability import consult
from ror.services.availability.places import commune_position, communes_of, point, structures_of
from ror.store import registry, registry_changes
from tests.region import ASYLUM, DOMINIQUE, HOME, HOSPITAL, NOW, STRUCTURES

pytestmark = pytest.mark.usefixtures("region")


def change(db, structure, **changes):
    with db.transaction() as transaction:
        registry.merge(transaction, [replace(structure, **changes)])
        registry_changes.record_change(transaction, "tests", NOW)


def chosen(db):
    directory = consult.current(db, DOMINIQUE).directory
    return [*communes_of(directory), *structures_of(directory)]


def test_the_communes_and_structures_with_a_unit_are_in_alphabetical_order(db):
    proposed = chosen(db)
    labels = [place.label for place in proposed]
    assert labels == [
        *("Bobigny (93)", "Créteil (94)", "Ivry-sur-Seine (94)", "Paris 13e Arrondissement (75)", "Saint-Denis (93)"),
        "Centre fictif des Érables, Ivry-sur-Seine (94)",
        "Clinique fictive des Saules, Bobigny (93)",
        "Hôpital fictif des Tilleuls, Paris (75)",
        "Maison fictive du Canal, Saint-Denis (93)",
        "Résidence fictive des Ormes, Créteil (94)",
    ]


def test_every_choice_stands_somewhere(db):
    placed = [(place, point(db, place.key)) for place in chosen(db)]
    assert all(
        place_point and (place_point.key, place_point.label) == (place.key, place.label) for place, place_point in placed
    )


def test_a_structure_without_units_is_no_choice_but_has_a_point(db):
    change(db, STRUCTURES[0], finess="990750009", name="Hôpital sans unité")
    assert "structure:990750009" not in {place.key for place in chosen(db)}
    place_point = point(db, "structure:990750009")
    assert (place_point.label, place_point.latitude, place_point.longitude) == ("Hôpital sans unité, Paris (75)", 48.83, 2.36)


def test_a_commune_stands_at_its_centre_else_amid_its_structures(db):
    assert commune_position(db, "94028") == pytest.approx((48.79, 2.46), abs=0.01)
    assert commune_position(db, "75056") == pytest.approx((48.86, 2.34), abs=0.03)
    assert commune_position(db, "94999") is None
    change(db, STRUCTURES[0], commune_code="94999", commune="Villefictive")
    assert commune_position(db, "94999") == (48.83, 2.36)
    assert point(db, "commune:94999").label == "Villefictive (94)"
    assert "commune:94999" in {place.key for place in chosen(db)[:5]}


def test_a_structure_without_a_position_stands_at_its_commune(db):
    change(db, STRUCTURES[3], latitude=None, longitude=None)
    there, commune = point(db, f"structure:{HOME}"), point(db, "commune:94028")
    assert (there.latitude, there.longitude) == (commune.latitude, commune.longitude)
    assert there.label == "Résidence fictive des Ormes, Créteil (94)"
    change(db, STRUCTURES[3], latitude=None, longitude=None, commune_code="")
    assert point(db, f"structure:{HOME}") is None


def test_a_former_code_of_a_commune_leads_to_that_of_today(db):
    change(db, STRUCTURES[4], commune_code="97801", commune="Saint-Martin", department="978")
    assert point(db, "commune:97127").key == "commune:97801"
    assert point(db, f"structure:{ASYLUM}").key == f"structure:{ASYLUM}"


@pytest.mark.parametrize(
    "key",
    ["", ":", "commune", "commune:", "commune:99999", "commune:'; DROP TABLE unit", "structure:", "structure:990750008",
     HOSPITAL, "hôpital:990750001", "commune:94028:", "commune: 94028", "\x00"],
)  # fmt: skip
def test_a_key_that_leads_nowhere_has_no_point(db, key):
    assert point(db, key) is None
