"""The live component: it reruns a fragment when its data change, and once a minute so that ages stay correct.

The server pushes positions over a WebSocket of its own (`ror.web.server.live_hub`); the component turns each into a rerun
of a fragment, which leaves half-typed fields as they are. An idle page costs nothing between two ticks.
"""

from collections.abc import Callable
from functools import cache

import streamlit as st

from ror.web.server.live_hub import EVERYTHING

__all__ = ["EVERYTHING", "listen"]

_KEY = "live"

_SCRIPT = """
export default function ({ data, setTriggerValue }) {
  const self = (window.__rorLive ??= { drawn: 0 });
  self.drawn = data.position;
  self.data = data;
  self.wake = (name) => setTriggerValue(name, Date.now());
  if (self.socket && self.socket.readyState <= 1) {
    if (self.socket.readyState === 1) self.socket.send(JSON.stringify(data));
  } else {
    const connect = () => {
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      const socket = (self.socket = new WebSocket(`${scheme}//${location.host}/live`));
      socket.onopen = () => { self.wait = 1000; socket.send(JSON.stringify({ ...self.data, position: self.drawn })); };
      socket.onmessage = (event) => {
        if (event.data !== "again") {
          if (Number(event.data) <= self.drawn) return;
          self.drawn = Number(event.data);
        }
        self.wake("changed");
      };
      socket.onclose = () => {
        if (self.socket !== socket || self.stopped) return;
        setTimeout(connect, (self.wait = Math.min(2 * (self.wait || 500), 30000)));
      };
    };
    self.stopped = false;
    connect();
  }
  clearInterval(self.minute);
  self.minute = setInterval(() => self.wake("tick"), 60000);
  return () => { self.stopped = true; clearInterval(self.minute); self.socket?.close(); self.socket = null; };
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_live", js=_SCRIPT)


def listen(position: int, shows: list[str], wake: Callable[[], None] = lambda: None) -> None:
    """Mount the component: its page or fragment reruns when data that it shows change after `position`, and once a minute.

    `shows` is "*" for the whole region, or keys as « department:77 », « structure:990000001 », « unit:990000001-01 »,
    « account:id » for the units that an account may declare for.
    `wake` is the callback of these reruns: it may rerun another fragment instead.
    """
    _component()(
        data={"position": position, "shows": shows},
        key=_KEY,
        height=0,
        on_changed_change=wake,
        on_tick_change=wake,
    )
