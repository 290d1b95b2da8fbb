"""Telephones to click, in HTML: bed management first, each labelled with its owner."""

import html
from collections.abc import Sequence
from typing import Any

from ror.model import contact
from ror.model.contact import Contact
from ror.model.french import phone
from ror.model.telephone import telephone_uri
from ror.services.availability.consult import UnitRow


def of_unit(row: UnitRow) -> tuple[Contact, ...]:
    """Return whom to call for a unit of the board."""
    return contact.of_unit(row["bed_telephone"], row["telephone"], row["structure_bed_telephone"], row["structure_telephone"])


def lines(contacts: Sequence[Contact]) -> str:
    """Return the HTML of telephones to click, one a line; each dials its first number."""
    return f'<span class="ror-calls">{"".join(map(_call, contacts))}</span>' if contacts else ""


def _call(one: Contact) -> str:
    label = f"{one.label} " if one.label else ""
    words, uri = html.escape(f"{label}{phone(one.telephone)}"), telephone_uri(one.telephone)
    return f'<a class="ror-call" href="{html.escape(uri)}">☎ {words}</a>' if uri else f"<span>{words}</span>"


def links(contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    """Return the telephones of a row of answers, as texts: label, telephone and the link that dials it."""
    calls = [{"label": one.label, "telephone": phone(one.telephone), "uri": telephone_uri(one.telephone)} for one in contacts]
    return [call for call in calls if call["uri"]]
