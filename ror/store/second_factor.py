"""The second factor of accounts: the encrypted secret, the last code used, the recovery codes."""

from collections.abc import Sequence

from ror.store.engine.database import Cursor, Transaction


def set_up(transaction: Transaction, account: str, encrypted_secret: str, step: int, code_hashes: Sequence[str]) -> None:
    """Write a second factor, replacing any previous one; `step` is the time step of the code that proved it."""
    remove(transaction, account)
    transaction.cursor.execute("INSERT INTO second_factor VALUES (?, ?, ?)", [account, encrypted_secret, step])
    renew_codes(transaction, account, code_hashes)


def get(cursor: Cursor, account: str) -> tuple[str, int] | None:
    """Return the encrypted secret and the time step of the last code used, None without a second factor."""
    row = cursor.execute("SELECT sealed_secret, last_step FROM second_factor WHERE account = ?", [account]).fetchone()
    return (row[0], row[1]) if row else None


def set_last_step(transaction: Transaction, account: str, step: int) -> None:
    """Store the time step of the code just used, so that it cannot be used again."""
    transaction.cursor.execute("UPDATE second_factor SET last_step = ? WHERE account = ?", [step, account])


def use_recovery_code(transaction: Transaction, account: str, code_hash: str) -> bool:
    """Use up a recovery code; return False when the account does not have it, or has used it already."""
    row = transaction.cursor.execute(
        "SELECT 1 FROM recovery_code WHERE account = ? AND code_hash = ?", [account, code_hash]
    ).fetchone()
    transaction.cursor.execute("DELETE FROM recovery_code WHERE account = ? AND code_hash = ?", [account, code_hash])
    return row is not None


def codes_left(cursor: Cursor, account: str) -> int:
    """Return the number of recovery codes not used yet."""
    row = cursor.execute("SELECT count(*) FROM recovery_code WHERE account = ?", [account]).fetchone()
    return int(row[0]) if row else 0


def renew_codes(transaction: Transaction, account: str, code_hashes: Sequence[str]) -> None:
    """Replace the recovery codes."""
    transaction.cursor.execute("DELETE FROM recovery_code WHERE account = ?", [account])
    for code_hash in code_hashes:
        transaction.cursor.execute("INSERT INTO recovery_code VALUES (?, ?)", [account, code_hash])


def remove(transaction: Transaction, account: str) -> None:
    """Delete the second factor and the recovery codes."""
    transaction.cursor.execute("DELETE FROM second_factor WHERE account = ?", [account])
    transaction.cursor.execute("DELETE FROM recovery_code WHERE account = ?", [account])
