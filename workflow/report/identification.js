"use strict";
const page = (() => {
  const shown = JSON.parse(document.getElementById("shown").textContent);
  const { components, statuses, spectra, wavenumber, particles } = shown;
  const mapWavenumber = shown.map_wavenumber;
  const NONE = shown.parts + 1;
  const NO_PREDICTION = 255;
  const UNIT = "cm\u207b\u00b9";
  const MOST_PRINTED = 500;
  const PRINTED_WIDTH = 820; // of the plot on paper, in points of its drawing
  const COLOURS = 9;
  const SIGNS = { identified: "●", plastic_and_unknown: "◐", unknown: "?", poor_spectrum: "~", unreadable: "✕" };

  /* ---- small helpers: elements are built, never parsed from text ---- */

  const byId = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "text") node.textContent = value;
      else if (name === "style") Object.assign(node.style, value);
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }
  const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const drawn = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
  const colour = (component) => (components[component] === "unknown" ? "var(--unknown)" : `var(--c${component % COLOURS})`);
  const swatch = (component) => element("span", { class: "swatch", "aria-hidden": "true", style: { background: colour(component) } });
  const count = (number) => number.toLocaleString("en-GB");
  const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;
  const statusWords = (status) => status.replaceAll("_", " ");

  function percent(share) {
    if (share === null) return "–";
    const value = 100 * share;
    if (value > 0 && value < 1) return "<1 %";
    if (value > 99 && value < 100) return ">99 %";
    return `${Math.round(value)} %`;
  }

  /* ---- arrays: base64 text, decoded row by row when a row is asked for ---- */

  const KINDS = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array };
  const texts = new Map();

  function encoded(name) {
    if (!texts.has(name)) texts.set(name, byId(`array-${name}`).textContent);
    return texts.get(name);
  }

  function stretch(name, first, length) {
    const Kind = KINDS[shown.arrays[name].kind];
    const start = first * Kind.BYTES_PER_ELEMENT;
    const size = length * Kind.BYTES_PER_ELEMENT;
    const skipped = start % 3;
    const binary = atob(encoded(name).slice(((start - skipped) / 3) * 4, Math.ceil((start + size) / 3) * 4));
    const bytes = new Uint8Array(size);
    for (let place = 0; place < size; place += 1) bytes[place] = binary.charCodeAt(skipped + place);
    return new Kind(bytes.buffer);
  }

  const whole = (name) => stretch(name, 0, shown.arrays[name].shape.reduce((product, side) => product * side, 1));
  const rowOf = (name, row) => stretch(name, row * shown.arrays[name].shape[1], shown.arrays[name].shape[1]);

  const scales = new Map();
  function restored(name, row) {
    if (!scales.has(name)) scales.set(name, whole(`${name}_scale`));
    const scale = scales.get(name)[row];
    return Number.isNaN(scale) ? null : Float32Array.from(rowOf(name, row), (step) => step * scale);
  }

  const libraryRows = new Map();
  function libraryRow(entry) {
    if (!libraryRows.has(entry)) libraryRows.set(entry, restored("library", entry));
    return libraryRows.get(entry);
  }

  /* ---- what is known of each spectrum ---- */

  const text = (name, row) => particles[name].texts[particles[name].codes[row]];
  const present = whole("present");
  const shares = whole("shares");
  const libraryComponent = whole("library_component");

  function prediction(row, component) {
    const place = row * components.length + component;
    if (present[place] === NO_PREDICTION) return null;
    const [probability, ratio, low, high] = [0, 1, 2, 3].map((offset) => {
      const part = shares[4 * place + offset];
      return part === NONE ? null : part / shown.parts;
    });
    return { component, present: present[place] === 1, probability, ratio, low, high };
  }

  const predicted = (row) => components.some((_, component) => present[row * components.length + component] !== NO_PREDICTION);

  const byShare = (one, other) => (other.ratio ?? -1) - (one.ratio ?? -1) || (other.probability ?? -1) - (one.probability ?? -1);

  // Found components of every spectrum, the main one first.
  const found = Array.from({ length: spectra }, (_, row) => {
    const all = components.map((_name, component) => prediction(row, component));
    return all.filter((entry) => entry !== null && entry.present).sort(byShare);
  });
  const polymersOf = (row) => found[row].filter(({ component }) => components[component] !== "unknown");
  const smallestShare = found.map((_, row) => {
    const polymers = polymersOf(row);
    return polymers.length > 1 ? polymers[polymers.length - 1].ratio : null;
  });

  function startsOf(name) {
    const starts = new Map();
    whole(name).forEach((row, place) => {
      if (!starts.has(row)) starts.set(row, [place, place]);
      starts.get(row)[1] = place + 1;
    });
    return starts;
  }
  let coefficientStarts = null;
  let mapStarts = null;

  // The whole fit of unmixing: contributions of what was found, and all that was fitted beside it.
  function fitOf(row) {
    coefficientStarts ??= startsOf("coefficient_row");
    const [first, end] = coefficientStarts.get(row) ?? [0, 0];
    const entries = stretch("coefficient_entry", first, end - first);
    const weights = stretch("coefficient", first, end - first);
    const parts = found[row].map(({ component }) => ({ component, values: new Float32Array(wavenumber.length) }));
    const rest = new Float32Array(wavenumber.length);
    entries.forEach((entry, place) => {
      const values = parts.find(({ component }) => component === libraryComponent[entry])?.values ?? rest;
      libraryRow(entry).forEach((value, point) => { values[point] += weights[place] * value; });
    });
    return { parts, rest, fitted: entries.length > 0 };
  }

  function mapsOf(row) {
    mapStarts ??= startsOf("map_row");
    const [first, end] = mapStarts.get(row) ?? [0, 0];
    const owners = stretch("map_component", first, end - first);
    const all = Array.from(owners, (component, place) => ({ component, values: restored("maps", first + place) }));
    const rank = new Map(found[row].map(({ component }, place) => [component, place]));
    return all.filter((map) => map.values !== null && rank.has(map.component)).sort((one, other) => rank.get(one.component) - rank.get(other.component));
  }

  function nearestOf(row) {
    const places = rowOf("nearest", row);
    const qualities = rowOf("nearest_quality", row);
    return Array.from(places, (place, rank) => ({ rank, place, quality: qualities[rank] })).filter(({ place }) => place >= 0)
      .map(({ rank, place, quality }) => ({ rank, quality, name: shown.reference_names[place], values: restored("references", place) }))
      .filter(({ values }) => values !== null);
  }

  /* ---- the table ---- */

  const ALL_COLUMNS = [
    { key: "file", title: "File", value: (row) => text("file", row), whole: (row) => text("file", row), cell: fileCell },
    { key: "spectrum", title: "Spectrum", value: (row) => text("spectrum", row) },
    { key: "answer", title: "Answer", value: (row) => text("answer", row), whole: (row) => answerOrReason(row), cell: answerCell },
    { key: "status", title: "Outcome", value: (row) => statuses.indexOf(text("status", row)), cell: statusCell },
    { key: "share", title: "Min. share", hint: "Smallest share among two or more polymers found", value: (row) => smallestShare[row], shown: percent, number: true },
    { key: "nnls", title: "Unmixing", hint: "Answer of unmixing by non-negative least squares", value: (row) => text("nnls_answer", row), whole: (row) => text("nnls_answer", row), cell: (row) => [clipped(text("nnls_answer", row))] },
    { key: "library", title: "Library", hint: "Answer of the library search", value: (row) => text("library_answer", row), whole: (row) => text("library_answer", row), cell: libraryCell },
    { key: "quality", title: "Hit quality", hint: "Hit quality of the library search, 0 to 1", value: (row) => particles.library_hit_quality[row], shown: (value) => (value === null ? "–" : value.toFixed(3)), number: true },
    { key: "disagreement", title: "Methods", hint: "Whether the methods agree", value: (row) => particles.disagreement[row], cell: (row) => [differs(row, "differs")] },
  ];
  // Files of one spectrum each have no names of spectra: the others get the room.
  const COLUMNS = ALL_COLUMNS.filter(({ key }) => key !== "spectrum" || particles.spectrum.texts.some(Boolean));

  // Long paths lose their folders first, then the start of the name: the end of it tells files apart.
  const KEPT_END = 12;
  const ENDING = new RegExp(`^(.*?)((?:\\P{M}\\p{M}*){0,${KEPT_END}})$`, "su"); // no accent loses its letter
  function fileCell(row) {
    const [, folder, name] = text("file", row).match(/^([^]*[/\\])?([^]*)$/);
    const [, start, end] = name.match(ENDING);
    const piece = (kind, words) => (words ? element("span", { class: kind, text: words }) : null);
    return [element("div", { class: "path" }, piece("folder", folder), element("span", { class: "name" }, piece("start", start), piece("end", end)))];
  }

  const clipped = (...children) => element("div", { class: "clip" }, ...children);
  const differs = (row, kind) => (particles.disagreement[row] ? element("div", { class: kind, text: "≠ differ" }) : null);

  // How a reference was made is left out on paper, where it would fill a row of its own.
  function libraryCell(row) {
    const [, name, how] = text("library_answer", row).match(/^([^]*?)(, mean of [^]*)?$/);
    return [clipped(name, element("span", { class: "how", text: how ?? "" }))];
  }

  const answerOrReason = (row) => text("answer", row) || text("reason", row);

  function answerCell(row) {
    const words = element("span", { class: text("answer", row) ? null : "why", text: answerOrReason(row) });
    return [clipped(...found[row].map(({ component }) => swatch(component)), words)];
  }

  function statusCell(row) {
    const status = text("status", row);
    return [clipped(element("span", { class: "sign", "aria-hidden": "true", text: SIGNS[status] }), statusWords(status)), differs(row, "differs below")];
  }

  const state = { sort: null, descending: false, visible: [], active: null, chosen: false, open: null, printing: false };
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const [table, scroller, body, heads] = ["table", "scroller", "rows", "heads"].map(byId);
  let haystacks = null;

  const headButtons = COLUMNS.map((column) => element("button", { type: "button", title: column.hint ?? `Sort by ${column.title.toLowerCase()}`, onclick: () => sortBy(column) }, column.title));
  heads.append(...COLUMNS.map((column, place) => element("th", { scope: "col", class: `w-${column.key}${column.number ? " number" : ""}`, "data-title": column.title, "aria-colindex": place + 1, "aria-sort": "none" }, headButtons[place])));
  table.setAttribute("aria-colcount", COLUMNS.length);

  function sortBy(column) {
    if (state.sort !== column) [state.sort, state.descending] = [column, Boolean(column.number) || column.key === "disagreement"];
    else if (state.descending === (Boolean(column.number) || column.key === "disagreement")) state.descending = !state.descending;
    else [state.sort, state.descending] = [null, false];
    refresh();
  }

  function compared(column, descending) {
    const values = Array.from({ length: spectra }, (_, row) => column.value(row));
    const turned = descending ? -1 : 1;
    const nothing = (value) => value === null || value === "";
    return (one, other) => {
      const [a, b] = [values[one], values[other]];
      if (nothing(a) || nothing(b)) return nothing(a) - nothing(b) || one - other; // nothing to sort by: last either way
      const order = typeof a === "string" ? collator.compare(a, b) : a - b;
      return turned * order || one - other;
    };
  }

  function matching() {
    haystacks ??= Array.from({ length: spectra }, (_, row) =>
      ["file", "spectrum", "answer", "reason", "nnls_answer", "library_answer"].map((name) => text(name, row)).join("\n").toLowerCase());
    const wanted = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const component = byId("filter-component").value;
    const status = byId("filter-status").value;
    const disagreement = byId("filter-disagreement").checked;
    const rows = [];
    for (let row = 0; row < spectra; row += 1) {
      if (disagreement && !particles.disagreement[row]) continue;
      if (status && text("status", row) !== status) continue;
      if (component && !found[row].some((entry) => entry.component === Number(component))) continue;
      if (wanted.every((word) => haystacks[row].includes(word))) rows.push(row);
    }
    return rows;
  }

  function listed(number) {
    const part = inAll > spectra ? " shown" : "";
    const those = `${spectra === 1 ? "spectrum" : "spectra"}${part}`;
    return number === spectra ? `All ${count(spectra)} ${those}` : `${count(number)} of ${count(spectra)} ${those}`;
  }

  function refresh() {
    state.visible = matching();
    if (state.sort) state.visible.sort(compared(state.sort, state.descending));
    COLUMNS.forEach((column, place) => {
      const sorted = state.sort === column;
      heads.children[place].setAttribute("aria-sort", sorted ? (state.descending ? "descending" : "ascending") : "none");
      headButtons[place].textContent = column.title + (sorted ? (state.descending ? " ▼" : " ▲") : "");
    });
    table.setAttribute("aria-rowcount", state.visible.length + 1);
    const number = state.visible.length;
    byId("count").textContent = spectra === 0 ? "There are no spectra." : listed(number);
    state.chosen &&= state.visible.includes(state.active);
    if (!state.chosen) state.active = state.visible[0] ?? null;
    scroller.scrollTop = 0;
    pressBars();
    if (state.chosen) reveal();
    render();
  }

  const rowHeight = () => parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"));

  function tableRow(row, place) {
    const cells = COLUMNS.map((column) => {
      const label = column.cell ? null : column.shown ? column.shown(column.value(row)) : column.value(row);
      return element("td", { class: `w-${column.key}${column.number ? " number" : ""}`, title: column.whole ? column.whole(row) : label, "data-spectrum": column.key === "file" ? text("spectrum", row) || null : null, ...(label === null ? {} : { text: label }) }, ...(column.cell ? column.cell(row) : []));
    });
    const attributes = { id: `row-${row}`, class: row === state.open ? "row open" : "row", "data-row": row, "aria-rowindex": place + 2, "aria-selected": String(row === state.active) };
    return element("tr", attributes, ...cells);
  }

  const space = (height) => element("tr", { "aria-hidden": "true" }, element("td", { class: "space", colspan: COLUMNS.length, style: { height: `${height}px` } }));

  // Only the rows in sight are in the document: thousands of them would make every step slow.
  function render() {
    const height = rowHeight();
    const total = state.visible.length;
    let [first, end] = [Math.floor(scroller.scrollTop / height) - 10, Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + 10];
    if (state.printing) [first, end] = [0, MOST_PRINTED];
    first = Math.max(0, Math.min(first, total));
    end = Math.max(first, Math.min(end, total));
    const rows = state.visible.slice(first, end).map((row, place) => tableRow(row, first + place));
    if (first > 0) rows.unshift(space(first * height));
    if (end < total) {
      const rest = `${count(total - end)} more rows are not printed: filter the table, or download it as CSV.`;
      rows.push(state.printing ? element("tr", {}, element("td", { colspan: COLUMNS.length, text: rest })) : space((total - end) * height));
    }
    if (total === 0 && spectra > 0) rows.push(element("tr", {}, element("td", { colspan: COLUMNS.length, text: "No spectrum fits the filters." })));
    body.replaceChildren(...rows);
    if (state.active !== null && byId(`row-${state.active}`)) table.setAttribute("aria-activedescendant", `row-${state.active}`);
    else table.removeAttribute("aria-activedescendant");
  }

  function reveal() {
    const place = state.visible.indexOf(state.active);
    if (place < 0) return;
    const height = rowHeight();
    const head = heads.offsetHeight;
    const top = place * height;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    const room = scroller.clientHeight - head - height;
    if (top > scroller.scrollTop + room) scroller.scrollTop = top - room;
  }

  // A row that somebody chose is followed when the order changes; the first one of a list is active unasked.
  function choose(row) {
    state.active = row;
    state.chosen = true;
  }

  function moveTo(place) {
    if (!state.visible.length) return;
    choose(state.visible[Math.max(0, Math.min(place, state.visible.length - 1))]);
    reveal();
    render();
    if (state.open !== null) open(state.active, false);
  }
  function openActive() {
    choose(state.active);
    open(state.active, true);
  }
  const moveBy = (steps) => moveTo(Math.max(0, state.visible.indexOf(state.active)) + steps);

  let waiting = false;
  scroller.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; render(); });
  });

  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr.row");
    if (!row) return;
    choose(Number(row.dataset.row));
    table.focus({ preventScroll: true });
    open(state.active, true);
  });

  /* ---- summary ---- */

  const mainOf = (row) => (found[row].length ? found[row][0].component : null);
  const smallest = Array(10).fill(0);
  const tally = { main: components.map(() => 0), any: components.map(() => 0), status: statuses.map(() => 0), mixed: 0, compared: 0, differing: 0 };
  for (let row = 0; row < spectra; row += 1) {
    tally.status[statuses.indexOf(text("status", row))] += 1;
    found[row].forEach(({ component }) => { tally.any[component] += 1; });
    if (mainOf(row) !== null) tally.main[mainOf(row)] += 1;
    if (polymersOf(row).length > 1) tally.mixed += 1;
    if (smallestShare[row] !== null) smallest[Math.min(9, Math.floor(smallestShare[row] * 20 + 1e-9))] += 1;
    if (predicted(row)) { // without a prediction there are no methods that could disagree
      tally.compared += 1;
      tally.differing += particles.disagreement[row];
    }
  }
  // A page that shows a part of the spectra is given the counts of all.
  Object.assign(tally, shown.counts);
  const inAll = tally.status.reduce((sum, number) => sum + number, 0);

  const outcomes = statuses.map((status, place) => [tally.status[place], statusWords(status)]).filter(([number]) => number).map(([number, words]) => `${count(number)} ${words}`);
  byId("summary").textContent = [
    [plural(inAll, "spectrum", "spectra"), outcomes.join(", ")].filter(Boolean).join(": "),
    ...(tally.compared ? [`in ${count(tally.differing)} of ${plural(tally.compared, "answer", "answers")} the methods disagree`] : []),
  ].join("; ") + ".";

  const bars = [];
  function bar(holder, select, value, name, parts, note, hint) {
    const track = element("span", { class: "track" }, ...parts.map(({ share, any, fill: paint }) => element("span", { class: any ? "part any" : "part", style: { width: `${100 * share}%`, background: paint } })));
    const button = element("button", { type: "button", "aria-pressed": "false", title: hint, "aria-label": hint }, name, track, element("span", { class: "value", text: note }));
    button.addEventListener("click", () => {
      select.value = select.value === value ? "" : value;
      refresh();
    });
    bars.push({ button, select, value });
    holder.append(button);
  }
  const pressBars = () => bars.forEach(({ button, select, value }) => button.setAttribute("aria-pressed", String(select.value === value)));

  function option(select, value, label) { select.append(element("option", { value, text: label })); }
  option(byId("filter-component"), "", "any");
  components.forEach((name, component) => option(byId("filter-component"), String(component), name));
  option(byId("filter-status"), "", "any");
  statuses.forEach((status) => option(byId("filter-status"), status, statusWords(status)));

  const most = Math.max(1, ...tally.any);
  const polymerBars = element("div", { class: "bars" });
  components.forEach((name, component) => bar(
    polymerBars, byId("filter-component"), String(component), element("span", {}, swatch(component), name),
    [{ share: tally.any[component] / most, any: true, fill: colour(component) }, { share: tally.main[component] / most, fill: colour(component) }],
    count(tally.any[component]) + (tally.any[component] ? `, main in ${count(tally.main[component])}` : ""),
    `${name}: found in ${plural(tally.any[component], "spectrum", "spectra")}, main component of ${count(tally.main[component])}; choose to filter the table`,
  ));
  byId("chart-components").append(polymerBars, element("p", { class: "soft", text: "Spectra with the polymer, pale; full colour: those whose main component it is." }));

  const mostStatus = Math.max(1, ...tally.status);
  const statusBars = element("div", { class: "bars statuses" });
  statuses.forEach((status, place) => bar(
    statusBars, byId("filter-status"), status,
    element("span", {}, element("span", { class: "sign", "aria-hidden": "true", text: SIGNS[status] }), statusWords(status)),
    [{ share: tally.status[place] / mostStatus, fill: "var(--accent)" }],
    `${count(tally.status[place])}${inAll ? ` (${percent(tally.status[place] / inAll)})` : ""}`,
    `${statusWords(status)}: ${plural(tally.status[place], "spectrum", "spectra")}; choose to filter the table`,
  ));
  byId("chart-statuses").append(statusBars);

  const mostSmallest = Math.max(1, ...smallest);
  const binned = smallest.reduce((sum, number) => sum + number, 0);
  const drawnOf = inAll > spectra ? `, of ${count(binned)} that are shown` : "";
  byId("chart-shares").append(
    element("div", { class: "columns-chart", role: "img", "aria-label": `Smallest shares: ${smallest.map((number, bin) => `${5 * bin} to ${5 * bin + 5} %: ${number}`).join("; ")}` },
      ...smallest.map((number, bin) => element("div", { class: "slot" }, element("span", { text: number ? count(number) : "" }), element("div", { class: "column", style: { height: `${(75 * number) / mostSmallest}%` } }), element("span", { class: "edge", text: `${5 * bin}` })))),
    element("p", { class: "soft", text: `Per cent, from 0 to 50 in steps of 5${drawnOf}; ${plural(tally.mixed, "spectrum", "spectra")} with two or more polymers${inAll > spectra ? " in all" : ""}.` }),
  );

  /* ---- one spectrum ---- */

  const view = { row: null, range: null, cursor: null, hidden: new Set(), nearest: new Set(), marks: true, commonScale: false, panels: [], current: null, due: false };
  const full = wavenumber.length ? [wavenumber[0], wavenumber[wavenumber.length - 1]] : [0, 1];
  const LEAST_RANGE = 20;

  function setHash(row) {
    document.dispatchEvent(new CustomEvent("spectrum", { detail: row }));
    const address = location.href.split("#")[0] + (row === null ? "" : `#row=${row}`);
    if (address !== location.href) history.replaceState(null, "", address);
  }

  function open(row, scroll) {
    state.open = row;
    setHash(row);
    const section = byId("detail");
    section.hidden = false;
    document.body.classList.add("opened");
    view.row = row;
    view.cursor = null;
    view.nearest.clear();
    describe(row);
    // Of rows passed with a key held down, only the one that a frame ends on is drawn.
    if (scroll || view.current === null) redraw();
    else if (!view.due) {
      view.due = true;
      requestAnimationFrame(redraw);
    }
    reveal();
    render();
    if (scroll) {
      const narrow = matchMedia("(max-width: 700px)").matches;
      (narrow ? section : byId("spectra")).scrollIntoView({ block: "start" });
    }
  }

  function redraw() {
    view.due = false;
    gather(view.row);
    toggles();
    draw();
  }

  function close() {
    if (state.open === null) return;
    state.open = null;
    setHash(null);
    byId("detail").hidden = true;
    document.body.classList.remove("opened");
    render();
    table.focus();
  }

  function describe(row) {
    const [file, spectrum] = [text("file", row), text("spectrum", row)];
    byId("detail-title").textContent = spectrum && spectrum !== file ? `${file} · ${spectrum}` : file;
    byId("answer").replaceChildren(...found[row].map(({ component }) => swatch(component)), text("answer", row));
    const status = text("status", row);
    byId("reason").replaceChildren(element("span", { class: "sign", "aria-hidden": "true", text: SIGNS[status] }), `${statusWords(status)}${text("reason", row) ? `: ${text("reason", row)}` : ""}`);
    byId("predictions").replaceChildren(...predictionTable(row));
    const quality = particles.library_hit_quality[row];
    const others = [
      ["Unmixing (NNLS)", text("nnls_answer", row) || "–"],
      ["Library search", (text("library_answer", row) || "–") + (quality === null ? "" : `, hit quality ${quality.toFixed(3)}`)],
    ];
    if (particles.disagreement[row]) others.push(["Agreement", "The methods disagree: look at the bands before you trust the answer."]);
    if (text("decision", row)) others.push(["How the file was read", text("decision", row)]);
    byId("others").replaceChildren(...others.flatMap(([name, words]) => [element("dt", { text: name }), element("dd", { text: words, class: name === "Agreement" ? "differs" : null })]));
  }

  function predictionTable(row) {
    const entries = components.map((_, component) => prediction(row, component)).filter((entry) => entry !== null);
    if (!entries.length) return [element("p", { class: "soft", text: "There is no prediction for this spectrum." })];
    entries.sort((one, other) => other.present - one.present || (one.present ? byShare(one, other) : (other.probability ?? -1) - (one.probability ?? -1)));
    const rows = entries.map(({ component, present: here, probability, ratio, low, high }) => {
      const bounds = low === null || high === null ? "" : ` (${Math.round(100 * low)}–${Math.round(100 * high)})`;
      const scale = element("div", { class: "scale" });
      if (bounds) scale.append(element("span", { class: "span", style: { left: `${100 * low}%`, width: `${100 * (high - low)}%`, background: colour(component) } }));
      if (ratio !== null) scale.append(element("span", { class: "dot", style: { left: `${100 * ratio}%`, background: colour(component) } }));
      const chance = element("div", { class: "scale" }, element("span", { class: "fill", style: { width: `${100 * (probability ?? 0)}%`, background: colour(component) } }));
      return element("tr", { class: here ? "present" : "absent" },
        element("th", { scope: "row", title: components[component] }, swatch(component), `${components[component]}${here ? " ✓" : ""}`),
        element("td", {}, chance), element("td", { class: "number", text: percent(probability) }),
        element("td", {}, scale), element("td", { class: "number", text: percent(ratio) + bounds }));
    });
    const head = element("tr", {}, element("th", { scope: "col", class: "name", text: "Polymer" }), element("th", { scope: "colgroup", colspan: 2, text: "Probability" }), element("th", { scope: "colgroup", colspan: 2, text: "Share (interval)" }));
    const widths = element("colgroup", {}, ...["name", "chart", "few", "chart", "many"].map((kind) => element("col", { class: kind })));
    return [element("table", { class: "predictions" }, element("caption", { text: "✓ found" }), widths, element("thead", {}, head), element("tbody", {}, ...rows))];
  }

  function gather(row) {
    const measured = restored("absorbance", row);
    const { parts, rest, fitted } = measured === null ? { parts: [], rest: null, fitted: false } : fitOf(row);
    const residual = fitted ? measured.map((value, point) => value - rest[point] - parts.reduce((sum, part) => sum + part.values[point], 0)) : null;
    const uncalled = fitted && highest(rest) > leastUncalled(measured) ? rest : null;
    view.current = { measured, raw: !predicted(row), parts, uncalled, residual, maps: measured === null ? [] : mapsOf(row), nearest: measured === null ? [] : nearestOf(row), marks: parts.map((part) => bandMarks(part, measured)) };
  }

  const UNCALLED = "fitted, but not called";
  const LEAST_UNCALLED = 0.01; // of the highest band
  const highest = (values) => values.reduce((most, value) => Math.max(most, value), 0);

  // Noise is the median of second differences, of which a band has few; three times that much is no noise.
  function leastUncalled(measured) {
    const bends = Array.from(measured.slice(1, -1), (value, point) => Math.abs(measured[point] - 2 * value + measured[point + 2])).sort((one, other) => one - other);
    const noise = bends.length ? (bends[bends.length >> 1] * 1.4826) / Math.sqrt(6) : 0;
    return Math.max(LEAST_UNCALLED, 3 * noise);
  }

  const REACH = 15; // cm^-1
  const LEAST_HEIGHT = 0.03;
  const LEAST_PROMINENCE = 0.02;

  const isMaximum = (values, point) => point > 0 && point < values.length - 1 && values[point] >= values[point - 1] && values[point] >= values[point + 1];

  // How far one descends from a maximum, on the side that falls less, before the ground rises above it.
  function prominence(values, peak) {
    const lowest = (step) => {
      let low = values[peak];
      for (let point = peak; point >= 0 && point < values.length && values[point] <= values[peak]; point += step) low = Math.min(low, values[point]);
      return low;
    };
    return values[peak] - Math.max(lowest(-1), lowest(1));
  }

  function hasBand(values, centre) {
    const least = LEAST_PROMINENCE * values.reduce((highest, value) => Math.max(highest, value), 0);
    return least > 0 && wavenumber.some((place, point) => Math.abs(place - centre) <= REACH && isMaximum(values, point) && prominence(values, point) >= least);
  }

  // A band is marked where the component's contribution has a maximum near its assigned place, and the
  // measured spectrum one near that: a contribution alone is what the model supposes.
  function bandMarks({ component, values }, measured) {
    const top = values.reduce((highest, value) => Math.max(highest, value), 0);
    const taken = new Map();
    for (const [owner, centre, vibration] of shown.bands) {
      if (owner !== component || top === 0) continue;
      let best = -1;
      for (let point = 1; point < values.length - 1; point += 1) {
        if (Math.abs(wavenumber[point] - centre) > REACH || values[point] < LEAST_HEIGHT * top) continue;
        if (!isMaximum(values, point)) continue;
        if (best < 0 || values[point] > values[best]) best = point;
      }
      const off = best < 0 ? Infinity : Math.abs(wavenumber[best] - centre);
      if (best >= 0 && !(taken.has(best) && taken.get(best).off <= off)) taken.set(best, { point: best, off, vibration, component, height: values[best] });
    }
    return [...taken.values()].filter(({ point }) => hasBand(measured, wavenumber[point]));
  }

  function toggle(label, checked, change, key) {
    const box = element("input", { type: "checkbox" });
    box.checked = checked;
    box.addEventListener("change", () => { change(box.checked); draw(); });
    return element("label", {}, box, key, element("span", { text: label }));
  }

  const DASHES = ["6 3", "2 2", "8 3 2 3", "12 4"];
  const lineKey = (stroke, dash) => drawn("svg", { class: "key", viewBox: "0 0 20 10", "aria-hidden": "true" }, drawn("line", { x1: 0, x2: 20, y1: 5, y2: 5, stroke, "stroke-width": 2, "stroke-dasharray": dash }));
  const switched = (key) => [!view.hidden.has(key), (on) => (on ? view.hidden.delete(key) : view.hidden.add(key))];

  function toggles() {
    const { measured, parts, uncalled, residual, maps, nearest, marks } = view.current;
    const all = [];
    if (measured) all.push(toggle("measured", ...switched("measured"), lineKey("var(--ink)")));
    parts.forEach(({ component }) => all.push(toggle(components[component], ...switched(`part-${component}`), swatch(component))));
    if (uncalled) all.push(toggle(UNCALLED, ...switched("uncalled"), lineKey("var(--edge)")));
    if (residual) all.push(toggle("residual", ...switched("residual"), lineKey("var(--soft)")));
    if (maps.length) all.push(toggle("attribution maps", ...switched("maps"), null));
    if (maps.length > 1) all.push(toggle("maps on one scale", view.commonScale, (on) => { view.commonScale = on; }, null));
    if (marks.some((list) => list.length)) all.push(toggle("bands", view.marks, (on) => { view.marks = on; }, null));
    nearest.forEach(({ rank, name, quality }) => all.push(toggle(`${name}${Number.isNaN(quality) ? "" : ` (${quality.toFixed(3)})`}`, view.nearest.has(rank), (on) => (on ? view.nearest.add(rank) : view.nearest.delete(rank)), lineKey("var(--soft)", DASHES[rank % DASHES.length]))));
    byId("toggles").replaceChildren(...all);
    byId("drawing").classList.toggle("empty", !measured);
    document.querySelector(".zooms").hidden = !measured;
  }

  /* ---- the plot ---- */

  const size = { left: 46, right: 8, gap: 24, axis: 38 };

  function ticks(low, high, wanted) {
    const raw = (high - low) / Math.max(1, wanted);
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw * 0.999);
    const all = [];
    for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step) all.push(Math.abs(value) < step * 1e-6 ? 0 : value);
    return { step, all };
  }

  function extent(list, grid, [low, high]) {
    let [bottom, top] = [0, 0];
    for (const values of list) {
      for (let point = 0; point < grid.length; point += 1) {
        if (grid[point] < low || grid[point] > high) continue;
        bottom = Math.min(bottom, values[point]);
        top = Math.max(top, values[point]);
      }
    }
    const room = (top - bottom || 1) * 0.06;
    return [bottom < 0 ? bottom - room : bottom, top + room];
  }

  function path(values, grid, x, y, [low, high], base) {
    const steps = [];
    let [first, last] = [null, null];
    for (let point = 0; point < grid.length; point += 1) {
      if ((grid[point + 1] ?? grid[point]) < low || (grid[point - 1] ?? grid[point]) > high) continue;
      first ??= point;
      last = point;
      steps.push(`${steps.length ? "L" : "M"}${x(grid[point]).toFixed(1)} ${y(base === undefined ? values[point] : Math.max(base, values[point])).toFixed(1)}`);
    }
    if (base !== undefined && steps.length) steps.push(`L${x(grid[last]).toFixed(1)} ${y(base).toFixed(1)}L${x(grid[first]).toFixed(1)} ${y(base).toFixed(1)}Z`);
    return steps.join("");
  }

  function panelsOf(narrow) {
    const { measured, raw, parts, uncalled, residual, maps, nearest } = view.current;
    const on = (key) => !view.hidden.has(key);
    const main = { key: "main", name: raw ? "absorbance as read, highest value = 1" : "absorbance, highest band = 1", height: narrow ? 210 : state.printing ? 230 : 270, grid: wavenumber, areas: [], lines: [] };
    for (const { component, values } of parts) if (on(`part-${component}`)) main.areas.push({ values, paint: colour(component), label: components[component], key: `part-${component}` });
    if (uncalled && on("uncalled")) main.lines.push({ values: uncalled, class: "uncalled", label: UNCALLED, key: "uncalled" });
    for (const { rank, name, values } of nearest) if (view.nearest.has(rank)) main.lines.push({ values, class: "nearest", dash: DASHES[rank % DASHES.length], label: name, key: `nearest-${rank}` });
    if (on("measured")) main.lines.push({ values: measured, class: "measured", label: "measured", key: "measured" });
    const panels = [main];
    if (residual && on("residual")) panels.push({ key: "residual", name: narrow ? "residual" : "residual: measured less the whole fit", height: 62, grid: wavenumber, areas: [], lines: [{ values: residual, class: "residual", label: "residual", key: "residual" }] });
    if (on("maps")) for (const { component, values } of maps) panels.push({ key: `map-${component}`, name: `attribution to ${components[component]}`, height: 62, grid: mapWavenumber, areas: [{ values, paint: colour(component), label: `attribution ${components[component]}`, key: `map-${component}`, clear: true }], lines: [], map: true });
    return panels;
  }

  function vibration(label) {
    let low = false;
    return label.split(/(_\{[^}]*\})/).filter(Boolean).map((piece) => {
      const index = piece.match(/^_\{(.*)\}$/);
      const span = drawn("tspan", { text: index ? index[1] : piece, ...(index ? { "font-size": "8px", dy: 2.5 } : low ? { dy: -2.5 } : {}) });
      low = Boolean(index);
      return span;
    });
  }

  function draw() {
    const holder = byId("plot");
    const { measured } = view.current;
    if (!measured) {
      byId("readout").replaceChildren();
      view.panels = [];
      holder.replaceChildren(element("p", { class: "soft", text: "There is no spectrum to draw." }));
      return;
    }
    const width = state.printing ? PRINTED_WIDTH : Math.max(280, holder.clientWidth || PRINTED_WIDTH);
    const narrow = width < 520;
    const range = view.range ?? full;
    const inner = width - size.left - size.right;
    const x = (place) => size.left + ((range[1] - place) / (range[1] - range[0])) * inner;
    const marks = view.marks ? placedMarks(x, range, narrow) : [];
    const longest = Math.max(0, ...marks.map((mark) => plainLength(mark.label)));
    let top = size.gap + (marks.length ? 36 + 6.3 * longest : 0);
    const content = [];
    const panels = panelsOf(narrow);
    const wide = ticks(range[0], range[1], Math.max(3, Math.round(inner / 75)));
    const maps = view.current.maps.map(({ values }) => values);
    for (const panel of panels) {
      const series = [...panel.areas, ...panel.lines].map(({ values }) => values);
      const [low, high] = extent(panel.map && view.commonScale ? maps : series, panel.grid, range);
      const y = (value) => panel.top + ((high - value) / (high - low)) * panel.height;
      Object.assign(panel, { top, y });
      content.push(...drawPanel(panel, { x, y, low, high, range, inner, width, wide }));
      top += panel.height + size.gap;
    }
    const bottom = top - size.gap;
    const digits = wide.step < 1 ? 1 : 0;
    content.push(...wide.all.map((value) => drawn("g", { class: "tick" }, drawn("text", { x: x(value), y: bottom + 16, "text-anchor": "middle", text: value.toFixed(digits) }))));
    content.push(drawn("text", { class: "soft", x: size.left + inner / 2, y: bottom + 33, "text-anchor": "middle", text: `wavenumber / ${UNIT}` }));
    content.push(...marks.map((mark) => drawMark(mark, panels[0])));
    const moving = drawn("g", { id: "moving" });
    const height = bottom + size.axis;
    const label = `Spectrum of ${byId("detail-title").textContent}, ${Math.round(range[1])} to ${Math.round(range[0])} ${UNIT}; arrow keys read values, plus and minus zoom`;
    const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "application", tabindex: 0, "aria-label": label, "aria-describedby": "readout", "data-low": range[0].toFixed(2), "data-high": range[1].toFixed(2) },
      drawn("defs", {}, ...panels.map((panel) => drawn("clipPath", { id: `clip-${panel.key}` }, drawn("rect", { x: size.left, y: panel.top, width: inner, height: panel.height })))),
      ...content, moving);
    listen(svg, { x, range, inner, width, bottom });
    const focused = holder.contains(document.activeElement);
    holder.replaceChildren(svg);
    Object.assign(view, { panels, svg, moving, x, bottom, top: panels[0].top });
    if (focused) svg.focus({ preventScroll: true });
    reserve();
    if (view.cursor !== null) point(view.cursor);
  }

  // Room for the longest readout: a plot that jumps when the pointer enters cannot be read.
  function reserve() {
    const kept = view.cursor;
    const readout = byId("readout");
    readout.style.minHeight = "";
    const labels = view.panels.flatMap((panel) => [...panel.areas, ...panel.lines].sort(measuredFirst)).map(({ label }) => label);
    readout.replaceChildren(element("strong", { text: `0000.0 ${UNIT}` }), ...labels.map((label) => element("span", { text: `${label} 00.000` })));
    readout.style.minHeight = `${readout.getBoundingClientRect().height}px`; // offsetHeight drops fractions
    leave();
    view.cursor = kept;
  }

  function drawPanel(panel, { x, y, low, high, range, inner, width, wide }) {
    const all = [];
    for (const value of wide.all) all.push(drawn("line", { class: "grid", x1: x(value), x2: x(value), y1: panel.top, y2: panel.top + panel.height }));
    const { all: levels, step } = ticks(low, high, panel.key === "main" ? 5 : 3);
    const digits = Math.min(4, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
    for (const value of levels) {
      if (panel.key === "main") all.push(drawn("line", { class: "grid", x1: size.left, x2: width - size.right, y1: y(value), y2: y(value) }));
      all.push(drawn("g", { class: "tick" }, drawn("text", { x: size.left - 5, y: y(value) + 4, "text-anchor": "end", text: value.toFixed(digits) })));
    }
    all.push(drawn("line", { class: "zero", x1: size.left, x2: width - size.right, y1: y(0), y2: y(0) }));
    const inside = drawn("g", { "clip-path": `url(#clip-${panel.key})` });
    for (const area of panel.areas) {
      inside.append(drawn("path", { class: "area", d: path(area.values, panel.grid, x, y, range, 0), style: { fill: area.paint } }));
      inside.append(drawn("path", { class: "line", "data-series": area.key, d: path(area.values, panel.grid, x, y, range), style: { stroke: `color-mix(in srgb, ${area.paint} 78%, var(--ink))` } }));
    }
    for (const line of panel.lines) inside.append(drawn("path", { class: `line ${line.class}`, "data-series": line.key, "stroke-dasharray": line.dash, d: path(line.values, panel.grid, x, y, range) }));
    all.push(inside, drawn("rect", { class: "frame", x: size.left, y: panel.top, width: inner, height: panel.height }));
    all.push(drawn("text", { class: "name", x: size.left, y: panel.key === "main" ? 12 : panel.top - 7, text: panel.name }));
    return all;
  }

  // The strongest bands get their names first; one that has no room is left out until one zooms in.
  function placedMarks(x, range, narrow) {
    const least = 13;
    const all = view.current.marks.flat().filter(({ point, component }) => wavenumber[point] >= range[0] && wavenumber[point] <= range[1] && !view.hidden.has(`part-${component}`));
    const places = [];
    for (const mark of all.sort((one, other) => other.height - one.height)) {
      const place = x(wavenumber[mark.point]);
      if (places.length >= (narrow ? 10 : 24) || places.some((other) => Math.abs(other.place - place) < least)) continue;
      places.push({ ...mark, place, label: shortened(mark.vibration) });
    }
    return places;
  }

  const MOST_SIGNS = 20;
  const plain = (label) => label.replace(/_\{([^}]*)\}/g, "$1");
  const plainLength = (label) => plain(label).length;
  const shortened = (label) => (plainLength(label) <= MOST_SIGNS ? label : `${plain(label).slice(0, MOST_SIGNS - 1).trimEnd()}…`);

  function drawMark({ place, point, vibration: whole, label, component, height }, panel) {
    const base = panel.top - 6;
    const name = drawn("text", { transform: `translate(${place + 4} ${base}) rotate(-90)` }, drawn("tspan", { text: `${wavenumber[point].toFixed(0)} `, "font-weight": "600" }), ...vibration(label));
    name.style.fill = `color-mix(in srgb, ${colour(component)} 45%, var(--ink))`;
    return drawn("g", { class: "mark", "data-component": components[component] }, drawn("title", { text: `${components[component]}, ${wavenumber[point].toFixed(0)} ${UNIT}: ${plain(whole)}` }), drawn("line", { x1: place, x2: place, y1: base + 2, y2: Math.max(base + 2, panel.y(height) - 2) }), name);
  }

  function nearestPoint(grid, place) {
    let [low, high] = [0, grid.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (grid[middle] < place) low = middle; else high = middle;
    }
    return Math.abs(grid[low] - place) <= Math.abs(grid[high] - place) ? low : high;
  }

  const measuredFirst = (one, other) => (other.key === "measured") - (one.key === "measured");

  function point(index) {
    view.cursor = index;
    const place = wavenumber[index];
    const read = [element("strong", { text: `${place.toFixed(1)} ${UNIT}` })];
    const dots = [];
    for (const panel of view.panels) {
      const at = panel.map ? nearestPoint(panel.grid, place) : index;
      for (const series of [...panel.areas, ...panel.lines].sort(measuredFirst)) {
        read.push(element("span", { text: `${series.label} ${series.values[at].toFixed(3)}` }));
        if (series.key === "measured") dots.push(drawn("circle", { cx: view.x(place), cy: panel.y(series.values[at]), r: 3.5, fill: "var(--accent)" }));
      }
    }
    byId("readout").replaceChildren(...read);
    view.moving.replaceChildren(drawn("line", { class: "cursor", x1: view.x(place), x2: view.x(place), y1: view.top, y2: view.bottom }), ...dots);
  }

  function leave() {
    view.cursor = null;
    view.moving.replaceChildren();
    byId("readout").replaceChildren(element("span", { class: "hint", text: "Point at the plot to read values." }));
  }

  function zoomTo(low, high) {
    const span = Math.min(full[1] - full[0], Math.max(LEAST_RANGE, high - low));
    const start = Math.min(full[1] - span, Math.max(full[0], (low + high - span) / 2));
    view.range = span >= full[1] - full[0] - 1e-6 ? null : [start, start + span];
    draw();
  }

  function zoomAround(centre, factor) {
    const [low, high] = view.range ?? full;
    const span = Math.min(full[1] - full[0], Math.max(LEAST_RANGE, (high - low) * factor));
    const share = (centre - low) / (high - low);
    zoomTo(centre - share * span, centre + (1 - share) * span);
  }
  const middle = () => (view.cursor !== null ? wavenumber[view.cursor] : ((view.range ?? full)[0] + (view.range ?? full)[1]) / 2);
  const zoomOutWhole = () => { view.range = null; draw(); };

  function listen(svg, { x, range, inner, width, bottom }) {
    let start = null;
    // Positions are those of the drawing, which the page may show at another size.
    const across = (event) => { const box = svg.getBoundingClientRect(); return ((event.clientX - box.left) / box.width) * width; };
    const clamp = (place) => Math.min(width - size.right, Math.max(size.left, place));
    const toWavenumber = (place) => range[1] - ((clamp(place) - size.left) / inner) * (range[1] - range[0]);
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      start = clamp(across(event));
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      const place = clamp(across(event));
      point(nearestPoint(wavenumber, toWavenumber(place)));
      if (start !== null) view.moving.append(drawn("rect", { class: "drag", x: Math.min(start, place), width: Math.abs(place - start), y: view.top, height: bottom - view.top }));
    });
    svg.addEventListener("pointerup", (event) => {
      const place = clamp(across(event));
      const from = start;
      start = null;
      if (from !== null && Math.abs(place - from) > 6) zoomTo(Math.min(toWavenumber(from), toWavenumber(place)), Math.max(toWavenumber(from), toWavenumber(place)));
      else point(nearestPoint(wavenumber, toWavenumber(place)));
    });
    svg.addEventListener("pointercancel", () => { start = null; leave(); });
    svg.addEventListener("pointerleave", () => { if (start === null) leave(); });
    svg.addEventListener("dblclick", zoomOutWhole);
    svg.addEventListener("wheel", (event) => {
      if (event.deltaY >= 0 && view.range === null) return; // nothing left to zoom out of: the page scrolls
      event.preventDefault();
      zoomAround(toWavenumber(across(event)), event.deltaY < 0 ? 0.8 : 1.25);
    }, { passive: false });
    svg.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: 1, ArrowRight: -1 }[event.key]; // the axis runs from high to low
      if (steps) {
        const [low, high] = view.range ?? full;
        const last = wavenumber.length - 1;
        let index = view.cursor === null ? nearestPoint(wavenumber, (low + high) / 2) : view.cursor + steps * (event.shiftKey ? 10 : 1);
        index = Math.min(Math.max(index, wavenumber.findIndex((place) => place >= low)), nearestPoint(wavenumber, high));
        point(Math.min(last, Math.max(0, index)));
      } else if (event.key === "+" || event.key === "=") zoomAround(middle(), 0.6);
      else if (event.key === "-") zoomAround(middle(), 1 / 0.6);
      else if (event.key === "0") zoomOutWhole();
      else return;
      event.preventDefault();
    });
  }

  /* ---- download ---- */

  // A spreadsheet would run a text that begins like a formula.
  function csvCell(value) {
    const words = value === null || value === undefined ? "" : String(value);
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(words) ? `'${words}` : words;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  function csv() {
    const names = ["probability", "mixing_ratio", "mixing_ratio_low", "mixing_ratio_high"];
    const head = ["row", "file", "spectrum", "answer", "status", "reason", "nnls_answer", "library_answer", "library_hit_quality", "disagreement", "decision", ...components.flatMap((component) => ["present", ...names].map((name) => `${component} ${name}`))];
    const rounded = (share) => (share === null ? null : Number(share.toFixed(4)));
    const lines = state.visible.map((row) => [
      row, ...["file", "spectrum", "answer", "status", "reason", "nnls_answer", "library_answer"].map((name) => text(name, row)),
      particles.library_hit_quality[row], particles.disagreement[row] === 1, text("decision", row),
      ...components.flatMap((_, component) => {
        const entry = prediction(row, component);
        return entry === null ? [null, null, null, null, null] : [entry.present, rounded(entry.probability), rounded(entry.ratio), rounded(entry.low), rounded(entry.high)];
      }),
    ]);
    return [head, ...lines].map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
  }

  byId("download").addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob(["\ufeff", csv()], { type: "text/csv;charset=utf-8" }));
    element("a", { href: address, download: "identification.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  });

  /* ---- keys, address, print ---- */

  let typing = null;
  byId("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(refresh, 120); });
  for (const id of ["filter-component", "filter-status", "filter-disagreement"]) byId(id).addEventListener("change", refresh);
  byId("clear").addEventListener("click", () => {
    for (const id of ["search", "filter-component", "filter-status"]) byId(id).value = "";
    byId("filter-disagreement").checked = false;
    [state.sort, state.descending] = [null, false];
    refresh();
  });
  byId("previous").addEventListener("click", () => moveBy(-1));
  byId("next").addEventListener("click", () => moveBy(1));
  byId("close").addEventListener("click", close);
  byId("zoom-in").addEventListener("click", () => zoomAround(middle(), 0.6));
  byId("zoom-out").addEventListener("click", () => zoomAround(middle(), 1 / 0.6));
  byId("zoom-reset").addEventListener("click", zoomOutWhole);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    if (target.matches("input, select, textarea")) {
      if (event.key === "Escape" && target.type === "search") table.focus();
      else if (event.key === "Escape") close();
      return;
    }
    if (event.key === "/") { byId("search").focus(); byId("search").select(); event.preventDefault(); return; }
    if (event.key === "Escape") { close(); return; }
    const inTable = target === table;
    if (!inTable && target !== document.body && !byId("detail").contains(target)) return;
    const page = Math.max(1, Math.floor(scroller.clientHeight / rowHeight()) - 2);
    const move = { ArrowDown: () => moveBy(1), ArrowUp: () => moveBy(-1) }[event.key]
      ?? (inTable ? { PageDown: () => moveBy(page), PageUp: () => moveBy(-page), Home: () => moveTo(0), End: () => moveTo(state.visible.length - 1), Enter: () => state.active !== null && openActive() }[event.key] : undefined);
    if (!move) return;
    move();
    event.preventDefault();
  });

  function followHash() {
    const asked = location.hash.match(/^#row=(\d+)$/);
    if (!asked) return;
    const row = Number(asked[1]);
    if (row >= spectra) {
      byId("count").textContent = `There is no spectrum ${row}: this page has ${plural(spectra, "spectrum", "spectra")}, counted from 0.`;
      return;
    }
    if (row === state.open) return;
    choose(row);
    open(row, true);
  }
  window.addEventListener("hashchange", followHash);

  const paper = matchMedia("print");
  function onPaper(printing) {
    if (state.printing === printing) return;
    state.printing = printing;
    render();
    if (state.open !== null) draw();
  }
  paper.addEventListener("change", (event) => onPaper(event.matches));
  window.addEventListener("beforeprint", () => onPaper(true));
  window.addEventListener("afterprint", () => onPaper(false));

  let width = 0;
  new ResizeObserver(() => {
    const now = byId("plot").clientWidth;
    if (state.open === null || now === width || now === 0) return;
    width = now;
    if (!state.printing) draw();
  }).observe(byId("plot"));
  new ResizeObserver(() => { if (!state.printing) render(); }).observe(scroller);

  function show(row) {
    choose(row);
    open(row, true);
    byId("detail-title").focus({ preventScroll: true });
  }
  refresh();
  return { shown, element, colour, count, statusWords, whole, stretch, show, followHash };
})();
