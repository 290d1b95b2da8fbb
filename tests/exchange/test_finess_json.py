"""The daily FINESS file: JSON, compressed or not, read a piece at a time."""

import gzip
import json
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import BadFile
from ror.exchange.finess import json_stream, read_finess, source
from ror.model.registry import LegalEntity

EXAMPLE = Path(__file__).parents[2] / "docs" / "example" / "finess-structures-journalier.json"
TODAY = date(2026, 11, 28)
USUAL = json.loads(EXAMPLE.read_text("utf-8"))


def structure(number="990770011", **changes):
    """Return a structure as the file has it; a change names a key of it, of its names or of its address."""
    entry = json.loads(json.dumps(USUAL["pmej"][0]["ege"][0]))
    entry["informationsGeneralesEGE"]["numFinessEge"] = number
    for name, value in changes.items():
        for part in (entry["informationsGeneralesEGE"], entry["adresse"][0]):
            if name in part or name.startswith("date"):
                part[name] = value
                break
        else:
            entry[name] = value
    return entry


def document(*structures, **changes):
    whole = json.loads(json.dumps(USUAL))
    whole["pmej"][0]["ege"] = list(structures)
    return whole | changes


@pytest.fixture
def read(tmp_path):
    def read(content, name="finess.json", progress=None):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_finess(path, progress, TODAY)

    return read


def only(edition):
    (one,) = edition.structures
    return one


def reason(edition):
    (reject,) = edition.rejects
    return reject.reason


def test_a_legal_entity_has_its_address_when_the_file_gives_one(read):
    whole = document(structure())
    whole["pmej"][0]["adresse"] = whole["pmej"][0]["ege"][0]["adresse"]
    (entity,) = read(whole).legal_entities
    assert (entity.address, entity.postal_code, entity.commune) == ("12 Rue DU BAC FICTIF", "77000", "Melun")


def test_a_structure_is_read_field_by_field():
    edition = read_finess(EXAMPLE, today=TODAY)
    one = only(edition)
    assert (edition.number, edition.date, edition.read, edition.rejects) == ("v1.0.0", date(2026, 11, 27), 1, [])
    assert edition.legal_entities == [LegalEntity("990000117", "CENTRE HOSPITALIER FICTIF DE LA BRIE")]
    assert (one.finess, one.legal_entity, one.name) == ("990770011", "990000117", "HOPITAL FICTIF DU BAC DE SEINE")
    assert (one.category_code, one.address) == ("355", "12 Rue DU BAC FICTIF")
    assert (one.postal_code, one.commune, one.commune_code, one.department) == ("77000", "Melun", "77288", "77")
    assert (one.telephone, one.latitude, one.longitude, one.closed) == ("0199000001", 48.54, 2.66, False)


@pytest.mark.parametrize("name", ["finess.json.gz", "finess.json", "finess"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n  "])
def test_it_is_read_compressed_or_not_whatever_its_name(read, name, mark):
    content = mark + json.dumps(USUAL).encode()
    assert only(read(gzip.compress(content), name)).finess == only(read(content, name)).finess == "990770011"


def test_pieces_as_small_as_a_byte_change_nothing(read, monkeypatch):
    whole = read(document(structure(), structure("990770029"), gcc=[{"a": [1, {}]}, 2]))
    monkeypatch.setattr(source, "CHUNK", 1)
    assert read(document(structure(), structure("990770029"), gcc=[{"a": [1, {}]}, 2])) == whole
    assert (len(whole.structures), whole.passed_over) == (2, {"gcc": 2})


def test_the_other_branches_are_skipped_and_counted(read):
    others = {"gcc": [{"x": [{}, {}]}, {}], "gco": [{}], "pmsjej": [1, [2, 3], "z"], "nouvelle": {"a": 1, "b": {"c": 2}}}
    edition = read({**others, **document(structure()), **others})
    assert edition.passed_over == {"gcc": 2, "gco": 1, "pmsjej": 3, "nouvelle": 2}
    assert only(edition).finess == "990770011"


def test_unknown_keys_and_deep_values_within_an_entry_are_skipped(read):
    deep = [[[[[[[[[[[[[[[]]]]]]]]]]]]]]]
    one = structure(evenement=[{"x": deep}], roleEge=deep, engagement={"ege": 1}, etatObjet="A")
    one["adresse"].append(deep)
    assert only(read(document(one))).commune == "Melun"


@pytest.mark.parametrize(
    ("changes", "closed"),
    [({}, False), ({"etatObjet": "I"}, True), ({"dateFermeture": "2026-11-27"}, True), ({"dateFermeture": "2026-11-28"}, False),
     ({"dateFermeture": "2027-01-01"}, False), ({"dateFermeture": ""}, False), ({"dateFermeture": "hier"}, False)],
)  # fmt: skip
def test_a_structure_is_closed_when_it_is_inactive_or_its_closing_is_past(read, changes, closed):
    assert only(read(document(structure(**changes)))).closed is closed


def test_padding_is_trimmed_and_the_longest_name_is_kept(read):
    one = structure(
        nomEgeLong="HOPITAL FICTIF   ", nomEgeCourt="HOPITAL FICTIF DE LA BRIE  ", typeVoie="R   ", libelleVoie="DU BAC    "
    )
    assert (only(read(document(one))).name, only(read(document(one))).address) == ("HOPITAL FICTIF DE LA BRIE", "12 Rue DU BAC")


def test_the_address_of_the_structure_comes_before_the_others(read):
    one = structure()
    reception = {"usageAdresse": "06", "cogCommune": "77186", "codePostal": "77300", "ligneAcheminement": "FONTAINEBLEAU"}
    one["adresse"].insert(0, reception)
    assert only(read(document(one))).commune_code == "77288"
    one["adresse"] = [reception, {**reception, "cogCommune": "77288"}]
    assert only(read(document(one))).commune_code == "77186"


@pytest.mark.parametrize(
    ("coordinates", "expected"),
    [({"directionLatitude": "48.54", "directionLongitude": "2.66", "coordonneeX": "6827330.5", "coordonneeY": "674428.8"},
     (48.54, 2.66)),
     ({"directionLatitude": "6827330.5", "directionLongitude": "674428.8", "coordonneeX": "2.66", "coordonneeY": "48.54"},
     (48.54, 2.66)),
     ({"directionLatitude": " 48,5400001 ", "directionLongitude": 2.66}, (48.54, 2.66)), ({}, (None, None)),
     ({"directionLatitude": "0", "directionLongitude": "0", "coordonneeX": "2.66", "coordonneeY": "48.54"}, (48.54, 2.66))],
)  # fmt: skip
def test_degrees_are_read_from_the_pair_that_has_them(read, coordinates, expected):
    edition = read(document(structure(coordonneesGeographique=coordinates)))
    assert (only(edition).latitude, only(edition).longitude) == expected
    assert not edition.rejects


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [("43.287", "5.377", "hors du département Seine-et-Marne"), ("48.96", "2.88", "à 49 km de la commune"),
     ("6827330.5", "674428.8", "ne sont pas des degrés"), ("12 RUE", "2.66", "ne sont pas des degrés"),
     ("nan", "nan", "ne sont pas des degrés")],
)  # fmt: skip
def test_a_bad_position_is_reported_and_the_structure_kept_without(read, latitude, longitude, expected):
    edition = read(
        document(structure(coordonneesGeographique={"directionLatitude": latitude, "directionLongitude": longitude}))
    )
    assert (only(edition).latitude, only(edition).longitude) == (None, None)
    assert expected in reason(edition)


@pytest.mark.parametrize(
    ("contact", "telephone"),
    [([], ""), (None, ""), ([{"telecom": {"telephone": "0199000001"}}], "0199000001"),
     ([{"typeContact": {"roleContact": "02"}, "telecom": {"telephone": "0199000002"}},
       {"typeContact": {"roleContact": "01"}, "telecom": {"telephone": "0199000001"}}], "0199000001"),
     ([{"typeContact": {"roleContact": "01"}, "telecom": {}}, {"telecom": {"telephone": "01 99 00 00 02"}}], "0199000002")],
)  # fmt: skip
def test_the_telephone_is_that_of_the_place_of_contact_else_the_first(read, contact, telephone):
    edition = read(document(structure(contact=contact)))
    assert (only(edition).telephone, edition.rejects) == (telephone, [])


@pytest.mark.parametrize(
    ("cog", "department", "commune_code"),
    [("77288", "77", "77288"), ("2A004", "2A", "2A004"), ("97411", "974", "97411"), ("97801", "978", "97801"),
     ("97127", "978", "97801"),
     ("97123", "977", "97701"), ("97502", "975", "97502"), ("98613", "986", "98613"), ("98735", "987", "98735"),
     ("98818", "988", "98818")],
)  # fmt: skip
def test_the_departement_is_that_of_the_commune(read, cog, department, commune_code):
    one = only(read(document(structure(cogCommune=cog, coordonneesGeographique={}))))
    assert (one.department, one.commune_code) == (department, commune_code)


@pytest.mark.parametrize(
    ("bad", "expected"),
    [(structure("12"), "« 12 » n'est pas un numéro FINESS"), (structure(cogCommune=""), "pas le code d'une commune"),
     (structure(cogCommune="98999"), "pas le code d'une commune"), (structure(adresse=[]), "pas le code d'une commune"),
     (structure(nomEgeCourt=" ", nomEgeLong=None), "pas de raison sociale"), ({}, "pas de raison sociale"),
     (structure("990770029"), "990770029 figure déjà à la ligne 1")],
)  # fmt: skip
def test_a_bad_structure_is_reported_with_its_rank_and_does_not_stop_the_rest(read, bad, expected):
    edition = read(document(structure("990770029"), bad, structure("990770037")))
    assert [one.finess for one in edition.structures] == ["990770029", "990770037"]
    assert (edition.read, edition.rejects[0].line) == (3, 2)
    assert expected in reason(edition)


def test_a_legal_entity_without_a_name_is_reported_and_its_structures_keep_its_number(read):
    whole = document(structure())
    whole["pmej"][0]["informationsGeneralesPMEJ"] = {"numFinessPm": "990000117"}
    edition = read(whole)
    assert only(edition).legal_entity == "990000117"
    assert edition.legal_entities == [LegalEntity("990000117", "Entité juridique 990000117")]
    assert "pas de raison sociale" in reason(edition)


def test_a_legal_entity_without_structures_is_left_out(read):
    whole = document(structure())
    whole["pmej"].append(
        {"informationsGeneralesPMEJ": {"numFinessPm": "990000125", "denominationPm": "VIDE FICTIVE"}, "ege": []}
    )
    assert [entity.finess for entity in read(whole).legal_entities] == ["990000117"]


@pytest.mark.parametrize(
    "content",
    [b"{", b"{}", b"[]", b"[1, 2]", b'{"pmej": []}', b'{"pmej": {}}', b'{"pmej": [{"ege": []}]}', b'{"pmej": [[[{}]]]}',
     json.dumps(USUAL).encode()[:-20], json.dumps(USUAL).encode() + b"}", json.dumps(USUAL).encode().replace(b"MELUN",
     b"MEL\xffN"),
     b'{"a": ' + b"[" * 100_000, b'{"resourceType": "Bundle", "entry": [1]}',
     b'{"\\udc00": 1}', b'{"x": ' + b"9" * 5_000 + b"}",
     b"{" + b" " * 3_000_000,
     b'{"' + b"a" * 3_000_000],
)  # fmt: skip
def test_another_or_a_damaged_file_is_refused_with_a_message(read, content):
    with pytest.raises(BadFile, match=r"« finess\.json » (ne contient aucune structure|est abîmé)"):
        read(content)


def test_a_file_that_unpacks_to_too_much_stops(read, monkeypatch):
    monkeypatch.setattr(source, "MAX_STREAMED_BYTES", 100_000)
    with pytest.raises(BadFile, match="dépasse 0 Mo"):
        read(gzip.compress(json.dumps(document(structure(), x=["y" * 1_000] * 400)).encode()), "bombe.json.gz")


def test_texts_are_short_and_branches_few_whatever_the_file(read):
    whole = document(structure(nomEgeLong="F" * 100_000), **{f"branche{index}": [1] for index in range(500)})
    edition = read(whole)
    assert len(only(edition).name) == json_stream.MAX_TEXT_LENGTH
    assert len(edition.passed_over) <= json_stream.MAX_BRANCHES


def test_progress_grows_to_the_size_of_the_file_in_few_steps(read, monkeypatch, tmp_path):
    monkeypatch.setattr(source, "CHUNK", 100)
    steps = []
    read(
        document(*[structure(f"99{index:07}") for index in range(50)]), progress=lambda done, total: steps.append((done, total))
    )
    size = (tmp_path / "finess.json").stat().st_size
    assert steps[-1] == (size, size)
    assert len(steps) <= 151
    assert steps == sorted(steps)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["pmej", "ege", "adresse", "contact", "telecom", "cogCommune", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(entity=JSON, one=JSON, about=JSON, where=JSON)
def test_no_value_whatever_raises_anything_but_bad_file(tmp_path_factory, entity, one, about, where):
    path = tmp_path_factory.getbasetemp() / "valeurs.json"
    entries = [entity, {"informationsGeneralesPMEJ": about, "ege": [one, {"informationsGeneralesEGE": about}]}]
    entries.append({"ege": [structure(contact=where, adresse=one), structure("990770029", coordonneesGeographique=where)]})
    path.write_text(json.dumps({"generatedAt": where, "pmej": entries, "x": one}))
    edition = read_finess(path, today=TODAY)
    assert edition.read >= len(edition.structures) >= 1


@given(content=st.binary(max_size=500), at=st.integers(0, 1_500))
def test_no_bytes_whatever_in_the_middle_raise_anything_but_bad_file(tmp_path_factory, content, at):
    path = tmp_path_factory.getbasetemp() / "octets.json"
    whole = json.dumps(USUAL).encode()
    path.write_bytes(whole[:at] + content + whole[at:])
    with suppress(BadFile):
        read_finess(path, today=TODAY)
