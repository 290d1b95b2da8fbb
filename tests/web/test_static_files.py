"""Static files as a client gets them: compressed, in ranges, or not sent again."""

import gzip
import re
from pathlib import Path

import brotli
import pytest
from streamlit.file_util import get_static_dir

from ror.web.server import assets, modules, prepared
from tests.attacks.helpers import cookie, send_request, serving
from tests.region import CORALIE

FOLDER = Path(get_static_dir()) / "static"
NAME = f"js/{max(modules.of_page(), key=lambda name: (FOLDER / 'js' / name).stat().st_size)}"
WHOLE = (FOLDER / NAME).read_bytes()
DECODE = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    prepared.PreparedFiles().prepare()
    with serving(tmp_path_factory.mktemp("static")) as running:
        yield running


def get(server, path=f"/static/{NAME}", method="GET", **headers):
    return send_request(server, path, method, **headers)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("br;q=0, gzip;q=0", None), ("identity", None)],
)
def test_a_static_file_comes_as_the_client_wants_it(server, accepted, encoding):
    status, headers, body = get(server, accept_encoding=accepted)
    assert (status, headers.get("content-encoding")) == (200, encoding)
    assert DECODE[encoding](body) == WHOLE
    assert "javascript" in headers["content-type"]
    assert headers["vary"].lower() == "accept-encoding"
    assert "immutable" in headers["cache-control"]
    assert int(headers["content-length"]) == len(body)


def test_without_a_wish_it_comes_as_it_is(server):
    status, headers, body = get(server)
    assert (status, body) == (200, WHOLE)
    assert "content-encoding" not in headers
    assert headers["vary"].lower() == "accept-encoding"


def test_only_its_headers_are_sent_for_head(server):
    whole = get(server, accept_encoding="br")[1]
    status, headers, body = get(server, method="HEAD", accept_encoding="br")
    assert (status, body, headers["content-length"], headers["etag"]) == (200, b"", whole["content-length"], whole["etag"])


def test_each_encoding_has_its_etag_and_is_not_sent_again(server):
    tags = {encoding: get(server, accept_encoding=encoding)[1]["etag"] for encoding in ("br", "gzip", "identity")}
    assert len(set(tags.values())) == 3
    for encoding, tag in tags.items():
        status, headers, body = get(server, accept_encoding=encoding, if_none_match=f'"other", W/{tag}')
        assert (status, body, headers["etag"]) == (304, b"", tag)
        assert headers["vary"].lower() == "accept-encoding"
        for other in tags.keys() - {encoding}:
            assert get(server, accept_encoding=encoding, if_none_match=tags[other])[0] == 200
    assert get(server, accept_encoding="br", if_none_match="*")[0] == 304


@pytest.mark.parametrize(("wanted", "part"), [("0-9", slice(0, 10)), ("100-", slice(100, None)), ("-7", slice(-7, None))])
@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_range_is_a_part_of_what_is_sent_compressed(server, encoding, wanted, part):
    whole = get(server, accept_encoding=encoding)[2]
    status, headers, body = get(server, accept_encoding=encoding, range=f"bytes={wanted}")
    assert (status, body, headers["content-encoding"]) == (206, whole[part], encoding)
    start = len(whole[: part.start]) if part.start else 0
    assert headers["content-range"] == f"bytes {start}-{start + len(body) - 1}/{len(whole)}"


def test_a_range_of_another_encoding_is_answered_by_the_whole(server):
    compressed, plain = get(server, accept_encoding="br"), get(server)
    tag = compressed[1]["etag"]
    assert get(server, accept_encoding="br", range="bytes=0-9", if_range=tag)[0] == 206
    status, _, body = get(server, accept_encoding="br", range="bytes=0-9", if_range=plain[1]["etag"])
    assert (status, body) == (200, compressed[2])
    status, _, body = get(server, accept_encoding="identity", range="bytes=0-9", if_range=tag)
    assert (status, body) == (200, WHOLE)


def test_a_range_past_the_end_is_refused(server):
    size = len(get(server, accept_encoding="br")[2])
    for wanted in (f"{size}-", "-0", "9-3"):
        status, headers, body = get(server, accept_encoding="br", range=f"bytes={wanted}")
        assert (status, body, headers["content-range"]) == (416, b"", f"bytes */{size}")
        assert "content-encoding" not in headers


@pytest.mark.parametrize("wanted", ["lines=0-9", "bytes=a-b", "bytes=-", "bytes=0-1,5-9", "bytes=" + "9" * 5000 + "-"])
def test_a_range_that_is_not_understood_is_answered_by_the_whole(server, wanted):
    assert get(server, accept_encoding="br", range=wanted)[0] == 200


def test_what_is_compressed_already_is_sent_as_it_is(server):
    font = next((FOLDER / "media").glob("SourceSansVF-Upright*.woff2"))
    _, headers, body = get(server, f"/static/media/{font.name}", accept_encoding="gzip, br")
    assert body == font.read_bytes()
    assert "content-encoding" not in headers


def test_nothing_but_a_static_file_is_found_under_its_folder(server):
    for path in ("/static/", "/static/js/unknown.js", "/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"):
        status, headers, _ = get(server, path, accept_encoding="br")
        assert status != 200 or headers["content-type"].startswith("text/html"), path
        assert "content-encoding" not in headers
    for path in ("/assets/", "/assets/0/app.py", "/assets/0/../app.py", "/assets/style.css"):
        assert get(server, path, accept_encoding="br")[0] in (400, 404), path
    assert get(server, method="POST", accept_encoding="br")[0] == 405


@pytest.mark.parametrize("name", [assets.STYLE, assets.STREAMLIT_STYLE, assets.CONNECTION, assets.ICON])
@pytest.mark.parametrize("encoding", ["br", "gzip", None])
def test_our_own_files_are_compressed_too(server, name, encoding):
    status, headers, body = get(server, assets.address(name), accept_encoding=encoding or "gzip;q=0")
    assert (status, headers.get("content-encoding")) == (200, encoding)
    assert DECODE[encoding](body) == assets.content(name)
    assert headers["vary"].lower() == "accept-encoding"


@pytest.mark.parametrize("encoding", ["br", "gzip", None])
def test_a_page_is_compressed_too(server, encoding):
    _, headers, body = get(server, "/departements", accept="text/html", accept_encoding=encoding or "gzip;q=0")
    assert headers.get("content-encoding") == encoding
    assert headers["vary"].lower() == "accept-encoding"
    assert int(headers["content-length"]) == len(body)
    assert re.search(r"<title>Disponibilités", DECODE[encoding](body).decode())


def test_the_other_answers_are_compressed_for_those_who_want_it(server):
    path = next(path for path in ("/api/v1/openapi.json", "/fhir/metadata"))
    whole = get(server, path, cookie=cookie(CORALIE))[2]
    status, headers, body = get(server, path, cookie=cookie(CORALIE), accept_encoding="gzip")
    assert (status, headers["content-encoding"], gzip.decompress(body)) == (200, "gzip", whole)
    status, headers, body = get(server, path, cookie=cookie(CORALIE), accept_encoding="gzip;q=0, br")
    assert (status, body) == (200, whole)
    assert "content-encoding" not in headers
