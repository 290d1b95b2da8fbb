"""The live component: it reruns a fragment when its data change, and once a minute so that ages stay correct.

The server pushes positions over a WebSocket of its own (`ror.web.server.live_hub`); the component turns each into a rerun
of a fragment, which leaves half-typed fields as they are. An idle page costs nothing between two ticks.
"""

from collections.abc import Callable
from functools import cache

import streamlit as st

from ror.web.script_run import STAY_LIVE
from ror.web.server.live_hub import EVERYTHING

__all__ = ["EVERYTHING", "listen"]

_KEY = "live"

_SCRIPT = """
export default function ({ data, setTriggerValue }) {
  const self = (window.__rorLive ??= { drawn: 0 });
  self.drawn = data.position;
  self.data = data;
  self.wake = (name) => {
    clearTimeout(self.later);
    if (isRunning()) self.later = setTimeout(() => self.wake(name), 50);
    else setTriggerValue(name, Date.now());
  };
  return stayLive(self, {
    subscription: () => JSON.stringify({ ...self.data, position: self.drawn }),
    onMessage: (message) => {
      if (message !== "again") {
        if (Number(message) <= self.drawn) return;
        self.drawn = Number(message);
      }
      self.wake("changed");
    },
  });
}
"""


@cache
def _component() -> "st.components.v2.types.ComponentRenderer":
    return st.components.v2.component("ror_live", js=STAY_LIVE + _SCRIPT)


def listen(position: int, shows: list[str], wake: Callable[[], None] = lambda: None) -> None:
    """Mount the component: its page or fragment reruns when data that it shows change after `position`, and once a minute.

    `shows` is "*" for the whole region, or keys as « department:77 », « structure:990000001 », « unit:990000001-01 »,
    « account:id » for the units that an account may declare for, « calls:12 » for the call round after its event 12.
    `wake` is the callback of these reruns: it may rerun another fragment instead.
    """
    _component()(
        data={"position": position, "shows": shows},
        key=_KEY,
        height=0,
        on_changed_change=wake,
        on_tick_change=wake,
    )
