"""The content of a FINESS file: structures, legal entities, and rejects with their reasons."""

from collections.abc import Sized
from dataclasses import dataclass, field
from datetime import date

from ror.errors import BadFile, Refused
from ror.exchange.import_file import Reject
from ror.model.outlines import Outlines
from ror.model.registry import LegalEntity, Structure, default_entity_name

EXPECTED = (
    "le fichier FINESS tel que data.gouv.fr le publie : finess-structures-journalier-….json.gz, décompressé ou non, "
    "ou les anciens etalab-cs1100507-stock-….csv, etalab-cs1100502-stock-….csv (établissements) et "
    "etalab-cs1100501-stock-….csv (entités juridiques)"
)

MAX_ENTRIES = 600_000
"""Most structures, or legal entities, of a file: three times as many as France ever had, closed ones included."""

MAX_REJECTS = 20_000


@dataclass(frozen=True, slots=True)
class FinessFile:
    """The content of a FINESS file.

    `number` and `date` identify the edition. `read` counts its structures, or its legal entities when it has no structure,
    refused ones included. `encoding` is "utf-8" or "cp1252"; the rejects are in the order of the lines. `passed_over` counts
    the entries of the branches of a JSON file that are not read. A legal entity known only by its structures is named by
    `model.registry.default_entity_name`. `positions_refused` are the numbers of the structures whose position was refused.
    """

    number: str
    date: date | None
    encoding: str
    read: int
    structures: list[Structure]
    legal_entities: list[LegalEntity]
    rejects: list[Reject]
    passed_over: dict[str, int] = field(default_factory=dict)
    positions_refused: frozenset[str] = frozenset()


class FinessFileBuilder:
    """Collects the entries of a file as they are read; of two with the same number the first one stays.

    The number of entries and of rejects is bounded. Positions are checked against `outlines`, None for those of `data/`.
    """

    def __init__(self, name: str, outlines: Outlines | None = None) -> None:
        self.file = name
        self.outlines = outlines
        self.structures: dict[str, Structure] = {}
        self._lines: dict[str, int] = {}
        self.legal_entities: dict[str, LegalEntity] = {}
        self.rejects: list[Reject] = []
        self.positions_refused: set[str] = set()

    def reject(self, line: int, reason: str, text: str, *, accepted: bool = False) -> None:
        """Add a reject, or a remark on an accepted line. Raises `BadFile` past `MAX_REJECTS` of both together."""
        self.rejects.append(Reject(line, reason, text, accepted))
        if len(self.rejects) > MAX_REJECTS:
            first = self.rejects[0]
            raise BadFile(
                f"« {self.file} » a plus de {MAX_REJECTS} lignes refusées ou à vérifier : téléchargez-le de nouveau. "
                f"La première, ligne {first.line} : {first.reason}"
            )

    def add_structure(self, line: int, structure: Structure) -> None:
        """Add a structure. Raises `Refused` when its number was read before, `BadFile` past `MAX_ENTRIES`."""
        if (first := self._lines.setdefault(structure.finess, line)) != line:
            raise Refused(f"Le numéro FINESS {structure.finess} figure déjà à la ligne {first}, qui est gardée.")
        self.structures[structure.finess] = structure
        self._check_size(self.structures)

    def add_legal_entity(self, entity: LegalEntity) -> None:
        """Add a legal entity. Raises `Refused` when its number was read before, `BadFile` past `MAX_ENTRIES`."""
        if entity.finess in self.legal_entities:
            raise Refused(f"L'entité juridique {entity.finess} figure déjà plus haut dans le fichier : la première est gardée.")
        self.legal_entities[entity.finess] = entity
        self._check_size(self.legal_entities)

    def _check_size(self, entries: Sized) -> None:
        if len(entries) > MAX_ENTRIES:
            raise BadFile(f"« {self.file} » compte plus de {MAX_ENTRIES} entrées : ce n'est pas {EXPECTED}.")

    def entities(self) -> list[LegalEntity]:
        """Return the legal entities of the file, then those known only by its structures, with a default name."""
        owners = dict.fromkeys(structure.legal_entity for structure in self.structures.values() if structure.legal_entity)
        others = [LegalEntity(number, default_entity_name(number)) for number in owners if number not in self.legal_entities]
        return [*self.legal_entities.values(), *others]

    def sorted_rejects(self) -> list[Reject]:
        """Return the rejects in the order of the lines."""
        return sorted(self.rejects, key=lambda reject: reject.line)
