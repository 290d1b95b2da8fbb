import pytest

from ror.model.commune import commune_name
from ror.model.place import Place, PlaceKind, split_key
from ror.model.ranking import Ranking


def test_a_place_has_a_label_for_the_screens_and_a_key_for_the_address():
    assert Place("commune:77288", "Melun", "77").label == "Melun (77)"
    assert Place("structure:990750001", "Hôpital des Tilleuls", "75", "Paris").label == "Hôpital des Tilleuls, Paris (75)"
    assert split_key(PlaceKind.COMMUNE.key("77288")) == (PlaceKind.COMMUNE, "77288")
    assert split_key(PlaceKind.STRUCTURE.key("990750001")) == (PlaceKind.STRUCTURE, "990750001")


@pytest.mark.parametrize("key", ["", "commune", "commune:", ":77288", "Commune:77288", "département:77"])
def test_a_text_that_is_no_key_has_no_place(key):
    assert split_key(key) is None


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("77288", "Melun"),
        ("75056", "Paris"),
        ("75113", "Paris 13e Arrondissement"),
        ("91228", "Évry-Courcouronnes"),
        ("97127", ""),
        ("99999", ""),
        ("", ""),
    ],
)
def test_a_commune_has_the_name_of_the_files(code, name):
    assert commune_name(code) == name


def test_the_orders_have_the_words_of_the_screen():
    assert [one.label for one in Ranking] == ["Distance", "Disponible", "Fraîcheur", "Fiabilité"]
