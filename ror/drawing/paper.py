"""Specifications drawn as pictures, for paper, without a browser."""

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

PATIENCE_SECONDS = 60
PLACES = threading.BoundedSemaphore(3)
"""Those who draw or wait for it. Each keeps one of the few threads that everything else of the server shares."""

_TURN = threading.Lock()
"""One process at a time: they are heavy."""

_NEEDED = ("PATH", "HOME", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""Of the environment: the rest, with the secrets of the service, is not its business."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A specification of `charts` or `maps` and the rows that it draws; width and height in its own dots.

    Without a height the specification says it.
    """

    spec: Spec
    rows: Sequence[dict[str, Any]]
    width: int
    height: int | None = None


def pictures(drawings: Sequence[Drawing]) -> list[bytes]:
    """The drawings as PNG, in their order. Raises `DrawingFailed`, and `Busy` when too many wait for theirs already."""
    if not drawings:
        return []
    if not PLACES.acquire(blocking=False):
        raise Busy("D'autres rapports sont en préparation : réessayez dans une minute.")
    try:
        return _made(drawings)
    finally:
        PLACES.release()


def _made(drawings: Sequence[Drawing]) -> list[bytes]:
    asked = json.dumps([_whole(drawing) for drawing in drawings])
    environment = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    command = [sys.executable, "-I", str(Path(__file__).with_name("vega.py"))]
    try:
        with _TURN:
            done = subprocess.run(
                command, input=asked, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS, env=environment
            )
    except subprocess.CalledProcessError as error:
        raise DrawingFailed(error.stderr[-2000:]) from error
    except (subprocess.TimeoutExpired, OSError) as error:
        raise DrawingFailed(str(error)) from error
    return [base64.b64decode(one) for one in json.loads(done.stdout)]


class DrawingFailed(RuntimeError):
    """A picture could not be made; the message is that of what draws."""


def _whole(drawing: Drawing) -> Spec:
    rows = {"data": {"name": "source"}, "datasets": {"source": list(drawing.rows)}}
    whole: Spec = {**_inline(drawing.spec), **rows, "width": drawing.width}
    return whole if drawing.height is None else whole | {"height": drawing.height}


def _inline(part: Any) -> Any:
    """The same specification with the outlines that it names an address of."""
    if isinstance(part, list):
        return [_inline(one) for one in part]
    if not isinstance(part, dict):
        return part
    url = part.get("url")
    if isinstance(url, str) and url.startswith(maps.OUTLINES):
        return {"values": maps.outlines(maps.codes_of(url)), "format": part["format"]}
    return {name: _inline(one) for name, one in part.items()}
