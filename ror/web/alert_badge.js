// The badge of one's alerts: it listens to the server on a connection of its own, and sounds once for each new ringing.
const ADDRESS = "/alertes";
const AGAIN = "again";
// The run of a user act is seen only once the server answers. A run requested before that would replace it, and leave a page
// that was just opened empty.
const ACT_MS = 1000;

export default function ({ data, parentElement, setTriggerValue }) {
  const self = (window.__rorAlerts ??= {});
  self.data = data;
  self.wake = (name) => {
    clearTimeout(self.later);
    if (isRunning() || performance.now() - self.actedAt < ACT_MS) self.later = setTimeout(() => self.wake(name), 50);
    else setTriggerValue(name, Date.now());
  };
  draw(parentElement, data);
  watchActs(self);
  prepareSound(self);
  sound(self, data);
  return stayLive(self, {
    subscription: () => JSON.stringify({ shows: self.data.shows, position: Number.MAX_SAFE_INTEGER }),
    onMessage: (message) => message === AGAIN && self.wake("changed"),
    // What rang while the connection was lost is not sent again.
    onReopen: () => self.wake("changed"),
  });
}

function draw(parent, { count, name, words }) {
  let link = parent.querySelector("a");
  if (!link) {
    link = document.createElement("a");
    link.className = "ror-badge";
    link.href = ADDRESS;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState({}, "", ADDRESS);
      dispatchEvent(new PopStateEvent("popstate", { state: {} }));
    });
    const news = document.createElement("span");
    news.className = "ror-badge-news";
    news.setAttribute("role", "status");
    parent.append(link, news);
  }
  link.hidden = !count;
  link.replaceChildren(...(count ? [part("b", `${count} alerte${count > 1 ? "s" : ""}`), part("span", name)] : []));
  link.setAttribute("aria-label", words);
  const news = parent.querySelector(".ror-badge-news");
  if (news.textContent !== words) news.textContent = words;
}

function part(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function watchActs(self) {
  if (self.actedAt !== undefined) return;
  self.actedAt = -ACT_MS;
  const acted = () => (self.actedAt = performance.now());
  for (const act of ["click", "keydown", "popstate"]) addEventListener(act, acted, { capture: true, passive: true });
}

// A browser plays nothing before the user acts on the page.
function prepareSound(self) {
  if (self.prepared) return;
  self.prepared = true;
  const start = () => {
    self.audio ??= new AudioContext();
    self.audio.resume();
  };
  if (navigator.userActivation?.hasBeenActive) start();
  for (const act of ["pointerdown", "keydown"]) addEventListener(act, start, { capture: true, passive: true });
}

function sound(self, data) {
  const key = `ror-alert-heard-${data.account}`;
  const heard = Number(localStorage.getItem(key) ?? 0);
  // Another tab of this browser may have sounded already.
  if (data.newest > heard) {
    localStorage.setItem(key, String(data.newest));
    if (data.sound) play(self);
  }
  if (data.test && data.test !== self.test) play(self);
  self.test = data.test;
}

function play(self) {
  const audio = self.audio;
  // A suspended sound would be played long after, at the next act of the user.
  if (audio?.state !== "running") return;
  [[0, 660], [0.18, 880]].forEach(([after, pitch]) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const at = audio.currentTime + after;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.4);
  });
}
