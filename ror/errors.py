"""The errors whose message is shown to a user; `RorError` is their root.

`user_message` is a sentence that explains what happened and what to do: in French on screens, in English for operators
(settings, database, port). The screens and `ror.cli.main` show it as it is.
"""

from typing import ClassVar, Literal

DeclarationField = Literal["number", "parts", "comment"]


class RorError(Exception):
    """Root of the errors that have a message for the user."""

    about: ClassVar[DeclarationField] = "number"
    """The field of a declaration that the message is about, and stands beside."""

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message)
        self.user_message = user_message


class SettingsError(RorError):
    """A setting is missing or cannot be used."""


class DatabaseError(RorError):
    """The database cannot be opened, or is of another version."""


class Unavailable(RorError):
    """The database does not answer, or the disk is full: nothing was written, and the form keeps what was typed."""


class Busy(RorError):
    """Too many expensive operations run at once: the user must try again a little later."""


class BackupFailed(RorError):
    """A backup cannot be written, is incomplete, or is not a backup."""


class PortError(RorError):
    """The port is already taken by another program."""


class Refused(RorError):
    """The input breaks a rule; the message tells how to correct it."""


class PartsRefused(Refused):
    """The parts of a count, by sex for instance, do not fit it."""

    about = "parts"


class CommentRefused(Refused):
    """A comment is too long."""

    about = "comment"


class OlderNumber(Refused):
    """A received number is older than the stored one, or differs from it for the same instant."""


class ConfirmationNeeded(RorError):
    """The number is possible but unusual: the user must confirm it once before it is written."""


class Outdated(RorError):
    """Somebody wrote meanwhile what the form had not shown; the message says who and what."""


class CommentMasked(Outdated):
    """An administrator masked a comment of the unit since the form was rendered: the user must check the form again."""

    about = "comment"


class Forbidden(RorError):
    """The account's roles or perimeter do not allow the action."""


class NotFound(RorError):
    """The unit, structure, département or account does not exist."""


class SignInFailed(RorError):
    """The account is unknown or the password wrong; the message is the same for both."""


class BadFile(RorError):
    """A file to import cannot be read at all (a bad line is reported, not raised)."""


class MailFailed(RorError):
    """The mail server rejected a mail; `link` is the link that it contained, "" when nobody may hand it over.

    `temporary`: the same mail may be accepted later; `unreachable`: the server took no mail at all. `doubtful`: the connection
    was lost while the mail was handed over, so that it may have been accepted.
    """

    link = ""
    temporary = False
    unreachable = False
    doubtful = False


class JournalBroken(RorError):
    """The hash chain of the journal is broken: a line was changed, removed or inserted outside of the service."""
