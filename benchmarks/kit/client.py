"""Client of Streamlit's protocol (protobuf over a websocket): one open tab of a page, without a browser.

It does what the browser does and no more: sends the value of every widget of the page with each run, the fragment that
the widget belongs to, the address, and the hashes of the messages in its cache; it reads the answer as far as needed to
know the widgets and whether the run went well. Drawing is left out: it costs the reader's machine, not the server. Use,
from anything in asyncio:

    async with Tab(url, "ror_session=...") as tab:              # url as http://127.0.0.1:8501
        run = await tab.open("departements")                    # run.seconds, run.bytes, run.messages, run.failure
        run = await tab.change(tab.find("mini"), 3)             # a widget by its key or its label: reruns its fragment
        run = await tab.press(tab.find("departements_open"), {"row": 0, "label": ""})
        run = await tab.rerun()                                 # the whole page
"""

import asyncio
import json
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.kit.cache import MessageCache
from benchmarks.kit.widgets import Widget, state_of, widgets_of

_FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


@dataclass(slots=True)
class Run:
    """Cost of one action. `failure` is "" when the page was drawn, else the error on it or that the connection broke."""

    seconds: float = 0.0
    bytes: int = 0
    messages: int = 0
    failure: str = ""


class Tab:
    """One tab: its address, its widgets as the browser holds them, and its message cache."""

    def __init__(self, url: str, cookie: str = "", *, timeout: float = 60) -> None:
        self.url = url.rstrip("/")
        self.page, self.query = "", ""
        self.widgets: dict[str, Widget] = {}
        self.cookie, self._timeout = cookie, timeout
        self.chosen: dict[str, Any] = {}
        """Value that the scenario chose last for each widget of this page."""
        self._page_hash = ""
        self._cache = MessageCache()
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the tab without waiting for the server to close its side."""
        if self._socket is not None:
            self._socket.transport.abort()
            self._socket = None

    async def open(self, page: str = "", query: str = "") -> Run:
        """Open an address: the page and its query string. A second one in the same tab begins a new session."""
        if self._page_hash:
            await self.close()
            self._cache = MessageCache()
            await self._connect()
        self.page, self.query, self._page_hash = page.strip("/"), query, ""
        self.widgets.clear()
        self.chosen.clear()
        return await self._run("")

    async def rerun(self, fragment: str = "") -> Run:
        """Run the whole page again as it is, or one fragment of it."""
        return await self._run(fragment)

    async def change(self, widget: Widget, value: Any, *, whole: bool = False) -> Run:
        """Set the value of a widget: a number, a text, a list of texts, or a selection of a chart as a dictionary.

        Its fragment runs again, or the whole page if it is in none (or `whole`).
        """
        widget.state = state_of(widget, value)
        if widget.query_key:
            self._remember({widget.query_key: value})
        return await self._run("" if whole else widget.fragment)

    async def press(self, widget: Widget, value: dict[str, Any] | None = None) -> Run:
        """Press a button; with `value`, the button of a table's cell ({"row", "label"}), or send a component's event.

        An event is {"event", "value"}. The press lasts one run.
        """
        once = WidgetState(id=widget.id)
        if value is None:
            once.trigger_value = True
        elif widget.kind == "bidi_component":
            once.id = f"$$STREAMLIT_INTERNAL_KEY_{widget.id}__events"
            once.json_trigger_value = json.dumps([value])
        else:
            once.string_trigger_value.data = json.dumps(value)
        return await self._run(widget.fragment, once=once)

    def has(self, name: str) -> bool:
        """Return whether the page has a widget of this key."""
        return any(one.endswith(f"-{name}") for one in self.widgets)

    def find(self, name: str) -> Widget:
        """Return the widget of this key, else of this label. Raises `LookupError` if the page has none."""
        for widget in self.widgets.values():
            if widget.id.endswith(f"-{name}"):
                return widget
        for widget in self.widgets.values():
            if widget.label == name:
                return widget
        raise LookupError(f"{self.page}: no widget {name!r} among {sorted(w.name for w in self.widgets.values())}")

    def _remember(self, changed: dict[str, Any]) -> None:
        """Write a bound widget's value into the address, as the browser does."""
        query = {**parse_qs(self.query), **changed}
        self.query = urlencode({key: value for key, value in query.items() if value not in ("", [], None)}, doseq=True)

    async def _connect(self) -> None:
        address = urlsplit(self.url)
        self._socket = await connect(
            f"ws://{address.netloc}/_stcore/stream",
            origin=self.url,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": self.cookie} if self.cookie else None,
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=self._timeout,
            proxy=None,
        )

    async def _run(self, fragment: str, *, once: WidgetState | None = None) -> Run:
        request = BackMsg()
        state = request.rerun_script
        state.query_string, state.page_name, state.page_script_hash = self.query, self.page, self._page_hash
        state.fragment_id = fragment
        state.widget_states.widgets.extend(one.state for one in self.widgets.values() if one.state is not None)
        if once is not None:
            state.widget_states.widgets.append(once)
        state.cached_message_hashes.extend(self._cache.hashes())
        info = state.context_info
        info.timezone, info.locale, info.color_scheme = "Europe/Paris", "fr-FR", "light"
        info.url = f"{self.url}/{self.page}"
        data = request.SerializeToString()
        run, began = Run(), time.perf_counter()
        try:
            if self._socket is None:
                raise ConnectionResetError
            await self._socket.send(data)
            async with asyncio.timeout(self._timeout):
                await self._read(run)
        except TimeoutError:
            run.failure = "no answer"
        except (ConnectionClosed, OSError):
            run.failure = "dropped"
        run.seconds = time.perf_counter() - began
        return run

    async def _read(self, run: Run) -> None:
        """Read until the script has finished; one that starts itself again (a change of page) finishes early first."""
        assert self._socket is not None
        drawn: dict[str, Widget] = {}
        while True:
            data = await self._socket.recv(decode=False)
            run.bytes += len(data)
            run.messages += 1
            message = self._cache.expand(ForwardMsg.FromString(data))
            kind = message.WhichOneof("type")
            if kind == "delta":
                run.failure = run.failure or self._register_widgets(message, drawn)
            elif kind == "new_session":
                drawn.clear()
                self._page_hash = message.new_session.page_script_hash
                self._cache.most_age = message.new_session.config.max_cached_message_age
            elif kind == "navigation":
                self._page_hash = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
                run.failure = "script does not compile"
                return
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                ran = list(message.metadata.run.fragment_ids)
                self._cache.finished(ran)
                others = {name: widget for name, widget in self.widgets.items() if ran and widget.fragment not in ran}
                self.widgets = others | drawn
                run.failure = run.failure or ("" if message.script_finished in _FINISHED else "script failed")
                return

    def _register_widgets(self, message: ForwardMsg, drawn: dict[str, Widget]) -> str:
        """Register the widgets of a delta, with their values; returns the failure that it shows, or ""."""
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            return ""
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            return f"exception: {element.exception.message}"
        if kind == "alert" and element.alert.format == Alert.ERROR:
            return f"error: {element.alert.body}"
        for widget in widgets_of(element, kind, delta.fragment_id):
            previous = self.widgets.get(widget.id)
            if previous is not None and not widget.imposed:
                widget.state = previous.state
            self.widgets[widget.id] = drawn[widget.id] = widget
        return ""
