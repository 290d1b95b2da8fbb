"""The tables of reminders: the preferences of managers, and the mails with the units and positions that they showed.

The texts of the mails are not stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from ror.model.reminder import Line, Preference, Rhythm
from ror.model.sending import MailState, SendingAttempt
from ror.store.engine.database import BATCH, Cursor, Transaction

CLOCKS = timedelta(days=1)
"""A mail dated further in the future was written while the clock was wrong, and does not count."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail. `positions` has the last position of each of its units when it was sent (0: never declared), by unit.

    `generation` is `Account.generation` at that time. `confirmed` is the number of units that its link confirmed.
    """

    id: str
    account: str
    generation: int
    claimed_at: datetime
    tried_at: datetime
    state: MailState
    tries: int
    used_at: datetime | None
    confirmed: int | None
    revoked_at: datetime | None
    positions: dict[str, int]


def preferences(cursor: Cursor) -> dict[str, Preference]:
    """Return the preferences that managers chose, by account."""
    rows = cursor.execute("SELECT account, rhythm, weekday, hour, changed_at FROM reminder_preference").to_arrow_table(BATCH)
    return {row.pop("account"): Preference(Rhythm(row.pop("rhythm")), **row) for row in rows.to_pylist()}


def preference(cursor: Cursor, account: str) -> Preference:
    """Return the preference of an account, the default one when it chose none."""
    rows = cursor.execute(
        "SELECT rhythm, weekday, hour, changed_at FROM reminder_preference WHERE account = ?", [account]
    ).to_arrow_table(BATCH)
    return next((Preference(Rhythm(one.pop("rhythm")), **one) for one in rows.to_pylist()), Preference())


def set_preference(transaction: Transaction, account: str, chosen: Preference, now: datetime, *, by_link: bool) -> None:
    """Write the preference of an account; `by_link` is whether the link of a mail stopped its reminders."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM reminder_preference WHERE account = ?", [account])
    cursor.execute(
        "INSERT INTO reminder_preference VALUES (?, ?, ?, ?, ?, ?)",
        [account, str(chosen.rhythm), chosen.weekday, chosen.hour, now, by_link],
    )


def stopped(cursor: Cursor) -> pa.Table:
    """Return the accounts that want no reminder, newest choice first. Columns: account, name, changed_at, by_link."""
    return cursor.execute(
        """
        SELECT account, name, changed_at, by_link
        FROM reminder_preference JOIN account ON account.id = reminder_preference.account
        WHERE rhythm = ? ORDER BY changed_at DESC, account
        """,
        [str(Rhythm.OFF)],
    ).to_arrow_table(BATCH)


def last_mails(cursor: Cursor, since: datetime, now: datetime, account: str = "") -> dict[str, SendingAttempt]:
    """Return the last mail since an instant to each account, or to one of them, by account."""
    rows = cursor.execute(
        """
        SELECT account, id, claimed_at AS at, state, tries, tried_at FROM reminder
        WHERE claimed_at >= $since AND claimed_at <= $until AND ($account = '' OR account = $account)
        QUALIFY row_number() OVER (PARTITION BY account ORDER BY claimed_at DESC, id) = 1
        """,
        {"since": since, "until": now + CLOCKS, "account": account},
    ).to_arrow_table(BATCH)
    return {row.pop("account"): SendingAttempt(**row | {"state": MailState(row["state"])}) for row in rows.to_pylist()}


def claim(transaction: Transaction, mail_id: str, account: str, generation: int, lines: Sequence[Line], now: datetime) -> None:
    """Write that a mail is about to be sent, and void the links of the earlier mails to the account."""
    revoke_all(transaction, account, now)
    cursor = transaction.cursor
    cursor.execute(
        "INSERT INTO reminder (id, account, generation, claimed_at, state, tries, tried_at) VALUES (?, ?, ?, ?, ?, 1, ?)",
        [mail_id, account, generation, now, str(MailState.CLAIMED), now],
    )
    _write_units(cursor, mail_id, lines)


def claim_again(transaction: Transaction, mail_id: str, generation: int, lines: Sequence[Line], now: datetime) -> None:
    """Write that a refused mail is about to be sent again, with its units of now."""
    cursor = transaction.cursor
    cursor.execute(
        "UPDATE reminder SET state = ?, tries = tries + 1, tried_at = ?, generation = ? WHERE id = ?",
        [str(MailState.CLAIMED), now, generation, mail_id],
    )
    cursor.execute("DELETE FROM reminder_unit WHERE reminder = ?", [mail_id])
    _write_units(cursor, mail_id, lines)


def _write_units(cursor: Cursor, mail_id: str, lines: Sequence[Line]) -> None:
    rows = [
        {"reminder": mail_id, "unit": line.unit.unit, "position": line.unit.position, "absent": line.absent} for line in lines
    ]
    cursor.register("reminder_lines", pa.Table.from_pylist(rows))
    cursor.execute("INSERT INTO reminder_unit BY NAME SELECT * FROM reminder_lines")
    cursor.unregister("reminder_lines")


def set_state(transaction: Transaction, mail_id: str, state: MailState) -> None:
    """Write the state of a mail."""
    transaction.cursor.execute("UPDATE reminder SET state = ? WHERE id = ?", [str(state), mail_id])


def mail(cursor: Cursor, mail_id: str) -> Mail | None:
    """Return a mail, None when there is none of this id."""
    table = cursor.execute(
        """
        SELECT id, account, generation, claimed_at, tried_at, state, tries, used_at, confirmed, revoked_at
        FROM reminder WHERE id = ?
        """,
        [mail_id],
    ).to_arrow_table(BATCH)
    units = cursor.execute("SELECT unit, position FROM reminder_unit WHERE reminder = ? ORDER BY unit", [mail_id]).fetchall()
    for row in table.to_pylist():
        return Mail(**row | {"state": MailState(row["state"]), "positions": dict(units)})
    return None


def last_of(cursor: Cursor, account: str) -> Mail | None:
    """Return the last mail to an account, None without any."""
    row = cursor.execute("SELECT id FROM reminder WHERE account = ? ORDER BY claimed_at DESC, id LIMIT 1", [account]).fetchone()
    return mail(cursor, row[0]) if row else None


def use(transaction: Transaction, mail_id: str, confirmed: int, now: datetime) -> None:
    """Write that the link of a mail was used, and how many units it confirmed."""
    transaction.cursor.execute("UPDATE reminder SET used_at = ?, confirmed = ? WHERE id = ?", [now, confirmed, mail_id])


def revoke_all(transaction: Transaction, account: str, now: datetime) -> None:
    """Void the links of the mails to an account."""
    transaction.cursor.execute("UPDATE reminder SET revoked_at = ? WHERE account = ? AND revoked_at IS NULL", [now, account])


def revoke(transaction: Transaction, mail_id: str, now: datetime) -> None:
    """Void the link of a mail."""
    transaction.cursor.execute("UPDATE reminder SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", [now, mail_id])


def newest(cursor: Cursor, limit: int) -> pa.Table:
    """Return at most `limit` mails, newest first.

    Columns: id, account, name, claimed_at, tried_at, state, tries, used_at, confirmed, revoked_at.
    """
    return cursor.execute(
        """
        SELECT reminder.id, reminder.account, coalesce(name, '') AS name, claimed_at, tried_at, state, tries,
               used_at, confirmed, revoked_at
        FROM reminder LEFT JOIN account ON account.id = reminder.account
        ORDER BY claimed_at DESC, reminder.id LIMIT ?
        """,
        [limit],
    ).to_arrow_table(BATCH)


def positions(cursor: Cursor, mails: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return by mail its units, with the positions that it showed."""
    rows = cursor.execute(
        "SELECT reminder, unit, position FROM reminder_unit WHERE list_contains(?, reminder)", [list(mails)]
    ).fetchall()
    by_mail: dict[str, dict[str, int]] = {}
    for mail_id, unit, position in rows:
        by_mail.setdefault(mail_id, {})[unit] = position
    return by_mail


def erase(transaction: Transaction, account: str) -> None:
    """Erase the preference of an account, the mails to it, and its id as the absent manager in mails to deputies."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM reminder_preference WHERE account = ?", [account])
    cursor.execute("DELETE FROM reminder_unit WHERE reminder IN (SELECT id FROM reminder WHERE account = ?)", [account])
    cursor.execute("DELETE FROM reminder WHERE account = ?", [account])
    cursor.execute("UPDATE reminder_unit SET absent = '' WHERE absent = ?", [account])


def delete_before(transaction: Transaction, before: datetime) -> None:
    """Delete the mails before an instant."""
    cursor = transaction.cursor
    cursor.execute("DELETE FROM reminder_unit WHERE reminder IN (SELECT id FROM reminder WHERE claimed_at < ?)", [before])
    cursor.execute("DELETE FROM reminder WHERE claimed_at < ?", [before])
