/* Histograms of source and archive, one drawing for each channel: the archive as an area, the source as a line. */

const HEIGHTS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PLOT = { width: 256, height: 64 };

function histograms(detail) {
  if (!detail.histograms.length) return null;
  const one = detail.histograms[0];
  const every = one.step === 1 ? "every pixel" : `every ${ordinal(one.step)} row and column`;
  const counted =
    `Counted on ${COUNT.format(one.planes)} of ${countText(one.planes_of, "plane")} of a channel, ${every}: ` +
    `${countText(one.samples, "sample")} in 64 bins, heights by square roots. ${detail.measured.map(sentence).join(" ")}`;
  const key = element(
    "p",
    { class: "under key", "aria-hidden": "true" },
    drawing("svg", { viewBox: "0 0 16 8", class: "sign" }, drawing("path", { class: "source", d: "M0 6H5V2H11V5H16" })),
    "source",
    drawing("svg", { viewBox: "0 0 16 8", class: "sign" }, drawing("rect", { class: "archive", width: 16, height: 8 })),
    "archive",
  );
  const plots = element("div", { class: "plots" }, ...detail.histograms.map((plot) => histogram(plot)));
  return whole(section("Histograms of source and archive", key, plots, element("p", { class: "under" }, counted)));
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function ordinal(number) {
  const end = { 1: "st", 2: "nd", 3: "rd" }[number % 10];
  return `${number}${end && Math.floor((number % 100) / 10) !== 1 ? end : "th"}`;
}

function exactText(number) {
  return Number.isInteger(number) && Math.abs(number) < 1e9 ? COUNT.format(number) : THREE_DIGITS.format(number);
}

function histogram(plot) {
  const name = plot.name;
  const verdict = !plot.source || !plot.archive ? "only one was counted" : plot.same ? "the same in every bin" : "not the same";
  const ends = [plot.minimum, plot.maximum].map(exactText);
  const drawn = drawing(
    "svg",
    { class: "histogram", viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, preserveAspectRatio: "none", role: "img", "aria-label": `${name}: ${verdict}; ${ends.join(" to ")}` },
    drawing("path", { class: "archive", d: plot.archive ? `${outline(plot.archive)}V${PLOT.height}H0Z` : "" }),
    drawing("path", { class: "source", d: plot.source ? outline(plot.source) : "" }),
  );
  const state = plot.same ? "passed" : plot.source && plot.archive ? "failed" : "noted";
  const told = element("span", { class: `verdict-of ${state}` }, glyph(CHECK_GLYPHS[state]), verdict);
  const range = element("div", { class: "ends" }, ...ends.map((end) => element("span", {}, end)));
  return element("figure", {}, element("figcaption", {}, element("b", {}, name), told), drawn, range);
}

/** Steps from bin to bin, from the left. */
function outline(heights) {
  const width = PLOT.width / heights.length;
  const high = (place) => PLOT.height - 1 - ((PLOT.height - 2) * HEIGHTS.indexOf(heights[place])) / 63;
  return `M0 ${high(0)}` + [...heights].map((_, place) => `V${high(place).toFixed(1)}H${((place + 1) * width).toFixed(1)}`).join("");
}
