"""Every error that a user may meet: one root, whose message is a sentence meant for that user.

The message says what happened and what to do: in French for what a screen may show, in English for what only whoever
starts the server can meet (settings, database, port). It is shown as it is by the screens and by `ror.cli.main`.
"""


class RorError(Exception):
    """Root of the errors that have a sentence for the user."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SettingsError(RorError):
    """A setting is missing or cannot be used."""


class DatabaseError(RorError):
    """The database cannot be opened, or is of another version."""


class Unavailable(RorError):
    """The store does not answer, or has no room left: nothing was written, and what was typed is kept."""


class Busy(RorError):
    """Too much of what is heavy is asked for at once: the gesture is to be done again a little later."""


class BackupFailed(RorError):
    """A backup cannot be made, is not whole, or is none."""


class PortError(RorError):
    """The port is already taken by another program."""


class Refused(RorError):
    """What was typed breaks a rule of the field; the message says how to mend it."""


class Older(Refused):
    """A number received is older than the one that is held, or another one for the same instant."""


class ConfirmationNeeded(RorError):
    """The number is possible but unusual: the user is asked once before it is written."""


class Outdated(RorError):
    """Somebody declared the same unit meanwhile; the message gives both numbers."""


class CommentMasked(Outdated):
    """An administrator masked a comment of the unit since the form was drawn: what is typed is looked at once more."""


class Forbidden(RorError):
    """The account's roles or perimeter do not allow the gesture."""


class NotFound(RorError):
    """No such unit, structure or département."""


class SignInFailed(RorError):
    """Unknown account or wrong password: the words are the same for both."""


class BadFile(RorError):
    """A file given to an import cannot be read at all (a bad line is reported, not raised)."""


class MailFailed(RorError):
    """The mail server did not take a mail; `link` is what it was to bring, "" when that is nobody's to hand over."""

    link = ""


class JournalBroken(RorError):
    """The chain of the journal does not hold: a line was changed, removed or inserted behind the service's back."""
