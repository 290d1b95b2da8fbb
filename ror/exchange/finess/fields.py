"""Parse the fields of both FINESS formats: numbers, names, addresses, communes, telephones."""

import re

from ror.errors import Refused
from ror.model.registry import LegalEntity
from ror.model.telephone import checked_telephone
from ror.model.territory import commune_today, department_of_commune, department_of_finess, territories
from ror.model.text import bare

FINESS_NUMBER = re.compile(r"[0-9][0-9AB][0-9]{7}|9[A-J][0-9]{7}")
COMMUNE_CODE = re.compile("[0-9][0-9AB][0-9]{3}")

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


def telephone(text: str) -> tuple[str, str]:
    """Return the stored form of a telephone and ""; or "" and a remark on why the field is refused."""
    try:
        return checked_telephone(text), ""
    except Refused as refusal:
        return "", f"{refusal.user_message} La structure est gardée, avec le téléphone déjà connu."


def checked_number(text: str) -> str:
    """Return the FINESS number of a structure. Raises `Refused`."""
    if not FINESS_NUMBER.fullmatch(text):
        raise Refused(f"« {text[:20]} » n'est pas un numéro FINESS : 9 caractères sont attendus, par exemple 990000012.")
    return text


def checked_entity_number(text: str) -> str:
    """Return the FINESS number of a legal entity, "" when there is none. Raises `Refused`."""
    if text and not FINESS_NUMBER.fullmatch(text):
        raise Refused(f"« {text[:20]} » n'est pas le numéro FINESS d'une entité juridique : 9 caractères attendus.")
    return text


def longest_name(short: str, long: str, owner: str) -> str:
    """Return the longer of two names. Raises `Refused`, about `owner`, when both are empty."""
    if not (short or long):
        raise Refused(f"{owner} n'a pas de raison sociale : complétez la ligne.")
    return long if len(long) >= len(short) else short


def legal_entity(number: str, short: str, long: str, street_address: str = "", routing: str = "") -> LegalEntity:
    """Build a legal entity; `routing` is the line of postal code and commune.

    Raises `Refused` when the number is missing or wrong, or both names are empty.
    """
    if not number:
        raise Refused("L'entité juridique n'a pas de numéro FINESS : complétez la ligne.")
    name = longest_name(short, long, "L'entité juridique")
    return LegalEntity(checked_entity_number(number), name, street_address, *postal(routing))


def department_and_commune(department: str, commune: str) -> tuple[str, str]:
    """Return the département and the INSEE code ("" when the field holds none) of the two fields of a CSV line.

    Overseas "101" and "01" of 9A are both 97101. A former commune of Guadeloupe that is now a collectivity belongs to the
    collectivity. Raises `Refused` for a département that does not exist.
    """
    code = department_of_finess(department)
    if code not in territories():
        raise Refused(f"Le département « {department[:20]} » est inconnu : un code comme 94, 2A ou 9D est attendu.")
    digits = commune[-2:] if len(code) == 3 and len(commune) in (2, 3) else commune
    insee = commune_today(code + digits)
    if len(insee) != 5 or not (commune.isascii() and commune.isdigit()):
        return code, ""
    return department_of_commune(insee), insee


def address(number: str, repeat: str, street_type: str, street: str, locality: str) -> str:
    """Return an address on one line; the type of street, spelt out, is not repeated when the street begins with it.

    `repeat` is the B, T or Q of « 12 bis »: it belongs after the number when it is a letter.
    """
    letter = _REPEATS.get(repeat, repeat)
    street = _street(street_type, street)
    parts = (number, letter, street, locality) if len(repeat) == 1 else (number, street, letter, locality)
    return " ".join(" ".join(parts).split())


def _street(street_type: str, street: str) -> str:
    """Return a street after its type, unless the street begins with the type already: « CHE », « CHEMIN DU BAC »."""
    spelt = _STREET_TYPES.get(street_type, street_type)
    if f"{bare(street)} ".startswith(f"{bare(spelt)} "):
        return street
    first, _, rest = street.partition(" ")
    return f"{spelt} {rest if rest and len(first) > 1 and first == street_type else street}"


def postal(routing: str) -> tuple[str, str]:
    """Parse the postal code and the commune of a routing line: "94010 ST MAUR CEDEX 9" -> ("94010", "Saint Maur").

    CEDEX and its number are removed. A name all in capitals is put in lower case except for the first letter of its
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
