"""The numbers of a unit by status (TRE_R330), and their rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ror.errors import ConfirmationNeeded, PartsRefused, Refused
from ror.model.count_parts import STATUS_OF, CountPart, PartKey, part_name, parts_words, sorted_parts
from ror.model.french import count
from ror.model.nomenclature import CapacityType

MAX_NUMBER = 9_999
USUAL_STEP = 4
"""A change of up to this many beds or places never needs a confirmation."""


STATUS_WORDS = {
    "available": "disponible",
    "installed": "installé",
    "occupied": "occupé",
    "reserved": "réservé",
    "closed": "fermé",
    "supplementary": "supplémentaire",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Beds or places by status (statutCapacite, R330); None is "not declared", which is not 0.

    `parts` are those of the counts by sex, kind of closing and so on, sorted; they never exceed their count.
    """

    available: int | None
    installed: int | None = None
    occupied: int | None = None
    reserved: int | None = None
    closed: int | None = None
    supplementary: int | None = None
    parts: tuple[CountPart, ...] = ()

    def by_status(self) -> dict[str, int | None]:
        """Return the counts by the name of their status."""
        return {status: getattr(self, status) for status in STATUS_WORDS}

    def records(self) -> dict[PartKey, int]:
        """Return the counts as the ROR has them: the parts, and for each count the rest that its parts leave, if any."""
        records = {part.key: part.number for part in self.parts}
        for status, number in self.by_status().items():
            left = None if number is None else number - sum(part.number for part in self.parts if part.key.status == status)
            if left or (left is not None and all(key.status != status for key in records)):
                records[PartKey(status)] = left
        return records


NOTHING = Counts(None)
"""The counts of a unit that declared nothing."""


def of_records(records: Mapping[PartKey, int]) -> Counts:
    """Build counts from their records: the inverse of `Counts.records`."""
    numbers: dict[str, int] = {}
    for key, number in records.items():
        numbers[key.status] = numbers.get(key.status, 0) + number
    parts = sorted_parts(CountPart(key, number) for key, number in records.items() if not key.is_rest)
    return Counts(**{"available": None, **numbers}, parts=parts)


def checked_number(value: object, label: str) -> int | None:
    """Parse a count as typed (int, text, None): a whole number from 0 to `MAX_NUMBER`, or None when nothing was typed.

    `label` names the field in the message. Raises `Refused` with a message that says what to type instead.
    """
    text = str(value).strip() if value is not None else ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Refused(f"Le nombre « {label} » doit être un nombre entier, 0 ou plus, en chiffres (par exemple 3).")
    if len(text.lstrip("0")) > len(str(MAX_NUMBER)):
        raise Refused(f"Le nombre « {label} » dépasse {MAX_NUMBER} : vérifiez la saisie.")
    return int(text.lstrip("0") or "0")


def checked_counts(typed: Counts) -> Counts:
    """Parse every count and part to a whole number or None; the number available is mandatory.

    Raises `Refused`, or `PartsRefused` for parts that exceed their count, or that another status has.
    """
    numbers = {status: checked_number(number, STATUS_WORDS[status]) for status, number in typed.by_status().items()}
    if numbers["available"] is None:
        raise Refused("Indiquez le nombre disponible ; saisissez 0 si l'unité ne peut accueillir personne.")
    parts = [CountPart(part.key, number) for part in typed.parts if (number := _checked_part(part)) is not None]
    counts = replace(typed, **numbers, parts=sorted_parts(parts))
    for status, word in STATUS_WORDS.items():
        _check_parts(counts, status, word)
    return counts


def _checked_part(part: CountPart) -> int | None:
    """Parse the number of a part. Raises `PartsRefused`."""
    for name, status in STATUS_OF.items():
        if getattr(part.key, name) and part.key.status != status:
            raise PartsRefused(f"Cette précision vaut pour le nombre « {STATUS_WORDS[status]} » seul : retirez-la des autres.")
    try:
        return checked_number(part.number, part_name(part.key))
    except Refused as refused:
        raise PartsRefused(refused.user_message) from None


def _check_parts(counts: Counts, status: str, word: str) -> None:
    """Raise `PartsRefused` when the parts of a status exceed its count; `word` names the status in the message."""
    numbers = [part.number for part in counts.parts if part.key.status == status]
    total, number = sum(numbers), getattr(counts, status)
    if not numbers or (number is not None and total <= number):
        return
    if status == "available" and all(part.key.gender for part in counts.parts if part.key.status == status):
        raise PartsRefused(
            f"Femmes, hommes et indifférents font {total} ensemble, pour {number} disponible{'s' if number > 1 else ''} : "
            "corrigez l'un d'eux."
        )
    raise PartsRefused(f"Le détail du nombre « {word} » fait {total}, pour {number or 0} : corrigez l'un des deux.")


def detail_words(counts: Counts, capacity_type: CapacityType) -> str:
    """Format the parts of the number available, and the counts declared beside it; "" for none.

    For instance « dont 2 femmes, 1 homme ; 17 occupés, 3 fermés (2 réactivables) ».
    """
    ending = "e" if capacity_type is CapacityType.PLACE else ""
    others = []
    for status, word in STATUS_WORDS.items():
        if status != "available" and (number := getattr(counts, status)) is not None:
            parts = parts_words(counts.parts, status)
            others.append(count(number, word if word.endswith("e") else word + ending) + (f" ({parts})" if parts else ""))
    available = parts_words(counts.parts, "available")
    return " ; ".join(filter(None, (f"dont {available}" if available else "", ", ".join(others))))


def check_capacity(counts: Counts, capacity_type: CapacityType, registry_installed: int | None) -> None:
    """Refuse more beds than the unit has. Places over a week may exceed the installed ones (a flow): see `check_usual`.

    `counts.installed`, when declared, replaces that of the registry. Raises `Refused` with both numbers.
    """
    installed = counts.installed if counts.installed is not None else registry_installed
    if capacity_type is not CapacityType.BED or installed is None:
        return
    limit = installed + (counts.supplementary or 0)
    if (counts.available or 0) > limit:
        raise Refused(
            f"L'unité compte {capacity_type.of(limit)} : elle ne peut pas en offrir {counts.available}. Corrigez le "
            "nombre ; si elle en a plus, son responsable l'indique dans le détail : lits installés ou supplémentaires."
        )
    used = sum(number or 0 for number in (counts.available, counts.occupied, counts.reserved, counts.closed))
    if used > limit:
        raise Refused(
            f"Disponibles, occupés, réservés et fermés font {used} lits ensemble, pour {limit} dans l'unité : "
            "corrigez l'un d'eux."
        )


def check_usual(counts: Counts, capacity_type: CapacityType, installed: int | None, history: Sequence[int]) -> None:
    """Raise `ConfirmationNeeded` when the number is far from what the unit usually declares.

    `history` holds the last numbers available, oldest first. A jump is a change larger than `USUAL_STEP` and than twice
    the largest change in the history.
    """
    available = counts.available or 0
    if history:
        changes = [abs(after - before) for before, after in pairwise(history)]
        usual = max([USUAL_STEP, *(2 * change for change in changes)])
        if abs(available - history[-1]) > usual:
            raise ConfirmationNeeded(
                f"L'unité passerait de {capacity_type.of(history[-1])} à {available}, "
                f"ce qui est inhabituel pour elle. Est-ce bien {available} ?"
            )
    if capacity_type is CapacityType.PLACE and installed is not None and available > installed:
        raise ConfirmationNeeded(
            f"L'unité compte {capacity_type.of(installed)} et vous en offrez {available} sur la semaine. "
            f"Est-ce bien {available} ?"
        )
