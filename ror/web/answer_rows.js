// A list of units or places: each row is one tab stop that opens it, its telephones links beside. Arrow keys go from row to
// row, and to the telephones and back. Texts come from the server as texts, never as HTML.
export default function ({ data, parentElement, setTriggerValue }) {
  const create = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };

  const badge = (row) => {
    const age = create("span", "ror-row-age");
    const chip = create("span", row.band ? "ror-chip" : "ror-chip ror-shut", row.age);
    if (row.band) Object.assign(chip.style, row.band);
    age.append(chip);
    if (row.late) age.append(create("span", "ror-late", row.late));
    (row.trust ?? []).forEach(({ text, help }) => {
      age.append(Object.assign(create("span", "ror-trust", text), { title: help }));
    });
    return age;
  };

  const opener = (row) => {
    const button = create("button", "ror-row-open");
    button.type = "button";
    button.dataset.row = row.id;
    const figure = create("span", "ror-row-figure");
    figure.append(create("b", "", row.figure), create("small", "", row.of));
    const text = create("span", "ror-row-text");
    text.append(create("span", "ror-row-title", row.title), create("span", "ror-row-place", row.place));
    if (row.mark) text.append(create("span", "ror-contradicted", row.mark));
    if (row.note) text.append(create("span", "ror-row-note", row.note));
    button.append(figure, badge(row), text, create("span", "ror-row-far", row.far));
    button.onclick = () => setTriggerValue("open", row.id);
    return button;
  };

  const line = (row) => {
    const item = create("li", "ror-row");
    item.append(opener(row));
    const calls = create("span", "ror-row-calls");
    row.calls.forEach(({ label, telephone, uri }) => {
      const call = create("a", "ror-row-call", `☎ ${telephone}`);
      if (label) call.prepend(create("small", "", label));
      // The row says whom the link calls, but a screen reader reads the link alone.
      call.setAttribute("aria-label", [[label, telephone].filter(Boolean).join(" "), row.title, row.place].join(", "));
      call.href = uri;
      call.dataset.row = row.id;
      call.tabIndex = -1;
      calls.append(call);
    });
    if (row.calls.length) item.append(calls);
    return item;
  };

  const list = parentElement.querySelector("ul") ?? parentElement.appendChild(create("ul", "ror-rows"));
  const { className, href, dataset: { row: focused } = {} } = document.activeElement ?? {};
  const hadFocus = (one) => one.dataset.row === focused && one.className === className && one.href === href;
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(...data.rows.map(line));
  const buttons = [...list.querySelectorAll(".ror-row-open")];
  if (focused) [...list.querySelectorAll("[data-row]")].find(hadFocus)?.focus();
  list.onkeydown = (event) => {
    const item = event.target.closest(".ror-row");
    const at = [...list.children].indexOf(item);
    const stops = item ? [...item.querySelectorAll(".ror-row-open, .ror-row-call")] : [];
    const stop = stops.indexOf(event.target);
    const target = {
      ArrowDown: buttons[at + 1],
      ArrowUp: buttons[at - 1],
      Home: buttons[0],
      End: buttons.at(-1),
      ArrowRight: stops[stop + 1],
      ArrowLeft: stops[stop - 1],
    }[event.key];
    if (!target) return;
    event.preventDefault();
    target.focus();
  };
}
