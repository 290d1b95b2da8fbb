// The closure of several units in one act, as for a weekend: it is prepared here, and « Enregistrer » writes it.

function buildClosing(sheet) {
  const day = element("input", { type: "date", "aria-label": "Dernier jour de fermeture" });
  const choices = element("div", { class: "ror-closing-units" });
  const prepare = () => {
    const chosen = [...choices.querySelectorAll("input:checked")].map((box) => sheet.lines.get(box.value)).filter(Boolean);
    if (!day.value || !chosen.length) return sheet.say("Choisissez le dernier jour et les unités à fermer.");
    for (const line of chosen) line.closeUntil(day.value);
    panel.open = false;
    sheet.afterAct(`${count(chosen.length, "unité à fermer", "unités à fermer")} : vérifiez, puis enregistrez.`);
  };
  const fill = () => {
    if (!panel.open) return;
    day.value ||= nextSunday();
    choices.replaceChildren(...sheet.ordered().map((line) =>
      element("label", {}, element("input", { type: "checkbox", value: line.unit.unit }), ` ${line.unit.name}`)));
  };
  const panel = element("details", { class: "ror-closing", ontoggle: fill },
    element("summary", {}, "Fermer plusieurs unités, pour un week-end ou des travaux"),
    element("label", {}, element("span", {}, "Jusqu'au (inclus)"), day),
    choices,
    element("button", { type: "button", onclick: prepare }, "Préparer la fermeture"));
  return panel;
}

function nextSunday() {
  const day = new Date();
  day.setDate(day.getDate() + ((7 - day.getDay()) % 7));
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;
}
