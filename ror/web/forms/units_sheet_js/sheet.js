// The sheet of all the units of a manager: what changed is counted, and saved at once. See ror/web/forms/units_sheet.py.

class Sheet {
  constructor(root) {
    this.lines = new Map();
    this.pending = null;
    this.undo = null;
    this.list = element("div");
    this.progress = element("span", { class: "ror-progress" });
    this.status = element("p", { class: "ror-sheet-status", role: "status" });
    this.saveButton = element("button", { type: "button", class: "primary", onclick: () => this.save() });
    this.allButton = element("button", { type: "button", onclick: () => this.toggleAll() }, "Tout est inchangé");
    this.undoButton = element("button", { type: "button", onclick: () => this.takeBack() });
    this.closing = buildClosing(this);
    this.foot = element("div", { class: "ror-sheet-foot" },
      element("div", { class: "ror-sheet-buttons" }, this.progress, this.saveButton, this.allButton),
      this.undoButton, this.status);
    this.root = element("section", { class: "ror-units", "aria-label": "Mes unités", onkeydown: (event) => this.onKey(event), onpaste: (event) => this.onPaste(event) },
      this.list, this.closing, this.foot);
    root.replaceChildren(this.root);
    this.onShortcut = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        this.save();
      } else if (event.altKey && event.key === "=") {
        event.preventDefault();
        this.toggleAll();
      }
    };
    this.onViewport = ({ type }) => {
      if (type === "resize") document.activeElement?.closest(".ror-line")?.scrollIntoView({ block: "center" });
      this.foot.style.setProperty("--keyboard", `${Math.max(innerHeight - visualViewport.height - visualViewport.offsetTop, 0)}px`);
    };
  }

  listen(on) {
    const change = on ? "addEventListener" : "removeEventListener";
    document[change]("keydown", this.onShortcut);
    window.visualViewport?.[change]("resize", this.onViewport);
    window.visualViewport?.[change]("scroll", this.onViewport);
  }

  // --- data of the server

  receive(data, send) {
    const first = !this.data, drafts = first ? loadDrafts(data.store, data.owner) : null;
    this.data = data;
    this.send = send;
    const units = data.groups.flatMap((group) => group.units);
    for (const unit of units) {
      const line = this.lines.get(unit.unit);
      if (line && JSON.stringify(line.unit.extras) !== JSON.stringify(unit.extras)) this.rebuild(line, unit);
      else if (line) line.receive(unit);
      else this.add(unit, drafts?.lines[unit.unit]);
      this.lines.get(unit.unit).handover.receive(unit, data);
    }
    const present = new Set(units.map((unit) => unit.unit));
    for (const [unit, line] of [...this.lines]) if (!present.has(unit)) this.drop(unit, line);
    if (first) this.resume(drafts);
    this.arrange();
    this.readAnswer();
    this.draw();
    if (first) this.restoreScroll();
  }

  // Takes up what an earlier page of this browser left: its undo, and a request whose answer it did not see.
  resume({ undo, pending }) {
    Object.assign(this, { undo, pending: pending && { ...pending, sentAt: -Infinity } });
    for (const request of pending?.lines ?? []) this.lines.get(request.unit)?.resume(request);
  }

  add(unit, draft) {
    const { details, sexes } = this.data;
    const line = new Line(unit, { details, sexes }, {
      onChange: () => this.afterAct(),
      onConfirm: (line) => this.save([line], true),
      onHandover: (request) => this.handOver(request),
    });
    this.lines.set(unit.unit, line);
    if (draft) line.restore(draft);
  }

  // An event of a crisis opened, changed or ended meanwhile: the line has other fields, and what was typed in it stays.
  rebuild(line, unit) {
    const draft = line.included ? line.draft() : null;
    this.add(unit, draft);
    line.root.replaceWith(this.lines.get(unit.unit).root);
  }

  // A unit taken back meanwhile is not declared any more: what was typed for it does not disappear in silence.
  drop(unit, line) {
    this.lines.delete(unit);
    if (!line.included) return;
    this.say(`${line.unit.name} n'est plus dans vos unités : ce que vous y aviez saisi n'est pas enregistré.`, "refused");
  }

  // Places the groups and lines in the order of their first drawing: nothing moves while its user works.
  arrange() {
    this.groups ??= new Map();
    for (const { structure, units } of this.data.groups) {
      if (!this.groups.has(structure)) {
        const list = element("ul", {}), group = element("div", { class: "ror-group" }, element("h2", {}, structure), list);
        this.groups.set(structure, { group, list });
        this.list.append(group);
      }
      const { list } = this.groups.get(structure);
      for (const { unit } of units) if (!list.contains(this.lines.get(unit).root)) list.append(this.lines.get(unit).root);
    }
    const roots = new Set([...this.lines.values()].map((line) => line.root));
    for (const { group, list } of this.groups.values()) {
      for (const root of [...list.children]) if (!roots.has(root)) root.remove();
      group.hidden = !list.children.length;
    }
  }

  // Reads the answer to the pending request, which another sheet of this tab may have sent. A request that had none is sent
  // again, which writes nothing twice; the server stores its last answer, which may be older than what is typed now.
  readAnswer() {
    const { answer } = this.data;
    if (!this.pending) return;
    if (answer?.id !== this.pending.id) {
      if (performance.now() - this.pending.sentAt > RESEND_MS) this.request(this.pending);
      return;
    }
    this.pending = null;
    for (const result of answer.lines) this.lines.get(result.unit)?.acknowledge(result);
    if ("undo" in answer) this.undo = answer.undo;
    this.say(answer.message, answer.refused ? "refused" : "saved");
    this.store();
    const open = answer.lines.find((result) => result.outcome !== "saved" && this.lines.has(result.unit));
    if (open) requestAnimationFrame(() => this.lines.get(open.unit).reach());
  }

  say(words, kind = "") {
    this.status.textContent = words;
    this.status.className = `ror-sheet-status ${kind}`;
  }

  // Restores the scroll position after « back »: each entry of the history stores where its page was left.
  restoreScroll() {
    const page = this.root.closest('[data-testid="stMain"]');
    if (!page) return;
    if (history.state?.rorScroll) requestAnimationFrame(() => page.scrollTo(0, history.state.rorScroll));
    page.addEventListener("scrollend", () => {
      if (this.root.isConnected) history.replaceState({ ...history.state, rorScroll: page.scrollTop }, "");
    });
  }

  // --- acts of the user

  ordered() {
    return [...this.list.querySelectorAll(".ror-line")].map((root) => root.rorLine);
  }

  included() {
    return this.ordered().filter((line) => line.included);
  }

  untouched() {
    return this.ordered().filter((line) => !line.included && !line.saved && line.confirmable);
  }

  afterAct(words = "") {
    this.say(words);
    this.store();
    this.draw();
  }

  store() {
    storeDrafts(this.data.store, this.data.owner, this.included().map((line) => line.draft()), this.undo, this.pending);
  }

  save(lines = this.included(), confirmed = false) {
    if (this.pending) return;
    if (!lines.length) return this.say("Rien à enregistrer : changez un nombre, ou marquez les unités inchangées.");
    const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    this.say("");
    this.request({ id, action: "save", lines: lines.map((line) => line.request(confirmed)) });
  }

  takeBack() {
    if (!this.pending && this.undo) this.request({ id: `undo-${this.undo.positions[0]}-${Date.now()}`, action: "undo", positions: this.undo.positions });
  }

  handOver(request) {
    if (request.receiver === "") this.say("Choisissez le collègue à qui confier cette unité.", "refused");
    else if (!this.pending) this.request({ id: `handover-${request.unit}-${Date.now()}`, ...request });
  }

  request(pending) {
    this.pending = { ...pending, sentAt: performance.now() };
    this.send("request", pending);
    this.store();
    this.draw();
  }

  // Marks all the lines that nobody touched, so that their manager sees what would be confirmed; a second press unmarks.
  toggleAll() {
    const untouched = this.untouched();
    const marked = untouched.length ? untouched : this.ordered().filter((line) => line.same);
    for (const line of marked) line.markSame(untouched.length > 0);
    this.afterAct(untouched.length ? `${count(marked.length, "unité inchangée", "unités inchangées")} : vérifiez, puis enregistrez.` : "");
  }

  // --- keyboard and paste

  onKey(event) {
    const lines = this.ordered(), index = lines.findIndex((line) => line.number === event.target);
    if (index < 0) return;
    const go = (by) => {
      event.preventDefault();
      lines[index + by]?.number.focus();
    };
    if (event.key === "ArrowDown" || (event.key === "Enter" && !event.ctrlKey)) go(1);
    else if (event.key === "ArrowUp") go(-1);
    else if (event.key === "=" && !event.altKey) {
      lines[index].markSame(true);
      this.afterAct();
      go(1);
    }
  }

  // Spreads a column of a spreadsheet over the numbers from here on.
  onPaste(event) {
    const lines = this.ordered(), index = lines.findIndex((line) => line.number === event.target);
    const cells = event.clipboardData.getData("text").replace(/\r?\n$/, "").split(/\r?\n/).map((row) => row.split("\t")[0].trim());
    if (index < 0 || cells.length < 2) return;
    event.preventDefault();
    cells.forEach((cell, rank) => {
      const line = lines[index + rank];
      if (line && cell) line.enter(cell);
    });
    const left = index + cells.length - lines.length;
    this.afterAct(left > 0 ? `${count(left, "valeur collée", "valeurs collées")} de trop : aucune unité ne les reçoit.` : "");
  }

  // --- drawing

  draw() {
    const lines = this.ordered(), included = this.included().length;
    const handled = lines.filter((line) => line.included || line.unit.upToDate).length;
    this.progress.textContent = `${handled}/${lines.length}`;
    this.progress.setAttribute("aria-label", `${handled} unités sur ${lines.length} saisies ou à jour`);
    const words = this.pending ? "Enregistrement…" : included ? `Enregistrer ${count(included, "unité", "unités")}` : "Enregistrer";
    this.saveButton.textContent = words;
    this.saveButton.classList.toggle("idle", Boolean(this.pending) || !included);
    const some = this.untouched().length;
    this.allButton.textContent = some || !lines.some((line) => line.same) ? "Tout est inchangé" : "Ne rien confirmer";
    this.allButton.hidden = !some && !lines.some((line) => line.same);
    const undo = this.undo && this.undo.until > Date.now() ? this.undo : null;
    this.undoButton.hidden = !undo;
    this.undoButton.textContent = undo ? `Annuler (${undo.time})` : "";
    this.undoButton.setAttribute("aria-label", undo ? `Annuler l'enregistrement de ${undo.time}` : "");
  }
}

const RESEND_MS = 3000;

function count(number, one, several) {
  return `${number} ${number > 1 ? several : one}`;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const sheet = (parentElement.rorSheet ??= new Sheet(parentElement));
  sheet.listen(true);
  sheet.receive(data, setTriggerValue);
  return () => sheet.listen(false);
}
