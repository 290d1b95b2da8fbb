"""Check names and mail addresses with streamlit-authenticator's `Validator`, with sentences of our own.

Importing the package registers five folders of `extra_streamlit_components` with Streamlit, which would serve them to any
visitor under `/component/`: `ror.web.server.guard` closes these addresses. None of these components is ever mounted.
"""

from streamlit_authenticator.utilities import Validator

from ror.errors import Refused
from ror.services.accounts.account_rules import AccountDraft

_VALIDATOR = Validator()


def check_name(name: str) -> None:
    """Raise `Refused` when the text is not the name of a person or a service; a French apostrophe is allowed."""
    if not _VALIDATOR.validate_name(name.strip().replace("\u2019", "'")):
        raise Refused(
            "Un nom compte de 2 à 100 lettres, espaces, points, apostrophes ou traits d'union : corrigez celui du compte."
        )


def check_mail(mail: str) -> None:
    """Raise `Refused` when the text is not a mail address; an empty text is allowed."""
    if mail.strip() and not _VALIDATOR.validate_email(mail.strip()):
        raise Refused("Cette adresse de courriel n'en est pas une : elle s'écrit comme prenom.nom@exemple.fr.")


def check_draft(draft: AccountDraft) -> None:
    """Check the name and the mail address of an account. Raises `Refused`."""
    check_name(draft.name)
    check_mail(draft.mail)
