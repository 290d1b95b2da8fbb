"""The words about a unit of the call round: why it is called, what was done."""

from datetime import datetime

from ror.model.call_round import Reason, outcome_words
from ror.model.local_time import format_time
from ror.model.nomenclature import CapacityType
from ror.services.coordination.call_round import Round, RoundUnit
from ror.services.region_time import region_zone


def reasons(one: RoundUnit, now: datetime, without: Reason | None = None) -> str:
    """Return why a unit is called, but for one reason: « ⚑ contredit par 2 lecteurs il y a 20 min, en retard »."""
    given = [_reason(one, reason, now) for reason in one.doubt.reasons if reason is not without] if one.doubt else []
    words = ", ".join(given)
    return f"{words[:1].upper()}{words[1:]}"


def _reason(one: RoundUnit, reason: Reason, now: datetime) -> str:
    if reason is Reason.CONTRADICTED and one.contradiction:
        return one.contradiction.words(now)
    return reason.label


def done(one: RoundUnit, found: Round) -> str:
    """Return what was done of a unit, by whom: « ☎ Coralie Repère appelle depuis 10 h 12 », « Injoignable à 10 h 12 (…) »."""
    standing, capacity, names = one.standing, CapacityType(one.row["capacity_type"]), found.names
    parts = []
    if standing.claim:
        parts.append(
            f"☎ {names.get(standing.claim.account, '')} appelle depuis {format_time(standing.claim.at, region_zone())}"
        )
    if standing.outcome:
        author = names.get(standing.outcome.account, "")
        written = ", nombre écrit" if standing.outcome.position else ""
        parts.append(f"{outcome_words(standing.outcome, capacity, region_zone())} ({author}{written})")
    if standing.assignee:
        parts.append(f"confiée à {names.get(standing.assignee, '')}")
    return " · ".join(parts)
