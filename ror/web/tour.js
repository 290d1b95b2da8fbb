// The panel of the guided tour. The browser stores the step that is shown: none yet, 1 to 5, or 0 once it was left or ended.
// « Suivant » asks the server for the screen and the account of the next step. Texts come as texts, never as HTML.
const STORE = "ror-tour";
const ANSWER_MS = 10000, AGAIN_MS = 3000;

export default function ({ data, parentElement, setTriggerValue }) {
  const self = (window.__rorTour ??= { started: "", step: undefined });

  const shown = () => {
    try {
      return JSON.parse(localStorage.getItem(STORE));
    } catch {
      return self.step ?? null;
    }
  };
  const show = (step) => {
    self.step = step;
    try {
      localStorage.setItem(STORE, JSON.stringify(step));
    } catch {}
    draw();
  };

  const move = (step) => {
    try {
      sessionStorage.setItem(STORE, Date.now());
    } catch {}
    self.waiting = step;
    show(step);
    setTriggerValue("go", step);
    // A press that meets a live update may be lost; opening the screen of a step twice changes nothing.
    setTimeout(() => {
      if (self.waiting === step && !here(data.steps[step - 1])) setTriggerValue("go", step);
    }, AGAIN_MS);
    setTimeout(() => {
      self.waiting = null;
      draw();
    }, ANSWER_MS);
  };

  const create = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };

  const button = (label, className, press) => {
    const element = create("button", className, label);
    element.type = "button";
    element.onclick = press;
    return element;
  };

  const here = (step) => step.login === data.login && new URL(step.address, location.origin).pathname === location.pathname;

  const draw = () => {
    const number = shown();
    const step = data.steps[number - 1];
    const offered = number === null && data.offered;
    document.documentElement.toggleAttribute("data-tour", Boolean(step) || offered);
    // A second press meanwhile would skip a step.
    const waiting = step && self.waiting === number && !here(step);
    const drawn = [number, data.login, location.pathname, waiting].join(" ");
    const old = parentElement.querySelector(".ror-tour");
    if (old?.dataset.drawn === drawn) return;
    old?.remove();
    if (!step && !offered) return;

    const panel = create("section", "ror-tour");
    panel.dataset.drawn = drawn;
    panel.setAttribute("aria-label", "Visite guidée");
    panel.tabIndex = -1;
    const text = create("p", "ror-tour-text");
    const buttons = create("div", "ror-tour-buttons");
    if (step) {
      text.append(create("span", "ror-tour-step", `Étape ${number} sur ${data.steps.length}`), create("b", "", step.title));
      text.append(create("span", "", step.text));
      const last = number === data.steps.length;
      if (waiting) {
        buttons.append(create("span", "", "L'écran s'ouvre..."));
      } else {
        if (!here(step)) buttons.append(button("Ouvrir l'écran de l'étape", "", () => move(number)));
        if (!last) buttons.append(button("Suivant", "primary", () => move(number + 1)));
        buttons.append(button(last ? "Terminer la visite" : "Passer la visite", last ? "primary" : "", () => show(0)));
      }
    } else {
      text.append(create("b", "", "Visite guidée"));
      text.append(create("span", "", "Cinq étapes pour voir le service\u00a0: déclarer, voir ailleurs, chercher, suivre, et ensuite."));
      buttons.append(button("Commencer la visite", "primary", () => move(1)), button("Passer la visite", "", () => show(0)));
    }
    panel.append(text, buttons);
    parentElement.append(panel);
    focusAfterMove(panel);
  };

  // After « Suivant », users of the keyboard or of a screen reader go on from the panel of the next screen.
  const focusAfterMove = (panel) => {
    let movedAt = 0;
    try {
      movedAt = Number(sessionStorage.getItem(STORE));
    } catch {}
    // The panel is drawn several times while a screen opens; a field that has the focus meanwhile keeps it.
    if (Date.now() - movedAt < ANSWER_MS && document.activeElement === document.body) panel.focus({ preventScroll: true });
  };

  if (data.start && data.start !== self.started) {
    self.started = data.start;
    move(1);
  } else {
    draw();
  }
}
