// Does what screen readers and the keyboard need on every screen and Streamlit lacks: the focus is never lost, the change of a
// screen is announced, a refusal belongs to its fields, charts and grids have a name in French and no internals.
(() => {
  const REACHED = 'a[href], button:not(:disabled), input:not(:disabled, [type="hidden"]), select:not(:disabled), textarea:not(:disabled), summary, canvas[tabindex], [tabindex]:not([tabindex^="-"])';
  const TITLES = ["H1", "H2", "H3"], MENU = '[data-testid="stSidebar"]', OPEN_MENU = '[data-testid="stExpandSidebarButton"]';
  const CLOSE_MENU = '[data-testid="stSidebarCollapseButton"] button', APP = '[data-testid="stApp"]';
  const UNDER_POPOVER = `main, header, ${MENU}`;
  const POPOVER = '[data-testid="stPopoverBody"]', OPEN_POPOVER = '[data-testid="stPopoverButton"][aria-expanded="true"]';
  const MAX_OPENERS = 20, SOON_MS = 50, SETTLED_MS = 120, SIGNED_OUT = "ror-signed-out";
  // Heights of a line and of the heading of a grid (ROW in ror/web/tables.py), and a place in its first column.
  const LINE_PX = 33, INSIDE_PX = 30;
  const main = () => document.querySelector('[data-testid="stMain"]');
  const lost = () => !document.activeElement || document.activeElement === document.body;
  const seen = (one) => one.isConnected && one.checkVisibility({ visibilityProperty: true });
  // Read from the page: Streamlit sends its host no message about a run that is drawn in one go.
  const running = () => document.querySelector(APP)?.dataset.testScriptState !== "notRunning";

  // --- what had the focus, and how it is found again

  const openers = [];
  let last = null, path = null, arriving = "", actedAt = 0, movedAt = 0, menu = null, late = null, opened = null;

  const words = (one) =>
    (one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent || one.placeholder || "").trim();
  const block = (one) => [...(one.closest('[class*="st-key-"]')?.classList ?? [])].find((name) => name.startsWith("st-key-"));

  function describe(element) {
    const ancestors = [], list = element.closest("ul, ol");
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) ancestors.push(at);
    return { element, ancestors, tag: element.tagName, role: element.getAttribute("role"), words: words(element), row: element.dataset.row,
      block: block(element), list, index: list ? [...list.querySelectorAll(REACHED)].indexOf(element) : -1 };
  }

  function twin({ tag, role, words: wanted, row, block: key }) {
    const same = [...document.querySelectorAll(tag)].filter(
      (one) => (one.matches(REACHED) || TITLES.includes(tag)) && seen(one) && one.getAttribute("role") === role && (row ? one.dataset.row === row : one.dataset.row === undefined && words(one) === wanted && wanted));
    return same.find((one) => block(one) === key) ?? same[0];
  }

  // Where to go on when nothing like it is left: the message that came, the next row of its list, the title of what took its
  // place, the first field of it, the title of the screen.
  function successor({ element, ancestors, list, index }) {
    const row = list?.isConnected && [...list.querySelectorAll(REACHED)].slice(0, index + 1).at(-1);
    if (row) return row;
    const place = ancestors.find((one) => one.isConnected && one.querySelector(`h1, h2, h3, ${REACHED}`)) ?? main();
    const found = place && (place.querySelector("h1, h2, h3") ?? [...place.querySelectorAll(REACHED)].find((one) => one !== element && seen(one)));
    return found ?? title();
  }

  const title = () => main()?.querySelector("h1") ?? main();

  function reach(target, scroll = false, options = {}) {
    if (!target) return;
    if (!target.matches(REACHED)) target.tabIndex = -1;
    target.focus({ preventScroll: !scroll, ...options });
  }

  // `settled` once the page is drawn: until then, what had the focus may come back.
  function restore(settled) {
    if (!last || !lost()) return;
    if (seen(last.element) && !last.element.matches(":disabled")) return;
    const popover = document.querySelector(POPOVER), found = twin(last);
    if (found) return reach(found);
    if (popover && last.ancestors.some((one) => one.matches(POPOVER))) return reach(popover);
    // The menu of a narrow window opens and closes in place of its button.
    const closing = document.querySelector(`${MENU}[data-collapsed="false"] ${CLOSE_MENU}`);
    if (last.element.matches(OPEN_MENU) && closing) return reach(closing);
    const button = document.querySelector(OPEN_MENU);
    if (button && seen(button) && last.ancestors.some((one) => one.matches(MENU))) return reach(button);
    if (!settled) return;
    // The popover closed while the page around it was drawn anew: return to its button.
    const back = opened && !popover && [last.element, ...last.ancestors].some((one) => one.matches(POPOVER)) && twin(opened);
    if (back) return reach(back, true);
    const opener = openers.findLastIndex((one) => twin(one));
    if (opener >= 0) return reach(twin(openers.splice(opener)[0]), true);
    openers.push(last);
    openers.splice(0, openers.length - MAX_OPENERS);
    reach(successor(last), true);
  }

  // --- another screen

  const news = Object.assign(document.createElement("div"), { id: "ror-news", role: "status" });

  function notice() {
    const before = path;
    path = location.pathname;
    const form = document.querySelector(".st-key-login");
    if (form) sessionStorage.setItem(SIGNED_OUT, "1");
    else if (before === null && sessionStorage.getItem(SIGNED_OUT)) arriving = "entered";
    else if (before !== null && before !== path) arriving = "moved";
    if (!form) sessionStorage.removeItem(SIGNED_OUT);
  }

  // Goes to the title of the screen that has come.
  function arrive() {
    if (!arriving) return;
    const heading = title(), entered = arriving === "entered";
    if (arriving === "moved") news.textContent = `Écran : ${heading.textContent}`;
    // Leave the focus to a user who already acts on the new screen, and to the panel of the tour.
    const elsewhere = (entered || movedAt) && actedAt > movedAt;
    arriving = "";
    movedAt = 0;
    openers.length = 0;
    late = menu;
    if (elsewhere || document.activeElement?.closest(".ror-tour")) return;
    // On a page that has just been loaded browsers take any focus for one by keyboard: the ring would cover what is beside.
    reach(heading, false, entered ? { focusVisible: false } : {});
  }

  // --- what opens over the page

  // Streamlit leaves the focus on the button of a popover, and puts the popover at the end of the page; drawn anew, it is another
  // one, that takes the focus which the one before had.
  function enter(popover) {
    if ("rorEntered" in popover.dataset) return;
    popover.dataset.rorEntered = "";
    const button = document.querySelector(OPEN_POPOVER);
    if (button) opened = describe(button);
    if (document.activeElement !== button && !(last?.element.matches(POPOVER) && lost())) return;
    reach(popover);
  }

  // Closes a popover that would cover the focused element. Its own lists and calendars are drawn outside of these places.
  function uncover(focused) {
    const button = document.querySelector(OPEN_POPOVER);
    if (button && focused !== button && focused?.closest(UNDER_POPOVER)) button.click();
  }

  const within = (place) => [...place.querySelectorAll(REACHED)].filter((one) => seen(one) && one.tabIndex >= 0);

  // Tab leaves a popover by its button, once its content is there; Escape closes the menu of a narrow window, as Streamlit does
  // a popover.
  function leave(event) {
    const { key, shiftKey, target } = event, popover = target.closest?.(POPOVER), stops = popover ? within(popover) : [];
    if (key === "Escape" && target.closest?.(MENU)) document.querySelector(CLOSE_MENU)?.click();
    if (key !== "Tab" || !popover || (shiftKey ? ![popover, stops[0]].includes(target) : stops.length && target !== stops.at(-1))) return;
    if (shiftKey || !stops.length) event.preventDefault();
    if (shiftKey || stops.length) document.querySelector(OPEN_POPOVER)?.focus();
  }

  // --- names

  const alerts = '[data-testid="stAlert"]:has([data-testid="stAlertContentError"])';
  let alertNumber = 0;

  // Has a refusal describe the fields of its form, and marks as invalid the fields that it names.
  function link(form) {
    const alert = form.querySelector(alerts), refusal = alert?.textContent.toLowerCase() ?? "";
    if (alert) alert.id ||= `ror-refusal-${(alertNumber += 1)}`;
    const fields = [...form.querySelectorAll("input:not([type='hidden']), textarea")];
    for (const field of fields) {
      const named = alert && (fields.length === 1 || refusal.includes(words(field).toLowerCase()));
      const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && !id.startsWith("ror-refusal-"));
      const ids = [...others, ...(alert ? [alert.id] : [])].join(" ");
      if (ids !== (field.getAttribute("aria-describedby") ?? "")) ids ? field.setAttribute("aria-describedby", ids) : field.removeAttribute("aria-describedby");
      if (named) Object.assign(field, { ariaInvalid: "true" }).dataset.rorRefused = "";
      else if ("rorRefused" in field.dataset) {
        field.removeAttribute("aria-invalid");
        delete field.dataset.rorRefused;
      }
    }
  }

  // Gives a cell of a grid words to be read: neither the address of its picture, nor the rank that sorts it.
  function say(text) {
    const picture = text?.nodeValue.match(/^data:image[^,]*;words=([^,;]*)/), ranked = text?.nodeValue.match(/^\d ([●■▲✕○⊘] .*)/);
    if (picture || ranked) text.nodeValue = picture ? decodeURIComponent(picture[1]) : ranked[1];
  }

  // Enter presses the button in the first cell of a line: in the grid of Streamlit only a pointer can.
  function pressCell(event) {
    const line = event.target.id?.match(/^glide-cell-0-(\d+)$/)?.[1];
    if (line === undefined || event.key !== "Enter") return;
    const grid = event.target.closest('[data-testid="stDataFrame"]'), scroller = grid.querySelector(".dvn-scroller");
    const { left, top } = scroller.getBoundingClientRect();
    const place = { clientX: left + INSIDE_PX, clientY: top + LINE_PX * (Number(line) + 1.5) - scroller.scrollTop };
    const options = { ...place, bubbles: true, cancelable: true, pointerType: "mouse" };
    event.stopPropagation();
    for (const kind of ["move", "down", "up"]) {
      scroller.dispatchEvent(new PointerEvent(`pointer${kind}`, options));
      scroller.dispatchEvent(new MouseEvent(`mouse${kind}`, options));
    }
    scroller.dispatchEvent(new MouseEvent("click", options));
  }

  function name() {
    for (const chart of document.querySelectorAll('[data-testid="stVegaLiteChart"][aria-roledescription]')) {
      chart.setAttribute("role", "img");
      chart.removeAttribute("aria-roledescription");
    }
    for (const drawing of document.querySelectorAll('[data-testid="stVegaLiteChart"] > svg:not([aria-hidden])')) drawing.ariaHidden = "true";
    for (const scroller of document.querySelectorAll(".dvn-scroller:not([tabindex])")) scroller.tabIndex = -1;
    for (const grid of document.querySelectorAll('canvas[data-testid="data-grid-canvas"]:not([aria-label])')) {
      const titles = [...main().querySelectorAll("h1, h2, h3")].filter((one) => one.compareDocumentPosition(grid) & Node.DOCUMENT_POSITION_FOLLOWING);
      grid.setAttribute("aria-label", `Tableau : ${titles.at(-1)?.textContent ?? document.title}`);
    }
    for (const cell of document.querySelectorAll("canvas td")) say(cell.firstChild);
    document.querySelectorAll('[data-testid="stForm"]').forEach(link);
    main()?.setAttribute("aria-label", "Contenu");
  }

  // --- when

  function check() {
    if (path !== null && location.pathname !== path) movedAt ||= performance.now();
    name();
    document.querySelectorAll(POPOVER).forEach(enter);
    restore(false);
  }

  function settle() {
    if (running() || !main()?.querySelector("h1")) return;
    notice();
    arrive();
    restore(true);
    // A late answer to the opening of a popover opens it again after it was closed.
    // A browser that focuses no button on a click focuses the page, under a popover that was opened on purpose.
    if (document.activeElement !== main()) uncover(document.activeElement);
  }

  addEventListener("focusin", ({ target }) => {
    last = describe(target);
    // A menu that closes late gives the focus back to its button once, even after the screen that it led to has come.
    if (target === late) {
      late = null;
      return reach(title());
    }
    menu = target.matches('[role="menuitem"]') ? document.querySelector('header [aria-expanded="true"]') : null;
    uncover(target);
  });
  // A press outside of any field leaves it on purpose: its focus is not restored.
  addEventListener("pointerdown", ({ target }) => {
    if (!target.closest?.(`${REACHED}, label`)) last = null;
  }, true);
  const act = () => {
    actedAt = performance.now();
    late = null;
  };
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, act, true);
  // A link to a place of the page moves the focus only: it must not change the address, which is the state of the screen.
  addEventListener("click", (event) => {
    const address = event.target.closest?.(".ror-skip")?.getAttribute("href");
    if (!address) return;
    event.preventDefault();
    const place = document.querySelector(address);
    reach(place?.querySelector("summary") ?? place, true);
  });
  addEventListener("keydown", leave, true);
  addEventListener("keydown", pressCell, true);
  addEventListener("DOMContentLoaded", () => {
    document.body.append(news);
    let soon, later;
    new MutationObserver(() => {
      soon ??= setTimeout(() => {
        soon = undefined;
        check();
      }, SOON_MS);
      clearTimeout(later);
      later = setTimeout(settle, SETTLED_MS);
    }).observe(document.body, { childList: true, subtree: true, attributeFilter: ["data-test-script-state"] });
  });
})();
