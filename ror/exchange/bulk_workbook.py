"""The workbook that a manager downloads, fills in and uploads: a line per unit, with columns for the number available,
how many of it are for women, men or either, and a comment.

It is read as a workbook, or as a CSV with the same columns. The value of a formula is the one that the spreadsheet stored,
which its author saw; a file with a formula that was never calculated is refused.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ror.errors import BadFile, Refused
from ror.exchange.about import FICTITIOUS, About
from ror.exchange.import_file import Reject
from ror.exchange.parsed_table import NamedRow, parse_table
from ror.exchange.safe_file import Limits, check_size
from ror.exchange.table_csv import FORMULA
from ror.exchange.table_rows import Titles, read_table
from ror.exchange.workbook import cell_text
from ror.model.capacity import MAX_NUMBER
from ror.model.count_parts import SEX_TITLES
from ror.model.declaration import COMMENT_LENGTH
from ror.model.nomenclature import CapacityType
from ror.model.text import bare, identifier, plain, whole_number

MAX_FILE_BYTES = 5 * 2**20
MAX_NUMBERS = 1_000
"""Most numbers of one file: one transaction writes them all, and every other declaration waits for its end."""

MAX_LINES = 10_000
"""Most lines of one file, those without a number included."""

_LIMITS = Limits(MAX_LINES, unpacked=50 * 2**20, cells=500_000, text=20 * 2**20)
_ID_LENGTH = 100
_EXPECTED = "le fichier téléchargé sur cet écran, rempli, en XLSX ou en CSV"
_TITLES = Titles(
    ("identifiant", "disponible"),
    ("position", "commentaire", "unite", *(bare(title) for title in SEX_TITLES.values())),
    {"femmes": "dontfemmes", "hommes": "donthommes", "indifferents": "dontindifferents"},
)

_WIDTHS = {
    "Structure": 34,
    "Unité": 34,
    "Type de l'unité": 34,
    "Lit ou place": 8,
    "Installés": 10,
    "Dernier nombre": 10,
    "Âge": 22,
    "Disponible": 12,
    "Commentaire": 50,
    "Identifiant": 20,
    "Position": 10,
    **dict.fromkeys(SEX_TITLES.values(), 12),
}
_OPTIONAL = "Facultatif : un nombre entier, 0 ou plus, parmi les disponibles."
_HIDDEN = ("Identifiant", "Position")
_GUIDE = (
    "Remplissez la colonne « Disponible » : pour des lits, ceux où un patient peut être installé maintenant, personnel "
    "présent ; pour des places, les patients pouvant être pris en charge sur une semaine. S'il n'y en a aucun, tapez 0.",
    "Une case vide laisse l'unité telle quelle : son information continue de vieillir.",
    "Le même nombre que le dernier le confirme : l'information redevient récente.",
    f"Le commentaire est facultatif, {COMMENT_LENGTH} caractères au plus. N'y saisissez aucune donnée patient.",
    "Enregistrez le classeur (XLSX, ou CSV), puis donnez-le à l'écran « Mise à jour », partie « Par fichier » : un aperçu dit "
    "ce qui sera enregistré avant que rien ne soit écrit.",
    "« Dont femmes », « Dont hommes » et « Dont indifférents » sont facultatifs : les disponibles par sexe, au plus le nombre "
    "disponible ensemble. Indifférent : pour une femme ou un homme.",
    "Une unité mise à jour par un collègue après ce téléchargement est refusée, avec les deux nombres : téléchargez un nouveau "
    "fichier. Seules les colonnes en jaune peuvent être remplies.",
)


@dataclass(frozen=True, slots=True)
class LineToFill:
    """A line to fill in: a unit with its last numbers, and the position of its last event.

    `age` is the label of a band, or that of closed units.
    """

    unit: str
    position: int
    structure: str
    name: str
    type_label: str
    capacity_type: CapacityType
    installed: int | None
    available: int | None
    age: str
    comment: str


@dataclass(frozen=True, slots=True)
class FilledLine:
    """A line of an uploaded file. `available` is the text typed, "" for an empty cell; a whole number has lost its decimals.

    `line` counts from 1 in the file. `seen_position` is None when the file has no position, `comment` None when it has no
    such column. `by_sex` has the texts typed, like `available`, by the names of `count_parts.SEXES`.
    """

    line: int
    unit: str
    name: str
    seen_position: int | None
    available: str
    comment: str | None
    by_sex: Mapping[str, str] = field(default_factory=dict)


def build(lines: Sequence[LineToFill], about: About) -> bytes:
    """Build the workbook: protected without a password, except for the five columns to fill in."""
    file = io.BytesIO()
    with Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        book.set_properties({"title": cell_text(about.title), "author": cell_text(about.service)})
        _write_lines(book.add_worksheet("Mes unités"), lines, _FillInFormats(book, about))
        _write_guide(book.add_worksheet("Mode d'emploi"), book, about)
    return file.getvalue()


class _FillInFormats:
    """The formats of the cells of the file to fill in."""

    def __init__(self, book: Workbook, about: About) -> None:
        top = {"valign": "top", "text_wrap": True}
        filled = {"bg_color": "#fff9d6", "border": 1, "border_color": "#c9b458", "locked": False} | top
        self.head = book.add_format({"bold": True, "bg_color": "#e8edf2", "bottom": 1} | top)
        self.text = book.add_format(top)
        self.inert = book.add_format(top)
        self.number = book.add_format({"bold": True, "num_format": "0"} | filled)
        # "@": a comment stays a text, even when it begins like a formula.
        self.comment = book.add_format({"num_format": "@"} | filled)
        self.comment_inert = book.add_format({"num_format": "@"} | filled)
        for inert in (self.inert, self.comment_inert):
            inert.set_quote_prefix()
        self.badges = {
            badge.words: book.add_format({"bg_color": badge.colour, "font_color": badge.ink} | top) for badge in about.badges
        }


def _write_lines(sheet: Worksheet, lines: Sequence[LineToFill], formats: _FillInFormats) -> None:
    for column, (title, width) in enumerate(_WIDTHS.items()):
        sheet.set_column(column, column, width, None, {"hidden": title in _HIDDEN})
        sheet.write_string(0, column, title, formats.head)
    for row, line in enumerate(lines, 1):
        texts = (line.structure, line.name, line.type_label, line.capacity_type.label)
        for column, text in enumerate(texts):
            _write_text(sheet, row, column, text, formats.text, formats.inert)
        for column, number in ((4, line.installed), (5, line.available)):
            if number is not None:
                sheet.write_number(row, column, number, formats.text)
        _write_text(sheet, row, 6, line.age, formats.badges.get(line.age, formats.text), formats.inert)
        sheet.write_blank(row, 7, None, formats.number)
        _write_text(sheet, row, 8, plain(line.comment), formats.comment, formats.comment_inert)
        _write_text(sheet, row, 9, line.unit, formats.text, formats.inert)
        sheet.write_number(row, 10, line.position, formats.text)
        for column in range(11, len(_WIDTHS)):
            sheet.write_blank(row, column, None, formats.number)
    _restrict_input(sheet, max(len(lines), 1))


def _write_text(sheet: Worksheet, row: int, column: int, text: str, cell_format: Format, inert: Format) -> None:
    if shown := cell_text(text):
        sheet.write_string(row, column, shown, inert if shown.startswith(FORMULA) else cell_format)
    else:
        sheet.write_blank(row, column, None, cell_format)


def _restrict_input(sheet: Worksheet, last: int) -> None:
    """Set the validation of the cells to fill in, the frozen panes and the printing of the sheet."""
    number, comment = (list(_WIDTHS).index(title) for title in ("Disponible", "Commentaire"))
    whole = {
        **{"validate": "integer", "criteria": "between", "minimum": 0, "maximum": MAX_NUMBER},
        **{"input_title": "Disponible", "input_message": "Un nombre entier, 0 ou plus. Vide : l'unité reste telle quelle."},
        **{"error_title": "Nombre refusé", "error_message": f"Tapez un nombre entier de 0 à {MAX_NUMBER}."},
    }
    short = {
        **{"validate": "length", "criteria": "<=", "value": COMMENT_LENGTH},
        **{"error_title": "Commentaire trop long", "error_message": f"{COMMENT_LENGTH} caractères au plus."},
    }
    sheet.data_validation(1, number, last, number, whole)
    sexes = [list(_WIDTHS).index(title) for title in SEX_TITLES.values()]
    sheet.data_validation(1, sexes[0], last, sexes[-1], whole | {"input_title": "Par sexe", "input_message": _OPTIONAL})
    sheet.data_validation(1, comment, last, comment, short)
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
    sheet.autofilter(0, 0, last, comment)
    sheet.freeze_panes(1, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write_guide(sheet: Worksheet, book: Workbook, about: About) -> None:
    title = book.add_format({"bold": True, "font_size": 15})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 4)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 1, "Mode d'emploi", title)
    for row, words in enumerate(_GUIDE, 1):
        sheet.write_number(row, 0, row, text)
        sheet.write_string(row, 1, words, text)
    source = f"{about.service}, {about.region} : téléchargé le {about.instant}, nombres et âges de cet instant."
    sheet.write_string(len(_GUIDE) + 2, 1, cell_text(source), text)
    if about.fictitious:
        sheet.write_string(len(_GUIDE) + 3, 1, FICTITIOUS, title)
    sheet.protect()


def read(name: str, data: bytes) -> tuple[list[FilledLine], list[Reject]]:
    """Read a file that was filled in: its lines, and a reject for each line that cannot be read.

    Columns by name, in any order: identifiant, disponible, and optionally position, commentaire, unite and `SEX_TITLES`.
    Blank lines are skipped. Raises `BadFile` for another file, or one with more than `MAX_NUMBERS` numbers, or than
    `MAX_LINES` lines.
    """
    check_size(name, len(data), MAX_FILE_BYTES, _EXPECTED)
    table = parse_table(read_table(name, io.BytesIO(data), _EXPECTED, _TITLES, _LIMITS), _filled_line)
    filled = table.entries
    if sum(bool(line.available) for line in filled) > MAX_NUMBERS:
        raise BadFile(f"« {name} » a plus de {MAX_NUMBERS} nombres : videz des cases « Disponible », et envoyez-les ensuite.")
    return filled, table.rejects


def _filled_line(row: NamedRow) -> FilledLine | None:
    values = row.cells
    if not values["identifiant"] and not values["disponible"]:
        return None
    unit, position = identifier(values["identifiant"]), whole_number(values.get("position", ""))
    if not 0 < len(unit) <= _ID_LENGTH:
        raise Refused("L'identifiant de l'unité manque ou a été modifié : téléchargez un nouveau fichier.")
    if position and not (position.isascii() and position.isdigit() and len(position) < 19):
        raise Refused("La colonne « Position » a été modifiée : téléchargez un nouveau fichier.")
    return FilledLine(
        line=row.line,
        unit=unit,
        name=plain(values.get("unite", ""))[:100] or unit,
        seen_position=int(position) if position else None,
        available=whole_number(values["disponible"]),
        comment=values.get("commentaire"),
        by_sex={name: whole_number(typed) for name, title in SEX_TITLES.items() if (typed := values.get(bare(title), ""))},
    )
