"""The security headers of every response."""

import base64
import hashlib
import re

import pytest

from ror.settings import settings
from ror.web.server import policy
from tests.attacks.helpers import send_request, serving
from tests.region import own_settings

__all__ = ["own_settings"]

ALWAYS = {
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("policy")) as running:
        yield running


def static_file(server):
    return re.search(rb'src="\./(static/js/[^"]+)"', send_request(server, "/")[2])[1].decode()


def directives(text):
    return {part.split()[0]: part.split()[1:] for part in text.split("; ")}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/departements", 200),
        ("/favicon.png", 200),
        ("/_stcore/health", 200),
        ("/_stcore/metrics", 404),
        ("/media/abc.csv", 403),
        ("/session/open?ticket=x", 303),
        ("//ailleurs.example", 400),
    ],
)
def test_every_answer_carries_the_security_headers(server, path, status):
    answer, headers, _ = send_request(server, path)
    assert answer == status
    assert headers.keys() >= ALWAYS
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_the_content_policy_lets_in_no_script_but_ours_and_no_frame_around_us(server):
    status, headers, body = send_request(server, "/", accept="text/html")
    rules = directives(headers["content-security-policy"])
    assert status == 200
    assert not [
        word for words in rules.values() for word in words if word in ("'unsafe-inline'", "'unsafe-eval'", "*", "https:")
    ]
    assert (
        rules["default-src"]
        == rules["object-src"]
        == rules["base-uri"]
        == rules["frame-ancestors"]
        == rules["form-action"]
        == ["'none'"]
    )
    inline = re.findall(rb"<script>(.*?)</script>", body, re.DOTALL)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(one).digest()).decode()}'" for one in inline]
    assert hashes
    assert sorted(rules["script-src"]) == sorted(["'self'", "blob:", *hashes])


def test_the_page_links_to_no_other_route_without_scripts(server):
    _, _, body = send_request(server, "/", accept="text/html")
    assert b"_stcore/agent" not in body
    assert b"Activez JavaScript pour utiliser ce service." in body


def test_a_browser_keeps_the_files_that_are_the_same_for_all_and_nothing_else(server):
    assert "immutable" in send_request(server, f"/{static_file(server)}")[1]["cache-control"]
    for path in ("/", "/structures?q=melun", "/media/abc.csv", "/session/close", "/static/js/inconnu.js", "/_stcore/metrics"):
        assert send_request(server, path)[1]["cache-control"] == "no-store"


def test_over_tls_responses_require_tls_from_then_on(server):
    assert "strict-transport-security" not in send_request(server, "/")[1]
    headers = send_request(server, "/", x_forwarded_proto="https", x_forwarded_for="192.0.2.1")[1]
    assert headers["strict-transport-security"] == "max-age=31536000"


def test_responses_require_tls_wherever_the_public_address_is_https(own_settings, monkeypatch):
    assert "strict-transport-security" not in policy.headers("/", "text/html", tls=False)
    monkeypatch.setenv("ROR_PUBLIC_URL", "https://lits.example.fr")
    settings.cache_clear()
    assert policy.headers("/", "text/html", tls=False)["strict-transport-security"] == "max-age=31536000"


def test_the_hash_of_a_style_is_that_of_what_is_drawn(own_settings):
    rules = directives(policy.content_policy())
    assert len(rules["style-src-attr"]) == 1 + 5
    assert "'unsafe-inline'" not in rules["style-src-elem"]
