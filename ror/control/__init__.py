"""The command line and the server, which alone may open the database's file: a Unix socket beside that file.

Without a server the same command runs in the process of the command line, on a database that it opens.
"""

from ror.control.client import run
from ror.control.protocol import Asked, socket_path
from ror.control.server import listening

__all__ = ["Asked", "listening", "run", "socket_path"]
