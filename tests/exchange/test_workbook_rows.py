"""Reading a workbook: cells as a spreadsheet shows them; anything but a table of values is refused with a remedy."""

import contextlib
import gc
import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ror.errors import BadFile
from ror.exchange.safe_file import Limits
from ror.exchange.workbook_rows import sheets

EXPECTED = "une liste fictive"
SMALL = Limits(unpacked=2**20, tags=10_000, cells=1_000, text=10_000)
SHEET = "xl/worksheets/sheet1.xml"
BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
RELATIONS = "xl/worksheets/_rels/sheet1.xml.rels"


def workbook(*rows):
    """Build a workbook with openpyxl."""
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


def workbook_with(**more):
    """Build a workbook with other parts; `sheet` replaces its first sheet."""
    contents = parts(workbook())
    for name, content in more.items():
        contents[SHEET if name == "sheet" else name] = content
    return packed(contents)


def read(data, limits=SMALL):
    """Return the rows of each sheet."""
    return [list(rows) for rows in sheets("liste.xlsx", data, EXPECTED, limits)]


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
    assert read(workbook()) == [[(1, ["finess", "nom"]), (2, ["990000018", "Unité fictive"])]]


def test_parts_that_no_sheet_needs_are_not_read():
    """Pictures and unused parts may be large or damaged."""
    wrong = {"xl/media/image1.png": b"\x89PNG", "xl/theme/theme1.xml": b"<" + b" " * 20 * 2**20, "docProps/app.xml": b"\xff"}
    assert read(workbook_with(**wrong)) == read(workbook())


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
def test_macros_links_and_objects_are_refused_with_a_remedy(more, why, what_to_do):
    with pytest.raises(BadFile, match=f"« liste.xlsx » {why}.* : .*{what_to_do}"):
        read(workbook_with(**more))


def test_a_link_to_a_page_in_a_cell_is_no_link_to_a_file():
    read(workbook_with(**{RELATIONS: relation("hyperlink", "https://sante.example/")}))


def test_another_document_of_the_same_family_is_refused():
    with pytest.raises(BadFile, match=r"n'est pas un classeur XLSX : donnez une liste fictive\."):
        read(packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}))


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, None])
def test_a_protected_workbook_is_refused_with_a_remedy(content):
    if content is None:
        data = bytearray(workbook())
        for start in (data.find(b"PK\x01\x02") + 8, data.find(b"PK\x03\x04") + 6):
            data[start] |= 1
        content = bytes(data)
    with pytest.raises(BadFile, match=r"protégé par un mot de passe.*sans mot de passe, ou en CSV\."):
        read(content)


# Files that unpack to much more than their size


def test_a_small_file_that_unpacks_to_much_is_refused_before_it_is_unpacked():
    with pytest.raises(BadFile, match="trop grand une fois décompressé"):
        read(workbook_with(sheet=b" " * 2 * 2**20))


def test_a_bomb_within_the_limits_is_refused_by_its_ratio():
    bomb = workbook_with(sheet=b" " * 20 * 2**20)
    assert len(bomb) < 2**20
    with pytest.raises(BadFile, match="trop grand une fois décompressé"):
        read(bomb, Limits())


def test_a_bomb_whose_headers_lie_is_never_read_past_what_they_say():
    data, wanted = bytearray(workbook_with(**{SHEET: sheet("<!--" + " " * 30 * 2**20 + "-->")})), 1_000
    start = 0
    while (start := data.find(b"PK\x01\x02", start)) >= 0:
        if data[start + 46 :].startswith(SHEET.encode()):
            data[start + 24 : start + 28] = wanted.to_bytes(4, "little")
        start += 4
    with pytest.raises(BadFile, match="abîmé"):
        read(bytes(data))


def test_a_bomb_of_thousands_of_parts_is_refused():
    with pytest.raises(BadFile, match="plus de 2000 parties"):
        read(workbook_with(**{f"xl/media/{number}": b"" for number in range(2_001)}))


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "ZZZ1"])
def test_a_stray_cell_far_away_is_refused_wherever_it_hides(place):
    for far in (
        f'<row r="1"><c r="{place}"><v>1</v></c></row>',
        f'<row r="1"><c s=">" r="{place}"><v>1</v></c></row>',
        f'<row r="{place.strip("AXFDZ")}"><c r="A1"/><c r="{place}"/></row>',
    ):
        contents = parts(workbook_with(sheet=sheet(far)))
        with pytest.raises(BadFile, match="très loin du tableau"):
            read(packed(contents))
        contents["xl/ailleurs/feuille.xml"] = contents.pop(SHEET)
        contents[BOOK_RELATIONS] = contents[BOOK_RELATIONS].replace(b"/xl/worksheets/sheet1.xml", b"ailleurs/feuille.xml")
        with pytest.raises(BadFile, match="très loin du tableau"):
            read(packed(contents))


def test_a_long_text_that_every_cell_repeats_is_refused():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        for row in range(100):
            page.write_string(row, 0, "x" * 5_000)
    with pytest.raises(BadFile, match="répète de longs textes"):
        read(file.getvalue())


# Small parts that cost much to parse


@pytest.mark.parametrize(
    "wrong",
    [
        sheet("<x>" * 60 + "</x>" * 60),
        sheet("".join(f"<x{number}/>" for number in range(3_000))),
        sheet("<row " + " ".join(f'a{number}=""' for number in range(3_000)) + "/>"),
        sheet(f'<row a="{"a" * 500_000}"/>'),
        sheet(f"<!--{'a' * 500_000}-->"),
    ],
)
def test_a_part_that_the_parser_would_store_or_read_again_for_ever_is_refused(wrong):
    with pytest.raises(BadFile, match="est abîmé"):
        read(workbook_with(sheet=wrong))


def test_elements_are_counted_in_all_the_parts_that_are_read_together():
    few = sheet("<x/>" * 4_000)
    read(workbook_with(sheet=few))
    with pytest.raises(BadFile, match=r"a trop de cellules, remplies ou vides : .*ou enregistrez-le en CSV"):
        read(workbook_with(sheet=sheet("<x/>" * 10_000)))
    book = openpyxl.Workbook()
    for _ in range(3):
        book.create_sheet().append(["x"])
    file = io.BytesIO()
    book.save(file)
    contents = parts(file.getvalue())
    contents |= {f"xl/worksheets/sheet{number}.xml": few for number in (1, 2, 3)}
    with pytest.raises(BadFile, match="a trop de cellules"):
        read(packed(contents))


def test_a_method_of_compression_that_workbooks_do_not_use_is_refused_unread():
    with pytest.raises(BadFile, match="est abîmé"):
        read(packed(parts(workbook()), zipfile.ZIP_LZMA))


def test_rows_and_shared_texts_are_read_lazily():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        for row in range(50_000):
            page.write_string(row, 0, f"texte {row}")
    rows = next(sheets("liste.xlsx", file.getvalue(), EXPECTED, Limits(tags=40_000)))
    assert next(rows) == (1, ["texte 0"])
    with pytest.raises(BadFile, match="a trop de cellules"):
        list(rows)


def test_a_workbook_is_freed_with_its_last_reader():
    """It does not wait for the garbage collector: the shared texts of one file may take 30 MB."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        for row in range(5_000):
            page.write_string(row, 0, f"texte {row}")
    gc.collect()
    gc.disable()
    try:
        assert next(next(sheets("liste.xlsx", file.getvalue(), EXPECTED, Limits()))) == (1, ["texte 0"])
        assert not [one for one in gc.get_objects() if type(one).__module__ == sheets.__module__]
    finally:
        gc.enable()


# Cells


def test_a_cell_reads_as_its_author_sees_it():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page, day, hour = (
            book.add_worksheet(),
            *(book.add_format({"num_format": one}) for one in ("dd/mm/yyyy", "d/m/yy h:mm")),
        )
        page.write_row(0, 0, [990000018, 1.5, True, False, " bord ", "_x0041_", "a\nb", 1e300])
        page.write_number(1, 0, 46146, day)
        page.write_number(1, 1, 46146.3333333333, hour)
        page.write_number(1, 2, 46146, hour)
        page.write_number(1, 3, 0.5, hour)
        page.write_number(1, 4, 12, book.add_format({"num_format": '[Red]0 "jours"'}))
        page.write_number(1, 5, -1, day)
        page.write_formula(2, 0, "=1+1", None, 2)
        page.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        page.write_rich_string(2, 2, book.add_format({"bold": True}), "gras", " et maigre")
        page.write_string(2, 4, "loin")
    ((first, second, third),) = read(file.getvalue())
    assert first == (1, ["990000018", "1.5", "vrai", "faux", "bord", "_x0041_", "a\nb", str(int(1e300))])
    assert second == (2, ["2026-05-04", "2026-05-04 08:00:00", "2026-05-04 00:00:00", "12:00:00", "12", "-1"])
    assert third == (3, ["2", "#DIV/0!", "gras et maigre", "", "loin"])


def test_days_of_old_apple_workbooks_count_from_1904():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"date_1904": True}) as book:
        book.add_worksheet().write_datetime(0, 0, datetime(2026, 5, 4, 8), book.add_format({"num_format": "d/m/yy h:mm"}))
    assert read(file.getvalue()) == [[(1, ["2026-05-04 08:00:00"])]]


def test_prefixes_of_names_and_places_left_out_change_nothing():
    row = "<x:row><x:c><x:v>1</x:v></x:c><x:c t='inlineStr'><x:is><x:t>a</x:t></x:is></x:c></x:row>"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    prefixed = f'<x:worksheet xmlns:x="{main}"><x:sheetData><x:row r="3"/>{row}</x:sheetData></x:worksheet>'
    assert read(workbook_with(sheet=prefixed)) == [[(4, ["1", "a"])]]


def test_the_reading_of_a_japanese_text_is_no_part_of_it():
    cell = "<c t='inlineStr'><is><t>東京</t><rPh sb='0' eb='1'><t>トウキョウ</t></rPh></is></c>"
    assert read(workbook_with(sheet=sheet(f"<row>{cell}</row>"))) == [[(1, ["東京"])]]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20).filter(lambda text: text[:1] != "="),
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda instant: instant.replace(microsecond=0)),
)


@given(st.lists(st.lists(CELLS, max_size=5), max_size=5))
def test_whatever_the_cells_another_reader_finds_the_same(table):
    data = workbook(*table) if table else workbook([])
    (rows,) = read(data, Limits())
    other_rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    expected = {}
    for number, row in enumerate(other_rows, 1):
        cells = [text_of(value) for value in row]
        if any(cells):
            expected[number] = cells
    assert {number: cells + [""] * (len(expected[number]) - len(cells)) for number, cells in rows} == expected


def text_of(value):
    if isinstance(value, bool):
        return "vrai" if value else "faux"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # The other reader returns a day for an instant at midnight, while openpyxl writes the hour of every instant.
    return f"{value} 00:00:00" if type(value) is date else str(value).strip()


# Formulas


@pytest.mark.parametrize("value", ["", "<v/>", "<v></v>", "<v> </v>"])
def test_a_formula_without_a_value_is_named_and_refused(value):
    cell = f'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>1+1</f>{value}</c></row>'
    with pytest.raises(BadFile, match=r"formule que rien n'a calculée \(cellule B1\)"):
        read(workbook_with(sheet=sheet(cell)))


@pytest.mark.parametrize("cell", ["<f>1+1</f><v>2</v>", "<f/><v>2</v>", "<v>2</v>"])
def test_a_formula_with_its_value_is_read(cell):
    read(workbook_with(sheet=sheet(f'<row r="1"><c r="A1">{cell}</c><c r="B1" t="str"><f>""</f><v></v></c></row>')))


# Anything


@given(st.binary(max_size=2_000))
def test_no_bytes_whatever_raise_anything_but_bad_file(content):
    with contextlib.suppress(BadFile):
        read(b"PK\x03\x04" + content)


@given(part=st.sampled_from(sorted(parts(workbook()))), place=st.integers(min_value=0), junk=st.binary(min_size=1, max_size=9))
def test_a_workbook_damaged_inside_raises_nothing_but_bad_file(part, place, junk):
    contents = parts(workbook())
    start = place % len(contents[part])
    contents[part] = contents[part][:start] + junk + contents[part][start + len(junk) :]
    with contextlib.suppress(BadFile):
        read(packed(contents))
