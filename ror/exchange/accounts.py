"""Read a list of accounts to import, CSV or XLSX, and build the workbook to fill in."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from xlsxwriter import Workbook

from ror.errors import Refused
from ror.exchange.import_file import Reject
from ror.exchange.parsed_table import NamedRow, parse_file
from ror.exchange.safe_file import Limits
from ror.exchange.table_rows import Titles, key
from ror.model.rights import Role
from ror.model.text import identifier, lowered, plain

MANDATORY = ("identifiant", "nom", "roles")
OPTIONAL = ("courriel", "perimetre")
MAX_FILE_BYTES = 5 * 2**20
MAX_LINES = 500
"""Most accounts of one file: one transaction writes them all, and every declaration waits for its end."""

MAX_KEYS = 200
"""Most entries in the perimeter of one line."""

EXPECTED = f"une liste de comptes en CSV ou en XLSX, dont la première ligne porte les colonnes {', '.join(MANDATORY)}"
_LIMITS = Limits(MAX_LINES, unpacked=50 * 2**20, cells=500_000, text=20 * 2**20)
_SYNONYMS = {
    **{"login": "identifiant", "name": "nom", "role": "roles", "profil": "roles", "profils": "roles"},
    **{"mail": "courriel", "email": "courriel", "finess": "perimetre", "structures": "perimetre"},
}
_TITLES = Titles(MANDATORY, OPTIONAL, _SYNONYMS)
_ROLES = {key(role.label): role for role in Role} | {key(str(role)): role for role in Role}
_BETWEEN_ROLES = re.compile(r"[,;|\n]+")
_BETWEEN_KEYS = re.compile(r"[\s,;|]+")
_WIDTHS = {"identifiant": 22, "nom": 30, "courriel": 34, "roles": 44, "perimetre": 44}
_GUIDE = (
    "Une ligne par compte. « identifiant », « nom » et « roles » sont à remplir ; une case vide de « courriel » ou de "
    "« perimetre » ne change rien à un compte qui existe.",
    "identifiant : ce que la personne tape pour se connecter, sans espace. Un identifiant déjà connu modifie ce compte.",
    f"roles : {', '.join(f'« {role.label} »' for role in Role)} ; plusieurs se séparent par une virgule.",
    "perimetre : pour un responsable, les numéros FINESS des structures ou des entités juridiques dont il répond, ou les "
    "identifiants d'unités ; plusieurs se séparent par un espace ou une virgule. La case remplace tout le périmètre du compte.",
    "Un fichier ne donne ni ne change de mot de passe : invitez ensuite les comptes créés, « Administration > Comptes > "
    "Invitations ». Il ne donne ni ne retire le rôle d'administrateur à un compte qui existe.",
    "Donnez le fichier à « Administration > Import » : un aperçu dit, ligne par ligne, ce qui sera écrit.",
)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A line of the list. `mail` or `keys` is None when the file does not change it; `text` is the line itself, for rejects."""

    number: int
    login: str
    name: str
    roles: frozenset[Role]
    mail: str | None
    keys: frozenset[str] | None
    text: str


@dataclass(frozen=True, slots=True)
class AccountsFile:
    """The content of a file: `read` counts its lines below the header, refused ones included; no login occurs twice."""

    read: int
    lines: list[AccountLine]
    rejects: list[Reject]


def read_accounts(path: Path) -> AccountsFile:
    """Read a list of accounts; a bad line becomes a reject and never stops the rest.

    Columns by name, in any order: identifiant, nom, roles (labels or codes, several separated by commas), and optionally
    courriel and perimetre (FINESS numbers of structures or legal entities, ids of units). Blank lines are skipped. Raises
    `BadFile` when the file is not such a table, or has more than `MAX_LINES` lines.
    """
    first_lines: dict[str, int] = {}

    def parse(row: NamedRow) -> AccountLine | None:
        if not any(text.strip() for text in row.cells.values()):
            return None
        line = _line(row)
        if (first := first_lines.setdefault(lowered(line.login), row.line)) != row.line:
            raise Refused(f"L'identifiant {line.login} est déjà celui de la ligne {first} : gardez une seule des deux.")
        return line

    table = parse_file(path, EXPECTED, _TITLES, parse, _LIMITS)
    return AccountsFile(table.read, table.entries, table.rejects)


def _line(row: NamedRow) -> AccountLine:
    cells = row.cells
    login, name = plain(identifier(cells["identifiant"])), plain(cells["nom"])
    if not login or not name:
        raise Refused("L'identifiant ou le nom manque : remplissez les deux colonnes.")
    mail = plain(cells.get("courriel", "")) or None
    return AccountLine(row.line, login, name, _roles(cells), mail, _keys(cells), row.text)


def _roles(cells: Mapping[str, str]) -> frozenset[Role]:
    words = [word.strip() for word in _BETWEEN_ROLES.split(cells["roles"]) if word.strip()]
    labels = ", ".join(role.label for role in Role)
    if not words:
        raise Refused(f"La colonne « roles » est vide : saisissez au moins un rôle parmi {labels}.")
    if unknown := [word for word in words if key(word) not in _ROLES]:
        raise Refused(f"« {unknown[0][:40]} » n'est pas un rôle : saisissez {labels}, séparés par des virgules.")
    return frozenset(_ROLES[key(word)] for word in words)


def _keys(cells: Mapping[str, str]) -> frozenset[str] | None:
    parts = [part for part in _BETWEEN_KEYS.split(cells.get("perimetre", "")) if part]
    if len(parts) > MAX_KEYS:
        raise Refused(f"Le périmètre a plus de {MAX_KEYS} numéros : donnez plutôt les entités juridiques.")
    return frozenset(_key(part) for part in parts) or None


def _key(text: str) -> str:
    number = identifier(text)
    # A spreadsheet reads the FINESS number as a quantity and drops its first zero.
    return f"0{number}" if len(number) == 8 and number.isdigit() else number


def model_workbook() -> bytes:
    """Build the workbook to fill in: the columns of `read_accounts` as texts, and how to fill them in on a second sheet."""
    file = io.BytesIO()
    with Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#e8edf2", "bottom": 1})
        text, wrapped = book.add_format({"num_format": "@"}), book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("Comptes")
        for column, (title, width) in enumerate(_WIDTHS.items()):
            # The cells are texts, so that numbers keep their first zero.
            sheet.set_column(column, column, width, text)
            sheet.write_string(0, column, title, head)
        sheet.freeze_panes(1, 1)
        guide = book.add_worksheet("Mode d'emploi")
        guide.set_column(0, 0, 110)
        for row, words in enumerate(_GUIDE):
            guide.write_string(row, 0, words, wrapped)
    return file.getvalue()
