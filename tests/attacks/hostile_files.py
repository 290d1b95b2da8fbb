"""Small files that are expensive to read without limits, by the name of what each is full of.

All of them begin with valid titles, so that their header does not reveal them.
"""

import io
import zipfile
from collections.abc import Iterator

PART = 10 * 2**20 - 2**12
"""Bytes of an unpacked part: below the size from which its compression ratio is checked."""

SHEET = "xl/worksheets/sheet1.xml"
SHARED = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(*sheets: str, **others: str) -> bytes:
    """Return a workbook of these sheets in XML; `others` are parts by the end of their name: `sharedStrings`, `styles`."""
    named = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(sheets, 1)}
    parts = named | {f"xl/{name}.xml": content for name, content in others.items()}
    listed = "".join(f'<sheet name="F{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, len(sheets) + 1))
    targets = [(f"worksheets/sheet{n}.xml", "worksheet") for n in range(1, len(sheets) + 1)]
    targets += [(f"{name}.xml", name) for name in others]
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>' for n, (target, kind) in enumerate(targets, 1)
    )
    parts |= {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def sheet(titles: tuple[str, ...], more: str) -> str:
    """Return a sheet whose first line is these titles, followed by `more`."""
    cells = "".join(f'<c t="inlineStr"><is><t>{title}</t></is></c>' for title in titles)
    return f"<worksheet {_MAIN}><sheetData><row>{cells}</row>{more}</sheetData></worksheet>"


def repeated(piece: str, size: int = PART) -> str:
    """Repeat the piece as often as it fits in `size`."""
    return piece * (size // len(piece))


def workbooks(titles: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield workbooks of 10 to 300 kB, with their names."""
    cells = sheet(titles, f"<row>{repeated('<c/>')}</row>")
    yield "cells", workbook(cells)
    yield "cells of four sheets", workbook(cells, cells, cells, cells)
    yield "cells of sheets that nobody reads", workbook(sheet(titles, ""), *[cells] * 20)
    yield "rows", workbook(sheet(titles, repeated("<row/>")))
    yield "cells with a value", workbook(sheet(titles, repeated("<row><c><v>1</v></c></row>")))
    yield "elements of no meaning", workbook(sheet(titles, repeated("<x/>")))
    yield "elements in one another", workbook(sheet(titles, repeated("<x>", PART // 2) + repeated("</x>", PART // 2)))
    yield "names", workbook(sheet(titles, "".join(f"<a{n:x}/>" for n in range(PART // 9))))
    yield "attributes", workbook(sheet(titles, "<row " + " ".join(f'a{n:x}=""' for n in range(PART // 10)) + "/>"))
    yield "one attribute", workbook(sheet(titles, f'<row a="{"a" * PART}"/>'))
    yield "one comment", workbook(sheet(titles, f"<!--{'a' * PART}-->"))
    yield "one text", workbook(sheet(titles, f"<row><c><v>{'1' * PART}</v></c></row>"))
    used = "<row><c t='s'><v>{}</v></c></row>"
    texts = sheet(titles, used.format(PART // 10))
    yield "shared texts", workbook(texts, sharedStrings=f"<sst {_MAIN}>{repeated('<si/>')}</sst>")
    wide = f"<sst {_MAIN}>" + repeated(f"<si><t>\U0001f600{'a' * 900}</t></si>", PART - 2**16) + "</sst>"
    yield "wide shared texts", workbook(sheet(titles, used.format(9_000)), sharedStrings=wide)
    formats = f"<styleSheet {_MAIN}><cellXfs>{repeated('<xf/>')}</cellXfs></styleSheet>"
    yield "formats", workbook(sheet(titles, "<row><c s='9'><v>1</v></c></row>"), styles=formats)
    far = repeated('<row><c r="ALL1" t="str"><v>a</v></c></row>')
    yield "wide rows", workbook(sheet(titles, far))


def texts(titles: tuple[str, ...], size: int) -> Iterator[tuple[str, bytes]]:
    """Yield CSV files of `size` bytes, with their names."""
    header = ";".join(titles).encode() + b"\n"
    yield "an open quote", header + b'"' + b"a\n" * (size // 2)
    yield "empty lines", header + b"\n" * size
    yield "short lines", header + b"a\n" * (size // 2)
    yield "one line", header + b"a" * size
    yield "one wide line", header + "\U0001f600".encode() + b"a" * size
    yield "separators", header + b";" * size
    yield "many cells", header + (b"a;" * 4_000 + b"\n") * (size // 8_001)
