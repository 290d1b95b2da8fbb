"""What a table file may be: each thing that a workbook may hold and a table does not is refused with what to do."""

import contextlib
import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ror.errors import BadFile
from ror.exchange.safe_file import Limits, check_size, check_text, checked_workbook

EXPECTED = "une liste fictive"
SMALL = Limits(unpacked=2**20, cells=1_000, text=10_000)
SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/worksheets/_rels/sheet1.xml.rels"


def made(*rows):
    """A workbook as openpyxl writes it."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows or [("finess", "nom"), (990000018, "Unité fictive")]:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(contents, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def having(**more):
    """The workbook with other parts in it; `sheet` takes the place of its first sheet."""
    contents = parts(made())
    for name, content in more.items():
        contents[SHEET if name == "sheet" else name] = content
    return packed(contents)


def checked(data, limits=SMALL):
    return checked_workbook("liste.xlsx", data, EXPECTED, limits)


def read(data):
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)]


def relation(kind, target, mode="External"):
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}" '
        f'TargetMode="{mode}"/></Relationships>'
    )


def sheet(cells):
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{cells}</sheetData></worksheet>"
    )


def test_a_workbook_of_values_comes_out_as_it_went_in():
    assert read(checked(made())) == [["finess", "nom"], [990000018, "Unité fictive"]]


def test_pictures_and_other_decorations_are_left_behind():
    out = parts(checked(having(**{"xl/media/image1.png": b"\x89PNG", "xl/printerSettings/printerSettings1.bin": b"\0\1"})))
    assert {name.rpartition(".")[2] for name in out} == {"xml", "rels"}


@pytest.mark.parametrize(
    ("more", "why", "what_to_do"),
    [
        ({"xl/vbaProject.bin": b"\xd0\xcf"}, "contient des macros", "sans macros"),
        ({"XL/VBAPROJECT.BIN": b"\xd0\xcf"}, "contient des macros", "sans macros"),
        ({"xl/macrosheets/sheet1.xml": "<x/>"}, "contient des macros", "sans macros"),
        (
            {
                "[Content_Types].xml": '<Types><Override PartName="/xl/workbook.xml" '
                'ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
            },
            "est un classeur à macros",
            "sans macros",
        ),
        ({"xl/externalLinks/externalLink1.xml": "<x/>"}, "est lié à d'autres fichiers", "rompez ces liaisons"),
        ({"xl/connections.xml": "<x/>"}, "est lié à d'autres fichiers ou à une base", "rompez ces liaisons"),
        ({RELATIONS: relation("oleObject", "file:///c:/autre.docx")}, "est lié à d'autres fichiers", "rompez ces liaisons"),
        (
            {RELATIONS: relation("image", "https://ailleurs.example/x.png")},
            "est lié à d'autres fichiers",
            "rompez ces liaisons",
        ),
        ({"xl/embeddings/oleObject1.bin": b"x"}, "contient un objet incorporé", "retirez-le"),
        ({"xl/activeX/activeX1.xml": "<x/>"}, "contient un objet incorporé", "retirez-le"),
        ({"xl/media/image1.png": packed({"a": b"a"})}, "contient une autre archive", "retirez-la"),
        ({"xl/media/image1.png": b"7z\xbc\xaf\x27\x1c"}, "contient une autre archive", "retirez-la"),
        ({SHEET: '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet("")}, "est abîmé ou n'est pas un classeur", EXPECTED),
        ({SHEET: sheet("").encode("utf-16")[:-4]}, "est abîmé ou n'est pas un classeur", EXPECTED),
    ],
)
def test_what_acts_or_leads_elsewhere_is_refused_with_what_to_do(more, why, what_to_do):
    with pytest.raises(BadFile, match=f"« liste.xlsx » {why}.* : .*{what_to_do}"):
        checked(having(**more))


def test_a_link_to_a_page_in_a_cell_is_no_link_to_a_file():
    checked(having(**{RELATIONS: relation("hyperlink", "https://sante.example/")}))


def test_another_document_of_the_same_family_is_refused():
    with pytest.raises(BadFile, match=r"n'est pas un classeur XLSX : donnez une liste fictive\."):
        checked(packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}))


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, None])
def test_a_protected_workbook_is_refused_with_the_way_out(content):
    if content is None:
        data = bytearray(made())
        for start in (data.find(b"PK\x01\x02") + 8, data.find(b"PK\x03\x04") + 6):
            data[start] |= 1
        content = bytes(data)
    with pytest.raises(BadFile, match=r"protégé par un mot de passe.*sans mot de passe, ou en CSV\."):
        checked(content)


# What swells


def test_a_small_file_that_unpacks_to_much_is_refused_before_it_is_unpacked():
    with pytest.raises(BadFile, match="trop grand une fois décompressé"):
        checked(having(**{"xl/theme/theme1.xml": b" " * 2 * 2**20}))


def test_a_bomb_within_the_limits_is_refused_by_how_much_it_swells():
    bomb = having(**{"xl/theme/theme1.xml": b" " * 20 * 2**20})
    assert len(bomb) < 2**20
    with pytest.raises(BadFile, match="trop grand une fois décompressé"):
        checked(bomb, Limits())


def test_a_bomb_whose_headers_lie_is_never_read_past_what_they_say():
    data, wanted = bytearray(having(**{SHEET: sheet("<!--" + " " * 30 * 2**20 + "-->")})), 1_000
    start = 0
    while (start := data.find(b"PK\x01\x02", start)) >= 0:
        if data[start + 46 :].startswith(SHEET.encode()):
            data[start + 24 : start + 28] = wanted.to_bytes(4, "little")
        start += 4
    with pytest.raises(BadFile, match="abîmé"):
        checked(bytes(data))


def test_a_bomb_of_thousands_of_parts_is_refused():
    with pytest.raises(BadFile, match="plus de 2000 parties"):
        checked(having(**{f"xl/media/{number}": b"" for number in range(2_001)}))


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "ZZZ1"])
def test_a_stray_cell_far_away_is_refused_wherever_it_hides(place):
    for far in (
        f'<row r="1"><c r="{place}"><v>1</v></c></row>',
        f'<row r="1"><c s=">" r="{place}"><v>1</v></c></row>',
        f'<row r="{place.strip("AXFDZ")}"><c r="A1"/><c r="{place}"/></row>',
    ):
        for where in (SHEET, "xl/ailleurs/feuille.xml"):
            with pytest.raises(BadFile, match="très loin du tableau"):
                checked(having(**{where: sheet(far)}))


def test_a_long_text_that_every_cell_repeats_is_refused():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        for row in range(100):
            page.write_string(row, 0, "x" * 5_000)
    with pytest.raises(BadFile, match="répète de longs textes"):
        checked(file.getvalue())


# Formulas


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>", "<v> </v>"])
def test_a_formula_that_nothing_calculated_is_named_and_refused(value):
    cell = f'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>1+1</f>{value}</c></row>'
    with pytest.raises(BadFile, match=r"formule que rien n'a calculée \(cellule B1\)"):
        checked(having(sheet=sheet(cell)))


@pytest.mark.parametrize("cell", ["<f>1+1</f><v>2</v>", "<f/><v>2</v>", "<v>2</v>"])
def test_a_formula_with_its_value_is_taken(cell):
    checked(having(sheet=sheet(f'<row r="1"><c r="A1">{cell}</c><c r="B1" t="str"><f>""</f><v></v></c></row>')))


# Texts and sizes


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"%PDF-1.7", "un PDF"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "une page HTML ou XML"),
        (b"\r\n <HTML>", "une page HTML ou XML"),
        (b"<?xml version='1.0'?>", "une page HTML ou XML"),
        (b"\x89PNG\r\n", "une image"),
        (b"\x1f\x8b\x08", "une archive"),
        ("identifiant;disponible".encode("utf-16"), "un texte « Unicode »"),
        (b"{\\rtf1", "un texte mis en forme"),
        (b"ab\0cd\n", "ni un CSV ni un XLSX"),
    ],
)
def test_what_is_no_table_says_what_it_is(start, kind):
    with pytest.raises(BadFile, match=rf"{kind}.* : donnez une liste fictive\."):
        check_text("liste.csv", start, EXPECTED)


def test_a_file_too_large_or_empty_is_refused_with_the_limit():
    with pytest.raises(BadFile, match="dépasse 5 Mo"):
        check_size("liste.csv", 5 * 2**20 + 1, 5 * 2**20, EXPECTED)
    with pytest.raises(BadFile, match="est vide"):
        check_size("liste.csv", 0, 5 * 2**20, EXPECTED)
    check_size("liste.csv", 5 * 2**20, 5 * 2**20, EXPECTED)


# Anything


@settings(deadline=None)
@given(st.binary(max_size=2_000))
def test_no_bytes_whatever_raise_anything_but_bad_file(content):
    with contextlib.suppress(BadFile):
        checked(b"PK\x03\x04" + content)


@settings(deadline=None)
@given(part=st.sampled_from(sorted(parts(made()))), place=st.integers(min_value=0), junk=st.binary(min_size=1, max_size=9))
def test_a_workbook_damaged_inside_raises_nothing_but_bad_file(part, place, junk):
    contents = parts(made())
    start = place % len(contents[part])
    contents[part] = contents[part][:start] + junk + contents[part][start + len(junk) :]
    with contextlib.suppress(BadFile):
        checked(packed(contents))
