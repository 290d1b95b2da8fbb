"""Render how likely numbers still hold, beside their age: « encore vrai à 86 % », « au moins un : 97 % »."""

import html

from ror.model.nomenclature import CapacityType
from ror.model.trust.still_true import Chance, StillTrue
from ror.web.screens import SCREENS

EXPLANATION = "comment-on-le-sait"
"""The address of the screen that explains where these numbers come from."""

_MEANING = (
    "« Encore vrai », « au moins un » : probabilités, avec leur intervalle à 80\u00a0%, d'après ce que l'on a constaté ensuite "
    "dans cette unité et dans celles qui lui ressemblent."
)


def row(chances: StillTrue, capacity: CapacityType) -> list[dict[str, str]]:
    """Return the probabilities of a number for a row of answers: texts, with their intervals as `help`."""
    return [{"text": text, "help": chance.interval} for text, chance in chances.claims(capacity)]


def lines(chances: StillTrue, capacity: CapacityType) -> str:
    """Return the HTML of the probabilities of a number for a sheet, with their intervals; "" when none is known."""
    return "".join(
        f'<br><small class="ror-trust">{html.escape(text)}{html.escape(_interval(chance))}</small>'
        for text, chance in chances.claims(capacity)
    )


def _interval(chance: Chance) -> str:
    return f" ({chance.interval})" if chance.interval != chance.words else ""


def explanation(chances: list[StillTrue]) -> str:
    """Return the HTML that says what probabilities mean and links to how they are computed; "" when none is known."""
    if not any(one.same or one.any_left for one in chances):
        return ""
    exists = any(screen.address == EXPLANATION for screen in SCREENS)
    link = f' <a href="/{EXPLANATION}" target="_self">Comment on le sait</a>' if exists else ""
    return f'<p class="ror-trust-note">{_MEANING}{link}</p>'
