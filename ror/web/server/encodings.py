"""Content encodings of responses: which one a client accepts, and the compression itself."""

import gzip
from functools import lru_cache

import brotli

BROTLI, GZIP, IDENTITY = "br", "gzip", ""
ENCODINGS = (BROTLI, GZIP)
"""The encodings that this server writes, the smallest first."""


def preferred(accepted: str) -> str:
    """Return the encoding to answer with for this `Accept-Encoding` header: one of `ENCODINGS`, else `IDENTITY`."""
    weights = _weights(accepted)
    best = max(ENCODINGS, key=lambda encoding: _weight(weights, encoding))
    return best if _weight(weights, best) > weights.get("identity", 0) else IDENTITY


def accepts(accepted: str, encoding: str) -> bool:
    """Return whether this `Accept-Encoding` header allows an encoding."""
    return _weight(_weights(accepted), encoding) > 0


def _weights(accepted: str) -> dict[str, float]:
    """Return the weight of each encoding that the header names; one that cannot be read counts as refused."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, parameter = (word.strip() for word in part.partition(";"))
        key, _, value = (word.strip() for word in parameter.partition("="))
        try:
            weights[name] = float(value) if key == "q" else 1.0
        except ValueError:
            weights[name] = 0.0
    return weights


def _weight(weights: dict[str, float], encoding: str) -> float:
    return weights.get(encoding, weights.get("*", 0.0))


def compress(content: bytes, encoding: str, quality: int = 9) -> bytes:
    """Return the content in an encoding; `quality` is that of Brotli, 0 to 11; 11 takes twenty times as long as 9."""
    if encoding == BROTLI:
        return bytes(brotli.compress(content, quality=quality))
    # No date inside: the same content gives the same bytes, hence the same ETag.
    return gzip.compress(content, 9, mtime=0) if encoding == GZIP else content


@lru_cache(maxsize=32)
def compressed(content: bytes, encoding: str) -> bytes:
    """Return `compress` of a small content that is sent often, computed once."""
    return compress(content, encoding)


def headers(encoding: str) -> dict[str, str]:
    """Return the headers of a response in an encoding that was chosen for its client."""
    return {"vary": "Accept-Encoding", **({"content-encoding": encoding} if encoding else {})}
