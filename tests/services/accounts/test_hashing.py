import bcrypt

from ror.services.accounts import hashing
from ror.settings import settings


def test_a_hash_is_salted_and_opened_by_its_password_alone():
    first, second = hashing.hash_password("Mot de passe fictif"), hashing.hash_password("Mot de passe fictif")
    assert first != second
    assert bcrypt.checkpw(b"Mot de passe fictif", first.encode())
    assert hashing.verify_password("Mot de passe fictif", first)
    assert not hashing.verify_password("mot de passe fictif", first)


def test_no_password_opens_the_empty_hash():
    assert not hashing.verify_password("", "")
    assert not hashing.verify_password("Mot de passe fictif", "")


def test_the_cost_is_that_of_the_settings_and_a_hash_of_another_cost_is_outdated(monkeypatch):
    cheap = hashing.hash_password("Mot de passe fictif")
    assert cheap.startswith("$2b$04$")
    assert not hashing.needs_rehash(cheap)
    monkeypatch.setenv("ROR_BCRYPT_COST", "5")
    settings.cache_clear()
    assert hashing.needs_rehash(cheap)
    assert not hashing.needs_rehash(hashing.hash_password("Mot de passe fictif"))
