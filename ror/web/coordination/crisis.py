"""The section « Crise »: the events that are open, how far each one is, whom to call, and the reports of its rounds."""

import html
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from ror.exchange.situation_report import message_pdf
from ror.model import contact, french, tension
from ror.model.crisis import CrisisEvent, CrisisScope, deadline_words, rhythm_words
from ror.model.needs import published_needs
from ror.model.rights import Account, Action
from ror.model.territory import department_name
from ror.services.availability import consult
from ror.services.availability.consult import Board
from ror.services.coordination import crisis, crisis_report
from ror.services.coordination.crisis_progress import Progress, StructureProgress
from ror.services.coordination.crisis_report import RoundReport
from ror.services.region_time import instant_words, region_zone
from ror.web import address, live, session, tables, telephones, titles
from ror.web.coordination import crisis_form
from ror.web.forms import actions

EVENT = "evenement"
_SECTION = "crisis"
MAX_CALLS, MAX_NAMES = 60, 4
"""How many structures the list of calls has at most, and how many units of each it names; the report has them all."""


def render_crisis(account: Account) -> None:
    """Render the event of the address, or the events with the form that opens one."""
    db, now = session.database(), datetime.now(UTC)
    board = consult.current(db, account)
    events = crisis.all_events(db, account, now)
    live.listen(board.position, [live.EVERYTHING])
    actions.render_messages(_SECTION)
    chosen = next((event for event in events if event.id == st.query_params.get(EVENT)), None)
    if chosen is not None:
        _render_event(account, board, chosen, now)
        return
    opened = [event for event in events if event.is_open(now)]
    for event in opened[::-1]:
        _render_line(crisis.progress(db, event, now), now)
    if not opened:
        st.html("<p>Aucun événement en cours.</p>")
    with st.expander("Ouvrir un événement", icon=":material/add:", expanded=not opened):
        crisis_form.render(board, None, _opened)
    _render_past([event for event in events if not event.is_open(now)])


def _opened(event: CrisisEvent) -> None:
    actions.clear_messages(_SECTION)
    words = "ouvert. Les responsables concernés voient un bandeau, et les rappels suivent chaque tour."
    actions.succeed(_SECTION, f"{event.label} : {words}")
    address.step(**{EVENT: event.id})


def _changed(event: CrisisEvent) -> None:
    actions.clear_messages(_SECTION)
    actions.succeed(_SECTION, f"{event.label} : changements enregistrés.")


def _go(event_id: str) -> None:
    """Open an event, "" for the list, without the messages of the last action."""
    address.step(**{EVENT: event_id})
    actions.clear_messages(_SECTION)


def _render_line(progress: Progress, now: datetime) -> None:
    """Render an open event in the list: what it is, and how far its round is."""
    event = progress.event
    with st.container(border=True, key=f"event-line-{event.id}"):
        words, button = st.columns([5, 1], vertical_alignment="center")
        scope = html.escape(scope_words(event.scope))
        words.html(f"<p><b>{html.escape(event.label)}</b> · {_rhythm(event, now)}<br>{scope}</p>")
        words.html(_bar(progress, now))
        button.button("Suivre", key=f"follow-{event.id}", on_click=_go, args=(event.id,), width="stretch", type="primary")


def _render_past(events: Sequence[CrisisEvent]) -> None:
    if not events:
        return
    with st.expander(f"Événements terminés ({len(events)})", icon=":material/history:"):
        for event in events[:50]:
            label = f"{event.label}, du {instant_words(event.opened_at)} au {instant_words(event.until)}"
            st.button(label, key=f"past-{event.id}", type="tertiary", on_click=_go, args=(event.id,))


def _rhythm(event: CrisisEvent, now: datetime) -> str:
    end = "terminé le" if event.until <= now else "jusqu'au"
    return f"un nombre {rhythm_words(event.rhythm_hours)}, {end} {instant_words(event.until)}"


def scope_words(scope: CrisisScope) -> str:
    """Return a scope in words: « Paris, Seine-et-Marne ; 2 structures ; Réanimation », « toute la région »."""
    needs = published_needs()
    parts = [
        ", ".join(department_name(code) for code in scope.departments),
        french.count(len(scope.structures), "structure") if scope.structures else "",
        ", ".join(needs[code].label for code in scope.needs if code in needs),
    ]
    if not (scope.departments or scope.structures):
        parts[0] = "toute la région"
    return " ; ".join(part for part in parts if part)


def _bar(progress: Progress, now: datetime) -> str:
    """Return the HTML of the progress of a round: its words, and a bar of one neutral hue."""
    current = progress.round
    end = (
        "" if progress.event.until <= now else f", tour à rendre avant <b>{deadline_words(current.end, now, region_zone())}</b>"
    )
    answered = f"{french.count(progress.answered, 'unité')} sur {french.number(progress.expected)}"
    words = f"<b>{answered}</b> {'ont' if progress.answered > 1 else 'a'} répondu{end}"
    value = f'value="{progress.answered}" max="{max(progress.expected, 1)}"'
    return f'<p class="ror-round"><progress {value} aria-label="Réponses du tour"></progress> {words}</p>'


def _render_event(account: Account, board: Board, event: CrisisEvent, now: datetime) -> None:
    st.button("Tous les événements", icon=":material/arrow_back:", key="crisis-back", type="tertiary", on_click=_go, args=("",))
    progress = crisis.progress(session.database(), event, now)
    titles.show(event.label, "Crise")
    st.html(
        f'<section class="ror-event"><h2>{html.escape(event.label)}</h2>'
        f"<p>{_rhythm(event, now).capitalize()} · {html.escape(scope_words(event.scope))}</p>{_bar(progress, now)}</section>"
    )
    if event.is_open(now):
        _render_calls(progress)
        with st.expander("Modifier ou prolonger", icon=":material/edit:"):
            crisis_form.render(board, event, _changed)
        actions.render_confirmed_button(
            _SECTION,
            f"close-{event.id}",
            ("Terminer l'événement", ":material/check_circle:"),
            "Les délais habituels reprennent aussitôt, et le bandeau disparaît chez les responsables. Terminer maintenant ?",
            "Oui, terminer",
            lambda: _close(event),
        )
    _render_reports(account, progress, now)


def _close(event: CrisisEvent) -> None:
    crisis_form.discard(event)
    actions.run_in_section(
        _SECTION,
        lambda account, now: crisis.close_event(session.database(), account, event.id, now),
        f"{event.label} : terminé.",
    )


def _render_calls(progress: Progress) -> None:
    """Render the structures with units that have not answered, with whom to call."""
    late = progress.late
    if not late:
        st.success("Toutes les unités ont répondu à ce tour.", icon=":material/check_circle:")
        return
    more = f"<p>... et {len(late) - MAX_CALLS} autres structures, dans le rapport.</p>" if len(late) > MAX_CALLS else ""
    lines = "".join(map(_call_line, late[:MAX_CALLS]))
    st.html(
        f"<h3>{french.count(len(late), 'structure')} à relancer</h3>"
        '<div class="ror-scroll ror-missing" tabindex="0" role="region" aria-label="Structures à relancer">'
        '<table class="ror-table" aria-label="Structures à relancer"><thead><tr><th scope="col">Structure</th>'
        '<th scope="col">Répondu</th><th scope="col">Sans réponse</th><th scope="col">Téléphone</th></tr>'
        f"</thead><tbody>{lines}</tbody></table></div>{more}"
    )


def _call_line(one: StructureProgress) -> str:
    level = f" · {html.escape(tension.words(one.tension))}" if one.tension else ""
    cells = (
        f"<b>{html.escape(one.structure)}</b><br><small>{html.escape(one.commune)}{level}</small>",
        f"{one.answered} / {one.expected}",
        html.escape(_missing_words(one.missing)),
        telephones.lines(contact.of_structure(one.bed_telephone, one.telephone)),
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _missing_words(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" et {french.count(more, 'autre')}" if more > 0 else "")


def _render_reports(account: Account, progress: Progress, now: datetime) -> None:
    """Render the report of the chosen round and the table of all rounds, with their files."""
    event, db = progress.event, session.database()
    rounds = crisis.event_rounds(db, event.id, now)
    labels = {str(one.number): f"Tour {one.number}, {crisis_report.period_words(one)}" for one in reversed(rounds)}
    st.header("Rapports")
    chosen = st.selectbox(
        "Ce qui était connu à la fin du",
        list(labels),
        format_func=labels.__getitem__,
        key=f"round-{event.id}",
        width=360,
        placeholder="Choisir un tour",
    )
    number = int(chosen or rounds[-1].number)
    if event.is_open(now) and number == rounds[-1].number:
        # The round is not over: its report is the progress rendered above.
        report = RoundReport(replace(progress, round=rounds[-1]), now)
    else:
        report = crisis_report.round_report(db, account, event.id, number, now)
    _render_round(event, report)
    with st.expander("Tous les tours", icon=":material/table_rows:", key=f"rounds-{event.id}", on_change="rerun") as part:
        pass
    if part.open:
        with part:
            reports = crisis_report.last_rounds(db, account, event.id, now)
            file = tables.Download("crise-tours", f"{event.label}, tour par tour", at=now)
            table = crisis_report.rounds_table(reports)
            tables.render(table, "crise-tours", file=file, height=tables.full_height(reports))


def _render_round(event: CrisisEvent, report: RoundReport) -> None:
    number = report.progress.round.number
    table = crisis_report.structures_table(report)
    file = tables.Download(f"crise-tour-{number}", report.title, at=report.at, criteria=crisis_report.facts(report))
    tables.render(table, f"crise-{number}", file=file, height=tables.full_height(report.progress.structures, 10))
    if session.allows(Action.EXPORT):
        db = session.database()
        st.download_button(
            "Rapport du tour (PDF)",
            session.deferred_file(
                lambda account: crisis_report.pdf(db, account, event.id, number, datetime.now(UTC)), message_pdf
            ),
            f"{tables.file_name(f'crise-tour-{number}')}.pdf",
            "application/pdf",
            key="crisis-pdf",
            icon=":material/picture_as_pdf:",
            on_click="ignore",
        )
