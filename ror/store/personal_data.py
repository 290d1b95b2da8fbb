"""Read all data stored about one account, and erase its sessions."""

from typing import Any

from ror.store.engine.database import BATCH, Cursor, Transaction

_QUERIES = {
    "sessions": "SELECT opened_at, seen_at, closed_at, narrowing FROM session WHERE account = $account ORDER BY opened_at",
    "addresses": "SELECT address, seen_at, signed_in_at FROM origin WHERE account = $account ORDER BY seen_at",
    "links": "SELECT made_at FROM one_time_link WHERE account = $account ORDER BY made_at",
    "invitations": "SELECT made_at, delivery FROM invitation WHERE account = $account",
    "first_sign_in": "SELECT first_signed_in_at FROM account WHERE id = $account",
    # The address is exported only for acts of the account itself and attempts on it: other addresses are somebody else's data.
    "journal": """
        SELECT journal.number, journal.happened_at, journal.act, journal.outcome, journal.actor = $account AS own,
               journal.actor = '' AS nobody, journal.subject, journal.before, journal.after, origin.address
        FROM journal
        LEFT JOIN origin ON origin.id = journal.origin AND origin.account = $account
        WHERE journal.actor = $account OR journal.subject = 'account:' || $account
        ORDER BY journal.number
    """,
    "declarations": """
        SELECT declaration.recorded_at, declaration.kind, coalesce(declaration.channel, '') AS channel, declaration.unit,
               coalesce(unit.name, '') AS name,
               declaration.available, coalesce(declaration.parts, '') AS parts, declaration.comment, declaration.masked
        FROM declaration LEFT JOIN unit ON unit.id = declaration.unit
        WHERE declaration.account = $account AND declaration.kind <> 'masked'
        ORDER BY declaration.position
    """,
    "feedback": """
        SELECT feedback.recorded_at, feedback.unit, coalesce(unit.name, '') AS name, feedback.about, feedback.kind,
               feedback.other, feedback.word, feedback.masked, feedback.channel
        FROM feedback LEFT JOIN unit ON unit.id = feedback.unit
        WHERE feedback.account = $account
        QUALIFY row_number() OVER (
            PARTITION BY feedback.unit, temporality, about, feedback.kind, recorded_at ORDER BY position
        ) = 1
        ORDER BY feedback.position
    """,
    "handovers": """
        SELECT handover.unit, coalesce(unit.name, '') AS name, handover.giver = $account AS given,
               handover.given_at, handover.until, handover.ended_at
        FROM handover LEFT JOIN unit ON unit.id = handover.unit
        WHERE handover.giver = $account OR handover.receiver = $account
        ORDER BY handover.given_at
    """,
    "reminder_preference": """
        SELECT rhythm, weekday, hour, changed_at, by_link FROM reminder_preference WHERE account = $account
    """,
    "reminders": """
        SELECT claimed_at, state, tries, used_at, confirmed, revoked_at,
               coalesce(list(unit ORDER BY unit) FILTER (unit IS NOT NULL), []) AS units
        FROM reminder LEFT JOIN reminder_unit ON reminder_unit.reminder = reminder.id
        WHERE reminder.account = $account
        GROUP BY reminder.id, claimed_at, state, tries, used_at, confirmed, revoked_at
        ORDER BY claimed_at
    """,
    "deputyships": """
        SELECT account = $account AS absent, first_day, last_day, instead, named_at, ended_at
        FROM deputyship WHERE account = $account OR deputy = $account
        ORDER BY named_at
    """,
    "calls": """
        SELECT happened_at, kind, unit, available, call_back_at, note, masked, account = $account AS own
        FROM round_call WHERE account = $account OR assignee = $account
        ORDER BY number
    """,
    "corrections": "SELECT recorded_at, unit, available FROM correction WHERE account = $account ORDER BY number",
    "report_subscription": "SELECT subscribed_at FROM daily_report_subscriber WHERE account = $account",
    "report_mails": """
        SELECT daily_report.created_at, delivery.state, delivery.tries, delivery.tried_at
        FROM daily_report_delivery AS delivery JOIN daily_report ON daily_report.id = delivery.report
        WHERE delivery.account = $account
        ORDER BY daily_report.created_at
    """,
    "alert_preference": """
        SELECT sound AS son, quiet_from AS silence_des, quiet_until AS silence_jusqu_a FROM alert_preference
        WHERE account = $account
    """,
    "alerts": """
        SELECT name, address, condition, by_mail, created_at, holds, changed_at, muted_until, paused
        FROM alert WHERE account = $account ORDER BY created_at, id
    """,
    "alert_ringings": """
        SELECT coalesce(alert.name, '') AS name, rang_at, ringing.value, mail, acknowledged_at
        FROM alert_ringing AS ringing LEFT JOIN alert ON alert.id = ringing.alert
        WHERE ringing.account = $account ORDER BY number
    """,
    "displays": "SELECT id, name, created_at, expires_at FROM display WHERE created_by = $account ORDER BY created_at",
    "perimeter": """
        SELECT entry.kind, entry.key, coalesce(legal_entity.name, structure.name, unit.name, '') AS name,
               coalesce(parent.name, '') AS structure
        FROM account_perimeter AS entry
        LEFT JOIN legal_entity ON entry.kind = 'legal_entity' AND legal_entity.finess = entry.key
        LEFT JOIN structure ON entry.kind = 'structure' AND structure.finess = entry.key
        LEFT JOIN unit ON entry.kind = 'unit' AND unit.id = entry.key
        LEFT JOIN structure AS parent ON parent.finess = unit.structure
        WHERE entry.account = $account
        ORDER BY entry.kind, name, entry.key
    """,
}


def read(cursor: Cursor, kind: str, account: str) -> list[dict[str, Any]]:
    """Return the data of a kind stored about an account, oldest first; instants in UTC.

    `kind` is one of:

    - sessions: opened_at, seen_at, closed_at, narrowing (JSON, of single sign-on)
    - addresses: address, seen_at, signed_in_at
    - links: made_at
    - invitations: made_at, delivery
    - first_sign_in: first_signed_in_at
    - journal: number, happened_at, act, outcome, own, nobody, subject, before, after, address
    - declarations: recorded_at, kind, channel, unit, name, available, parts, comment, masked
    - feedback: recorded_at, unit, name, about, kind, other, word, masked, channel
    - handovers: unit, name, given (else received), given_at, until, ended_at
    - reminder_preference: rhythm, weekday, hour, changed_at, by_link
    - reminders: claimed_at, state, tries, used_at, confirmed, revoked_at, units
    - deputyships: absent (else deputy), first_day, last_day, instead, named_at, ended_at
    - calls: happened_at, kind, unit, available, call_back_at, note, masked, own (else given to the account)
    - corrections: recorded_at, unit, available
    - report_subscription: subscribed_at
    - report_mails: created_at (of the report), state, tries, tried_at
    - alert_preference: son, silence_des, silence_jusqu_a
    - alerts: name, address, condition (JSON), by_mail, created_at, holds, changed_at, muted_until, paused
    - alert_ringings: name, rang_at, value, mail, acknowledged_at
    - displays: id, name, created_at, expires_at
    - perimeter: kind, key, name, structure (of a unit)
    """
    rows: list[dict[str, Any]] = cursor.execute(_QUERIES[kind], {"account": account}).to_arrow_table(BATCH).to_pylist()
    return rows


def erase_sessions(transaction: Transaction, account: str) -> None:
    """Erase the sessions of an account, open or closed, and the date of the first one."""
    transaction.cursor.execute("DELETE FROM session WHERE account = ?", [account])
    transaction.cursor.execute("UPDATE account SET first_signed_in_at = NULL WHERE id = ?", [account])
