// What a reader reports of the numbers of units after a call: one press each, then thanks, « Annuler », a number and a word. It
// needs element.js, loaded before it. One request at a time is sent for a unit; its answer comes with the next data.

const ANSWER_MS = 8000;

class ReportedUnit {
  constructor(send) {
    this.send = send;
    this.buttons = new Map();
    this.choices = element("div", { class: "ror-feedback-choices" });
    this.status = element("p", { class: "ror-feedback-status", role: "status" });
    this.undo = element("button", { type: "button", onclick: () => this.request({ act: "withdraw" }) }, "Annuler");
    this.other = element("input", { type: "text", inputMode: "numeric", autocomplete: "off" });
    this.word = element("input", { type: "text", autocomplete: "off" });
    this.form = element("form", { class: "ror-feedback-more", hidden: true, onsubmit: (event) => this.complete(event) },
      this.otherLabel = element("label", {}, element("span", {}, "Nombre annoncé"), this.other),
      element("label", {}, element("span", {}, "Un mot au responsable, facultatif (aucune donnée patient)"), this.word),
      element("button", { type: "submit" }, "Envoyer"), this.undo);
    this.title = element("span", { class: "ror-feedback-name" });
    this.confirmed = element("span", { class: "ror-feedback-confirmed" });
    this.root = element("li", { class: "ror-feedback" }, this.title, this.choices, this.confirmed, this.status, this.form);
  }

  receive(unit, answer) {
    const first = !this.unit, replaced = !first && this.unit.seen !== unit.seen;
    this.unit = unit;
    this.title.textContent = unit.title;
    this.confirmed.textContent = unit.confirmed;
    this.choices.setAttribute("role", "group");
    this.choices.setAttribute("aria-label", `Retour sur ce nombre, ${unit.name}`);
    this.word.setAttribute("aria-label", `Un mot au responsable, ${unit.name}`);
    this.other.setAttribute("aria-label", `Nombre annoncé, ${unit.name}`);
    for (const { kind, label } of unit.kinds) {
      if (!this.buttons.has(kind)) {
        const button = element("button", { type: "button", onclick: () => this.request({ act: "give", kind, word: this.word.value }) }, label);
        this.buttons.set(kind, button);
        this.choices.append(button);
      }
    }
    const offered = new Set(unit.kinds.map(({ kind }) => kind));
    for (const [kind, button] of this.buttons) {
      button.hidden = !offered.has(kind);
      button.setAttribute("aria-pressed", String(unit.own === kind));
    }
    if (first || replaced) this.fill();
    if (replaced) this.show("");
    if (answer && answer.id === this.waiting) this.take(answer);
    this.form.hidden = !unit.own;
    this.otherLabel.hidden = unit.own !== "other";
  }

  take({ refused, message }) {
    clearTimeout(this.timer);
    this.waiting = "";
    this.show(message, refused ? "refused" : "");
    this.root.classList.remove("waiting");
    // What was refused stays as it was typed.
    if (!refused) this.fill();
  }

  fill() {
    this.other.value = this.unit.own_number;
    this.word.value = this.unit.own_word;
  }

  show(words, state = "") {
    this.status.textContent = words;
    this.status.className = `ror-feedback-status ${state}`;
  }

  complete(event) {
    event.preventDefault();
    this.request({ act: "give", kind: this.unit.own, other: this.unit.own === "other" ? this.other.value : "", word: this.word.value });
  }

  request({ act, kind = "", other = "", word = "" }) {
    if (this.waiting) return;
    this.waiting = `${this.unit.unit}-${Date.now()}`;
    this.root.classList.add("waiting");
    this.show("Envoi…");
    this.timer = setTimeout(() => this.take({ refused: true, message: "Le service n'a pas répondu : recommencez." }), ANSWER_MS);
    this.send({ id: this.waiting, act, unit: this.unit.unit, seen: this.unit.seen, kind, other, word });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector("ul") ?? parentElement.appendChild(element("ul", { class: "ror-feedbacks" }));
  list.setAttribute("aria-label", "Retours sur ces nombres");
  list.rorLines ??= new Map();
  const lines = list.rorLines;
  for (const unit of data.units) {
    if (!lines.has(unit.unit)) lines.set(unit.unit, new ReportedUnit(() => {}));
    const line = lines.get(unit.unit);
    line.send = (request) => setTriggerValue("report", request);
    line.receive(unit, data.answer);
    if (line.root.parentElement !== list) list.append(line.root);
  }
  const present = new Set(data.units.map(({ unit }) => unit));
  for (const [unit, line] of lines) {
    if (present.has(unit)) continue;
    line.root.remove();
    lines.delete(unit);
  }
}
