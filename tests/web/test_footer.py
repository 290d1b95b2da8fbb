from ror.model.accessibility import Conformity, conformity, criteria
from ror.web import footer


def test_the_footer_has_the_level_and_the_statement_of_the_criteria():
    found, html = conformity(criteria()), footer.html(inside=True)
    assert f"<summary>Accessibilité : {found.level}</summary>" in html
    assert f"{found.conform} des {found.applicable} critères" in html
    assert "Défenseur des droits" in html
    assert 'href="mailto:support@example.fr"' in html


def test_the_statement_lists_each_barrier():
    statement = footer.statement(Conformity(1, 3, ("La carte.", "Les fichiers PDF.")))
    assert "**non conforme**" in statement
    assert "- La carte.\n- Les fichiers PDF." in statement


def test_a_region_gives_a_statement_of_its_own(monkeypatch):
    monkeypatch.setenv("ROR_ACCESSIBILITY", "Audit du **12 mars**.")
    footer.settings.cache_clear()
    try:
        assert "<summary>Accessibilité</summary><p>Audit du <strong>12 mars</strong>." in footer.html(inside=True)
    finally:
        monkeypatch.undo()
        footer.settings.cache_clear()


def test_the_version_is_for_those_who_signed_in():
    assert "Version " in footer.html(inside=True)
    assert "Version " not in footer.html(inside=False)
