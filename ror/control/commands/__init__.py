"""What the command line asks of the database, by the words that name it there: the same in the server and without one.

`actor` None everywhere: whoever may run a command on the machine of the service may do everything.
"""

from ror.control.commands import accounts, exports, imports, journal, keeping, tokens
from ror.control.protocol import Command

COMMANDS: dict[str, Command] = {
    "account check": accounts.check,
    "account create": accounts.create,
    "account link": accounts.link,
    "account list": accounts.listed,
    "account reset-second-factor": accounts.reset_second_factor,
    "backup": keeping.backup_made,
    "demo": keeping.demo,
    "export": exports.export,
    "import declarations": imports.declarations,
    "import finess": imports.finess,
    "import units": imports.units,
    "journal confirm-clock": journal.confirm_clock,
    "journal export": journal.export,
    "journal purge": journal.purge,
    "journal verify": journal.verify,
    "token list": tokens.listed,
    "token make": tokens.make,
    "token revoke": tokens.revoke,
}
