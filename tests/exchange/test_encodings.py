"""The encoding and the separator of a text file are recognised or refused: no letter is ever read wrong."""

import csv
import io
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ror.errors import BadFile
from ror.exchange.encodings import excerpt, separator_of, single_byte_encoding
from ror.exchange.units import read_units
from ror.settings import DATA

FILES = Path(__file__).parent / "files"


@cache
def names():
    """Return the names of communes and the labels of lists that have an accent."""
    accented: set[str] = set()
    for path in DATA.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            accented.update(cell for row in csv.reader(file, delimiter=";") for cell in row if not cell.isascii())
    return sorted(accented)


def encoded(texts, encoding):
    """Return a table of these texts, without the characters that the encoding lacks."""
    return "".join(f"990000018;{text};16\n" for text in texts).encode(encoding, errors="ignore")


@pytest.mark.parametrize("case", [str, str.upper, str.title])
def test_each_french_name_alone_in_a_windows_file_is_read_as_it_is(case):
    wrong = [name for name in names() if single_byte_encoding(case(name).encode("cp1252", "ignore")) != "cp1252"]
    assert len(names()) > 2_000
    assert wrong == []


@given(st.data(), st.sampled_from(["cp1252", "mac_roman", "cp850"]), st.sampled_from([str, str.upper]))
def test_a_french_table_is_read_in_its_encoding_or_refused(data, encoding, case):
    texts = data.draw(st.lists(st.sampled_from(names()), min_size=15, max_size=40, unique=True))
    table = encoded(map(case, texts), encoding)
    detected = single_byte_encoding(table)
    if detected == "ascii":
        assert encoding != "cp1252"
    else:
        assert table.decode(detected) == table.decode(encoding)


@pytest.mark.parametrize(
    "text",
    ["Muñoz", "Köln", "Ångström", "Škoda", "SIMÕES", "L’ESPOIR", "“Les Pins”", "24 h – 7 j", "N° 12", "Attente…", "m²", "5 €",
     "5 ½", "5 ‰", "l’hôpital", "aujourd’hui", "Kožušník", "™", "« Soins »", "ÉTÉ", "À DOMICILE", "4 × 4", "É", "à"],
)  # fmt: skip
def test_a_windows_text_that_is_not_plain_french_stays_one(text):
    assert single_byte_encoding(text.encode("cp1252")) == "cp1252"


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
@pytest.mark.parametrize(
    "text",
    ["À DOMICILE", "CHIRURGIE AMBULATOIRE À DOMICILE", "É B", "Muñoz", "Noël", "n°2", "N° 12", "Centre « Alizé »"],
)
def test_a_text_with_few_accents_is_read_right_or_refused(text, encoding):
    detected = single_byte_encoding(text.encode(encoding))
    assert detected == "ascii" or text.encode(encoding).decode(detected) == text


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
@pytest.mark.parametrize("text", ["Médecine à domicile", "Hôpital", "unité", "MÉDECINE GÉRIATRIQUE", "Rééducation"])
def test_a_mac_and_a_dos_text_are_recognised_by_a_few_words(text, encoding):
    assert single_byte_encoding(text.encode(encoding)) == encoding


@pytest.mark.parametrize("name", ["cœur".encode("iso8859-15"), b"M\x9bdecine"])
def test_letters_of_no_known_encoding_refuse_their_lines_with_a_remedy(tmp_path, name):
    path = tmp_path / "inconnu.csv"
    path.write_bytes(b"finess;nom;type\n990000018;" + name + b";16\n990000018;Chirurgie;16\n")
    file = read_units(path)
    assert [unit.name for _, unit in file.units] == ["Chirurgie"]
    assert [(reject.line, "CSV UTF-8" in reject.reason) for reject in file.rejects] == [(2, True)]


def test_titles_of_no_known_encoding_refuse_the_file(tmp_path):
    path = tmp_path / "inconnu.csv"
    path.write_bytes(b"finess;nom;type;t\x9bl\x9bphone\n990000018;Chirurgie;16;0199000011\n")
    with pytest.raises(BadFile, match=r"encodage inconnu.*CSV UTF-8"):
        read_units(path)


def test_a_list_written_on_a_mac_is_read():
    file = read_units(FILES / "unites-mac-roman.csv")
    assert [(unit.name, unit.telephone) for _, unit in file.units] == [("Médecine é R", "0199000011")]


def test_an_excerpt_holds_the_lines_with_accents_and_not_the_whole_file():
    accented = "Médecine;é\n".encode("mac_roman")
    assert excerpt(io.BytesIO(b"a;b\n" * 10_000 + accented + b"c;d\n")) == accented
    assert len(excerpt(io.BytesIO(b"\x8e" * 10**6))) < 500_000


@pytest.mark.parametrize(
    ("header", "separator"),
    [("a;b;c", ";"), ("a,b,c", ","), ("a\tb\tc", "\t"), ("a|b|c", "|"), ("a", ";"), ('"a, b, c";d', ";"),
     ("a (b, c)\td\te", "\t"), ("sep=,", ","), ("SEP=\t", "\t"), ("", ";")],
)  # fmt: skip
def test_the_separator_is_detected_from_the_first_line(header, separator):
    assert separator_of(header) == separator


@given(st.binary(max_size=400))
def test_any_bytes_have_an_encoding(data):
    assert single_byte_encoding(data) in ("cp1252", "mac_roman", "cp850", "ascii")
