// Opens the wall, updates it for days, and shows when it is no longer connected.
(() => {
  const { draw, drawAges, clear, write, time } = window.rorWall;
  const TICK_MS = 1000, EVERY_MS = 60000, SILENT_MS = 25000, GRACE_MS = 5000, RETRY_MS = 3000, ANSWER_MS = 15000;
  const RELOAD_MS = 600000, CLOSED = 4403, BEAT = ".";
  const byId = (id) => document.getElementById(id);

  // The time of the server, counted on by `performance.now()`: the clock of the machine of the room may be wrong.
  const clock = { server: 0, at: 0, now: () => clock.server + performance.now() - clock.at };
  // `heardAt`: the last sign of the server; `lostAt`: when its loss was noticed, null while it is connected.
  let content = null, heardAt = 0, lostAt = null, readAt = 0, reading = null, again = false;
  let stopped = false, secret = "", connecting = 0, listening = false, leave = () => {};

  // --- reading

  async function read() {
    const answer = await fetch("/mur/contenu", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status === 403) {
      close(await answer.text());
      return;
    }
    if (!answer.ok) throw new Error(`content: ${answer.status}`);
    const received = await answer.json();
    if (stopped) return;
    if (received.version !== document.body.dataset.version && performance.now() > RELOAD_MS) {
      location.reload();
      return;
    }
    content = received;
    clock.server = content.now;
    clock.at = performance.now();
    readAt = heardAt = performance.now();
    await draw(content);
    byId("message").hidden = true;
    byId("wall").hidden = false;
    tick();
  }

  // Reads the content; once more if it changed meanwhile.
  async function refresh() {
    again = true;
    reading ??= (async () => {
      try {
        while (again && !stopped) {
          again = false;
          await read();
        }
      } finally {
        reading = null;
      }
    })();
    return reading;
  }

  // --- the connection

  // Reads, then listens until the connection is lost, then begins again; a newer call ends the older ones.
  async function connect() {
    const turn = ++connecting;
    let pause = RETRY_MS;
    leave();
    try {
      if (secret) await exchange();
      if (!stopped) await refresh();
      if (!stopped && turn === connecting) pause = (await listen()) === CLOSED ? 0 : RETRY_MS;
    } catch {
      // The failure is shown below, and the connection tried again.
    }
    if (stopped || turn !== connecting) return;
    lostAt ??= performance.now();
    tick();
    setTimeout(() => turn === connecting && connect(), pause);
  }

  // Waits until the live connection ends, is silent for too long or is left; gives the code of its end.
  function listen() {
    return new Promise((resolve) => {
      const socket = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/mur/direct`);
      leave = (code) => {
        leave = () => {};
        listening = false;
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
        resolve(code);
      };
      socket.onopen = () => {
        socket.send(JSON.stringify({ position: content.position, shows: ["*"] }));
        listening = true;
        lostAt = null;
        heardAt = performance.now();
        tick();
      };
      socket.onmessage = ({ data }) => {
        heardAt = performance.now();
        if (data !== BEAT && Number(data) > content.position) refresh().catch(() => leave());
      };
      socket.onclose = ({ code }) => leave(code);
    });
  }

  // Exchanges the link for a session: its text leaves the address, and is sent once.
  async function exchange() {
    const answer = await fetch("/mur/ouvrir", { method: "POST", body: secret, signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status !== 204 && answer.status !== 403) throw new Error(`link: ${answer.status}`);
    secret = "";
    // A screen that is open already goes on.
    if (answer.status === 403 && (await fetch("/mur/contenu")).status === 403) close(await answer.text());
  }

  // --- what is shown

  function tick() {
    if (stopped) return;
    if (!content) {
      if (lostAt !== null) write(byId("message").firstElementChild, "Le service ne répond pas : nouvel essai dans un instant.");
      return;
    }
    const now = clock.now(), lost = lostAt !== null && performance.now() - lostAt > GRACE_MS;
    if (content.ends && now >= content.ends) {
      close("Cet écran a expiré. Demandez un nouveau lien à un coordonnateur.");
      return;
    }
    write(byId("clock"), time(now));
    write(byId("state"), `Données de ${time(content.at)} ${lost ? "✕ hors connexion" : "● en direct"}`);
    byId("lost").hidden = !lost;
    document.documentElement.classList.toggle("lost", lost);
    if (lost) write(byId("lost"), `Connexion perdue ${since(performance.now() - heardAt)}, dernières données de ${time(content.at)}`);
    drawAges(now);
  }

  function since(milliseconds) {
    const minutes = Math.floor(milliseconds / 60000);
    if (!minutes) return "depuis moins d'une minute";
    return minutes < 120 ? `depuis ${minutes} min` : `depuis ${Math.floor(minutes / 60)} h`;
  }

  // Ends the screen: nothing that was shown stays.
  function close(sentence) {
    stopped = true;
    connecting += 1;
    content = null;
    leave();
    clear();
    document.documentElement.classList.remove("lost");
    for (const id of ["state", "clock"]) write(byId(id), "");
    byId("lost").hidden = byId("wall").hidden = true;
    byId("message").hidden = false;
    write(byId("message").firstElementChild, sentence);
  }

  function start() {
    secret = location.hash.slice(1);
    if (secret) history.replaceState(null, "", location.pathname);
    stopped = false;
    lostAt = null;
    connect();
  }

  setInterval(() => {
    if (stopped) return;
    if (listening && performance.now() - heardAt > SILENT_MS) leave();
    if (listening && performance.now() - readAt > EVERY_MS) {
      readAt = performance.now();
      refresh().catch(() => leave());
    }
    tick();
  }, TICK_MS);

  // Without user input the machine would turn its screen off; not all browsers have wake locks.
  const stayAwake = () => document.visibilityState === "visible" && navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();

  window.addEventListener("hashchange", () => location.hash && start());
  start();
})();
