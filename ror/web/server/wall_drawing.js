// Draws the content of the wall. Every text is set by textContent; nodes are used again, so that a page does not grow in days.
window.rorWall = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const SHAPES = [
    "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0Z",
    "M-.9,-.9H.9V.9H-.9Z",
    "M0,-1.05L1.1,.85H-1.1Z",
    "M0,-.35L.65,-1L1,-.65L.35,0L1,.65L.65,1L0,.35L-.65,1L-1,.65L-.35,0L-1,-.65L-.65,-1Z",
    "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0ZM-.4,0A.4,.4,0,1,0,.4,0A.4,.4,0,1,0,-.4,0Z",
    "M-1,0A1,1,0,1,1,1,0A1,1,0,1,1,-1,0ZM-.6,0A.6,.6,0,1,0,.6,0A.6,.6,0,1,0,-.6,0ZM-.55,.35L.35,-.55L.55,-.35L-.35,.55Z",
  ];
  const CLOSED = 5, SMALLEST = 8, LARGEST = 26, LARGEST_FREE = 60;
  const byId = (id) => document.getElementById(id);
  let hour = null;

  // « 07 h 14 », in the time zone of the content that was drawn last.
  const time = (at) => hour.format(at).replace(":", " h ");

  // Returns an age in the words of `model.freshness.age_words`.
  function age(milliseconds) {
    const minutes = Math.max(Math.floor(milliseconds / 60000), 0);
    if (milliseconds < -300000) return "heure à vérifier";
    if (!minutes) return "à l'instant";
    if (minutes < 60) return `il y a ${minutes} min`;
    return minutes < 48 * 60 ? `il y a ${Math.floor(minutes / 60)} h` : `il y a ${Math.floor(minutes / 1440)} jours`;
  }

  function write(node, words) {
    if (node.textContent !== words) node.textContent = words;
  }

  // Gives a node as many children as there are items, created by `make` when they are missing, each filled by `fill`.
  function each(parent, items, make, fill) {
    while (parent.children.length > items.length) parent.lastElementChild.remove();
    while (parent.children.length < items.length) parent.append(make());
    items.forEach((item, index) => fill(parent.children[index], item));
  }

  function element(name, className = "", ...children) {
    const node = document.createElement(name);
    if (className) node.className = className;
    node.append(...children);
    return node;
  }

  function drawn(name) {
    return document.createElementNS(SVG, name);
  }

  function glyph() {
    const svg = drawn("svg"), path = drawn("path");
    svg.setAttribute("viewBox", "-1.2 -1.2 2.4 2.4");
    svg.setAttribute("class", "glyph");
    svg.setAttribute("aria-hidden", "true");
    svg.append(path);
    return svg;
  }

  function setShape(path, rank, empty = false) {
    const look = rank < 0 ? CLOSED : rank;
    path.setAttribute("d", SHAPES[look]);
    path.setAttribute("fill-rule", "evenodd");
    path.setAttribute("class", `band-${look}${empty ? " empty" : ""}`);
  }

  // --- the parts of the page

  function bar() {
    const svg = drawn("svg");
    svg.setAttribute("class", "bar");
    svg.setAttribute("viewBox", "0 0 100 1");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    return svg;
  }

  function fillBar(svg, ages) {
    const total = ages.reduce((sum, one) => sum + one, 0) || 1;
    let left = 0;
    each(svg, ages, () => drawn("rect"), (part, number) => {
      const width = (100 * number) / total;
      part.setAttribute("x", left.toFixed(2));
      part.setAttribute("width", width.toFixed(2));
      part.setAttribute("height", "1");
      left += width;
    });
    [...svg.children].forEach((part, rank) => part.setAttribute("class", `band-${rank}`));
  }

  function drawTiles(tiles, ages) {
    const make = () => element("div", "tile", element("h2"), element("p", "figure"), element("p"));
    each(byId("tiles"), tiles, make, (node, tile) => {
      write(node.children[0], tile.title);
      write(node.children[1], tile.number);
      write(node.children[2], tile.words);
    });
    const last = byId("tiles").lastElementChild;
    if (last && last.children.length === 3) last.append(bar());
    if (last) fillBar(last.children[3], ages);
  }

  function drawDepartments(departments) {
    const make = () => element("tr", "", element("th"), element("td"), element("td"), element("td"));
    each(byId("departments").querySelector("tbody"), departments, make, (row, one) => {
      const [name, beds, places, late] = row.children;
      if (!name.children.length) name.append(element("span"), bar());
      name.scope = "row";
      write(name.firstElementChild, one.name);
      fillBar(name.lastElementChild, one.ages);
      write(beds, one.beds);
      write(places, one.places);
      write(late, one.late);
    });
  }

  const unitRow = () => element("li", "", element("span", "mark", glyph()), element("div", "", element("b"), element("span")), element("div", "value", element("b"), element("span")));

  function fillUnit(row, unit) {
    const [mark, names, value] = row.children;
    setShape(mark.firstElementChild.firstElementChild, unit.rank);
    write(names.children[0], unit.unit);
    write(names.children[1], unit.structure);
    write(value.children[0], unit.what || unit.number);
    value.children[1].dataset.at = unit.at;
    value.children[1].dataset.before = unit.what && unit.what !== "Passée en retard" ? `${unit.number}, ` : "";
  }

  function drawLists(content) {
    each(byId("latest").querySelector("ul"), content.latest, unitRow, fillUnit);
    write(byId("degraded").querySelector("p"), content.degraded.words);
    each(byId("degraded").querySelector("ul"), content.degraded.units, unitRow, fillUnit);
    byId("crises").hidden = !content.crises.length;
    const make = () => element("li", "", element("div", "", element("b"), element("span")), element("progress"), element("div", "value", element("b"), element("span")));
    each(byId("crises").querySelector("ul"), content.crises, make, (row, crisis) => {
      const [names, progress, value] = row.children;
      write(names.children[0], crisis.name);
      write(names.children[1], crisis.words);
      progress.max = Math.max(crisis.expected, 1);
      progress.value = crisis.answered;
      progress.setAttribute("aria-label", crisis.words);
      write(value.children[0], crisis.deadline ? time(crisis.deadline) : "");
      write(value.children[1], crisis.deadline ? "échéance" : "");
    });
  }

  // --- the map

  let plane = { address: "", content: null };

  async function drawMap(map) {
    if (!map.outlines) return;
    if (plane.address !== map.outlines) {
      const answer = await fetch(map.outlines);
      if (!answer.ok) throw new Error(`outlines: ${answer.status}`);
      plane = { address: map.outlines, content: await answer.json() };
    }
    const symbols = [...map.symbols].sort((one, other) => other[3] - one[3]);
    const apart = (point) => map.inset && within(map.inset.frame, point);
    byId("inset").classList.toggle("absent", !map.inset);
    drawView(byId("drawing"), map, symbols.filter((one) => !apart(one)), (one) => !apart([one.x, one.y]), map.inset?.frame);
    if (map.inset) drawView(byId("inset"), map.inset, symbols.filter(apart), () => true);
  }

  const within = ([left, right, bottom, top], [x, y]) => left < x && x < right && bottom < y && y < top;

  // A frame without its edges, where a name would be cut.
  const inner = ([left, right, bottom, top]) => [left + (right - left) / 8, right - (right - left) / 8, bottom, top];

  // Draws a part of the plane: outlines, symbols, names of prefectures; `inset` is the part that is drawn elsewhere.
  function drawView(svg, { size: [width, height], frame }, symbols, named, inset) {
    const [left, right, bottom, top] = frame;
    const x = (value) => ((value - left) / (right - left)) * width;
    const y = (value) => ((top - value) / (top - bottom)) * height;
    if (!svg.children.length) svg.append(...["ground", "symbols", "names", "inset"].map(group));
    const [ground, marks, names, box] = svg.children;
    if (svg.dataset.plane !== plane.address) {
      svg.dataset.plane = plane.address;
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const ring = (xs, ys) => xs.map((one, index) => `${index ? "L" : "M"}${x(one).toFixed(1)},${y(ys[index]).toFixed(1)}`).join("") + "Z";
      each(ground, plane.content.outlines, () => drawn("path"), (path, one) => {
        path.setAttribute("d", one.x.map((xs, index) => ring(xs, one.y[index])).join(""));
      });
      const shown = plane.content.names.filter((one) => one.prefecture && within(inner(frame), [one.x, one.y]) && named(one));
      each(names, shown, () => drawn("text"), (text, one) => {
        text.setAttribute("x", x(one.x).toFixed(1));
        text.setAttribute("y", y(one.y).toFixed(1));
        write(text, one.name);
      });
      each(box, inset ? [inset] : [], () => drawn("rect"), (rect, [from, to, low, high]) => {
        const values = { x: x(from), y: y(high), width: x(to) - x(from), height: y(low) - y(high) };
        Object.entries(values).forEach(([name, value]) => rect.setAttribute(name, value.toFixed(1)));
      });
    }
    each(marks, symbols, () => drawn("path"), (path, [longitude, latitude, rank, free]) => {
      const radius = (0.5 + width / 2000) * (SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(Math.min(free, LARGEST_FREE) / LARGEST_FREE));
      setShape(path, rank, !free);
      path.setAttribute("transform", `translate(${x(longitude).toFixed(1)} ${y(latitude).toFixed(1)}) scale(${radius.toFixed(1)})`);
    });
  }

  function group(name) {
    const node = drawn("g");
    node.setAttribute("class", name);
    return node;
  }

  function drawLegend(bands) {
    const make = () => element("li", "", glyph(), element("span"));
    each(byId("legend"), bands, make, (item, label) => {
      setShape(item.firstElementChild.firstElementChild, bands.indexOf(label));
      write(item.lastElementChild, label);
    });
  }

  // --- what the page calls

  async function draw(content) {
    hour = new Intl.DateTimeFormat("fr-FR", { timeZone: content.zone, hour: "2-digit", minute: "2-digit" });
    document.documentElement.dataset.theme = content.theme;
    write(byId("room"), content.room);
    drawTiles(content.tiles, content.ages);
    drawDepartments(content.departments);
    drawLists(content);
    drawLegend(content.bands);
    // The numbers matter most: outlines that did not arrive are requested again at the next reading.
    await drawMap(content.map).catch(() => {});
  }

  // Brings every age up to date: they are counted from instants, also while no data arrives.
  function drawAges(now) {
    for (const node of document.querySelectorAll("[data-at]")) write(node, node.dataset.before + age(now - Number(node.dataset.at)));
  }

  // Removes everything that was shown.
  function clear() {
    plane = { address: "", content: null };
    for (const svg of [byId("drawing"), byId("inset")]) delete svg.dataset.plane;
    for (const selector of ["#tiles", "#drawing", "#inset", "#legend", "tbody", "#lists ul", "#degraded p", "#room"]) {
      document.querySelectorAll(selector).forEach((node) => node.replaceChildren());
    }
  }

  return { draw, drawAges, clear, write, time };
})();
