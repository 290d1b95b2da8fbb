"""Check the parts of an XLSX workbook, and parse their XML in pieces, within limits for all of them together.

A part that is not read costs nothing: it is not unpacked, and does not count for the limits.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn
from xml.parsers import expat

from ror.errors import BadFile
from ror.exchange.safe_file import ARCHIVES, OLE, Limits, refuse

MAX_WORKBOOK_BYTES = 20 * 2**20
MAX_PARTS = 2_000
MAX_RATIO = 100
SMALL_PART = 10 * 2**20
"""Unpacked bytes up to which a part may exceed `MAX_RATIO`, as identical empty lines do."""

MAX_DEPTH = 50
MAX_NAMES = 2_000
"""Most different names of elements and attributes of a part, since the parser stores each of them."""

MAX_TAG_LENGTH = 2**18
"""Most bytes of a tag or a comment, which the parser reads again from its start with each piece of the part."""

_PIECE = 2**16
_NEW = "copiez le tableau seul dans un classeur neuf"
_PLAIN = "enregistrez-le comme « Classeur Excel (.xlsx) »"

Start = Callable[[dict[str, str]], None]
"""Called with the attributes of an element when it begins."""

End = Callable[[], None]
Text = Callable[[str], None]


class Parts:
    """The parts of one workbook by name, case ignored."""

    def __init__(self, name: str, data: bytes, expected: str, limits: Limits) -> None:
        """Open a workbook; `name` is its name in messages, `expected` says in French which file to give.

        Raises `BadFile` for a protected or old one, another kind of document, macros, links to other files, objects in
        it, and a file that cannot be read.
        """
        self._name, self._expected, self._limits = name, expected, limits
        self._tags = self._unpacked = 0
        if data.startswith(OLE):
            self.refuse(
                "est protégé par un mot de passe ou d'un ancien format d'Excel",
                "enregistrez-le en XLSX sans mot de passe, ou en CSV",
            )
        if len(data) > MAX_WORKBOOK_BYTES:
            self.refuse(f"dépasse {MAX_WORKBOOK_BYTES // 2**20} Mo", "enregistrez-le en CSV")
        # Counted in the raw bytes, since reading the list of parts takes memory for each of them.
        if data.count(b"PK\x01\x02") > MAX_PARTS:
            self.refuse(f"a plus de {MAX_PARTS} parties", _NEW)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._parts = {info.filename.lower(): info for info in self._archive.infolist()}
            self._check()
        except BadFile:
            raise
        except Exception as error:  # a damaged archive raises a dozen unrelated classes
            raise self.damaged() from error

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    def refuse(self, problem: str, remedy: str = _NEW) -> NoReturn:
        """Raise `BadFile` for this workbook."""
        refuse(self._name, problem, remedy)

    def refuse_macros(self, problem: str) -> NoReturn:
        """Raise `BadFile`: the workbook has macros."""
        self.refuse(problem, f"{_PLAIN}, sans macros")

    def refuse_links(self) -> NoReturn:
        """Raise `BadFile`: the workbook has links to other files."""
        self.refuse("est lié à d'autres fichiers ou à une base", f"rompez ces liaisons, ou {_NEW}")

    def damaged(self) -> BadFile:
        """Build the error for a workbook that cannot be read."""
        return BadFile(f"« {self._name} » est abîmé ou n'est pas un classeur XLSX : donnez {self._expected}.")

    def _check(self) -> None:
        """Check the list of parts, before any of them is read."""
        infos, parts = self._archive.infolist(), self._parts
        if len(parts) < len(infos):
            self.refuse("est abîmé")
        if any(info.flag_bits & 1 for info in infos):
            self.refuse("est protégé par un mot de passe", "enregistrez-le en XLSX sans mot de passe, ou en CSV")
        # The decoders of other compression methods allocate as much memory as the file asks for.
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
            raise self.damaged()
        if any(part.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in part for part in parts):
            self.refuse_macros("contient des macros")
        if any("/externallinks/" in part or part.endswith("xl/connections.xml") for part in parts):
            self.refuse_links()
        if any("/embeddings/" in part or "/activex/" in part or "/oleobject" in part for part in parts):
            self.refuse("contient un objet incorporé", f"retirez-le, ou {_NEW}")
        if "xl/workbook.xml" not in parts:
            self.refuse("n'est pas un classeur XLSX", f"donnez {self._expected}")
        for info in infos:
            with self._archive.open(info) as content:
                if content.read(8).startswith(ARCHIVES):
                    self.refuse("contient une autre archive", f"retirez-la, ou {_NEW}")

    def read(self, part: str, starts: Mapping[str, Start], ends: Mapping[str, End], text: Text | None = None) -> Iterator[None]:
        """Parse a part, and yield after each piece of it, so that the caller can use what its functions collected.

        `starts` and `ends` are called by the local names of the elements, `text` with the characters between them. A
        missing part is empty. Raises `BadFile` past the limits, and for XML that is not well-formed.
        """
        info = self._parts.get(part.lower())
        if info is None:
            return
        if info.file_size > max(SMALL_PART, MAX_RATIO * info.compress_size):
            self._refuse_size()
        names: dict[str, str] = {}
        parser = _parser(names, starts, ends, text)
        fed = 0
        try:
            with self._archive.open(info) as content:
                while piece := content.read(_PIECE):
                    self._count(piece)
                    fed += len(piece)
                    parser.Parse(piece, False)
                    if fed - parser.CurrentByteIndex > MAX_TAG_LENGTH + _PIECE or len(names) > MAX_NAMES:
                        raise self.damaged()
                    yield
            parser.Parse(b"", True)
        except BadFile:
            raise
        except Exception as error:  # of the archive, of the parser, of the functions
            raise self.damaged() from error
        yield

    def _count(self, piece: bytes) -> None:
        """Count a piece that is about to be parsed. Raises `BadFile` past the limits."""
        self._unpacked += len(piece)
        if self._unpacked > self._limits.unpacked:
            self._refuse_size()
        self._tags += piece.count(b"<") + piece.count(b"/>")
        if self._tags > self._limits.tags:
            self.refuse("a trop de cellules, remplies ou vides", f"{_NEW}, ou enregistrez-le en CSV")

    def _refuse_size(self) -> NoReturn:
        self.refuse("est trop grand une fois décompressé")


def _parser(
    names: dict[str, str], starts: Mapping[str, Start], ends: Mapping[str, End], text: Text | None
) -> expat.XMLParserType:
    """Return a parser that calls these functions; it adds the names of elements and attributes to `names`."""
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(depth)
        action = starts.get(name) or (starts.get(name.rpartition(":")[2]) if ":" in name else None)
        if action is not None:
            action(attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        action = ends.get(name) or (ends.get(name.rpartition(":")[2]) if ":" in name else None)
        if action is not None:
            action()

    parser = expat.ParserCreate(intern=names)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_type
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    return parser


def _no_type(*_: object) -> NoReturn:
    raise ValueError("A part of a workbook declares no type of document.")
