"""Draw specifications as pictures for paper, without a browser, in a separate process (`vega`)."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ror.drawing import maps
from ror.drawing.charts import Spec
from ror.errors import Busy
from ror.model.outlines import Outlines

TIMEOUT_SECONDS = 60
REQUEST_SLOTS = threading.BoundedSemaphore(3)
"""Most requests that draw or wait to. Each occupies one of the few threads that the rest of the server shares."""

_TURN = threading.Lock()
"""Lets one drawing process run at a time, since they are heavy."""

_ENVIRONMENT = ("PATH", "HOME", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""The only environment variables that the process gets: others hold the secrets of the service."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A specification of `charts` or `maps` and the rows that it draws; width and height in pixels.

    Without a height, the specification's is used. `outlines` are those of its map, None for those of `data/`.
    """

    spec: Spec
    rows: Sequence[dict[str, Any]]
    width: int
    height: int | None = None
    outlines: Outlines | None = None


def pictures(drawings: Sequence[Drawing]) -> list[bytes]:
    """Return the drawings as PNG, in their order. Raises `DrawingFailed`, or `Busy` when too many requests wait already."""
    if not drawings:
        return []
    if not REQUEST_SLOTS.acquire(blocking=False):
        raise Busy("D'autres rapports sont en préparation : réessayez dans une minute.")
    try:
        return _rendered(drawings)
    finally:
        REQUEST_SLOTS.release()


def _rendered(drawings: Sequence[Drawing]) -> list[bytes]:
    request = json.dumps([_with_rows(drawing) for drawing in drawings])
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    command = [sys.executable, "-I", str(Path(__file__).with_name("vega.py"))]
    try:
        with _TURN:
            process = subprocess.run(
                command,
                input=request,
                capture_output=True,
                text=True,
                check=True,
                timeout=TIMEOUT_SECONDS,
                env=environment,
            )
    except subprocess.CalledProcessError as error:
        raise DrawingFailed(error.stderr[-2000:]) from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise DrawingFailed(str(error)) from error
    return [base64.b64decode(one) for one in json.loads(process.stdout)]


class DrawingFailed(RuntimeError):
    """A picture could not be drawn; the message is that of the drawing process."""


def _with_rows(drawing: Drawing) -> Spec:
    rows = {"data": {"name": "source"}, "datasets": {"source": list(drawing.rows)}}
    specification: Spec = {**_inline(drawing.spec, drawing.outlines), **rows, "width": drawing.width}
    return specification if drawing.height is None else specification | {"height": drawing.height}


def _inline(part: Any, outline_set: Outlines | None) -> Any:
    """Return a specification, or a part of one, with each address of outlines replaced by the outlines."""
    if isinstance(part, list):
        return [_inline(one, outline_set) for one in part]
    if not isinstance(part, dict):
        return part
    url = part.get("url")
    if isinstance(url, str) and url.startswith(maps.OUTLINES):
        return {"values": maps.outlines(maps.codes_of(url), outline_set), "format": part["format"]}
    return {name: _inline(one, outline_set) for name, one in part.items()}
