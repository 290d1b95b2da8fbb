// One unit of the sheet: its last number and age, and what its manager types.

class Line {
  // `details` and `sexes` are the labels of the counts by their names. `onChange` is called after each act of the user on the
  // line, `onConfirm` when the user confirms an unusual number, `onHandover` with a request about a handover.
  constructor(unit, { details, sexes }, { onChange, onConfirm, onHandover }) {
    Object.assign(this, { unit, details, sexes, onChange, onConfirm, handover: new Handover(unit, onHandover), seen: unit.position, same: false, message: null, news: "" });
    this.build();
    this.reset();
  }

  build() {
    const { unit } = this, name = unit.name, key = unit.unit;
    const field = (label, attributes = {}) =>
      element("input", { type: "text", inputMode: "numeric", autocomplete: "off", "aria-label": `${label}, ${name}`, oninput: () => this.edit(), ...attributes });
    this.chip = element("span", { class: "ror-chip" });
    this.last = element("span", { class: "ror-line-last" });
    this.late = element("span", { class: "ror-late" });
    this.reported = element("div", { class: "ror-line-reported" });
    this.still = element("p", { class: "ror-line-still" });
    this.number = field(`Nombre de ${unit.noun} disponibles`, { class: "ror-line-number", "aria-describedby": `message-${key}`, onfocus: () => this.number.select() });
    this.sameButton = element("button", { type: "button", "aria-label": `Inchangé, ${name}`, onclick: () => this.toggleSame() }, "= inchangé");
    this.more = element("button", { type: "button", class: "ror-line-more", "aria-label": `Détail, ${name}`, "aria-controls": `detail-${key}`, onclick: () => this.unfold(this.detail.hidden) }, "Détail");
    this.others = element("p");
    this.lastDetail = element("p");
    this.answer = element("div", { class: "ror-line-message", id: `message-${key}`, role: "alert" });
    this.comment = element("textarea", { rows: 2, "aria-label": `Commentaire, ${name}`, oninput: () => this.edit() });
    const { extras } = unit;
    const labels = { ...this.details, ...this.sexes, ...extras };
    this.counts = Object.fromEntries(Object.entries(labels).map(([count, label]) => [count, field(label)]));
    this.until = element("input", { type: "date", "aria-label": `Fermée jusqu'au, ${name}`, oninput: () => this.edit() });
    const labelled = (label, input) => element("label", {}, element("span", {}, label), input);
    const counts = (labels) => Object.entries(labels).map(([count, label]) => labelled(label, this.counts[count]));
    this.detail = element("div", { class: "ror-line-detail", id: `detail-${key}`, hidden: true },
      labelled("Commentaire (aucune donnée patient)", this.comment),
      this.lastDetail,
      element("div", {}, ...counts(this.details)),
      element("div", {}, ...counts(this.sexes)),
      labelled("Fermer jusqu'au", this.until),
      this.others,
      this.handover.form);
    this.extras = element("div", { class: "ror-line-extras", hidden: !Object.keys(extras).length }, ...counts(extras));
    const step = (sign, by, words) =>
      element("button", { type: "button", class: "ror-line-step", "aria-label": `${words}, ${name}`, tabIndex: -1, onclick: () => this.step(by) }, sign);
    this.root = element("li", { class: "ror-line", id: `line-${key}` },
      element("div", { class: "ror-line-name" }, element("b", {}, name), " ", element("span", { class: "ror-line-kind", title: unit.type }, unit.type)),
      element("div", {}, this.chip, " ", this.last, " ", this.late),
      element("div", { class: "ror-line-entry" }, step("−", -1, "Un de moins"), this.number, step("+", 1, "Un de plus"), this.sameButton, this.more),
      this.reported, this.still, this.extras, this.handover.state, this.answer, this.detail);
    this.root.rorLine = this;
  }

  // --- what is typed

  get changed() {
    const { unit } = this;
    return this.number.value.trim() !== unit.number || this.comment.value.trim() !== unit.comment.trim() || Boolean(this.until.value) || this.counted;
  }

  get counted() {
    return Object.values(this.counts).some((input) => input.value.trim());
  }

  // Whether a count of the folded detail was typed: the counts that an event asks for stand in the open.
  get detailed() {
    return Object.entries(this.counts).some(([count, input]) => !(count in this.unit.extras) && input.value.trim());
  }

  // Whether the last request of the line was saved, and nobody declared the unit since.
  get saved() {
    return this.message?.outcome === "saved";
  }

  get included() {
    return this.same || this.changed;
  }

  edit() {
    this.same &&= !this.changed;
    this.message = null;
    this.afterAct();
  }

  step(by) {
    const number = parseInt(this.number.value, 10) || 0;
    this.number.value = String(Math.max(number + by, 0));
    this.edit();
  }

  // A unit that never declared has nothing to confirm.
  get confirmable() {
    return this.unit.number !== "";
  }

  toggleSame() {
    this.markSame(!this.same);
    this.onChange();
  }

  markSame(same) {
    if (!this.confirmable) return;
    this.message = null;
    if (same) this.reset();
    this.same = same;
    this.draw();
  }

  // Enters a number that was pasted.
  enter(number) {
    this.number.value = number;
    this.same = false;
    this.message = null;
    this.draw();
  }

  closeUntil(day) {
    this.until.value = day;
    this.same = false;
    this.message = null;
    this.unfold(true);
    this.draw();
  }

  unfold(open) {
    this.detail.hidden = !open;
    this.more.setAttribute("aria-expanded", String(open));
  }

  reset() {
    this.number.value = this.unit.number;
    this.comment.value = this.unit.comment;
    for (const input of [...Object.values(this.counts), this.until]) input.value = "";
    Object.assign(this, { seen: this.unit.position, same: false, news: "" });
    this.draw();
  }

  afterAct() {
    this.draw();
    this.onChange();
  }

  // --- drafts and saves

  draft() {
    const counts = Object.fromEntries(Object.entries(this.counts).map(([count, input]) => [count, input.value.trim()]).filter(([, typed]) => typed));
    return { unit: this.unit.unit, number: this.number.value, comment: this.comment.value, counts, until: this.until.value, same: this.same, seen: this.seen };
  }

  restore({ number, comment, counts, until, same, seen }) {
    this.number.value = number ?? this.unit.number;
    this.comment.value = comment ?? this.unit.comment;
    for (const [count, typed] of Object.entries(counts ?? {})) if (this.counts[count]) this.counts[count].value = typed;
    this.until.value = until ?? "";
    Object.assign(this, { same: Boolean(same), seen: seen ?? this.unit.position });
    if (!this.included) this.seen = this.unit.position;
    if (this.seen !== this.unit.position) this.announce();
    if (this.detailed || this.until.value) this.unfold(true);
    this.draw();
  }

  // Takes up the request of an earlier page, whose answer is still to come.
  resume({ unit, number, comment, counts, until, seen, action }) {
    this.sent = JSON.stringify({ unit, number, comment, counts, until, same: action === "confirm", seen });
  }

  // Returns what the server writes of this line; a comment that was not touched is repeated.
  request(confirmed) {
    const { same, ...draft } = this.draft();
    this.sent = JSON.stringify(this.draft());
    return { ...draft, action: draft.until ? "close" : same && !this.changed ? "confirm" : "declare", confirmed };
  }

  // --- news from the server

  receive(unit) {
    const untouched = !this.included, moved = unit.position !== this.unit.position;
    if (moved && this.saved) this.message = null;
    const oldComment = this.comment.value === this.unit.comment;
    this.unit = unit;
    if (untouched) return this.reset();
    if (oldComment) this.comment.value = unit.comment;
    if (moved) this.announce();
    this.draw();
  }

  announce() {
    const { unit } = this;
    this.news = unit.author ? `Entre-temps, ${unit.author} a déclaré ${unit.words}.` : `Entre-temps, cette unité a changé : ${unit.words}.`;
  }

  // `position` is what the next request of this line has seen: a saved one its own event, an outdated one the newer number.
  acknowledge({ outcome, message, position, about }) {
    this.message = { outcome, message, about };
    this.news = "";
    if (outcome === "saved") {
      if (JSON.stringify(this.draft()) !== this.sent && this.included) {
        this.seen = position;
        if (position !== this.unit.position) this.announce();
      } else {
        this.reset();
        this.unfold(false);
      }
    } else if (outcome === "outdated") {
      this.seen = Math.max(position, this.unit.position);
    }
    this.draw();
  }

  // --- drawing

  // Scrolls to the line and focuses the field that its answer is about.
  reach() {
    this.root.scrollIntoView({ block: "center" });
    const fields = { parts: this.counts[Object.keys(this.sexes)[0]], comment: this.comment };
    (fields[this.message?.about] ?? this.number).focus({ preventScroll: true });
  }

  draw() {
    const { unit, root } = this;
    this.chip.textContent = `${unit.shape} ${unit.age}`;
    this.chip.title = unit.band;
    this.others.textContent = unit.managers ? `Aussi déclarée par : ${unit.managers}` : "Vous êtes seul à déclarer cette unité.";
    this.lastDetail.textContent = `Dernier détail : ${unit.detail}. Ce qui reste vide ici n'est plus affiché avec un nouveau nombre.`;
    this.lastDetail.hidden = !unit.detail;
    this.others.hidden = !unit.managers && Boolean(unit.handover);
    Object.assign(this.chip.style, { background: unit.colour, color: unit.ink });
    const saved = !this.included && this.saved;
    this.last.textContent = saved ? this.message.message : unit.last;
    this.late.textContent = unit.late;
    this.reported.replaceChildren(...unit.reported.map((words) => element("p", {}, words)));
    this.reported.hidden = !unit.reported.length;
    this.still.textContent = unit.still;
    this.still.hidden = !unit.still;
    for (const count of Object.keys(unit.extras)) this.counts[count].placeholder = unit.last_extras[count] ?? "";
    this.sameButton.setAttribute("aria-pressed", String(this.same));
    this.sameButton.disabled = !this.confirmable;
    if (!this.more.hasAttribute("aria-expanded")) this.more.setAttribute("aria-expanded", "false");
    root.classList.toggle("changed", this.changed);
    root.classList.toggle("same", this.same);
    root.classList.toggle("saved", saved);
    this.drawAnswer();
  }

  drawAnswer() {
    // A screen reader reads what is replaced: replace only what has changed.
    const shown = JSON.stringify([this.message, this.news, this.unit.words, this.number.value]);
    if (shown === this.shown) return;
    this.shown = shown;
    const parts = [], button = (words, onclick) => element("button", { type: "button", onclick }, words);
    const outcome = this.message?.outcome ?? "";
    if (this.message?.message && outcome !== "saved") parts.push(element("p", {}, this.message.message));
    if (outcome === "question") parts.push(button(`Oui, enregistrer ${this.number.value.trim()}`, () => this.onConfirm(this)));
    if (this.news && outcome !== "outdated") {
      parts.push(element("p", {}, this.news), button(`Reprendre ${this.unit.words}`, () => { this.reset(); this.afterAct(); }),
        button("Garder ma saisie", () => { Object.assign(this, { seen: this.unit.position, news: "" }); this.afterAct(); }));
    }
    this.answer.className = `ror-line-message ${outcome}`;
    this.answer.replaceChildren(...parts);
    const about = this.message?.about, refused = outcome === "refused";
    const mark = (field, name) => field.setAttribute("aria-invalid", String(refused && about === name));
    mark(this.number, "number");
    mark(this.comment, "comment");
    for (const sex of Object.keys(this.sexes)) mark(this.counts[sex], "parts");
    if (["parts", "comment"].includes(about)) this.unfold(true);
  }
}
