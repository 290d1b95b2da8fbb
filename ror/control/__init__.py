"""Commands that need the database file, which only one process may open: in the server when it runs, else in this process.

They travel over a Unix socket beside the database file.
"""

from ror.control.client import run
from ror.control.context import CommandContext
from ror.control.protocol import socket_path
from ror.control.server import listening

__all__ = ["CommandContext", "listening", "run", "socket_path"]
