// Shows a banner while the connection to the server is lost, and resumes the page once it is back, without a reload.
//
// Our own pulse detects within seconds whether the server answers; Streamlit reports whether its connection is open and
// whether a script runs. The page accepts presses again once both work and the whole page was rendered again.
(() => {
  const TICK_MS = 250, PULSE_MS = 1000, LATE_MS = 2000, DEAD_MS = 8000, STALE_MS = 10000, ASLEEP_MS = 8000;
  const UNANSWERED_MS = 8000, ACKNOWLEDGE_MS = 5000, PRESS_MS = 10000, ANSWER_MS = 3000;
  const PRESSED = 'button[data-testid^="stBaseButton"], a[data-testid*="NavLink"], [data-testid="stDataFrame"] canvas, [data-testid="stPopoverButton"], .ror-sheet-foot button, .ror-row-open, .ror-tour-buttons button';
  const FATAL = "Websocket connection fatal error encountered", RELOAD_MS = 60000;
  const PRESERVED = "Ce que vous avez saisi est gardé. ";
  const ERROR = "Le service a rencontré une erreur : rechargez la page ; si elle revient, appelez le support.";
  const { telephone, hours } = document.currentScript.dataset;
  const now = () => performance.now();

  // --- the banner

  const banner = document.createElement("div");
  banner.id = "ror-connection";

  function show(kind, message, detail = []) {
    if (banner.dataset.shown === kind + message) return;
    const line = document.createElement("p");
    line.append(...detail);
    banner.dataset.shown = kind + message;
    banner.className = kind;
    banner.setAttribute("role", kind === "refused" ? "alert" : "status");
    banner.replaceChildren(Object.assign(document.createElement("strong"), { textContent: message }), line);
    document.body.append(banner);
  }

  function hide() {
    delete banner.dataset.shown;
    banner.remove();
  }

  function support(before = "") {
    const link = Object.assign(document.createElement("a"), { href: `tel:${telephone.replaceAll(" ", "")}`, textContent: telephone });
    return [`${before}Support : `, link, hours ? `, ${hours}` : ""];
  }

  function button(words, act) {
    return Object.assign(document.createElement("button"), { type: "button", textContent: words, onclick: act });
  }

  const understood = () => [button("Compris", hide)];
  const reloader = () => button("Recharger", () => location.reload());

  // --- the state of the connection

  const page = { open: true, run: "notRunning", changedAt: 0, pressedAt: -Infinity, interrupted: false, dropped: false, heartbeatAt: 0 };
  const pulse = { socket: null, openedAt: 0, sentAt: 0, answeredAt: now(), tickedAt: now(), backAt: 0, time: "" };
  let lostAt = 0, broken = false, redrawn = true, refused = false, dead = false;

  const answers = () => pulse.answeredAt >= pulse.sentAt;

  // Records a lost connection; `breaks` when it was closed or given up, and is not only late.
  function lose(breaks) {
    if (breaks && !broken) {
      broken = true;
      redrawn = false;
    }
    if (lostAt) return;
    lostAt = now();
    pulse.backAt = 0;
    redrawn = refused = page.dropped = false;
    page.interrupted ||= lostAt - page.pressedAt < PRESS_MS;
    draw();
  }

  function resume() {
    lostAt = 0;
    broken = false;
    draw();
    if (refused) {
      show("notice", "Connexion revenue : votre dernière action n'est pas faite, recommencez.", understood());
    } else if (page.interrupted) {
      show("notice", "La connexion a été coupée pendant votre dernière action : vérifiez qu'elle est faite, sinon recommencez.", understood());
    }
    page.interrupted = refused = false;
  }

  function draw() {
    const stale = lostAt && now() - lostAt > STALE_MS;
    document.documentElement.dataset.connection = lostAt ? (stale ? "stale" : "lost") : "open";
    if (dead) show("refused", ERROR, [reloader(), ...support()]);
    else if (!lostAt) hide();
    else if (refused) show("refused", "Connexion perdue : rien n'est enregistré. Recommencez dès que ce bandeau disparaît.", support(PRESERVED));
    else show("lost", `Connexion perdue${pulse.time && `, données de ${pulse.time}`}, nouvel essai…`, support(PRESERVED));
  }

  // Sends a message to Streamlit, as the host of its page.
  function post(message) {
    window.postMessage({ stCommVersion: 1, ...message }, location.origin);
  }

  // Has Streamlit check its connection, and open another one if it is dead.
  function probe() {
    if (now() - page.heartbeatAt < ACKNOWLEDGE_MS) return;
    page.heartbeatAt = now();
    post({ type: "SEND_APP_HEARTBEAT", ackTimeoutMilliseconds: ACKNOWLEDGE_MS });
  }

  // Resumes the page if it can. A server that was only late handles the messages it received, and the page waits for that.
  // After a break the whole page is rendered before it accepts a press: the session of Streamlit may be a new, empty one.
  function recover() {
    if (!lostAt || !page.open || !answers()) return;
    if ((redrawn || !(broken || page.interrupted)) && page.run === "notRunning") return resume();
    // A press may still be in progress: a run of the page now would replace it.
    if (page.interrupted && !page.dropped && now() - pulse.backAt < ANSWER_MS) return;
    probe();
    if (page.run === "notRunning") post({ type: "RERUN_SCRIPT" });
  }

  // Streamlit handles no message any more: the page has to be loaded again. What is typed in a form is left for its user to
  // note, and an error that comes back at once is shown.
  function giveUp() {
    const [{ type }] = performance.getEntriesByType("navigation");
    dead = Boolean(document.querySelector('[data-testid="stForm"]')) || (type === "reload" && now() < RELOAD_MS);
    if (dead) draw();
    else location.reload();
  }

  window.addEventListener("message", ({ source, origin, data }) => {
    if (source !== window || origin !== location.origin || data?.stCommVersion !== 1) return;
    if (data.type === "WEBSOCKET_DISCONNECTED") {
      page.open = false;
      lose(true);
      page.dropped = true;
    } else if (data.type === "WEBSOCKET_CONNECTED") {
      page.open = true;
      page.heartbeatAt = 0;
      recover();
    } else if (data.type === "SCRIPT_RUN_STATE_CHANGED") {
      if (data.scriptRunState === "notRunning") {
        redrawn = page.open;
        if (!lostAt || !broken) {
          page.pressedAt = -Infinity;
          page.interrupted = false;
        }
      }
      page.run = data.scriptRunState;
      page.changedAt = now();
      recover();
    } else if (data.type === "CLIENT_ERROR" && data.error === FATAL) {
      giveUp();
    } else if (data.type === "CLIENT_ERROR_DIALOG" && data.error !== "Connection error") {
      show("notice", ERROR, support());
    }
  });

  // --- the pulse

  function beat() {
    pulse.sentAt = now();
    pulse.socket.send("");
  }

  function connect() {
    const old = pulse.socket, socket = (pulse.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/pulse`));
    pulse.openedAt = now();
    socket.onopen = () => socket === pulse.socket && beat();
    socket.onmessage = (event) => {
      if (socket !== pulse.socket) return;
      pulse.answeredAt = now();
      pulse.backAt ||= pulse.answeredAt;
      pulse.time = event.data;
      recover();
    };
    socket.onclose = () => {
      if (socket !== pulse.socket) return;
      pulse.socket = null;
      pulse.sentAt = now();
      lose(true);
    };
    old?.close();
  }

  function tick() {
    const time = now(), woken = time - pulse.tickedAt > ASLEEP_MS;
    pulse.tickedAt = time;
    if (woken) probe();
    // The wait for an answer starts now: the machine slept since the question.
    if (woken && !answers()) pulse.sentAt = time;
    const open = pulse.socket?.readyState === WebSocket.OPEN, waited = answers() ? 0 : time - pulse.sentAt;
    if (waited > LATE_MS) lose(waited > DEAD_MS);
    if (page.run === "rerunRequested" && time - page.changedAt > UNANSWERED_MS) probe();
    if (time - pulse.openedAt > (pulse.socket ? DEAD_MS : PULSE_MS) && (!open || waited > DEAD_MS)) connect();
    else if (open && answers() && (woken || time - pulse.sentAt > PULSE_MS)) beat();
    if (lostAt) draw();
    recover();
  }

  // --- presses while the connection is lost

  // Streamlit disables its buttons once it detects the loss: they get no clicks any more, but pointer events.
  function press(event) {
    const target = event.target instanceof Element ? event.target : document.body;
    const field = event.ctrlKey || event.metaKey ? "textarea" : "input";
    const submits = event.key === "Enter" && target.matches(`[data-testid="stForm"] ${field}`);
    if (event.type === "keydown" ? !submits : !target.closest(PRESSED)) return;
    page.pressedAt = now();
    // A notice was about an earlier press.
    if (!lostAt) return hide();
    event.preventDefault();
    event.stopImmediatePropagation();
    refused = true;
    draw();
  }

  for (const kind of ["pointerdown", "click", "keydown"]) window.addEventListener(kind, press, true);
  window.addEventListener("online", tick);
  document.addEventListener("visibilitychange", tick);
  document.addEventListener("DOMContentLoaded", () => {
    connect();
    setInterval(tick, TICK_MS);
  });
})();
