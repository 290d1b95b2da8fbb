"""The handovers on the sheet of units: the data of its lines, and the requests to hand a unit over and to end a handover."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from ror.model.handover import Handover, Shift, until_words
from ror.model.rights import Account
from ror.model.territory import time_zone
from ror.services.availability import consult, handover
from ror.services.availability.consult import UnitRow
from ror.web import session

SHIFTS = [{"key": str(shift), "label": shift.label} for shift in Shift]
"""The lengths of a handover, as the browser lists them."""

_Text = Annotated[str, Field(max_length=200)]


class Give(BaseModel):
    """A request to hand a unit over; `receiver` is the id of a colleague."""

    action: Literal["give"]
    id: _Text
    unit: _Text
    receiver: _Text
    shift: Shift


class End(BaseModel):
    """A request to end the handover of a unit."""

    action: Literal["end"]
    id: _Text
    unit: _Text


@dataclass(frozen=True, slots=True)
class HandoverOffer:
    """What the browser shows of handovers: a part of each unit's data, and the colleagues (key, label) by legal entity."""

    units: dict[str, dict[str, Any]]
    colleagues: dict[str, list[dict[str, str]]]


def read(account: Account, rows: list[UnitRow], managers: dict[str, dict[str, str]]) -> HandoverOffer:
    """Read the handovers of the account's units; nobody hands a unit over to its `managers`, who hold it already."""
    now = datetime.now(UTC)
    own = {row["unit"]: row["legal_entity"] for row in rows if account.perimeter.owns(*_place(row))}
    handovers = handover.read(session.database(), account, [row["unit"] for row in rows], own.values(), now)
    units = {}
    for row in rows:
        unit = row["unit"]
        current = handovers.current.get(unit)
        units[unit] = {
            "legal_entity": row["legal_entity"],
            "may_hand_over": unit in own and current is None,
            "holders": list(managers.get(unit, {})),
            "handover": _shown(account, current, now, time_zone(row["department"])) if current else None,
        }
    colleagues = {
        entity: [{"key": person, "label": name} for person, name in people.items()]
        for entity, people in handovers.colleagues.items()
    }
    return HandoverOffer(units, colleagues)


def _place(row: UnitRow) -> tuple[str, str, str]:
    return row["unit"], row["finess"], row["legal_entity"]


def _shown(account: Account, current: Handover, now: datetime, zone: ZoneInfo) -> dict[str, str]:
    """Return the words of a line about a handover, and the label of the button that ends it ("" without the right)."""
    until = until_words(current.until, now, zone)
    if account.id == current.receiver:
        return {"words": f"Confiée par {current.giver_name} {until}", "end": "Rendre"}
    return {"words": f"Confiée à {current.receiver_name} {until}", "end": "Reprendre" if account.id == current.giver else ""}


def run(account: Account, request: Give | End, now: datetime) -> dict[str, Any]:
    """Run a request; return its answer for the browser."""
    db = session.database()
    if isinstance(request, Give):
        created = handover.give(db, account, request.unit, request.receiver, request.shift, now)
        until = until_words(created.until, now, time_zone(consult.department_of(db, request.unit)))
        words = f"Unité confiée à {created.receiver_name} {until}. Vous pouvez toujours la déclarer."
    else:
        ended = handover.end(db, account, request.unit, now)
        back = ended is not None and ended.receiver == account.id
        words = f"Unité rendue à {ended.giver_name}." if ended and back else "Cette unité n'est plus confiée."
    return {"id": request.id, "lines": [], "message": words, "refused": False}
