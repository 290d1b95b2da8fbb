"""What all imports share: opening and checking a file, and the lines that they reject."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ror.errors import BadFile
from ror.exchange.table_csv import escape_formula

MAX_FILE_BYTES = 150 * 2**20
MAX_STREAMED_BYTES = 2 * 2**30
"""Most bytes of a file that is streamed: the daily FINESS file has 750 MB."""

TEXT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Reject:
    """One line that was refused, or accepted with a remark.

    `line` counts from 1, as in an editor, `reason` is a French sentence, `text` the line itself, cut to `TEXT_LENGTH`
    characters. `accepted` marks a remark: the line was accepted, and the reason says which part of it was not, or how it was
    understood.
    """

    line: int
    reason: str
    text: str
    accepted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text[:TEXT_LENGTH])


def refused_count(rejects: Iterable[Reject]) -> int:
    """Return how many lines were refused; remarks on accepted lines do not count."""
    return sum(not reject.accepted for reject in rejects)


def sort_rejects(rejects: Iterable[Reject]) -> list[Reject]:
    """Sort rejects by line, and leave out the remarks on lines that were also refused."""
    unsorted = list(rejects)
    refused = {reject.line for reject in unsorted if not reject.accepted}
    return sorted(
        (reject for reject in unsorted if not reject.accepted or reject.line not in refused), key=lambda reject: reject.line
    )


def write_rejects(path: Path, rejects: Iterable[Reject]) -> None:
    """Write the rejects as CSV for a French spreadsheet: UTF-8 with BOM, `;`, columns ligne;motif;contenu.

    Raises `OSError` when the file cannot be written.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(("ligne", "motif", "contenu"))
        writer.writerows((reject.line, escape_formula(reject.reason), escape_formula(reject.text)) for reject in rejects)


@contextmanager
def open_file(path: Path) -> Iterator[IO[bytes]]:
    """Open the file of an import. Raises `BadFile` when it cannot be opened or read."""
    try:
        with path.open("rb") as file:
            yield file
    except ConnectionError:
        # Not of the file: it is being sent to the service meanwhile, which has gone.
        raise
    except OSError as error:
        raise _unreadable(path) from error


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file_size(path: Path, expected: str, largest: int) -> int:
    """Return the size in bytes of the file of an import, without reading it.

    Raises `BadFile` when there is no such file, or when it is empty, unreadable or larger than `largest` bytes.
    """
    try:
        if not path.is_file():
            problem = "est un dossier" if path.is_dir() else "n'est pas un fichier" if path.exists() else "n'existe pas"
        elif (size := path.stat().st_size) > largest:
            problem = f"dépasse {largest // 2**20} Mo"
        elif size:
            return size
        else:
            problem = "est vide"
    except OSError as error:
        raise _unreadable(path) from error
    raise BadFile(f"« {path.name} » {problem} : donnez {expected}.")


def _unreadable(path: Path) -> BadFile:
    return BadFile(f"« {path.name} » ne peut pas être lu : vérifiez vos droits sur ce fichier.")
