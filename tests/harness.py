"""A real server for the tests, and a client of Streamlit's protocol without a browser."""

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import urlsplit

import pyarrow as pa
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.TextInput_pb2 import TextInput
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.forked import ForkedProcess

ROOT = Path(__file__).resolve().parent.parent

USUAL_PORT = 19_000 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""The port of most servers of this process."""


def free_port() -> int:
    """Return a free port, below those that the system uses for outgoing connections."""
    while not _is_free(port := random.randint(20_000, 32_000)):
        pass
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False


class Server:
    """`python -m ror serve` in a process of its own, on a database of its own.

    Without `database` the data goes to a temporary folder that disappears with the server. In `demo` mode nothing is
    declared by itself, unless `environment` says so: it adds variables, as `{"ROR_SESSION_IDLE_MINUTES": "1"}`.

    One server after the other has the same port, because a browser caches what it compiled by address.
    """

    forked: ClassVar[bool] = True
    """Whether a command that runs a Python module is forked from a process that has imported the libraries."""

    folder: Path = ROOT
    """The folder that the command runs in."""

    _ports: ClassVar[set[int]] = set()
    """The ports of the servers of this process that are not closed."""

    def __init__(
        self,
        database: Path | str | None = None,
        *,
        demo: bool = False,
        environment: dict[str, str] | None = None,
        timeout: float = 90,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ror-test-")
        self.database = database or Path(self._folder.name) / "ror.duckdb"
        self.port = USUAL_PORT if USUAL_PORT not in self._ports and _is_free(USUAL_PORT) else free_port()
        self._ports.add(self.port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._timeout = timeout
        # The settings of the developer must not reach the server.
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(("ROR_", "STREAMLIT_"))}
        self._environment |= {
            "ROR_DATABASE": str(self.database),
            "ROR_DEMO": str(int(demo)),
            "ROR_DEMO_LIVE": "0",
            "ROR_SECRET": "secret-of-the-tests-0123456789abcdef",
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        self._output = Path(self._folder.name) / "output.txt"
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None

    def command(self) -> list[str]:
        """Return the command that starts the server."""
        return [sys.executable, "-m", "ror", "serve", "--port", str(self.port)]

    def output(self) -> str:
        """Return the output of the server so far."""
        return self._output.read_text(encoding="utf-8", errors="replace") if self._output.exists() else ""

    @property
    def pid(self) -> int:
        """Return the process id of the server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._process = self._launch()
        limit = time.monotonic() + self._timeout
        while not self._answers():
            ended = self._process.poll()
            if ended is not None or time.monotonic() > limit:
                reason = f"ended with {ended}" if ended is not None else f"did not answer within {self._timeout:.0f} s"
                self.stop()
                raise RuntimeError(f"The server {reason}. Its last words:\n{self.output()[-4000:]}")
            time.sleep(0.05)

    def _launch(self) -> subprocess.Popen[bytes] | ForkedProcess:
        command = self.command()
        if self.forked and command[:2] == [sys.executable, "-m"]:
            return ForkedProcess(command[2], command[3:], self.folder, self._environment, self._output)
        with self._output.open("ab") as output:
            return subprocess.Popen(
                command, cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def stop(self) -> None:
        """Terminate the server; kill it after ten seconds."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except (TimeoutError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """Kill it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/_stcore/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        self._folder.cleanup()
        self._ports.discard(self.port)


class Screen:
    """One open tab, without a browser: speaks the protocol of the screens over a raw websocket.

    `cookie` is the whole header, as `"name=value; other=value"`. With `remembers` it caches messages as a browser does, and
    receives references to them.
    """

    def __init__(
        self, url: str, cookie: str | None = None, *, origin: str | None = None, timeout: float = 30, remembers: bool = False
    ) -> None:
        address = urlsplit(url)
        self.messages: list[ForwardMsg] = []
        self._base = f"{address.scheme}://{address.netloc}"
        self._timeout = timeout
        self._page_name = ""
        self._page_hash = ""
        self._query = ""
        self._widgets: dict[str, WidgetState] = {}
        self._remembered: set[str] | None = set() if remembers else None
        self._opening = connect(
            f"{'wss' if address.scheme == 'https' else 'ws'}://{address.netloc}/_stcore/stream",
            origin=Origin(origin or self._base),
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": cookie} if cookie else None,
            open_timeout=timeout,
            max_size=None,
            proxy=None,
        )
        self._socket = self._opening.__enter__()

    @classmethod
    def connect(cls, url: str, cookie: str | None = None) -> Self:
        """Open the websocket, without requesting a page."""
        return cls(url, cookie)

    def cookies_set(self) -> list[str]:
        """Return the `Set-Cookie` headers of the websocket's response."""
        answer = self._socket.response
        return answer.headers.get_all("Set-Cookie") if answer else []

    def open(self, page_path: str = "", query: str = "") -> list[ForwardMsg]:
        """Request a page by its address, and return the messages until its script finishes."""
        self._page_name = page_path.strip("/")
        self._page_hash = ""
        self._query = query.removeprefix("?")
        self._widgets.clear()
        return self._run()

    def rerun(self, widget_states: Iterable[WidgetState] | None = None, fragment_id: str = "") -> list[ForwardMsg]:
        """Run the page (or one fragment of it) again, with the widgets changed since.

        As in a browser, a value stays until it is changed, and the click of a button lasts one run.
        """
        for state in widget_states or ():
            self._widgets[state.id] = state
        try:
            return self._run(fragment_id)
        finally:
            self._widgets = {
                name: state for name, state in self._widgets.items() if "trigger" not in (state.WhichOneof("value") or "")
            }

    def take_over(self, other: "Screen") -> None:
        """Show the page of a tab that lost its connection, as its browser does on the next one; nothing is sent yet.

        A browser sends what stands in every field of text, typed or not.
        """
        self.messages = list(other.messages)
        self._page_name, self._page_hash, self._query = other._page_name, other._page_hash, other._query
        fields = [part for message in other.messages for part in _parts(message) if isinstance(part, TextInput)]
        self._widgets = {field.id: WidgetState(id=field.id, string_value=field.default) for field in fields} | other._widgets

    def fragment(self, label: str) -> str:
        """Return the fragment of the last widget with this label; "" when it is in none."""
        widget = self.widget(label)
        for message in reversed(self.messages):
            if any("id" in part.DESCRIPTOR.fields_by_name and part.id == widget for part in _parts(message)):
                return message.delta.fragment_id
        return ""

    def widget(self, label: str) -> str:
        """Return the id of the last widget with this label, for a `WidgetState`."""
        for message in reversed(self.messages):
            for part in _parts(message):
                fields = part.DESCRIPTOR.fields_by_name
                if "id" in fields and "label" in fields and part.id and part.label == label:
                    return str(part.id)
        raise LookupError(f"No widget has the label {label!r}")

    def texts(self, messages: Iterable[ForwardMsg] | None = None) -> list[str]:
        """Return every string of the messages, by default all since the connection, those in tables and charts included.

        The description of the server that opens each run is left out.
        """
        selected = self.messages if messages is None else messages
        return [text for message in selected if message.WhichOneof("type") != "new_session" for text in _texts(message)]

    def shows(self, text: str, messages: Iterable[ForwardMsg] | None = None) -> bool:
        """Return whether a text of the messages contains this one."""
        return any(text in served for served in self.texts(messages))

    def close(self) -> None:
        """Close the tab."""
        self._socket.close()

    def _run(self, fragment_id: str = "") -> list[ForwardMsg]:
        request = BackMsg()
        state = request.rerun_script
        state.query_string = self._query
        state.page_name = self._page_name
        state.page_script_hash = self._page_hash
        state.fragment_id = fragment_id
        state.widget_states.widgets.extend(self._widgets.values())
        state.cached_message_hashes.extend(self._remembered or ())
        state.context_info.timezone = "Europe/Paris"
        state.context_info.locale = "fr-FR"
        state.context_info.url = f"{self._base}/{self._page_name}"
        state.context_info.color_scheme = "light"
        self._socket.send(request.SerializeToString())
        return self.wait()

    def wait(self) -> list[ForwardMsg]:
        """Return the messages until a script finishes."""
        first = len(self.messages)
        # A script that starts itself again (st.rerun, st.switch_page) finishes early, and the next run follows.
        while self._receive() in (None, ForwardMsg.FINISHED_EARLY_FOR_RERUN):
            pass
        return self.messages[first:]

    def _receive(self) -> int | None:
        """Store one message; return how the script finished if it reports so."""
        try:
            data = self._socket.recv(self._timeout)
        except TimeoutError:
            raise TimeoutError(f"The script did not finish within {self._timeout:.0f} s") from None
        assert isinstance(data, bytes)
        message = ForwardMsg.FromString(data)
        self.messages.append(message)
        if self._remembered is not None and message.metadata.cacheable:
            self._remembered.add(message.hash)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._page_hash = message.new_session.page_script_hash
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            return ForwardMsg.FINISHED_WITH_COMPILE_ERROR
        if kind != "script_finished" or message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            # After a script that cannot be compiled comes the message that says why: wait for that one.
            return None
        return int(message.script_finished)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _parts(message: Message) -> Iterator[Message]:
    yield message
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            children = [child for child in value.values() if isinstance(child, Message)]
        else:
            children = [value] if isinstance(value, Message) else list(value)
        for child in children:
            yield from _parts(child)


def _texts(message: Message) -> Iterator[str]:
    for part in _parts(message):
        for field, value in part.ListFields():
            if field.message_type is not None:
                if field.message_type.GetOptions().map_entry:
                    yield from _words([list(value.keys()), [item for item in value.values() if not isinstance(item, Message)]])
            else:
                yield from _words(value)


def _words(value: object) -> Iterator[str]:
    """Yield the strings of a value of any type: bytes may contain an Arrow table, and a string JSON."""
    if isinstance(value, str):
        yield value
        if value[:1] in ("{", "["):
            with contextlib.suppress(ValueError):
                yield from _words(json.loads(value))
    elif isinstance(value, bytes):
        yield from _arrow_words(value)
    elif isinstance(value, dict):
        yield from _words(list(value.keys()))
        yield from _words(list(value.values()))
    elif isinstance(value, Iterable):
        for item in value:
            yield from _words(item)


def _arrow_words(data: bytes) -> Iterator[str]:
    try:
        table = pa.ipc.open_stream(data).read_all()
    except pa.ArrowInvalid:
        with contextlib.suppress(UnicodeDecodeError):
            yield data.decode()
        return
    for field, column in zip(table.schema, table.columns, strict=True):
        yield field.name
        kind = field.type
        if not any(test(kind) for test in (pa.types.is_primitive, pa.types.is_boolean, pa.types.is_null)):
            yield from _words(column.to_pylist())
