"""JavaScript of the components that ask Streamlit for a run without a press of the user: live data, and the minute."""

IS_RUNNING = """
// A component that asks for a run during another, as when another page was just opened, would have its own page run instead.
const isRunning = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== "notRunning";
"""

STAY_LIVE = (
    IS_RUNNING
    + """
// Stays connected to the server, and wakes a component by `self.wake`: at the messages that `onMessage` passes on, and once a
// minute. `subscription` returns the first message of a connection, `onReopen` follows a loss. Returns what stops it all.
const stayLive = (self, { subscription, onMessage, onReopen = () => {} }) => {
  const connect = () => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = (self.socket = new WebSocket(`${scheme}//${location.host}/live`));
    socket.onopen = () => {
      if (self.lost) onReopen();
      self.lost = false;
      self.wait = 1000;
      socket.send(subscription());
    };
    socket.onmessage = (event) => onMessage(event.data);
    socket.onclose = () => {
      if (self.socket !== socket || self.stopped) return;
      self.lost = true;
      setTimeout(connect, (self.wait = Math.min(2 * (self.wait || 500), 30000)));
    };
  };
  if (!self.socket || self.socket.readyState > 1) {
    self.stopped = self.lost = false;
    connect();
  } else if (self.socket.readyState === 1) self.socket.send(subscription());
  clearInterval(self.minute);
  self.minute = setInterval(() => self.wake("tick"), 60000);
  return () => {
    self.stopped = true;
    clearInterval(self.minute);
    clearTimeout(self.later);
    self.socket?.close();
    self.socket = null;
  };
};
"""
)
