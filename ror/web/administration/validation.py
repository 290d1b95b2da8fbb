"""Mails and names checked by streamlit-authenticator's `Validator`, taken out of that package alone.

Importing the package whole would open five folders of its pages and scripts to whoever asks, signed in or not (one of them
sets cookies), besides 20 MB and a quarter of a second.
"""

from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from ror.errors import Refused


def check_name(name: str) -> None:
    """Raises `Refused` for what is no name of a person or a service; a French apostrophe is one."""
    if not _validator().validate_name(name.strip().replace("\u2019", "'")):
        raise Refused(
            "Un nom compte de 2 à 100 lettres, espaces, points, apostrophes ou traits d'union : corrigez celui du compte."
        )


def check_mail(mail: str) -> None:
    """Raises `Refused` for what is no mail address; none at all is allowed."""
    if mail.strip() and not _validator().validate_email(mail.strip()):
        raise Refused("Cette adresse de courriel n'en est pas une : elle s'écrit comme prenom.nom@exemple.fr.")


@cache
def _validator() -> Any:
    package = find_spec("streamlit_authenticator")
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise ImportError("streamlit-authenticator is not installed")
    spec = spec_from_file_location("streamlit_authenticator_validator", Path(folders[0]) / "utilities" / "validator.py")
    if spec is None or spec.loader is None:
        raise ImportError("streamlit-authenticator has no validator")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Validator()
