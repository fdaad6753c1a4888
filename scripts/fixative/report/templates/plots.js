/* The batch over time: drawn from the table, each with the same figures as a table. */

const CHART = { width: 360, height: 150, left: 46, right: 6, top: 8, bottom: 20 };
const SPANS = [1, 5, 15, 60, 300, 900, 3600, 21600, 86400, 7 * 86400, 30 * 86400, 91 * 86400, 365 * 86400];
const MOST_BARS = 60;

function drawPlots() {
  const sealed = ROWS.filter((row) => value(row, "outcome") === "sealed" && value(row, "ended"));
  const reasons = countedReasons();
  if (sealed.length < 2 && !reasons.length) return;
  const charts = sealed.length < 2 ? [] : overTime(sealed);
  if (reasons.length) charts.push(reasonChart(reasons));
  byId("charts").replaceChildren(...charts);
  byId("over-time").hidden = false;
}

/** Sums for each span of time, of equal length, as few as fit the chart. */
function buckets(rows) {
  const times = rows.map((row) => Date.parse(value(row, "ended")) / 1000);
  const first = times.reduce((least, time) => Math.min(least, time), Infinity);
  const last = times.reduce((most, time) => Math.max(most, time), -Infinity);
  const span = SPANS.find((seconds) => (last - first) / seconds < MOST_BARS - 1) ?? SPANS.at(-1);
  const start = Math.floor(first / span) * span;
  const made = Array.from({ length: Math.floor((last - start) / span) + 1 }, (_, place) => ({
    from: new Date(1000 * (start + place * span)).toISOString(), source: 0, object: 0, seconds: 0, samples: 0,
  }));
  rows.forEach((row, index) => {
    const bucket = made[Math.floor((times[index] - start) / span)];
    bucket.samples += 1;
    bucket.source += value(row, "source_bytes") ?? 0;
    bucket.object += value(row, "object_bytes") ?? 0;
    bucket.seconds += value(row, "seconds") ?? 0;
  });
  let grown = 0;
  for (const bucket of made) {
    grown += bucket.object;
    bucket.grown = grown;
    bucket.speed = bucket.seconds ? bucket.source / bucket.seconds / 1e6 : null;
    bucket.ratio = bucket.source ? (100 * bucket.object) / bucket.source : null;
  }
  return { made, span };
}

function overTime(sealed) {
  const { made, span } = buckets(sealed);
  const wording = span < 60 ? clockText : span < 86400 ? timeText : dateText;
  const [power, unit] = [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"]].find(([size]) => made.at(-1).grown >= size) ?? [1e3, "kB"];
  for (const bucket of made) bucket.grown /= power;
  const chart = (title, unit, name, kind) =>
    figure(title, unit, kind(made.map((bucket) => bucket[name]), made.map((bucket) => wording(bucket.from))), [
      [kind === barChart ? "from" : "until", unit],
      ...made.filter((bucket) => bucket[name] !== null).map((bucket) => [wording(bucket.from), numberText(bucket[name])]),
    ]);
  const charts = [
    ["Throughput", "MB of source a second", "speed", barChart],
    ["Size in the archive", "% of the source", "ratio", barChart],
    ["Growth of the archive by this batch", unit, "grown", areaChart],
  ];
  return charts.filter(([, , name]) => made.some((bucket) => bucket[name])).map((asked) => chart(...asked));
}

function numberText(number) {
  return THREE_DIGITS.format(number);
}

function countedReasons() {
  const counts = new Map();
  for (const row of ROWS) {
    if (value(row, "outcome") === "sealed") continue;
    const name = value(row, "code") ?? value(row, "outcome");
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((one, other) => other[1] - one[1]);
}

function figure(title, unit, drawn, table) {
  const [head, ...lines] = table;
  const body = lines.map((line) => element("tr", {}, element("th", { scope: "row" }, line[0]), element("td", { class: "figure" }, line[1])));
  const headings = head.map((name, place) => element("th", { scope: "col", class: place ? "figure" : null }, name));
  const values = element("table", {}, element("thead", {}, element("tr", {}, ...headings)), element("tbody", {}, ...body));
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", `${title}, ${unit}: ${countText(lines.length, "value")}, from ${lines[0].join(": ")} to ${lines.at(-1).join(": ")}`);
  return element(
    "figure",
    { class: "chart" },
    element("figcaption", {}, element("b", {}, title), element("span", { class: "under" }, unit)),
    drawn,
    element("details", {}, element("summary", {}, "As a table"), values),
  );
}

/** Axis of a chart: up to four round numbers, the largest at or above what is shown. */
function scale(most) {
  const power = 10 ** Math.floor(Math.log10(most || 1));
  const step = [0.2, 0.5, 1, 2, 5].map((part) => part * power).find((size) => most / size <= 4) ?? power;
  const top = Math.max(step, Math.ceil(most / step - 1e-9) * step);
  return { top, marks: Array.from({ length: Math.round(top / step) + 1 }, (_, place) => place * step) };
}

function frame(values, labels) {
  const { top, marks } = scale(Math.max(...values.map((found) => found ?? 0)));
  const [width, height] = [CHART.width - CHART.left - CHART.right, CHART.height - CHART.top - CHART.bottom];
  const y = (found) => CHART.top + height * (1 - found / top);
  const svg = drawing("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}` });
  for (const mark of marks) {
    svg.append(drawing("line", { class: mark ? "grid" : "axis", x1: CHART.left, x2: CHART.width - CHART.right, y1: y(mark), y2: y(mark) }));
    svg.append(drawing("text", { x: CHART.left - 6, y: y(mark) + 3.5, "text-anchor": "end" }, numberText(mark)));
  }
  const ends = labels.length > 1 ? [["start", CHART.left, labels[0]], ["end", CHART.width - CHART.right, labels.at(-1)]] : [["start", CHART.left, labels[0]]];
  for (const [anchor, x, text] of ends) svg.append(drawing("text", { x, y: CHART.height - 5, "text-anchor": anchor }, text));
  return { svg, y, width, height };
}

function barChart(values, labels) {
  const { svg, y, width } = frame(values, labels);
  const slot = Math.min(width / values.length, 48);
  values.forEach((found, place) => {
    if (found === null) return;
    const wide = Math.max(1.5, slot * 0.72);
    const x = CHART.left + slot * place + (slot - wide) / 2;
    const made = drawing("rect", { class: "mark", x: x.toFixed(1), y: y(found).toFixed(1), width: wide.toFixed(1), height: Math.max(0.75, y(0) - y(found)).toFixed(1) });
    made.append(drawing("title", {}, `${labels[place]}: ${numberText(found)}`));
    svg.append(made);
  });
  return svg;
}

function areaChart(values, labels) {
  const { svg, y, width } = frame(values, labels);
  const x = (place) => CHART.left + (values.length === 1 ? 0 : (width * place) / (values.length - 1));
  const points = values.length === 1 ? [values[0], values[0]] : values;
  const path = points.map((found, place) => `${(values.length === 1 ? CHART.left + width * place : x(place)).toFixed(1)} ${y(found).toFixed(1)}`).join("L");
  svg.append(drawing("path", { class: "area", d: `M${path}L${CHART.left + width} ${y(0)}L${CHART.left} ${y(0)}Z` }));
  svg.append(drawing("path", { class: "line", d: `M${path}` }));
  return svg;
}

function reasonChart(reasons) {
  const shown = reasons.slice(0, 6);
  const most = shown[0][1];
  const svg = drawing("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}` });
  const [left, row] = [110, Math.min(24, CHART.height / shown.length)];
  shown.forEach(([name, count], place) => {
    const y = place * row;
    const wide = Math.max(2, ((CHART.width - left - 46) * count) / most);
    svg.append(drawing("text", { x: left - 8, y: y + row / 2 + 4, "text-anchor": "end", class: "strong" }, name));
    svg.append(drawing("rect", { class: "mark against", x: left, y: y + row * 0.18, width: wide, height: row * 0.64, rx: 2 }));
    svg.append(drawing("text", { x: left + wide + 6, y: y + row / 2 + 4 }, COUNT.format(count)));
  });
  const lines = reasons.map(([name, count]) => [name, COUNT.format(count)]);
  return figure("Not sealed, by reason", "samples", svg, [["reason", "samples"], ...lines]);
}
