"""Fixtures of single sign-on: a provider, a server that trusts it, and a visitor."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from oidc_provider_mock import User

from ror.model.rights import Account, Role
from ror.store import accounts
from ror.store.engine.database import Database
from tests import region
from tests.harness import Screen, Server
from tests.oidc_provider import WALLET, Provider

SECRET = "secret-of-the-tests-0123456789abcdef"
RPPS, DISABLED_RPPS, STRANGER_RPPS = "899700000001", "899700000002", "899700000003"
KNOWN, DISABLED, STRANGER, NAMELESS = "f:psc:known", "f:psc:parted", "f:psc:stranger", "f:psc:nameless"
USERS = (
    User(sub=KNOWN, claims={"SubjectNameID": RPPS, "acr": "eidas1", "preferred_username": "camille.exemple"}),
    User(sub=DISABLED, claims={"SubjectNameID": DISABLED_RPPS, "acr": "eidas1"}),
    User(sub=STRANGER, claims={"SubjectNameID": STRANGER_RPPS, "acr": "eidas1"}),
    User(sub=NAMELESS, claims={"acr": "eidas1"}),
)
PAGE = "/departements?dep=93"
OTHER_KEY = RSAKey.generate_key(2048, auto_kid=True)


def wallet(provider: Provider) -> dict[str, str]:
    """Return the settings of a server that uses the provider as it would use Pro Santé Connect."""
    return {
        "ROR_OIDC_DISCOVERY": provider.url + WALLET,
        "ROR_OIDC_CLIENT_ID": "disponibilites",
        "ROR_OIDC_CLIENT_SECRET": "fictif",
        "ROR_OIDC_SCOPE": "openid scope_all",
        "ROR_OIDC_PARAMETERS": "acr_values=eidas1&ui_locales=fr",
        "ROR_OIDC_CLAIM": "SubjectNameID",
        "ROR_OIDC_NAME": "Se connecter <avec> Pro Santé",
    }


def prepared(path: Path, claim: str = RPPS) -> Path:
    """Write the tiny region with an account for single sign-on and a disabled one; return the path of the file."""
    db = Database(path)
    region.build(db)
    with db.transaction() as transaction:
        reader = frozenset({Role.PROFESSIONAL})
        accounts.add(transaction, Account("rpps", "rpps", "Rose Exemple", reader, identity=claim))
        accounts.add(transaction, Account("left", "left", "Léo Parti", reader, disabled=True, identity=DISABLED_RPPS))
    db.close()
    return path


def local(server: Server) -> str:
    """Return the address that the provider redirects to: another site than the provider's 127.0.0.1."""
    return f"http://localhost:{server.port}"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider(*USERS) as running:
        yield running


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = prepared(tmp_path_factory.mktemp("single-sign-on") / "ror.duckdb")
    with Server(
        path, environment={"ROR_SECRET": SECRET, "ROR_ALLOWED_HOSTS": "ailleurs.example", **wallet(provider)}
    ) as running:
        yield running


@pytest.fixture(autouse=True)
def reset_provider(provider: Provider) -> Iterator[None]:
    yield
    provider.reset()


class SignOnVisitor:
    """A browser without a screen, which stores cookies and follows redirections one by one."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.http = httpx.Client(base_url=local(server), timeout=20)

    def leave(self, page: str = PAGE, **headers: str) -> str:
        """Start single sign-on, and return the address of the provider."""
        answer = self.http.get("/oidc/start", params={"next": page}, headers=headers)
        assert answer.status_code == 303
        return answer.headers["location"]

    def agree(self, address: str, subject: str = KNOWN) -> str:
        """Sign in at the provider, and return the address that it redirects to."""
        self.http.get(address)
        return self.http.post(address, data={"sub": subject}).headers["location"]

    def come_back(self, address: str) -> str:
        """Follow the provider's redirection, and return the address that our server redirects to."""
        answer = self.http.get(address)
        assert answer.status_code == 303
        return answer.headers["location"]

    def sign_in(self, subject: str = KNOWN, page: str = PAGE) -> str:
        return self.come_back(self.agree(self.leave(page), subject))

    @property
    def session(self) -> str | None:
        return self.http.cookies.get("ror_session")

    def sees(self, text: str, page: str = "departements") -> bool:
        with Screen(local(self.server), cookie=f"ror_session={self.session}") as screen:
            screen.open(page)
            return screen.shows(text)


@pytest.fixture
def sign_on_visitor(server: Server) -> SignOnVisitor:
    return SignOnVisitor(server)


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def why(address: str) -> str | None:
    """Return the reason of the failure in the address of the sign-in screen."""
    return query(address).get("connexion")
