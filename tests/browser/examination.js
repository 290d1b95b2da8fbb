// Examines a page as it is drawn. Each function returns a sentence for each fault that axe does not find: `problems`, `cut` for
// what a page cuts off, `plan` for what screen readers navigate by, `moving` for motion although its user asks for less. See examination.py.
window.examination = (() => {
  const NORMAL = 4.5, LARGE = 3, BORDER = 3, TARGET = 24, BLINK_S = 0.1;
  const TARGETS = 'a[href], button, input, select, textarea, summary, [role="button"], [role="link"], [role="option"], [role="tab"], [role="menuitem"], [role="spinbutton"], [role="slider"], [role="switch"]';
  const FIELDS = 'input:not([type="hidden"], [type="file"]), textarea, select, [role="group"]:has(> [role="spinbutton"])';

  const elements = () => [...document.querySelectorAll("body *")];
  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const style = (element, pseudo) => getComputedStyle(element, pseudo);
  // Text that is clipped away: only screen readers read it.
  const isClipped = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const { clip, clipPath, position } = style(one);
      if (clipPath.includes("inset(50%)") || clipPath.includes("inset(100%)") || (position === "absolute" && clip.startsWith("rect"))) return true;
    }
    return false;
  };
  const say = (element) => {
    const words = (element.getAttribute("aria-label") || element.textContent || element.placeholder || "").trim().slice(0, 40);
    const test = element.closest("[data-testid]")?.dataset.testid ?? element.closest("[class]")?.getAttribute("class") ?? "";
    return `${element.tagName.toLowerCase()} « ${words} » in ${test}`;
  };

  // --- colours

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const cache = new Map();
  const read = (text) => {
    if (!cache.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      cache.set(text, [red, green, blue, alpha / 255]);
    }
    return cache.get(text);
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((part, at) => part * a + below[at] * (1 - a));
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => (part /= 255) <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    return over(read(style(element).backgroundColor), ground(element.parentElement));
  };
  // The colour as seen: with the opacity of the element and of its ancestors, over its ground.
  const seen = (element, colour) => {
    let [r, g, b, a] = read(colour);
    for (let one = element; one; one = one.parentElement) a *= Number(style(one).opacity);
    return over([r, g, b, a], ground(element));
  };

  // Texts that axe leaves out: of disabled controls, of drawings, placeholders.
  function* contrasts() {
    for (const element of elements()) {
      if (!isShown(element) || isClipped(element)) continue;
      const drawn = element instanceof SVGTextContentElement, { color, fill, fontSize, fontWeight } = style(element);
      const large = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && fontWeight >= 700);
      const own = [...element.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
      const texts = [];
      if (own && (drawn || element.closest(":disabled, [aria-disabled='true'], [data-disabled]"))) texts.push(["text", seen(element, drawn ? fill : color)]);
      if (element.matches(":disabled") && element.value) texts.push(["value", seen(element, style(element).webkitTextFillColor)]);
      if (element.matches(":placeholder-shown") && element.placeholder) {
        const { color: pale, opacity } = style(element, "::placeholder"), [r, g, b, a] = read(pale);
        texts.push(["placeholder", over([r, g, b, a * Number(opacity)], ground(element))]);
      }
      for (const [what, colour] of texts) {
        const found = contrast(colour, ground(element));
        if (parseFloat(fontSize) && found < (large ? LARGE : NORMAL)) yield `contrast ${found.toFixed(2)} of the ${what}: ${say(element)}`;
      }
    }
  }

  // A field must stand out from what is around it, by its border or by its ground.
  function* borders() {
    for (const field of document.querySelectorAll(FIELDS)) {
      if (!isShown(field)) continue;
      let best = 0;
      const parts = field.matches('[type="checkbox"], [type="radio"]') ? [field, ...field.parentElement.querySelectorAll("*")] : [];
      for (let one = field, steps = 0; one && steps < 5; one = one.parentElement, steps++) parts.push(one);
      for (const one of parts) {
        const around = ground(one.parentElement), look = style(one);
        if (!isShown(one) || (!one.closest('[data-testid="stMultiSelect"]') && one.getBoundingClientRect().width > field.getBoundingClientRect().width + 120)) continue;
        if (look.appearance !== "none" && look.appearance !== "textfield" && one.matches('[type="checkbox"], [type="radio"], [type="date"]')) best = 21;
        const sides = ["Top", "Right", "Bottom", "Left"].filter((side) => parseFloat(look[`border${side}Width`]) && look[`border${side}Style`] !== "none");
        if (sides.length === 4) best = Math.max(best, Math.min(...sides.map((side) => contrast(over(read(look[`border${side}Color`]), around), around))));
        best = Math.max(best, contrast(ground(one), around));
      }
      if (best < BORDER) yield `border ${best.toFixed(2)}: ${say(field)}`;
    }
  }

  // --- targets

  // A target in the menu of a narrow window, while that menu is closed.
  const isFolded = (target) => target.closest('[data-testid="stSidebar"]')?.getBoundingClientRect().right < 100;
  const inSentence = (link) => link.matches("a, button, summary") && style(link).display === "inline" && link.parentElement.textContent.trim() !== link.textContent.trim();
  function* targets() {
    for (const target of document.querySelectorAll(TARGETS)) {
      if (!isShown(target) || target.closest("svg, [aria-hidden='true']") || inSentence(target) || isFolded(target)) continue;
      const parts = [target, ...(target.labels ?? []), target.closest("label")].filter(Boolean);
      const boxes = parts.map((one) => one.getBoundingClientRect()), own = target.getBoundingClientRect();
      if (isClipped(target) && parts.length === 1) continue;
      if (own.width && !boxes.some(({ width, height }) => width >= TARGET - 0.5 && height >= TARGET - 0.5)) {
        yield `target ${Math.round(own.width)} x ${Math.round(own.height)}: ${say(target)}`;
      }
    }
  }

  // --- motion

  const seconds = (text) => Math.max(...text.split(", ").map((one) => parseFloat(one) * (one.endsWith("ms") ? 0.001 : 1)));
  function* motion() {
    for (const element of elements()) {
      for (const pseudo of [null, "::before", "::after"]) {
        const { transitionDuration, transitionProperty, animationName, animationDuration, scrollBehavior } = style(element, pseudo);
        if (transitionProperty !== "none" && seconds(transitionDuration) > BLINK_S) yield `transition ${transitionDuration}: ${say(element)}`;
        if (animationName !== "none" && seconds(animationDuration) > BLINK_S) yield `animation ${animationName}: ${say(element)}`;
        if (scrollBehavior === "smooth") yield `smooth scrolling: ${say(element)}`;
      }
    }
    for (const one of document.getAnimations()) if (one.effect?.getComputedTiming().duration > BLINK_S * 1000) yield `animation of ${say(one.effect.target)}`;
  }

  // --- words

  function* names() {
    for (const element of elements()) {
      if (!element.checkVisibility() || element.closest('[lang="en"]')) continue;
      for (const name of ["aria-label", "title", "placeholder", "alt", "aria-roledescription", "aria-description", "aria-valuetext"]) {
        const text = element.getAttribute(name);
        if (text) yield [name, text.trim(), element];
      }
      for (const pseudo of ["::before", "::after"]) {
        const { content } = style(element, pseudo);
        if (content.startsWith('"') && content.length > 3) yield ["content", content.slice(1, -1).trim(), element];
      }
      for (const part of element.childNodes) if (part.nodeType === 3 && part.data.trim()) yield ["text", part.data.trim(), element];
    }
  }
  function* english(words) {
    const whole = new Set(words.whole), start = words.starts.length ? new RegExp(`^(${words.starts.join("|")})`) : null;
    for (const [kind, text, element] of names()) {
      if (whole.has(text) || start?.test(text)) yield `English ${kind} « ${text} »: ${say(element)}`;
    }
  }

  // --- zoom

  const scrolls = (element) => {
    for (let one = element; one && one.dataset?.testid !== "stMain"; one = one.parentElement) {
      if (["auto", "scroll"].includes(style(one).overflowX) && one.scrollWidth > one.clientWidth) return true;
    }
    return false;
  };
  function* cut() {
    const root = document.documentElement, main = document.querySelector('[data-testid="stMain"]');
    if (root.scrollWidth > innerWidth) yield `the page is ${root.scrollWidth} wide`;
    if (main && main.scrollWidth > main.clientWidth + 1) yield `the main part is ${main.scrollWidth} wide for ${main.clientWidth}`;
    for (const element of elements()) {
      if (!isShown(element) || isClipped(element) || element.closest("svg, canvas, [aria-hidden='true']")) continue;
      const own = [...element.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
      if (!own && !element.matches(TARGETS)) continue;
      const { left, right, width } = element.getBoundingClientRect();
      if (!width || scrolls(element)) continue;
      if (left < -1 || right > innerWidth + 1) yield `out of the window, ${Math.round(left)} to ${Math.round(right)}: ${say(element)}`;
      for (let one = element; one && one !== document.body; one = one.parentElement) {
        const look = style(one);
        if (look.display === "inline" || !["hidden", "clip"].includes(look.overflowX)) continue;
        const box = one.getBoundingClientRect();
        const hides = one === element ? one.scrollWidth > one.clientWidth + 1 : right > box.right + 1 || left < box.left - 1;
        if (hides && !element.matches("input, textarea")) { yield `cut off: ${say(element)}`; break; }
      }
    }
  }

  // --- text that its user spaces out (WCAG 1.4.12)

  // The label of a button or of a tab is no paragraph, although Streamlit draws it as one.
  const SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p:not(:is(button, label, summary, [role='tab']) p) { margin-bottom: 2em !important }";
  const sheet = new CSSStyleSheet(), APART = 3;
  sheet.replaceSync(SPACED);
  const isOver = (element) => {
    for (let one = element; one; one = one.parentElement) if (["fixed", "sticky"].includes(style(one).position)) return true;
    return false;
  };
  // The visible part of a box inside the ancestors that clip it; `cut` when one of them hides more than `APART` pixels from top
  // to bottom that scrolling does not show.
  const clipped = (element, { left, top, right, bottom }) => {
    const box = { left, top, right, bottom, cut: false };
    let scrolls = false;
    for (let one = element; one && one !== document.body; one = one.parentElement) {
      const { overflowX, overflowY, display } = style(one), limits = one.getBoundingClientRect();
      if (display === "inline" || (overflowX === "visible" && overflowY === "visible")) continue;
      scrolls ||= ["auto", "scroll"].includes(overflowY) && one.scrollHeight > one.clientHeight;
      if (!scrolls && ["hidden", "clip"].includes(overflowY) && (top < limits.top - APART || bottom > limits.bottom + APART)) box.cut = true;
      box.left = Math.max(box.left, limits.left);
      box.right = Math.min(box.right, limits.right);
      box.top = Math.max(box.top, limits.top);
      box.bottom = Math.min(box.bottom, limits.bottom);
    }
    return box;
  };
  // The lines of text of a page: what each says, its element and its box.
  function lines() {
    const found = [], range = document.createRange();
    for (const element of elements()) {
      if (!isShown(element) || isClipped(element) || isOver(element) || element.closest("svg, canvas, [aria-hidden='true']")) continue;
      for (const part of element.childNodes) {
        if (part.nodeType !== 3 || !part.data.trim()) continue;
        range.selectNodeContents(part);
        for (const box of range.getClientRects()) if (box.width && box.height) found.push({ element, text: part.data.trim().slice(0, 30), ...clipped(element, box) });
      }
    }
    return found;
  }
  function* crowded() {
    const all = lines();
    for (const one of all) if (one.cut) yield `cut from top to bottom: ${say(one.element)}`;
    for (const [at, one] of all.entries()) {
      for (const other of all.slice(at + 1)) {
        const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left), high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (one.element !== other.element && wide > APART && high > APART * 2) yield `« ${one.text} » lies over « ${other.text} »: ${say(other.element)}`;
      }
    }
  }

  // What screen readers navigate by: titles, landmarks, and the names of charts, grids and tables.
  function* plan() {
    const shown = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.checkVisibility());
    const text = (one) => one.textContent.trim().slice(0, 40);
    if (shown.filter((one) => one.tagName === "H1").length !== 1) yield `not one h1: ${shown.map(text)}`;
    let before = 0;
    for (const one of shown) {
      const level = Number(one.tagName[1]);
      if (level > before + 1) yield `from level ${before} to ${level}: ${text(one)}`;
      before = level;
    }
    for (const chart of document.querySelectorAll('[data-testid="stVegaLiteChart"]')) {
      if (chart.getAttribute("role") !== "img" || chart.hasAttribute("aria-roledescription")) yield "a chart is no image";
      const words = chart.getAttribute("aria-label") ?? "";
      if (words.length < 25) yield `a chart without words: ${words}`;
      const internals = chart.querySelector("svg:not([aria-hidden]) [aria-label]");
      if (internals) yield `internals of a chart: ${internals.outerHTML.slice(0, 80)}`;
    }
    for (const image of document.querySelectorAll("img:not([alt])")) yield `an image without alt: ${image.className}`;
    for (const grid of document.querySelectorAll('canvas[data-testid="data-grid-canvas"]')) {
      if (!grid.getAttribute("aria-label")) yield "a grid without a name";
      if (!grid.querySelector('[role="columnheader"]')) yield "a grid without headers";
    }
    for (const table of document.querySelectorAll("table:not([role])")) {
      if (!table.caption && !table.getAttribute("aria-label")) yield `a table without a name: ${text(table)}`;
      if (!table.querySelector("th[scope]")) yield `a table without headers: ${text(table)}`;
    }
    for (const place of ["main", "nav", "footer"]) {
      const unnamed = [...document.querySelectorAll(`${place}:not([aria-label])`)];
      if (unnamed.some((one) => one.checkVisibility())) yield `a ${place} without a name`;
    }
    for (const place of ["main", 'footer[role="contentinfo"]']) if (!document.querySelector(place)) yield `no ${place}`;
    const ahead = document.querySelector('[tabindex]:not([tabindex="0"], [tabindex^="-"])');
    if (ahead) yield `out of order: ${ahead.outerHTML.slice(0, 80)}`;
  }

  return {
    space: () => (document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]),
    unspace: () => (document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)),
    crowded: () => [...new Set(crowded())],
    problems: (words) => [...new Set([...contrasts(), ...borders(), ...targets(), ...english(words)])],
    moving: () => [...new Set(motion())],
    cut: () => [...new Set(cut())],
    plan: () => [...new Set(plan())],
  };
})();
