// A list of units or places: each row is one tab stop that opens it, its telephone a link beside. Arrow keys go from row to
// row, and to the telephone and back. Texts come from the server as texts, never as HTML.
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
    if (row.note) text.append(create("span", "ror-row-note", row.note));
    button.append(figure, badge(row), text, create("span", "ror-row-far", row.far));
    button.onclick = () => setTriggerValue("open", row.id);
    return button;
  };

  const line = (row) => {
    const item = create("li", "ror-row");
    item.append(opener(row));
    if (row.call) {
      const call = create("a", "ror-row-call", `☎ ${row.telephone}`);
      call.href = row.call;
      call.dataset.short = "☎ Appeler";
      call.tabIndex = -1;
      item.append(call);
    }
    return item;
  };

  const list = parentElement.querySelector("ul") ?? parentElement.appendChild(create("ul", "ror-rows"));
  const focused = document.activeElement?.dataset?.row;
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(...data.rows.map(line));
  const buttons = [...list.querySelectorAll(".ror-row-open")];
  if (focused) buttons.find((one) => one.dataset.row === focused)?.focus();
  list.onkeydown = (event) => {
    const item = event.target.closest(".ror-row");
    const at = [...list.children].indexOf(item);
    const target = {
      ArrowDown: buttons[at + 1],
      ArrowUp: buttons[at - 1],
      Home: buttons[0],
      End: buttons.at(-1),
      ArrowRight: item?.querySelector(".ror-row-call"),
      ArrowLeft: item?.querySelector(".ror-row-open"),
    }[event.key];
    if (!target) return;
    event.preventDefault();
    target.focus();
  };
}
