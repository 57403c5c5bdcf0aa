/* The images of map files: which answer each pixel has. */
(() => {
  const { shown, element, colour, count, statusWords } = page;
  const { components, legend } = shown;
  const NOTHING = 255;
  const LONGEST = 512; // of an image on the screen; smaller maps are magnified by whole numbers up to
  const MOST_MAGNIFIED = 32;
  const DIMMED = 0.12;

  const paint = (code) => (code < components.length ? colour(code) : `var(--${["poor", "unreadable"][code - components.length]})`);
  const percent = (share) => (share > 0 && share < 0.001 ? "<0.1 %" : `${(100 * share).toFixed(1)} %`);

  // A canvas knows no variables of style sheets: an element tells what they are at the moment.
  const probe = element("span", { hidden: true });
  document.body.append(probe);
  function channels(value) {
    probe.style.color = value;
    return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  }

  const all = shown.images.filter(({ lines }) => lines > 0).map((image) => ({
    ...image,
    number: shown.images.indexOf(image),
    code: page.stretch("image_code", image.first, image.lines * image.samples),
    answer: page.stretch("image_answer", image.first, image.lines * image.samples),
    rowAt: new Map(),
    chosen: null,
    cursor: null,
  }));
  if (!all.length) return;
  document.getElementById("images").hidden = false;

  const pixelOf = new Map(); // row of the table: [image, place]
  const [rows, owners, places] = ["pixel_row", "pixel_image", "pixel_place"].map((name) => page.whole(name));
  rows.forEach((row, entry) => {
    const image = all.find(({ number }) => number === owners[entry]);
    pixelOf.set(row, [image, places[entry]]);
    if (!image.rowAt.has(places[entry])) image.rowAt.set(places[entry], row);
  });

  function colourIn(image) {
    const palette = legend.map((_, code) => channels(paint(code)));
    const pixels = new ImageData(image.samples, image.lines);
    image.code.forEach((code, place) => {
      if (code === NOTHING) return;
      pixels.data.set(palette[code], 4 * place);
      pixels.data[4 * place + 3] = image.chosen === null || image.chosen === code ? 255 : 255 * DIMMED;
    });
    image.canvas.getContext("2d").putImageData(pixels, 0, 0);
  }

  function frame(image, place, kind) {
    image.holder.querySelector(`.${kind}`)?.remove();
    if (place === null) return;
    const [line, sample] = [Math.floor(place / image.samples), place % image.samples];
    image.holder.append(element("span", { class: `at ${kind}`, style: {
      left: `${(100 * sample) / image.samples}%`, top: `${(100 * line) / image.lines}%`,
      width: `${100 / image.samples}%`, height: `${100 / image.lines}%`,
    } }));
  }

  const rounded = (value) => String(Number(value.toPrecision(7)));
  function positionOf(image, place) {
    const [sample, line] = [place % image.samples, Math.floor(place / image.samples)];
    return `x ${rounded(image.origin[0] + sample * image.every * image.step[0])}, y ${rounded(image.origin[1] + line * image.every * image.step[1])}`;
  }

  function answerAt(image, place) {
    const code = image.code[place];
    if (code === NOTHING) return "no spectrum";
    return image.texts[image.answer[place]] || statusWords(legend[code]);
  }

  const HINT = "Point at the map to read its pixels.";
  function point(image, place) {
    image.cursor = place;
    frame(image, place, "cursor");
    if (place === null) {
      image.readout.replaceChildren(element("span", { class: "hint", text: HINT }));
      return;
    }
    const row = image.rowAt.get(place);
    const more = image.code[place] === NOTHING ? "" : row === undefined ? "its spectrum is not among those shown" : "";
    image.readout.replaceChildren(element("strong", { text: positionOf(image, place) }), element("span", { text: answerAt(image, place) }), element("span", { class: "hint", text: more }));
  }

  function openAt(image, place) {
    const row = image.rowAt.get(place);
    point(image, place);
    if (row !== undefined) page.show(row);
  }

  function placeAt(image, event) {
    const box = image.canvas.getBoundingClientRect();
    const inside = (share, number) => Math.max(0, Math.min(number - 1, Math.floor(share * number)));
    return inside((event.clientY - box.top) / box.height, image.lines) * image.samples + inside((event.clientX - box.left) / box.width, image.samples);
  }

  function listen(image) {
    image.canvas.addEventListener("pointermove", (event) => point(image, placeAt(image, event)));
    image.canvas.addEventListener("pointerleave", () => point(image, null));
    image.canvas.addEventListener("click", (event) => openAt(image, placeAt(image, event)));
    image.holder.addEventListener("blur", () => point(image, null));
    image.holder.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
      const far = event.shiftKey ? 10 : 1;
      if (across || down) {
        const place = image.cursor ?? Math.floor(image.lines / 2) * image.samples + Math.floor(image.samples / 2);
        const moved = image.cursor === null ? [0, 0] : [across * far, down * far];
        const sample = Math.max(0, Math.min(image.samples - 1, (place % image.samples) + moved[0]));
        const line = Math.max(0, Math.min(image.lines - 1, Math.floor(place / image.samples) + moved[1]));
        point(image, line * image.samples + sample);
      } else if (event.key === "Enter" && image.cursor !== null) openAt(image, image.cursor);
      else return;
      event.preventDefault();
    });
  }

  function legendOf(image) {
    const total = image.counts.reduce((sum, number) => sum + number, 0);
    const keys = legend.map((name, code) => [name, code, image.counts[code]]).filter(([, , number]) => number > 0);
    const buttons = keys.map(([name, code, number]) => {
      const swatch = element("span", { class: "swatch", "aria-hidden": "true", style: { background: paint(code) } });
      const button = element("button", { type: "button", "aria-pressed": "false" }, swatch, `${statusWords(name)} ${count(number)} (${percent(number / total)})`);
      button.addEventListener("click", () => {
        image.chosen = image.chosen === code ? null : code;
        buttons.forEach((other, place) => other.setAttribute("aria-pressed", String(keys[place][1] === image.chosen)));
        colourIn(image);
      });
      return button;
    });
    return element("ul", { class: "legend" }, ...buttons.map((button) => element("li", {}, button)));
  }

  function build(image) {
    const factor = Math.max(1, Math.min(MOST_MAGNIFIED, Math.floor(LONGEST / Math.max(image.lines, image.samples))));
    const [lines, samples] = image.size;
    const thinned = image.every === 1 ? "" : `; one of ${image.every} pixels across and down is shown`;
    const told = legend.map((name, code) => [statusWords(name), image.counts[code]]).filter(([, number]) => number).map(([name, number]) => `${name} ${count(number)}`);
    image.canvas = element("canvas", { width: image.samples, height: image.lines });
    image.readout = element("p", { class: "readout", role: "status" });
    image.holder = element("div", { class: "pixels", role: "application", tabindex: 0, style: { width: `${factor * image.samples}px` }, "aria-label": `Map of ${image.file}, ${samples} by ${lines} pixels: ${told.join(", ")}; arrow keys read pixels, Enter opens one` }, image.canvas);
    listen(image);
    point(image, null);
    colourIn(image);
    return element("figure", { class: "image" },
      element("figcaption", { text: image.file }, element("span", { class: "soft", text: ` ${samples} × ${lines} pixels${thinned}` })),
      image.holder, legendOf(image), image.readout);
  }

  document.getElementById("image-list").append(...all.map(build));

  document.addEventListener("spectrum", ({ detail: row }) => {
    const [owner, place] = pixelOf.get(row) ?? [null, null];
    for (const image of all) frame(image, image === owner ? place : null, "opened");
  });

  const recolour = () => all.forEach(colourIn);
  for (const asked of ["print", "(prefers-color-scheme: dark)"]) matchMedia(asked).addEventListener("change", recolour);
  window.addEventListener("beforeprint", recolour);
  window.addEventListener("afterprint", recolour);
})();

page.followHash();
