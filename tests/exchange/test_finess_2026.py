"""FINESS editions of 2026: quoted names, repeated types of street, legal entities, points outside, overseas."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import BadFile
from ror.exchange.finess import finess_file as limits
from ror.exchange.finess import read_finess
from ror.exchange.finess.etalab_csv import STRUCTURE, _fields
from ror.exchange.finess.fields import address
from ror.model.registry import LegalEntity
from tests.exchange.test_finess import HEADER, line, only, reason

FILES = Path(__file__).parent / "files"


@pytest.fixture
def read(tmp_path):
    def read(*lines):
        path = tmp_path / "finess-fictif.csv"
        path.write_text("\n".join((HEADER, *lines)), encoding="utf-8", newline="")
        return read_finess(path)

    return read


def test_a_quoted_name_is_unquoted_and_may_hold_a_semicolon():
    edition = read_finess(FILES / "finess-2026-fictif.csv")
    assert [structure.name for structure in edition.structures] == [
        'CLINIQUE FICTIVE DE LA BRIE "DU PARC"', "CENTRE FICTIF ; SITE NORD", "DEUX TELEPHONES FICTIFS",
        "TROP D ESPACES FICTIFS"
    ]  # fmt: skip
    assert [structure.address for structure in edition.structures] == [
        "12 bis Rue DU BAC", "40 CHEMIN DU BAC", "40 CHEMIN DU BAC", "40 C Rue DU BAC"
    ]  # fmt: skip
    assert [structure.telephone for structure in edition.structures[2:]] == ["0199000001 / 0199000002", "0199000001"]
    assert not edition.rejects


@pytest.mark.parametrize(
    ("names", "name"),
    [({"rslongue": '"CLINIQUE ""DU PARC"""'}, 'CLINIQUE "DU PARC"'), ({"rslongue": '"A" ET FICTIF "B"'}, '"A" ET FICTIF "B"'),
     ({"rslongue": '"LES LIERRES FICTIFS"'}, "LES LIERRES FICTIFS"), ({"rslongue": 'CMP FICTIF "CHAVI"'}, 'CMP FICTIF "CHAVI"'),
     # In an old edition a name may begin with a quote and the next one end with it.
     ({"rs": '"FICTIF', "rslongue": 'HOPITAL FICTIF BIS"'}, 'HOPITAL FICTIF BIS"'),
     ({"rslongue": '"FICTIF ""BIS""'}, '"FICTIF ""BIS""')],
)  # fmt: skip
def test_only_a_whole_quoted_field_is_unquoted(read, names, name):
    edition = read(line(**{"rs": "F", **names}))
    assert only(edition).name == name
    assert not edition.rejects


@pytest.mark.parametrize("more", [";", ";nouveau;champ", ";" * 20])
def test_fields_added_at_the_end_are_ignored(read, more):
    edition = read(line() + more)
    assert only(edition).name == "HOPITAL FICTIF"
    assert not edition.rejects


@pytest.mark.parametrize(
    ("street_type", "street", "expected"),
    [("CHE", "CHEMIN DU BAC", "CHEMIN DU BAC"), ("R", "RUE DE DOUAI", "RUE DE DOUAI"), ("ALL", "Allée du Bac", "Allée du Bac"),
     ("AV", "AV DU BAC", "Avenue DU BAC"), ("R", "RUELLE DU BAC", "Rue RUELLE DU BAC"), ("R", "R DU BAC", "Rue R DU BAC"),
     ("", "Rue Fictive", "Rue Fictive"), ("GR", "GRANDE RUE", "GRANDE RUE"), ("BD", "", "Boulevard")],
)  # fmt: skip
def test_a_type_of_street_is_not_repeated(street_type, street, expected):
    assert address("", "", street_type, street, "") == expected


def test_an_invalid_telephone_is_reported_and_the_structure_is_read(read):
    edition = read(line(telephone="aucun"))
    assert only(edition).telephone == ""
    assert "« aucun » n'est pas un téléphone" in reason(edition)


# Legal entities


OWNER = ("990000117", "CENTRE HOSPITALIER FICTIF DE LA BRIE")


def test_the_file_of_legal_entities_gives_their_names_and_addresses():
    edition = read_finess(FILES / "finess-cs1100501-fictif.csv")
    assert edition.legal_entities == [LegalEntity(*OWNER, "12 Rue DU BAC FICTIF BP 19", "77000", "Melun")]
    assert (edition.read, edition.structures, edition.rejects) == (1, [], [])


ENTITY = (FILES / "finess-cs1100501-fictif.csv").read_text("utf-8").splitlines()[1]


@pytest.mark.parametrize(
    ("bad", "expected"),
    [(ENTITY, "figure déjà plus haut"), (ENTITY.replace("990000117", "12"), "« 12 » n'est pas le numéro FINESS d'une entité"),
     (ENTITY.replace("990000117", ""), "n'a pas de numéro FINESS"),
     ("structureej;990000125" + ";" * 19, "pas de raison sociale"),
     (ENTITY.replace("CH FICTIF", "CH ; FICTIF"), "22 champs au lieu de 21")],
)  # fmt: skip
def test_a_bad_line_of_a_legal_entity_is_reported(read, bad, expected):
    edition = read(ENTITY, bad)
    assert [entity.finess for entity in edition.legal_entities] == ["990000117"]
    assert expected in reason(edition)


# Positions


def test_a_point_outside_its_departement_is_refused_and_the_structure_is_kept():
    edition = read_finess(FILES / "finess-point-ailleurs-fictif.csv")
    assert [structure.latitude is None for structure in edition.structures] == [True, False, False]
    assert edition.rejects[0].line == 5
    assert "hors du département Seine-et-Marne (77)" in reason(edition)


@pytest.mark.parametrize(
    ("department", "commune", "code", "insee", "crs", "x", "y"),
    [("9A", "127", "978", "97801", "UTM_N20", 493_000, 1_998_000), ("9A", "123", "977", "97701", "UTM_N20", 517_500, 1_979_500),
     ("977", "01", "977", "97701", "UTM_N20", 517_500, 1_979_500), ("9E", "502", "975", "97502", "UTM_N21", 562_900, 5_181_200),
     ("9J", "613", "986", "98613", "UTM_S01", 590_000, 8_532_000), ("987", "35", "987", "98735", "UTM_S06", 227_000, 8_060_000),
     ("988", "18", "988", "98818", "UTM_S58", 651_000, 7_536_000)],
)  # fmt: skip
def test_the_overseas_collectivities_are_read_and_placed(read, department, commune, code, insee, crs, x, y):
    point = f"geolocalisation;990000018;{x}.0;{y}.0;1,ATLASANTE,100,IGN,BD_ADRESSE,V2.2,{crs};2026-05-12"
    edition = read(line(departement=department, commune=commune, ligneacheminement="97150 FICTIVE"), point)
    structure = only(edition)
    assert (structure.department, structure.commune_code) == (code, insee)
    assert not edition.rejects
    assert structure.latitude is not None


@pytest.mark.parametrize("number", ["9J0000018", "970100012", "9F0000011"])
def test_the_numbers_of_the_collectivities_are_numbers(read, number):
    assert only(read(line(nofinesset=number))).finess == number


# Compressed, damaged, too much


def test_a_compressed_file_is_read(tmp_path):
    path = tmp_path / "finess.csv.gz"
    path.write_bytes(gzip.compress((FILES / "finess-cs1100507-fictif.csv").read_bytes()))
    assert read_finess(path) == read_finess(FILES / "finess-cs1100507-fictif.csv")


@pytest.mark.parametrize("cut", [5, 30, -4])
def test_a_truncated_archive_is_refused_with_a_message(tmp_path, cut):
    path = tmp_path / "finess.csv.gz"
    path.write_bytes(gzip.compress((FILES / "finess-cs1100507-fictif.csv").read_bytes())[:cut])
    with pytest.raises(BadFile, match="abîmé ou incomplet"):
        read_finess(path)


def test_more_refused_lines_than_any_edition_has_stop_the_reading(read, monkeypatch):
    monkeypatch.setattr(limits, "MAX_REJECTS", 3)
    with pytest.raises(BadFile, match=r"plus de 3 lignes refusées ou à vérifier .* La première, ligne 3 : Section inconnue"):
        read(line(), *["x"] * 4)


def test_more_structures_than_the_country_has_stop_the_reading(read, monkeypatch):
    monkeypatch.setattr(limits, "MAX_ENTRIES", 2)
    with pytest.raises(BadFile, match="plus de 2 entrées"):
        read(*[line(nofinesset=f"99000000{index}") for index in range(3)])


def test_a_line_without_an_end_is_cut(read):
    edition = read(line(), "structureet;" + "é" * 1_000_000, line(nofinesset="990000026"))
    assert [structure.finess for structure in edition.structures] == ["990000018", "990000026"]
    assert (edition.rejects[0].line, len(edition.rejects[0].text)) == (3, 200)


NAME = st.text(st.sampled_from('"; AÉ'), max_size=12)


@given(short=NAME, long=NAME)
def test_what_was_quoted_comes_back_whatever_it_holds(short, long):
    def quoted(text):
        return '"' + text.replace('"', '""') + '"'

    fields = _fields(line(rs=quoted(short), rslongue=quoted(long)), STRUCTURE)
    assert fields[3:5] == [" ".join(short.split()), " ".join(long.split())]
    assert len(fields) == 32
