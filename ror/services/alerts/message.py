"""The mail of alerts that rang, as text and as HTML: the condition, the first units, the address of the question."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from ror.model.alert import Alert
from ror.model.french import count
from ror.model.freshness import age_words
from ror.services.availability.answers import Answer
from ror.services.mail import Message
from ror.settings import public_address, settings

MAX_UNITS = 5
"""Units named for each alert; the page of the question has them all."""

OWN = "/alertes"

Found = Sequence[tuple[Alert, Sequence[Answer]]]


def write(found: Found, now: datetime) -> Message:
    """Return the mail about alerts, each with the first units that answer it, without their comments and names of people."""
    title = f"alerte « {found[0][0].name} »" if len(found) == 1 else count(len(found), "alerte")
    return Message(f"{settings().service_name} : {title}", _text(found, now), _html(title, found, now))


def _state(alert: Alert) -> str:
    return f"Vous vouliez le savoir {alert.condition.words} : c'est le cas, {alert.condition.value_words(alert.value)}."


def _unit(answer: Answer, now: datetime) -> str:
    number = answer.capacity_type.of(answer.available or 0)
    age = age_words(now - answer.observed_at if answer.observed_at else None)
    return f"{answer.structure}, {answer.name} : {number}, {age}"


_OWN = "Mettre une alerte en sourdine, choisir des heures de silence ou arrêter ces courriels : « Mes alertes »"


def _text(found: Found, now: datetime) -> str:
    parts = ["Bonjour,\n"]
    for alert, units in found:
        parts.append("\n".join([alert.name, _state(alert), *(f"- {_unit(one, now)}" for one in units)]))
        parts.append(f"Voir : {public_address(alert.address)}\n")
    parts.append(f"{_OWN} :\n{public_address(OWN)}\n")
    return "\n".join((*parts, f"Support : {settings().support_telephone}, {settings().support_hours}\n"))


_FONT = "font-family:Arial,Helvetica,sans-serif;color:#1c2733"
_LINK = "color:#0b5394"


def _html(title: str, found: Found, now: datetime) -> str:
    body = []
    for alert, units in found:
        lines = "".join(f"<li>{escape(_unit(one, now))}</li>" for one in units)
        body.append(
            f'<h2 style="font-size:18px;margin:20px 0 4px">{escape(alert.name)}</h2><p>{escape(_state(alert))}</p>'
            f"{f'<ul>{lines}</ul>' if lines else ''}"
            f'<p><a href="{escape(public_address(alert.address))}" style="{_LINK}">Voir les unités</a></p>'
        )
    config = settings()
    return (
        f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f'<body style="margin:0;padding:16px;background:#ffffff;{_FONT};font-size:16px;line-height:1.45">'
        f"<p>Bonjour,</p>{''.join(body)}"
        f'<p style="font-size:14px;color:#4a5763">{escape(_OWN)} : '
        f'<a href="{escape(public_address(OWN))}" style="{_LINK}">ouvrir</a>.<br>'
        f"Support : {escape(config.support_telephone)}, {escape(config.support_hours)}</p></body></html>"
    )
