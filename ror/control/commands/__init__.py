"""The commands of the command line that need the database, by name: the same inside the server and without one.

They pass no account (None) to the services: a person who may run a command on the machine of the service may do everything.
"""

from ror.control.commands import accounts, daily_reports, database, exports, imports, journal, reminders, tokens, trust
from ror.control.context import Command

COMMANDS: dict[str, Command] = {
    "account check": accounts.check,
    "account create": accounts.create,
    "account link": accounts.link,
    "account list": accounts.list_accounts,
    "account reset-second-factor": accounts.reset_second_factor,
    "backup": database.back_up,
    "demo": database.demo,
    "export": exports.export,
    "import accounts": imports.accounts,
    "import declarations": imports.declarations,
    "import finess": imports.finess,
    "import outlines": imports.outlines,
    "import outlines --forget": imports.forget_outlines,
    "import unit-types": imports.types,
    "import units": imports.units,
    "journal confirm-clock": journal.confirm_clock,
    "journal export": journal.export,
    "journal purge": journal.purge,
    "journal verify": journal.verify,
    "remind": reminders.remind,
    "report": daily_reports.report,
    "token list": tokens.list_tokens,
    "token make": tokens.create,
    "token revoke": tokens.revoke,
    "trust validate": trust.validate,
}
