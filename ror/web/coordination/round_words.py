"""The words about a unit of the call round: why it is called, what was done."""

from datetime import datetime

from ror.model.call_round import CallReason, outcome_words
from ror.model.local_time import format_time
from ror.model.nomenclature import CapacityType
from ror.model.trust.still_true import percent_words
from ror.model.trust.telephone import contradicted_often
from ror.services.coordination.call_round import CallRound, RoundUnit
from ror.services.region_time import region_zone


def reasons(one: RoundUnit, now: datetime, without: CallReason | None = None) -> str:
    """Return the reasons to call a unit in words, except `without`: « ⚑ contredit par 2 lecteurs il y a 20 min, en retard »."""
    parts = [_reason(one, reason, now) for reason in one.doubt.reasons if reason is not without] if one.doubt else []
    words = ", ".join(parts)
    return f"{words[:1].upper()}{words[1:]}"


def _reason(one: RoundUnit, reason: CallReason, now: datetime) -> str:
    if reason is CallReason.CONTRADICTED and one.contradiction:
        return one.contradiction.words(now)
    if reason is CallReason.STILL and one.still:
        return f"n'a pas bougé {one.still.words(now)}, ce qui est rare pour elle"
    return reason.label


def rhythm(one: RoundUnit, now: datetime) -> str:
    """Return what is improbable in the rhythm of a unit: « n'a pas bougé depuis 20 jours (…), ce qui est rare pour elle »."""
    parts = [
        _reason(one, reason, now)
        for reason in (CallReason.STILL, CallReason.SUDDEN)
        if one.doubt and reason in one.doubt.reasons
    ]
    return " et ".join(parts)


def learnt(one: RoundUnit, current_round: CallRound) -> str:
    """Return what is known of a number: « encore vrai à 52 % », and « 2 appels sur 9 ont confirmé … » when that is few."""
    likely = one.call_rank.likely if one.call_rank else None
    chance = "" if likely is None else f"encore vrai à {percent_words(likely)}"
    few = one.reliability.words if one.reliability and contradicted_often(one.reliability, current_round.usual) else ""
    return " · ".join(filter(None, (chance, few)))


def done(one: RoundUnit, current_round: CallRound) -> str:
    """Return what was done, and by whom: « ☎ Coralie Repère appelle depuis 10 h 12 », « Injoignable à 10 h 12 (…) »."""
    call_state, capacity, names = one.call_state, CapacityType(one.row["capacity_type"]), current_round.names
    parts = []
    if call_state.claim:
        parts.append(
            f"☎ {names.get(call_state.claim.account, '')} appelle depuis {format_time(call_state.claim.at, region_zone())}"
        )
    if call_state.outcome:
        author = names.get(call_state.outcome.account, "")
        written = ", nombre écrit" if call_state.outcome.position else ""
        parts.append(f"{outcome_words(call_state.outcome, capacity, region_zone())} ({author}{written})")
    if call_state.assignee:
        parts.append(f"confiée à {names.get(call_state.assignee, '')}")
    return " · ".join(parts)
