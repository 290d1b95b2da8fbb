"""Read the daily FINESS file, JSON of some 750 MB: legal entities (`pmej`) with their structures (`ege`).

Only the used keys are built into objects, one legal entity at a time. Schema: `schema-structures-v1.json` of the ANS.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import ijson

from ror.errors import BadFile, Refused
from ror.exchange.finess.fields import (
    COMMUNE_CODE,
    FINESS_NUMBER,
    address,
    checked_number,
    legal_entity,
    longest_name,
    postal,
    telephone,
)
from ror.exchange.finess.finess_file import EXPECTED, FinessFile, FinessFileBuilder
from ror.exchange.finess.json_stream import Branches
from ror.exchange.finess.source import Source, damaged
from ror.model.outlines import Outlines
from ror.model.position import position_problem
from ror.model.progress import OnProgress
from ror.model.registry import Structure
from ror.model.territory import commune_today, department_of_commune, territories
from ror.model.text import plain

_ENTITIES = "pmej"
_ADDRESS_OF_STRUCTURE = "03"
_PLACE_OF_CONTACT = "01"
_INACTIVE = "I"
_MAX_GAP = 2**20
"""Most bytes without an event of the parser, within one text or blanks: no FINESS file has more."""

_USED_KEYS = frozenset(
    {"informationsGeneralesPMEJ", "numFinessPm", "denominationPm", "denominationLonguePmSmsse", "ege"}
    | {"informationsGeneralesEGE", "numFinessEge", "nomEgeCourt", "nomEgeLong", "dateFermeture", "etatObjet"}
    | {"categorieentiteGeographiqueExercice", "adresse", "usageAdresse", "numeroVoie", "typeVoie", "libelleVoie"}
    | {"complementVoie", "lieuDit", "cogCommune", "ligneAcheminement", "codePostal", "coordonneesGeographique"}
    | {"coordonneeX", "coordonneeY", "directionLatitude", "directionLongitude"}
    | {"contact", "typeContact", "roleContact", "telecom", "telephone"}
)
_PAIRS = (("directionLatitude", "directionLongitude"), ("coordonneeY", "coordonneeX"))
"""The pairs of keys that may hold latitude and longitude; which one does depends on the record, the other is projected."""

Entry = Mapping[str, Any]


def read_json(source: Source, on_progress: OnProgress | None, today: date, outlines: Outlines | None = None) -> FinessFile:
    """Read the daily file; a bad entry becomes a reject, whose line number is the rank of the structure in the file.

    A structure is closed when it is inactive, or was closed before `today`. Raises `BadFile` for another file, or a damaged
    one.
    """
    branches = Branches(_ENTITIES, _USED_KEYS)
    builder = FinessFileBuilder(source.path.name, outlines)
    read = 0
    for entity in _entities(source, branches, on_progress):
        owner = _add_entity(entity, builder, read + 1)
        for entry in _objects(entity.get("ege")):
            read += 1
            _add_structure(entry, owner, builder, read, today)
    if not read:
        raise BadFile(f"« {source.path.name} » ne contient aucune structure (« pmej », « ege ») : donnez {EXPECTED}.")
    owners = {structure.legal_entity for structure in builder.structures.values()}
    entities = [entity for entity in builder.entities() if entity.finess in owners]
    return FinessFile(
        number=_text(branches.values, "schemaVersion"),
        date=_day(_text(branches.values, "generatedAt")),
        encoding="utf-8",
        read=read,
        structures=list(builder.structures.values()),
        legal_entities=entities,
        rejects=builder.sorted_rejects(),
        passed_over={branch: number for branch, number in branches.passed_over.items() if number},
        positions_refused=frozenset(builder.positions_refused),
    )


def _entities(source: Source, branches: Branches, on_progress: OnProgress | None) -> Iterator[Entry]:
    """Yield the entries of the legal entities, one at a time."""
    events: Any = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, use_float=True)
    gap, reported = 0, 0
    for chunk in source.chunks():
        _parse(source, parser.send, chunk)
        gap = 0 if events else gap + len(chunk)
        if gap > _MAX_GAP:
            raise damaged(source.path)
        yield from branches.feed(events)
        events.clear()
        if on_progress and source.position * 150 // source.size > reported:
            reported = source.position * 150 // source.size
            on_progress(min(source.position, source.size), source.size)
    _parse(source, parser.close)
    yield from branches.feed(events)


def _parse(source: Source, step: Callable[..., None], *piece: bytes) -> None:
    """Run a step of the parser. Raises `BadFile` for anything but JSON in UTF-8, and for a number that is too long."""
    try:
        step(*piece)
    except (ijson.JSONError, ValueError) as error:
        raise damaged(source.path) from error


def _add_entity(entity: Entry, builder: FinessFileBuilder, line: int) -> str:
    """Add a legal entity. Returns its number for its structures, "" when it has no valid one."""
    general = _object(entity, "informationsGeneralesPMEJ")
    number = _text(general, "numFinessPm")
    short, long = _text(general, "denominationPm"), _text(general, "denominationLonguePmSmsse")
    try:
        located = _address(_objects(entity.get("adresse")))
        builder.add_legal_entity(legal_entity(number, short, long, _street(located), _routing(located)))
    except Refused as refusal:
        builder.reject(line, refusal.user_message, f"{number} {long or short}")
    return number if FINESS_NUMBER.fullmatch(number) else ""


def _add_structure(entry: Entry, owner: str, builder: FinessFileBuilder, line: int, today: date) -> None:
    general = _object(entry, "informationsGeneralesEGE")
    short, long = _text(general, "nomEgeCourt"), _text(general, "nomEgeLong")
    finess = _text(general, "numFinessEge")
    words = f"{finess} {long or short}"
    try:
        name = longest_name(short, long, "La structure")
        structure, no_position, no_telephone = _structure(entry, checked_number(finess), name, owner, today, builder.outlines)
        builder.add_structure(line, structure)
    except Refused as refusal:
        builder.reject(line, refusal.user_message, words)
        return
    if no_position:
        builder.positions_refused.add(finess)
    for remark in filter(None, (no_position, no_telephone)):
        builder.reject(line, remark, words, accepted=True)


def _structure(
    entry: Entry, finess: str, name: str, owner: str, today: date, outlines: Outlines | None
) -> tuple[Structure, str, str]:
    """Return a structure, and two remarks: why its position and its telephone are refused, "" when they are not.

    Raises `Refused` when it has no commune.
    """
    address_entry = _address(_objects(entry.get("adresse")))
    insee = commune_today(_text(address_entry, "cogCommune"))
    if not COMMUNE_CODE.fullmatch(insee) or department_of_commune(insee) not in territories():
        raise Refused(f"« {insee[:20]} » n'est pas le code d'une commune : 5 caractères sont attendus, par exemple 77288.")
    department = department_of_commune(insee)
    postal_code, commune = postal(_routing(address_entry))
    latitude, longitude, no_position = _position(_object(address_entry, "coordonneesGeographique"), department, insee, outlines)
    stored_telephone, no_telephone = telephone(_telephone(_objects(entry.get("contact"))))
    closing = _day(_text(_object(entry, "informationsGeneralesEGE"), "dateFermeture"))
    structure = Structure(
        finess=finess,
        legal_entity=owner,
        name=name,
        category_code=_text(entry, "categorieentiteGeographiqueExercice"),
        category="",
        address=_street(address_entry),
        postal_code=postal_code,
        commune=commune,
        commune_code=insee,
        department=department,
        telephone=stored_telephone,
        latitude=latitude,
        longitude=longitude,
        closed=_text(entry, "etatObjet") == _INACTIVE or (closing is not None and closing < today),
    )
    return structure, no_position, no_telephone


def _address(addresses: list[Entry]) -> Entry:
    """Return the address of the structure itself, else the first one; empty without any."""
    own = [entry for entry in addresses if _text(entry, "usageAdresse") == _ADDRESS_OF_STRUCTURE]
    return next(iter(own or addresses), {})


def _street(address_entry: Entry) -> str:
    return address(
        *(_text(address_entry, key) for key in ("numeroVoie", "complementVoie", "typeVoie", "libelleVoie", "lieuDit"))
    )


def _routing(address_entry: Entry) -> str:
    return f"{_text(address_entry, 'codePostal')} {_text(address_entry, 'ligneAcheminement')}".strip()


def _telephone(contacts: list[Entry]) -> str:
    """Return the first telephone, one of the place of contact if possible; "" without any."""
    contacts = sorted(contacts, key=lambda contact: _text(_object(contact, "typeContact"), "roleContact") != _PLACE_OF_CONTACT)
    return next((text for contact in contacts if (text := _text(_object(contact, "telecom"), "telephone"))), "")


def _position(
    coordinates: Entry, department: str, insee: str, outlines: Outlines | None
) -> tuple[float | None, float | None, str]:
    """Return latitude, longitude and ""; or None, None and why the position is refused ("" when the file has none)."""
    pairs = [(_number(coordinates, north), _number(coordinates, east)) for north, east in _PAIRS]
    degrees = [
        (north, east)
        for north, east in pairs
        if north is not None and east is not None and abs(north) <= 90 and abs(east) <= 180 and (north, east) != (0, 0)
    ]
    if not degrees:
        given = any(_text(coordinates, key) for pair in _PAIRS for key in pair)
        return None, None, "Les coordonnées ne sont pas des degrés : la structure reste sans position." if given else ""
    reason = ""
    for north, east in degrees:
        reason = position_problem(department, insee, north, east, outlines)
        if not reason:
            return round(north, 6), round(east, 6), ""
    return None, None, f"{reason} La structure reste sans position."


def _objects(value: Any) -> list[Entry]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(entry: Entry, key: str) -> Entry:
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _text(entry: Entry, key: str) -> str:
    """Return a value as text: a text cleaned, a number in digits, "" for anything else."""
    value = entry.get(key)
    if isinstance(value, str):
        return plain(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _number(entry: Entry, key: str) -> float | None:
    try:
        return float(_text(entry, key).replace(",", "."))
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text[:10]).date()
    except ValueError:
        return None
