import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import BadFile
from ror.exchange.finess import FinessFile, postal, read_finess
from ror.exchange.import_file import TEXT_LENGTH
from ror.model.registry import LegalEntity

FILES = Path(__file__).parent / "files"
HEADER = "finess;etalab;94;2026-05-12"
NAMES = [
    "section", "nofinesset", "nofinessej", "rs", "rslongue", "complrs", "compldistrib", "numvoie", "typvoie", "voie",
    "compvoie", "lieuditbp", "commune", "departement", "libdepartement", "ligneacheminement", "telephone", "telecopie",
    "categetab", "libcategetab", "categagretab", "libcategagretab", "siret", "codeape", "codemft", "libmft", "codesph",
    "libsph", "dateouv", "dateautor", "maj", "numuai",
]  # fmt: skip
USUAL = {
    "section": "structureet", "nofinesset": "990000018", "nofinessej": "990000117", "rs": "HOPITAL FICTIF", "commune": "028",
    "departement": "94", "ligneacheminement": "94000 CRETEIL",
}  # fmt: skip
CRETEIL = "geolocalisation;990000018;660004.9;6854617.3;1,ATLASANTE,100,IGN,BD_ADRESSE,V2.2,LAMBERT_93;2026-05-12"


def line(**fields):
    """Return a structureet line with these fields changed."""
    return ";".join((USUAL | fields).get(name, "") for name in NAMES)


@pytest.fixture
def read(tmp_path):
    def read(*lines, header=HEADER):
        path = tmp_path / "finess-fictif.csv"
        path.write_text("\n".join((header, *lines)), encoding="utf-8", newline="")
        return read_finess(path)

    return read


def only(edition: FinessFile):
    (structure,) = edition.structures
    return structure


def reason(edition: FinessFile):
    (reject,) = edition.rejects
    return reject.reason


def test_both_editions_give_the_same_structures_but_for_the_positions():
    located = read_finess(FILES / "finess-cs1100507-fictif.csv")
    bare = read_finess(FILES / "finess-cs1100502-fictif.csv")
    assert (located.number, located.date, located.encoding) == ("94", date(2026, 5, 12), "utf-8")
    assert (bare.number, bare.date, bare.encoding) == ("93", date(2026, 3, 10), "cp1252")
    assert located.read == bare.read == len(located.structures) == 9
    assert not located.rejects + bare.rejects
    assert [replace(structure, latitude=None, longitude=None) for structure in located.structures] == bare.structures


def test_a_structure_is_read_field_by_field():
    structure = read_finess(FILES / "finess-cs1100507-fictif.csv").structures[0]
    assert (structure.finess, structure.legal_entity) == ("990000018", "990000117")
    assert structure.name == 'HOPITAL FICTIF "LES TILLEULS"'
    assert (structure.category_code, structure.category) == ("355", "Centre Hospitalier (C.H.)")
    assert structure.address == "12 bis Rue DES TILLEULS BP 19"
    assert (structure.postal_code, structure.commune, structure.commune_code) == ("94010", "Creteil", "94028")
    assert (structure.department, structure.telephone) == ("94", "0199000001")


def test_the_legal_entities_are_those_met_once_each():
    edition = read_finess(FILES / "finess-cs1100502-fictif.csv")
    assert [entity.finess for entity in edition.legal_entities] == ["990000117", "990000125"]
    assert edition.legal_entities[0] == LegalEntity("990000117", "Entité juridique 990000117")


@pytest.mark.parametrize(
    ("finess", "place", "department", "commune_code", "latitude", "longitude"),
    [("990000018", "Créteil", "94", "94028", 48.7904, 2.4556), ("990000034", "Ajaccio", "2A", "2A004", 41.9192, 8.7386),
     ("990000042", "Pointe-à-Pitre", "971", "97120", 16.2415, -61.5331),
     ("990000059", "Fort-de-France", "972", "97209", 14.6037, -61.0669),
     ("990000067", "Cayenne", "973", "97302", 4.9372, -52.3260),
     ("990000075", "Saint-Denis de La Réunion", "974", "97411", -20.8789, 55.4481),
     ("990000083", "Saint-Pierre", "975", "97502", 46.7811, -56.1764),
     ("990000091", "Mamoudzou", "976", "97611", -12.7806, 45.2278)],
)  # fmt: skip
def test_each_system_of_coordinates_lands_within_100_m(finess, place, department, commune_code, latitude, longitude):
    edition = read_finess(FILES / "finess-cs1100507-fictif.csv")
    structure = {structure.finess: structure for structure in edition.structures}[finess]
    assert (structure.department, structure.commune_code) == (department, commune_code)
    east = (structure.longitude - longitude) * math.cos(math.radians(latitude))
    assert math.hypot(structure.latitude - latitude, east) * 111_000 < 100, place


def test_a_geolocalisation_may_stand_before_or_between_the_structures(read):
    edition = read(CRETEIL, line(nofinesset="990000026"), line())
    assert [structure.latitude is None for structure in edition.structures] == [True, False]
    assert not edition.rejects


@pytest.mark.parametrize(
    ("geolocalisation", "expected"),
    [(CRETEIL.replace("LAMBERT_93", "LAMBERT_2"), "« LAMBERT_2 » est inconnu"),
     (CRETEIL.replace("660004.9", ""), "pas des nombres"), (CRETEIL.replace("660004.9", "est"), "pas des nombres"),
     (CRETEIL.replace("660004.9", "nan"), "hors du territoire"), (CRETEIL.replace("660004.9", "1e300"), "hors du territoire"),
     (CRETEIL.replace("660004.9", "0").replace("6854617.3", "0"), "hors du territoire"),
     (CRETEIL.replace("LAMBERT_93", "UTM_N20"), "hors du territoire de UTM_N20"),
     ("geolocalisation;990000018;660004.9", "3 champs au lieu de 6")],
)  # fmt: skip
def test_a_bad_position_leaves_the_structure_without_one_and_is_reported(read, geolocalisation, expected):
    edition = read(line(), geolocalisation)
    assert (only(edition).latitude, only(edition).longitude) == (None, None)
    assert expected in reason(edition)


def test_a_position_of_an_unknown_structure_is_reported(read):
    assert "990000026 n'est pas dans le fichier" in reason(read(line(), CRETEIL.replace("990000018", "990000026")))


def test_the_first_of_two_positions_is_used(read):
    edition = read(line(), CRETEIL, CRETEIL.replace("660004.9", "661004.9"))
    assert only(edition).longitude == pytest.approx(2.4556, abs=1e-4)
    assert "déjà une position" in reason(edition)


def test_the_first_of_two_structures_of_the_same_number_is_used(read):
    edition = read(line(), line(rs="AUTRE HOPITAL FICTIF"))
    assert only(edition).name == "HOPITAL FICTIF"
    assert edition.read == 2
    assert "990000018 figure déjà à la ligne 2" in reason(edition)


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ("structureet;990000026", "2 champs au lieu de 32"),
        (line(nofinesset="990000026", rs="HOPITAL ; FICTIF"), "33 champs au lieu de 32"),
        (line(nofinesset="99000002"), "« 99000002 » n'est pas un numéro FINESS"),
        (line(nofinesset="99000002٣"), "n'est pas un numéro FINESS"),
        (line(nofinesset="990000026", nofinessej="EJ"), "« EJ » n'est pas le numéro FINESS d'une entité juridique"),
        (line(nofinesset="990000026", rs=" "), "pas de raison sociale"),
        (line(nofinesset="990000026", departement="9Z"), "Le département « 9Z » est inconnu"),
        (line(nofinesset="990000026", departement=""), "Le département «  » est inconnu"),
        (line(nofinesset="990000026", rs="HOPITAL\0FICTIF"), "caractère nul"),
        (line(nofinesset="990000026", rs="FICTIF" * 2_000_000), "caractères"),
        ("structureej;990000117;ENTITE FICTIVE", "3 champs au lieu de 21"),
        ("structurexx;990000117;ENTITE FICTIVE", "Section inconnue"),
        ("n'importe quoi", "Section inconnue"),
    ],
)
def test_a_bad_line_is_reported_and_does_not_stop_the_rest(read, bad, expected):
    edition = read(bad, line(), "", "   ")
    assert only(edition).finess == "990000018"
    assert expected in reason(edition)
    assert (edition.rejects[0].line, edition.rejects[0].text) == (2, bad[:TEXT_LENGTH])
    assert edition.read == 1 + bad.startswith("structureet;")


@pytest.mark.parametrize("number", ["2A0000014", "2B0000012", "9A0000010", "970100012", "010000024"])
def test_the_numbers_of_corsica_and_overseas_are_numbers(read, number):
    assert only(read(line(nofinesset=number))).finess == number


def test_an_edition_without_the_last_field_is_read(read):
    assert not read(line().removesuffix(";")).rejects


def test_a_quote_is_a_plain_character(read):
    edition = read(line(rs='"FICTIF'), line(nofinesset="990000026", rs='FICTIF "BIS"'))
    assert [structure.name for structure in edition.structures] == ['"FICTIF', 'FICTIF "BIS"']


@pytest.mark.parametrize(
    ("short", "long", "name"),
    [("CTRE FICTIF", "CENTRE FICTIF", "CENTRE FICTIF"), ("CENTRE FICTIF", "CENTRE", "CENTRE FICTIF"), ("FICTIF", "", "FICTIF"),
     ("", " FICTIF ", "FICTIF")],
)  # fmt: skip
def test_the_more_complete_of_the_two_names_is_used(read, short, long, name):
    assert only(read(line(rs=short, rslongue=long))).name == name


@pytest.mark.parametrize(
    ("department", "commune", "code"),
    [("94", "028", "94028"), ("2B", "033", "2B033"), ("9A", "101", "97101"), ("971", "101", "97101"), ("9A", "01", "97101"),
     ("9D", "011", "97411"), ("94", "", ""), ("94", "28", ""), ("9A", "1", ""), ("9E", "502", "97502"), ("9J", "613", "98613"),
     ("986", "13", "98613"), ("988", "18", "98818"), ("987", "735", "98735"), ("977", "701", "97701")],
)  # fmt: skip
def test_the_commune_code_is_that_of_insee_or_nothing(read, department, commune, code):
    assert only(read(line(departement=department, commune=commune))).commune_code == code


@pytest.mark.parametrize(
    ("fields", "address"),
    [({"numvoie": "12", "typvoie": "R", "voie": "DES TILLEULS"}, "12 Rue DES TILLEULS"),
     ({"numvoie": "12", "typvoie": "AV", "voie": "DES  TILLEULS", "compvoie": "C"}, "12 C Avenue DES TILLEULS"),
     ({"typvoie": "XYZ", "voie": "DES TILLEULS", "compvoie": "BATIMENT 3"}, "XYZ DES TILLEULS BATIMENT 3"),
     ({"lieuditbp": "LE BOURG"}, "LE BOURG"), ({}, "")],
)  # fmt: skip
def test_the_address_is_one_line(read, fields, address):
    assert only(read(line(**fields))).address == address


@pytest.mark.parametrize(
    ("routing", "code", "commune"),
    [("94000 CRETEIL", "94000", "Creteil"), ("94010 CRETEIL CEDEX", "94010", "Creteil"),
     ("75571 PARIS CEDEX 12", "75571", "Paris"), ("94240 L HAY LES ROSES", "94240", "L Hay les Roses"),
     ("94240 L'HAY-LES-ROSES", "94240", "L'Hay-les-Roses"), ("94120 FONTENAY SOUS BOIS", "94120", "Fontenay sous Bois"),
     ("93200 ST DENIS", "93200", "Saint Denis"), ("94000 Créteil", "94000", "Créteil"), ("CRETEIL", "", "Creteil"),
     ("94000", "94000", ""), ("", "", "")],
)  # fmt: skip
def test_a_routing_line_is_a_postal_code_and_a_commune(routing, code, commune):
    assert postal(routing) == (code, commune)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("0199000001", "0199000001"), ("01 99.00-00 01", "0199000001"), ("199000001", "0199000001"),
     ("+33 1 99 00 00 01", "0199000001"), ("0199000001/0199000002", "0199000001 / 0199000002"), ("990000", ""), ("aucun", ""),
     ("", "")],
)  # fmt: skip
def test_a_telephone_is_read_as_everywhere_or_reported(read, typed, digits):
    edition = read(line(telephone=typed))
    assert only(edition).telephone == digits
    assert [reject.accepted for reject in edition.rejects] == [True] * (bool(typed) and not digits)


@pytest.mark.parametrize(("codec", "encoding"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1252", "cp1252")])
def test_the_encoding_is_detected_from_the_content(tmp_path, codec, encoding):
    path = tmp_path / "finess-fictif.csv"
    path.write_bytes(f"{HEADER}\r\n{line(rs='FORÊT FICTIVE ŒUVRE')}\r\n".encode(codec))
    edition = read_finess(path)
    assert (edition.encoding, only(edition).name) == (encoding, "FORÊT FICTIVE ŒUVRE")


def test_one_damaged_byte_does_not_spoil_the_accents_of_a_utf8_file(tmp_path):
    path = tmp_path / "finess-fictif.csv"
    good = "\n".join((HEADER, line(rs="FORÊT FICTIVE ÉLOIGNÉE"), line(nofinesset="990000026", rs="FICTIF ?"), ""))
    path.write_bytes(good.encode().replace(b"?", b"\xff"))
    edition = read_finess(path)
    assert edition.encoding == "utf-8"
    assert [structure.name for structure in edition.structures] == ["FORÊT FICTIVE ÉLOIGNÉE", "FICTIF �"]


@pytest.mark.parametrize("header", ["finess;etalab;94;hier", "finess;etalab;94"])
def test_a_header_without_a_good_date_is_read(read, header):
    assert read(line(), header=header).date is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"PK\x03\x04classeur", b"%PDF-1.7", b"\0" * 64, line().encode(), HEADER.encode(),
     b"finess;etalab;94;x\nstructurexx;1"],
)  # fmt: skip
def test_another_file_is_refused_with_the_name_of_the_one_expected(tmp_path, content):
    path = tmp_path / "autre.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=r"« autre\.csv ».*etalab-cs1100507-stock"):
        read_finess(path)


@pytest.mark.parametrize(("name", "problem"), [("", "est un dossier"), ("absent.csv", "n'existe pas")])
def test_a_directory_and_a_missing_file_are_refused(tmp_path, name, problem):
    with pytest.raises(BadFile, match=f"{problem} : donnez le fichier FINESS"):
        read_finess(tmp_path / name)


def test_progress_grows_to_the_total_in_few_steps(tmp_path):
    path = tmp_path / "finess-fictif.csv"
    path.write_text("\n".join((HEADER, *(line(nofinesset=f"99{index:07}") for index in range(299)), CRETEIL)))
    steps = []
    read_finess(path, lambda done, total: steps.append((done, total)))
    assert steps[-1] == (300, 300)
    assert len(steps) <= 200
    assert steps == sorted(steps)


@given(content=st.binary(max_size=2_000), header=st.booleans())
def test_no_bytes_whatever_raise_anything_but_bad_file(tmp_path_factory, content, header):
    path = tmp_path_factory.getbasetemp() / "octets.csv"
    path.write_bytes(HEADER.encode() + b"\n" + line().encode() + b"\n" + content if header else content)
    try:
        assert read_finess(path).read >= 1
    except BadFile:
        assert not header


ONE_LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n"))


@given(fields=st.dictionaries(st.sampled_from(NAMES[1:]), ONE_LINE), point=st.lists(ONE_LINE, max_size=6))
def test_no_content_of_the_fields_loses_a_line(tmp_path_factory, fields, point):
    path = tmp_path_factory.getbasetemp() / "champs.csv"
    lines = (HEADER, line(**fields), ";".join(("geolocalisation", *point)))
    path.write_text("\n".join(lines), encoding="utf-8", newline="")
    edition = read_finess(path)
    assert edition.read == 1
    refused = [reject for reject in edition.rejects if reject.line == 2 and not reject.accepted]
    assert len(edition.structures) + len(refused) == 1
    assert sum(reject.line == 3 for reject in edition.rejects) + sum(s.latitude is not None for s in edition.structures) == 1
