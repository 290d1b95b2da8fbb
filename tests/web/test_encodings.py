"""The encoding of a response, chosen by what the client accepts."""

import gzip

import brotli
import pytest

from ror.web.server import encodings


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("BR", "br"),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("gzip;q=0.5, identity", ""),
        ("identity", ""),
        ("zstd", ""),
        ("", ""),
        ("br; q=certainly, gzip ; q=1", "gzip"),
    ],
)
def test_the_encoding_is_the_smallest_that_the_client_wants(accepted, encoding):
    assert encodings.preferred(accepted) == encoding


def test_what_is_compressed_decompresses_to_the_same():
    content = b"Disponibilites en lits et en places. " * 50
    assert brotli.decompress(encodings.compress(content, "br")) == content
    assert gzip.decompress(encodings.compress(content, "gzip")) == content
    assert encodings.compress(content, "") == content


def test_the_same_content_gives_the_same_bytes_at_another_time(monkeypatch):
    before = encodings.compress(b"content" * 99, "gzip")
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert encodings.compress(b"content" * 99, "gzip") == before
