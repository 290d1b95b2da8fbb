"""Command line: `python -m ror ...`."""

from ror.cli.application import app, main
from ror.cli.serving import serve

__all__ = ["app", "main", "serve"]
