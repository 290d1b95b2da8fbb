"""In production mode the server refuses to start with what is not safe, in one sentence that says what to do."""

import pytest

from ror.errors import DatabaseError, SettingsError
from ror.model.rights import Account, Role
from ror.services.accounts.hashing import hash_password
from ror.services.operations import demonstration, production
from ror.settings import secret_file, settings
from ror.store import accounts, registry_changes
from ror.store.engine.database import Database, open_database
from tests.cli.helpers import runner
from tests.harness import free_port
from tests.region import NOW

SAFE = {"ROR_PRODUCTION": "1", "ROR_PUBLIC_URL": "https://lits.example.fr", "ROR_SECRET": "0123456789abcdef" * 2}


@pytest.fixture
def checked(monkeypatch, tmp_path):
    """Return a function that runs the check under the settings of a safe server, but for those given."""
    monkeypatch.setattr(production, "ENV_FILE", tmp_path / ".env")

    def check(**changes):
        for name, value in (SAFE | changes).items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        production.check()

    yield check
    if open_database.cache_info().currsize:
        open_database().close()
        open_database.cache_clear()


def test_a_safe_server_starts(checked):
    checked()


def test_a_safe_server_of_postgresql_starts(checked, postgres_address):
    checked(ROR_DATABASE=postgres_address)


def test_outside_of_production_nothing_is_checked(checked):
    checked(ROR_PRODUCTION="0", ROR_SECRET="court", ROR_DEMO="1", ROR_PUBLIC_URL="")


@pytest.mark.parametrize(
    ("changes", "what_to_do"),
    [
        ({"ROR_DEMO": "1"}, "ROR_DEMO=1"),
        ({"ROR_SECRET": "x" * 31}, "openssl rand -hex 32"),
        ({"ROR_SECRET": "1234567" * 6}, "7 different characters"),
        ({"ROR_SECRET": "x" * 64}, "openssl rand -hex 32"),
        ({"ROR_DATABASE": "postgresql://ror@localhost/ror", "ROR_SECRET": ""}, "the same ROR_SECRET"),
        ({"ROR_ALLOWED_HOSTS": "*"}, "name the hosts"),
        ({"ROR_ALLOWED_HOSTS": "lits.example.fr, *"}, "name the hosts"),
        ({"ROR_OIDC_DISCOVERY": "http://connexion.example.fr/.well-known/openid-configuration"}, "https address"),
        ({"ROR_OIDC_DISCOVERY": "connexion.example.fr"}, "https address"),
        ({"ROR_SMTP_HOST": "smtp.example.fr", "ROR_SMTP_SECURITY": "none"}, "starttls or tls"),
        ({"ROR_SMTP_HOST": "localhost.example.fr", "ROR_SMTP_SECURITY": "none"}, "starttls or tls"),
        ({"ROR_NOTIFY_URL": "http://sms.example.fr/", "ROR_NOTIFY_SECRET": "0123456789abcdef" * 2}, "https address"),
        ({"ROR_NOTIFY_URL": "https:///late", "ROR_NOTIFY_SECRET": "0123456789abcdef" * 2}, "https address"),
        ({"ROR_NOTIFY_URL": "https://sms.example.fr/", "ROR_NOTIFY_SECRET": "x" * 31}, "ROR_NOTIFY_SECRET"),
        ({"ROR_PUBLIC_URL": ""}, "ROR_PUBLIC_URL"),
        ({"ROR_PUBLIC_URL": "http://lits.example.fr"}, "https://"),
        ({"ROR_PUBLIC_URL": "https:///chemin"}, "https://"),
    ],
)
def test_settings_that_are_not_safe_are_refused(checked, changes, what_to_do):
    with pytest.raises(SettingsError) as refusal:
        checked(**changes)
    assert what_to_do in refusal.value.user_message


@pytest.mark.parametrize(
    "changes",
    [
        {"ROR_SECRET": "12345678" * 4},
        {"ROR_ALLOWED_HOSTS": "autre.example.fr"},
        {"ROR_OIDC_DISCOVERY": "https://connexion.example.fr/.well-known/openid-configuration"},
        {"ROR_SMTP_HOST": "smtp.example.fr"},
        {"ROR_NOTIFY_URL": "https://sms.example.fr/", "ROR_NOTIFY_SECRET": "0123456789abcdef" * 2},
        {"ROR_SMTP_HOST": "smtp.example.fr", "ROR_SMTP_SECURITY": "tls"},
        {"ROR_SMTP_SECURITY": "none"},
        *({"ROR_SMTP_HOST": host, "ROR_SMTP_SECURITY": "none"} for host in ("localhost", "LOCALHOST", "127.0.0.1", "::1")),
    ],
)
def test_settings_that_are_safe_are_not(checked, changes):
    checked(**changes)


def test_a_short_secret_is_refused_in_its_file_too_by_the_number_of_bytes(checked, tmp_path):
    secret_file().write_text("é" * 15)
    secret_file().chmod(0o600)
    with pytest.raises(SettingsError, match="has 30 bytes"):
        checked(ROR_SECRET="")
    secret_file().write_text("é" * 16)
    with pytest.raises(SettingsError, match="2 different characters"):
        checked(ROR_SECRET="")
    secret_file().write_text("éàèùçâêî" * 2)
    checked(ROR_SECRET="")


@pytest.mark.parametrize("name", ["ror.duckdb", "ror.duckdb.wal", "secret"])
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_file_open_to_others_is_refused_and_stays_as_it_was_found(checked, tmp_path, name, mode):
    path = tmp_path / name
    path.write_bytes(b"")
    path.chmod(mode)
    with pytest.raises(DatabaseError) as refusal:
        checked()
    assert f"chmod 600 {path}" in refusal.value.user_message
    assert path.stat().st_mode & 0o777 == mode


def test_the_settings_file_is_for_its_owner_alone(checked, tmp_path):
    (tmp_path / ".env").write_text("ROR_SMTP_PASSWORD=x")
    (tmp_path / ".env").chmod(0o644)
    with pytest.raises(DatabaseError, match=r"\.env can be read by others"):
        checked()


def test_the_database_of_the_demonstration_is_refused(checked, tmp_path):
    db = Database(tmp_path / "ror.duckdb")
    with db.transaction() as transaction:
        registry_changes.record_change(transaction, registry_changes.DEMONSTRATION, NOW)
    db.close()
    with pytest.raises(DatabaseError, match="holds the demonstration"):
        checked()


@pytest.mark.parametrize("login", demonstration.SIGN_INS)
def test_an_account_of_the_demonstration_with_its_password_is_refused(checked, tmp_path, login):
    db = Database(tmp_path / "ror.duckdb")
    account = Account("x", login, "Nom Fictif", frozenset({Role.PROFESSIONAL}))
    with db.transaction() as transaction:
        accounts.add_all(transaction, [(account, hash_password(demonstration.PASSWORD))])
    db.close()
    with pytest.raises(DatabaseError, match=f"The account {login} opens"):
        checked()


def test_a_name_of_the_demonstration_with_a_password_of_its_own_is_not(checked, tmp_path):
    db = Database(tmp_path / "ror.duckdb")
    named = [Account(login, login, "Nom Fictif", frozenset({Role.PROFESSIONAL})) for login in demonstration.SIGN_INS]
    with db.transaction() as transaction:
        accounts.add_all(transaction, [(account, hash_password("Autre-chose-2026")) for account in named])
    db.close()
    checked()


@pytest.mark.parametrize(
    ("changes", "mode", "word"),
    [({"ROR_DEMO": "1"}, 0o600, "ROR_DEMO"), ({"ROR_SECRET": "court"}, 0o600, "32 are needed"), ({}, 0o644, "chmod 600")],
)
def test_the_server_ends_with_one_sentence_and_code_1(tmp_path, changes, mode, word):
    path = tmp_path / "ror.duckdb"
    Database(path).close()
    path.chmod(mode)
    ended = runner(tmp_path)("serve", "--port", free_port(), **(SAFE | changes))
    assert ended.returncode == 1
    assert word in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not ended.stdout
