"""The pages of the links of a mail: to confirm that nothing changed, and to stop the mails.

A GET only reads, since the scanners of mail servers open every link; the button is a POST. No session is read nor opened.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ror.errors import NotFound, RorError, SignInFailed
from ror.model.capacity import STATUS_WORDS, Counts
from ror.model.count_parts import parts_words
from ror.model.french import count
from ror.model.freshness import age_words
from ror.model.nomenclature import CapacityType
from ror.services import journal
from ror.services.reminders import confirm_link, preferences, signed_link
from ror.services.reminders.confirm_link import Confirmed, ShownUnit
from ror.services.reminders.message import SHEET
from ror.services.reminders.signed_link import LinkKind
from ror.store.engine.database import open_database
from ror.web.server import plain_page, policy

_ACCOUNT = "/mon-compte"
_CONFIRM, _STOP = "Confirmer vos nombres", "Ne plus recevoir les rappels"


async def confirm(request: Request) -> Response:
    """Show the numbers of a mail with one button; its press confirms them."""
    if request.method == "POST":
        return await _answer(request, _CONFIRM, _confirmed)
    return await _answer(request, _CONFIRM, _confirmable)


async def stop(request: Request) -> Response:
    """Ask whether the mails shall stop; the press, also that of a mail program in one click (RFC 8058), stops them."""
    if request.method == "POST":
        return await _answer(request, _STOP, _stopped)
    return await _answer(request, _STOP, _stoppable)


async def _answer(request: Request, title: str, body: Callable[[str, datetime], str]) -> Response:
    """Return the page with the body for the token of the request, or with the sentence of its refusal."""
    journal.acting_from(request.client.host if request.client else "")
    try:
        return plain_page.response(title, await run_in_threadpool(body, request.path_params["token"], datetime.now(UTC)))
    except RorError as error:
        status = 404 if isinstance(error, NotFound) else 429 if isinstance(error, SignInFailed) else 403
        refusal = plain_page.sentence(error.user_message, "refused")
        return plain_page.response(title, refusal + plain_page.link(SHEET, "Ouvrir la feuille de mes unités"), status)


def _confirmable(token: str, now: datetime) -> str:
    account, units = confirm_link.read(open_database(), token, now)
    ready = sum(not unit.refusal for unit in units)
    who = f"<p>Compte de <b>{escape(account.name)}</b>. Rien n'est enregistré tant que vous n'avez pas pressé le bouton.</p>"
    if not ready:
        words = "Aucun de ces nombres ne peut être confirmé d'ici : ouvrez la feuille de vos unités."
        return who + _listed(units, now) + plain_page.sentence(words, "refused") + _to_sheet()
    button = plain_page.form(f"Rien n'a changé : confirmer {count(ready, 'unité')}")
    return who + _listed(units, now) + button + _to_sheet("Un nombre a changé ? Ouvrir la feuille")


def _confirmed(token: str, now: datetime) -> str:
    done = confirm_link.confirm(open_database(), token, now)
    return plain_page.sentence(_outcome(done), "done" if done.count else "refused") + _listed(done.units, now) + _to_sheet()


def _outcome(done: Confirmed) -> str:
    left = len(done.units) - done.count
    words = f"{count(done.count, 'unité')} {'confirmées' if done.count > 1 else 'confirmée'} à l'instant"
    if not done.count:
        return "Aucune unité n'a été confirmée : chacune dit pourquoi."
    return f"{words}, {left} {'laissées telles quelles' if left > 1 else 'laissée telle quelle'}." if left else f"{words}."


def _to_sheet(label: str = "Ouvrir la feuille de mes unités") -> str:
    return plain_page.link(SHEET, label)


def _listed(units: Sequence[ShownUnit], now: datetime) -> str:
    return f"<ul>{''.join(_unit(unit, now) for unit in units)}</ul>"


def _unit(unit: ShownUnit, now: datetime) -> str:
    title = f"<b>{escape(unit.name)}</b><br><small>{escape(unit.structure)}</small>"
    if unit.refusal or unit.last is None:
        return f"<li>{title}{plain_page.sentence(unit.refusal, 'refused')}</li>"
    last = unit.last
    age = age_words(now - last.observed_at if last.observed_at else None)
    number = f'<span class="number">{escape(_available(unit.capacity, last.counts))}</span>, {escape(age)}'
    comment = f"<p>« {escape(last.comment)} »</p>" if last.comment else ""
    return f"<li>{title}<p>{number}</p>{_details(last.counts)}{comment}</li>"


def _available(capacity: CapacityType, counts: Counts) -> str:
    number = counts.available or 0
    return f"{capacity.of(number)} disponible{'s' if number > 1 else ''}"


def _details(counts: Counts) -> str:
    """Return the other numbers and the parts that a confirmation repeats, if there are any."""
    words = []
    for status, number in counts.by_status().items():
        parts = parts_words(counts.parts, status)
        if number is not None and status != "available":
            words.append(f"{number} {STATUS_WORDS[status]}{'s' if number > 1 else ''}{f' ({parts})' if parts else ''}")
        elif parts:
            words.append(f"dont {parts}")
    return f"<p><small>{escape(', '.join(words))}</small></p>" if words else ""


def _stoppable(token: str, now: datetime) -> str:
    account = preferences.account_of_stop_link(open_database(), token, now)
    return (
        f"<p>Compte de <b>{escape(account.name)}</b>.</p>"
        "<p>Vous ne recevrez plus de courriel quand une unité attend une mise à jour. Vos unités restent à mettre à jour.</p>"
        f"{plain_page.form('Ne plus recevoir ces rappels')}"
        f"{plain_page.link(_ACCOUNT, 'Choisir plutôt un jour et une heure')}"
    )


def _stopped(token: str, now: datetime) -> str:
    preferences.stop_by_link(open_database(), token, now)
    words = "C'est fait : vous ne recevrez plus de rappel. Pour en recevoir de nouveau, ouvrez « Mon compte »."
    return plain_page.sentence(words, "done") + plain_page.link(_ACCOUNT, "Ouvrir « Mon compte »")


async def unknown(_: Request) -> Response:
    """Answer that there is no page at another address of this folder, in place of Streamlit's page for any address."""
    refusal = plain_page.sentence(signed_link.invalid_link_error().user_message, "refused")
    return plain_page.response("Adresse inconnue", refusal, 404)


ROUTES = [
    Route(f"{policy.PLAIN}{LinkKind.CONFIRM}/{{token}}", confirm, methods=["GET", "POST"]),
    Route(f"{policy.PLAIN}{LinkKind.STOP}/{{token}}", stop, methods=["GET", "POST"]),
    Route(f"{policy.PLAIN}{{other:path}}", unknown),
]
