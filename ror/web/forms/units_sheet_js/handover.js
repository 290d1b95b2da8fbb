// The handover of a unit to a colleague for a shift: shown on the line of the unit, done in its detail.

class Handover {
  // `onRequest` is called with the request to hand the unit over, or to end the handover.
  constructor(unit, onRequest) {
    Object.assign(this, { unit, onRequest, drawn: "" });
    this.state = element("div", { class: "ror-line-handover" });
    this.form = element("div", { class: "ror-handover-form", role: "group", "aria-label": `Confier ${unit.name}` });
  }

  // Draws again only what changed: an open list stays open.
  receive(unit, { colleagues, shifts }) {
    const people = (unit.may_hand_over ? colleagues[unit.legal_entity] ?? [] : []).filter(({ key }) => !unit.holders.includes(key));
    const drawn = JSON.stringify([unit.handover, people]);
    this.unit = unit;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const focused = [this.state, this.form].some((part) => part.contains(document.activeElement));
    this.drawState();
    this.drawForm(people, shifts);
    // What was pressed is gone: the focus goes to the opposite action, not to the number of the next unit.
    if (focused) (this.state.querySelector("button") ?? this.state.closest(".ror-line")?.querySelector(".ror-line-more"))?.focus();
  }

  drawState() {
    const { handover, unit, name } = this.unit;
    this.state.hidden = !handover;
    if (!handover) return this.state.replaceChildren();
    const end = element("button", { type: "button", "aria-label": `${handover.end}, ${name}`, onclick: () => this.onRequest({ action: "end", unit }) }, handover.end);
    this.state.replaceChildren(element("span", {}, handover.words), " ", ...(handover.end ? [end] : []));
  }

  drawForm(people, shifts) {
    const { name, unit } = this.unit;
    this.form.hidden = !people.length;
    if (!people.length) return this.form.replaceChildren();
    const choice = (label, options) => element("select", { "aria-label": `${label}, ${name}` }, ...options.map(({ key, label }) => element("option", { value: key }, label)));
    const shift = choice("Durée", shifts), receiver = choice("Confier à", [{ key: "", label: "Choisir…" }, ...people]);
    const give = () => {
      this.onRequest({ action: "give", unit, receiver: receiver.value, shift: shift.value });
      if (!receiver.value) receiver.focus();
    };
    this.form.replaceChildren(
      element("label", {}, element("span", {}, "Confier cette unité à"), receiver), element("label", {}, element("span", {}, "Durée"), shift),
      element("button", { type: "button", "aria-label": `Confier, ${name}`, onclick: give }, "Confier"));
  }
}
