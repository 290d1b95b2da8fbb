"""streamlit-authenticator's Validator, taken alone, with our sentences."""

import subprocess
import sys

import pytest

from ror.errors import Refused
from ror.settings import ROOT
from ror.web.administration.validation import check_mail, check_name


@pytest.mark.parametrize("name", ["Anne Exemple", "Zoé d’Exemple", "Zoé d'Exemple-Modèle", " Ægir Ñandú ", "Mme A. Łuk"])
def test_names_of_people_are_names(name):
    check_name(name)


@pytest.mark.parametrize("name", ["", "A", "<b>Anne</b>", "Anne 2", "=cmd()", "a" * 101, "Anne\u202eExemple", "Anne\nExemple;"])
def test_what_is_no_name_is_refused_in_words(name):
    with pytest.raises(Refused, match="de 2 à 100 lettres"):
        check_name(name)


@pytest.mark.parametrize("mail", ["", "  ", "anne@exemple.fr", " anne.e+ror@sous.exemple.fr "])
def test_a_mail_or_none_is_taken(mail):
    check_mail(mail)


@pytest.mark.parametrize("mail", ["anne", "anne@exemple", "a@b@exemple.fr", "a b@exemple.fr", "anne@exemple.fr, b@exemple.fr"])
def test_what_is_no_mail_is_refused_in_words(mail):
    with pytest.raises(Refused, match=r"prenom\.nom@exemple\.fr"):
        check_mail(mail)


def test_the_rest_of_the_package_and_its_open_folders_are_not_imported():
    program = (
        "import sys; from ror.web.administration.validation import check_name; check_name('Anne'); "
        "print([name for name in sys.modules if name.startswith(('streamlit_authenticator.', 'extra_streamlit_components'))])"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
