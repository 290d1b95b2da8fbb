"""Names and mail addresses are checked by streamlit-authenticator; the components that its import registers are not served."""

import pytest

from ror.errors import Refused
from ror.web.administration.validation import check_mail, check_name
from tests.attacks.helpers import cookie, send_request, serving
from tests.harness import Screen
from tests.region import ADELE

COMPONENTS = [
    "CookieManager.cookie_manager",
    "TabBar.tab_bar",
    "StepperBar.stepper_bar",
    "BouncingImage.bouncing_image",
]


@pytest.mark.parametrize("name", ["Anne Exemple", "Zoé d’Exemple", "Zoé d'Exemple-Modèle", " Ægir Ñandú ", "Mme A. Łuk"])
def test_the_name_of_a_person_is_accepted(name):
    check_name(name)


@pytest.mark.parametrize("name", ["", "A", "<b>Anne</b>", "Anne 2", "=cmd()", "a" * 101, "Anne\u202eExemple", "Anne\nExemple;"])
def test_another_text_than_a_name_is_refused_with_a_sentence(name):
    with pytest.raises(Refused, match="de 2 à 100 lettres"):
        check_name(name)


@pytest.mark.parametrize("mail", ["", "  ", "anne@exemple.fr", " anne.e+ror@sous.exemple.fr "])
def test_a_mail_address_or_none_is_accepted(mail):
    check_mail(mail)


@pytest.mark.parametrize("mail", ["anne", "anne@exemple", "a@b@exemple.fr", "a b@exemple.fr", "anne@exemple.fr, b@exemple.fr"])
def test_another_text_than_a_mail_address_is_refused_with_a_sentence(mail):
    with pytest.raises(Refused, match=r"prenom\.nom@exemple\.fr"):
        check_mail(mail)


def test_the_components_of_the_package_are_served_to_nobody_and_its_import_warns_nobody(tmp_path):
    with serving(tmp_path, ROR_SLOW_RERUN_MS="100000") as server, Screen(server.url, cookie=cookie(ADELE)) as screen:
        screen.open("administration")
        assert screen.shows("Nouveau compte")
        for component in COMPONENTS:
            path = f"/component/extra_streamlit_components.{component}/index.html"
            assert send_request(server, path)[0] == send_request(server, path, cookie=cookie(ADELE))[0] == 404
        assert "warning" not in server.output().lower()
        assert "extra_streamlit_components" not in "".join(screen.texts())
