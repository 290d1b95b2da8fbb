"""The open FINESS file of structures (Licence Ouverte), editions cs1100502 (no positions) and cs1100507 (positions).

The file has no header and NO quoting: a `"` is a plain character, hence `split(";")` and never the csv module.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain, groupby, islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from pyproj import CRS, Transformer

from ror.errors import BadFile, Refused
from ror.exchange.report import Reject, decoded, file_bytes
from ror.model.registry import LegalEntity, Structure, unnamed
from ror.model.territory import departments
from ror.model.text import plain

Progress = Callable[[int, int], None]

FINESS_NUMBER = re.compile(r"[0-9][0-9AB][0-9]{7}|9[A-F][0-9]{7}")
LONGEST_LINE = 10_000
FIELDS = 32

_EXPECTED = (
    "le fichier FINESS des établissements tel que data.gouv.fr le publie, décompressé "
    "(etalab-cs1100507-stock-….csv, ou etalab-cs1100502-stock-….csv)"
)
_OVERSEAS = {"9A": "971", "9B": "972", "9C": "973", "9D": "974", "9E": "975", "9F": "976"}

# CRS name in the file -> EPSG code, and the box (south, north, west, east) that its points must land in, degrees WGS84.
_SYSTEMS = {
    "LAMBERT_93": (2154, (41.0, 51.5, -5.5, 10.0)),
    "UTM_N20": (4559, (14.0, 18.5, -63.5, -60.5)),
    "UTM_N21": (4467, (46.5, 47.5, -57.0, -56.0)),
    "UTM_N22": (2972, (2.0, 6.0, -55.0, -51.0)),
    "UTM_S38": (4471, (-13.2, -12.4, 44.8, 45.5)),
    "UTM_S40": (2975, (-21.6, -20.7, 55.0, 56.0)),
}

_STREET_TYPES = {
    "ALL": "Allée", "AV": "Avenue", "BD": "Boulevard", "CAR": "Carrefour", "CHE": "Chemin", "CHS": "Chaussée",
    "CITE": "Cité", "COR": "Corniche", "COUR": "Cour", "CRS": "Cours", "DOM": "Domaine", "ESP": "Esplanade",
    "FG": "Faubourg", "GR": "Grande Rue", "HAM": "Hameau", "IMP": "Impasse", "LD": "Lieu-dit", "LOT": "Lotissement",
    "MTE": "Montée", "PAS": "Passage", "PL": "Place", "PROM": "Promenade", "PRV": "Parvis", "QU": "Quai", "QUA": "Quai",
    "R": "Rue", "RES": "Résidence", "RLE": "Ruelle", "ROC": "Rocade", "RPT": "Rond-point", "RTE": "Route",
    "SEN": "Sente", "SQ": "Square", "TRA": "Traverse", "VLA": "Villa", "VLGE": "Village", "VOI": "Voie",
}  # fmt: skip
_REPEATS = {"B": "bis", "T": "ter", "Q": "quater"}

_SMALL_WORDS = {
    "a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "lez", "lès", "près", "sous", "sur",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_ROUTING = re.compile(r"(?:([0-9]{5})(?: |$))?(.*?)(?: CEDEX(?: [0-9]+)?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edition:
    """One FINESS file once read: `number` and `date` from its first line, `read` its structureet lines, kept or not.

    `encoding` is "utf-8" or "cp1252"; the rejects are in the order of the lines.
    """

    number: str
    date: date | None
    encoding: str
    read: int
    structures: list[Structure]
    legal_entities: list[LegalEntity]
    rejects: list[Reject]


class _Point(NamedTuple):
    """A geolocalisation line: metres in the projected system `crs`."""

    line: int
    text: str
    finess: str
    x: float
    y: float
    crs: str

    def reject(self, reason: str) -> Reject:
        return Reject(self.line, reason, self.text)


_Line = tuple[int, str]
_Positions = dict[str, tuple[_Point, float, float]]
_Parsed = TypeVar("_Parsed")


def telephone_digits(text: str) -> str:
    """A French telephone as 10 digits: a lost leading 0 or a +33 is put right, anything else is ""."""
    digits = re.sub("[^0-9]", "", text)
    if len(digits) == 11 and digits.startswith("33"):
        digits = digits[2:]
    if len(digits) == 9 and digits[0] != "0":
        return f"0{digits}"
    return digits if len(digits) == 10 else ""


def read_finess(path: Path, progress: Progress | None = None) -> Edition:
    """Read an edition of the FINESS file of structures; a bad line becomes a reject and never stops the rest.

    Positions come out in WGS84 degrees, rounded to 1e-6. `progress(done, total)` counts lines, about 150 times at most.
    Raises `BadFile` when the file is not such an edition. Source: FINESS, data.gouv.fr.
    """
    text, encoding = decoded(file_bytes(path, _EXPECTED))
    lines = text.split("\n")
    number, day = _header(path, lines[0])
    numbered = [(index, line.removesuffix("\r")) for index, line in enumerate(islice(lines, 1, None), start=2) if line.strip()]
    own = [line for line in numbered if line[1].startswith("structureet;")]
    others = [line for line in numbered if not line[1].startswith("structureet;")]
    if not own:
        raise BadFile(f"« {path.name} » ne contient aucune ligne « structureet » : donnez {_EXPECTED}.")

    rejects: list[Reject] = []
    watched = _watched(chain(others, own), len(numbered), progress)
    points = list(_kept(islice(watched, len(others)), _point, rejects))
    positions = _positions(points, rejects)
    seen: dict[str, int] = {}

    def parsed(index: int, line: str) -> Structure:
        structure = _structure(line.split(";"), positions)
        if (first := seen.setdefault(structure.finess, index)) != index:
            raise Refused(f"Le numéro FINESS {structure.finess} figure déjà à la ligne {first}, qui est gardée.")
        return structure

    structures = list(_kept(watched, parsed, rejects))
    rejects += [
        point.reject(f"La structure {finess[:20]} n'est pas dans le fichier, ou sa ligne a été refusée.")
        for finess, (point, _, _) in positions.items()
        if finess not in seen
    ]
    rejects.sort(key=lambda reject: reject.line)
    return Edition(number, day, encoding, len(own), structures, _legal_entities(structures), rejects)


def _header(path: Path, line: str) -> tuple[str, date | None]:
    fields = [part.strip() for part in line[:LONGEST_LINE].rstrip(";\r").split(";")]
    if len(fields) not in (3, 4) or fields[:2] != ["finess", "etalab"]:
        raise BadFile(
            f"« {path.name} » n'est pas un fichier FINESS : sa première ligne devrait être "
            f"« finess;etalab;<numéro>;<date> ». Donnez {_EXPECTED}."
        )
    try:
        return fields[2], date.fromisoformat(fields[3])
    except (IndexError, ValueError):
        return fields[2], None


def _watched(lines: Iterable[_Line], total: int, progress: Progress | None) -> Iterator[_Line]:
    step = total // 150 + 1
    for done, line in enumerate(lines, start=1):
        yield line
        if progress and (done % step == 0 or done == total):
            progress(done, total)


def _kept(lines: Iterable[_Line], parse: Callable[[int, str], _Parsed], rejects: list[Reject]) -> Iterator[_Parsed]:
    """What `parse` makes of each line; those it refuses, and the damaged ones, go to the rejects."""
    for number, line in lines:
        try:
            if len(line) > LONGEST_LINE:
                raise Refused(f"La ligne compte {len(line)} caractères : elle est abîmée, téléchargez de nouveau le fichier.")
            if "\0" in line:
                raise Refused("La ligne contient un caractère nul : elle est abîmée, téléchargez de nouveau le fichier.")
            yield parse(number, line)
        except Refused as refusal:
            rejects.append(Reject(number, refusal.message, line))


def _structure(fields: list[str], positions: _Positions) -> Structure:
    # Editions made before the last field (numuai) was added have 31.
    if len(fields) not in (FIELDS - 1, FIELDS):
        raise Refused(f"{len(fields)} champs au lieu de {FIELDS} : un « ; » manque, ou un texte en contient un.")
    (_, finess, legal_entity, short, long, _, _, number, street_type, street, repeat, place,
     commune, department, _, routing, telephone, _, category_code, category, *_) = map(plain, fields)  # fmt: skip
    if not FINESS_NUMBER.fullmatch(finess):
        raise Refused(f"« {finess[:20]} » n'est pas un numéro FINESS : 9 caractères sont attendus, par exemple 990000012.")
    if legal_entity and not FINESS_NUMBER.fullmatch(legal_entity):
        raise Refused(f"« {legal_entity[:20]} » n'est pas le numéro FINESS d'une entité juridique : 9 caractères attendus.")
    if not (short or long):
        raise Refused("La structure n'a pas de raison sociale : complétez la ligne.")
    code = _OVERSEAS.get(department, department)
    if code not in departments() and code not in _OVERSEAS.values():
        raise Refused(f"Le département « {department[:20]} » est inconnu : un code comme 94, 2A ou 9D est attendu.")
    postal_code, commune_name = postal(routing)
    _, latitude, longitude = positions.get(finess, (None, None, None))
    return Structure(
        finess=finess,
        legal_entity=legal_entity,
        name=long if len(long) >= len(short) else short,
        category_code=category_code,
        category=category,
        address=_address(number, repeat, street_type, street, place),
        postal_code=postal_code,
        commune=commune_name,
        commune_code=_commune_code(code, commune),
        department=code,
        telephone=telephone_digits(telephone),
        latitude=latitude,
        longitude=longitude,
    )


def _address(number: str, repeat: str, street_type: str, street: str, place: str) -> str:
    """One line. `compvoie` is the B, T or Q of « 12 bis »: it belongs after the number when it is a letter."""
    street = f"{_STREET_TYPES.get(street_type, street_type)} {street}"
    letter = _REPEATS.get(repeat, repeat)
    parts = (number, letter, street, place) if len(repeat) == 1 else (number, street, letter, place)
    return " ".join(" ".join(parts).split())


def _commune_code(department: str, commune: str) -> str:
    """INSEE code, 5 characters; "" when the field holds none. Overseas "101" and "01" of 971 are both 97101."""
    digits = commune[-2:] if len(department) == 3 and len(commune) in (2, 3) else commune
    code = department + digits
    return code if len(code) == 5 and commune.isascii() and commune.isdigit() else ""


@lru_cache(4096)
def postal(routing: str) -> tuple[str, str]:
    """Postal code and commune of a routing line: "94010 ST MAUR CEDEX 9" -> ("94010", "Saint Maur").

    CEDEX and its number are taken away. A name all in capitals is put in lower case but for the first letter of its
    words, small words such as « sur » or « les » excepted; ST and STE are spelt out; accents cannot be guessed.
    """
    match = _ROUTING.fullmatch(" ".join(routing.split()))
    code, name = (match[1] or "", match[2]) if match else ("", "")
    return code, _WORD.sub(lambda word: _cased(word[0], word.start() == 0), name) if name == name.upper() else name


def _cased(word: str, first: bool) -> str:
    lower = word.lower()
    if lower in ("st", "ste"):
        return "Saint" if lower == "st" else "Sainte"
    return lower if lower in _SMALL_WORDS and not first else word.capitalize()


def _legal_entities(structures: Iterable[Structure]) -> list[LegalEntity]:
    """One per number met; the file does not give their names."""
    numbers = dict.fromkeys(structure.legal_entity for structure in structures if structure.legal_entity)
    return [LegalEntity(number, unnamed(number)) for number in numbers]


def _point(number: int, line: str) -> _Point:
    fields = line.split(";")
    if fields[0] != "geolocalisation":
        raise Refused("Section inconnue : une ligne commence par « structureet » ou par « geolocalisation ».")
    if len(fields) < 5:
        raise Refused(f"{len(fields)} champs au lieu de 6 : la position n'est pas complète, la structure reste sans position.")
    crs = fields[4].rpartition(",")[2].strip()
    if crs not in _SYSTEMS:
        raise Refused(
            f"Le système de coordonnées « {crs[:40]} » est inconnu ({', '.join(_SYSTEMS)} sont lus) : "
            "la structure reste sans position."
        )
    try:
        return _Point(number, line, fields[1].strip(), float(fields[2]), float(fields[3]), crs)
    except ValueError as error:
        raise Refused("Les coordonnées ne sont pas des nombres : la structure reste sans position.") from error


def _positions(points: list[_Point], rejects: list[Reject]) -> _Positions:
    """The first plausible position of each number, in WGS84 degrees, with one projection call per system of coordinates."""
    positions: _Positions = {}
    points.sort(key=lambda point: point.crs)
    for crs, group in groupby(points, key=lambda point: point.crs):
        epsg, (south, north, west, east) = _SYSTEMS[crs]
        same = list(group)
        projected = CRS.from_epsg(epsg)
        # To its own geodetic system, a mere unprojection that never looks for a grid on the network: each of these
        # systems is WGS84 to within a metre.
        unproject = Transformer.from_crs(projected, projected.geodetic_crs, always_xy=True)
        longitudes, latitudes = unproject.transform([point.x for point in same], [point.y for point in same])
        for point, longitude, latitude in zip(same, longitudes, latitudes, strict=True):
            if not (south <= latitude <= north and west <= longitude <= east):
                rejects.append(point.reject(f"La position tombe hors du territoire de {crs} : elle n'est pas gardée."))
            elif point.finess in positions:
                rejects.append(point.reject(f"La structure {point.finess[:20]} a déjà une position, qui est gardée."))
            else:
                positions[point.finess] = (point, round(latitude, 6), round(longitude, 6))
    return positions
