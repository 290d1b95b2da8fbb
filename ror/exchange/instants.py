"""Parse the instants of files: ISO 8601, or typed in French, in a given time zone unless they have one."""

import re
from datetime import MAXYEAR, UTC, datetime
from zoneinfo import ZoneInfo

from ror.errors import Refused
from ror.model.territory import zone_place, zone_words
from ror.model.text import bare, plain

OLDEST = 2000
"""An instant before this year is a mistake."""

_MAX_LENGTH = 60
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("janvier janv", "fevrier fevr", "mars", "avril avr", "mai", "juin", "juillet juil", "aout", "septembre sept",
         "octobre oct", "novembre nov", "decembre dec"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAY = r"(?:[a-z]{3,8}\.?,? )?"
_DATE = "|".join(
    (
        r"(?P<iso_year>[0-9]{4})[-/.](?P<iso_month>[0-9]{1,2})[-/.](?P<iso_day>[0-9]{1,2})",
        r"(?P<day>[0-9]{1,2})(?P<sign>[/.-])(?P<month>[0-9]{1,2})(?P=sign)(?P<year>[0-9]{4})",
        # A year of two digits is accepted only after slashes: in other forms it might come first.
        r"(?P<short_day>[0-9]{1,2})/(?P<short_month>[0-9]{1,2})/(?P<short_year>[0-9]{2})",
        r"(?P<named_day>[0-9]{1,2})(?:er)?[ -](?P<name>[a-z]{3,9})\.?[ -](?P<named_year>[0-9]{4})",
    )
)
_TIME = r"(?P<hour>[0-9]{1,2}) ?(?:h|:(?= ?[0-9])) ?(?:(?P<minute>[0-9]{1,2})(?:(?::|m|mn|min) ?(?P<second>[0-9]{1,2})s?)?)?"
_INSTANT = re.compile(rf"{_WEEKDAY}(?:{_DATE})(?:,? (?:a )?|t)(?:{_TIME})")
_DAY_ALONE = re.compile(f"{_WEEKDAY}(?:{_DATE})")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


def read_instant(text: str, zone: ZoneInfo) -> tuple[datetime, str]:
    """Parse the instant of a cell, in the time zone `zone` unless the text has one.

    Return the instant with its zone, and a remark in French, "" unless the hour exists twice. Of an hour that exists twice,
    when summer time ends, the first one is used. Raises `Refused` for anything but an instant, a day without an hour, an hour
    that does not exist, and a year before `OLDEST`.
    """
    written = plain(text[: _MAX_LENGTH + 1])
    instant = _parsed(written, zone)
    if not OLDEST <= instant.year < MAXYEAR:
        raise Refused(f"L'instant « {written} » est d'avant {OLDEST} ou bien trop lointain : vérifiez l'année.")
    return (instant, "") if instant.tzinfo else _local(instant, zone)


def _parsed(text: str, zone: ZoneInfo) -> datetime:
    """Parse an instant, without a zone when the text has none. Raises `Refused`."""
    compact = bare(text)
    if _NUMBER.fullmatch(compact):
        raise _refusal(text, "est un nombre seul", zone)
    if _DAY_ALONE.fullmatch(compact):
        raise _refusal(text, "n'a pas d'heure", zone)
    try:
        if match := _INSTANT.fullmatch(compact):
            return _of_parts({name: part for name, part in match.groupdict().items() if part is not None})
        if len(text) > len("2026-W19-1"):
            return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise _refusal(text, "n'existe pas ou ne se lit pas", zone) from error
    raise _refusal(text, "ne se lit pas", zone)


def _of_parts(parts: dict[str, str]) -> datetime:
    """Build an instant from its parts. Raises `ValueError` for a month, a day or an hour that does not exist."""

    def part(*names: str) -> int:
        return next((int(parts[name]) for name in names if name in parts), 0)

    year = 2000 + part("short_year") if "short_year" in parts else part("iso_year", "year", "named_year")
    month = _MONTHS.get(parts["name"], 0) if "name" in parts else part("iso_month", "month", "short_month")
    day = part("iso_day", "day", "short_day", "named_day")
    return datetime(year, month, day, part("hour"), part("minute"), part("second"))


def _local(instant: datetime, zone: ZoneInfo) -> tuple[datetime, str]:
    """Return the first instant with a local time in a time zone, and a remark when there are two.

    Raises `Refused` for a local time that does not exist.
    """
    first, second = (instant.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    # With a fixed offset, since Python compares a time that exists twice in a zone as unequal to every instant in UTC.
    earlier = datetime.fromisoformat(first.isoformat())
    if earlier.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != instant:
        raise Refused(
            f"L'heure « {instant:%d/%m/%Y %H:%M} » : cette heure n'existe pas, {zone_place(zone)} passe alors à l'heure d'été. "
            "Corrigez-la, ou donnez son décalage, comme 2026-05-04T08:00:00+02:00."
        )
    if first.utcoffset() == second.utcoffset():
        return earlier, ""
    return earlier, (
        f"L'heure « {instant:%d/%m/%Y %H:%M} » existe deux fois à {zone_place(zone)} : la première est prise, celle de l'heure "
        f"d'été ({earlier.isoformat()}). Pour la seconde, écrivez {second.isoformat()}."
    )


def _refusal(text: str, reason: str, zone: ZoneInfo) -> Refused:
    return Refused(
        f"L'instant « {text[:40]} » {reason} : écrivez jour et heure, comme 2026-05-04T08:00:00+02:00 ou 04/05/2026 08:00 "
        f"({zone_words(zone)})."
    )
