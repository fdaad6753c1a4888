/* The list of samples: one page of rows at a time is in the document, however many there are. */

const ROWS_PER_PAGE = 100;
const ROWS_IN_PRINT = 2000;
const FIELDS = ["q", "outcome", "code", "dataset"];
const byId = (id) => document.getElementById(id);

function draw(rowsPerPage = ROWS_PER_PAGE) {
  const found = matching();
  const pages = Math.max(1, Math.ceil(found.length / rowsPerPage));
  const opened = state.sample ? found.findIndex((row) => value(row, "sample_id") === state.sample) : -1;
  const page = Math.min(pages, rowsPerPage !== ROWS_PER_PAGE ? 1 : opened < 0 ? state.page : 1 + Math.floor(opened / rowsPerPage));
  const first = (page - 1) * rowsPerPage;
  const rows = found.slice(first, first + rowsPerPage);
  byId("rows").replaceChildren(...(rows.length ? rows.flatMap(tableRows) : [nothingFound()]));
  drawCount(found.length, first, rows.length);
  drawPager(page, pages, first, rows.length, found.length);
  drawControls();
}

function tableRows(row) {
  const sample = value(row, "sample_id");
  const open = sample === state.sample;
  const outcome = value(row, "outcome");
  const button = element(
    "button",
    { type: "button", class: "opener", "aria-expanded": String(open), "aria-controls": open ? "opened" : null },
    breakable(sample),
    glyph("chevron"),
  );
  const name = element("div", {}, button, element("span", { class: "under" }, value(row, "dataset")));
  const planes = value(row, "planes");
  const line = element(
    "tr",
    { class: `sample is-${slug(outcome)}${open ? " is-open" : ""}`, "data-sample": sample },
    element("th", { scope: "row", class: "for-name" }, element("div", { class: "name" }, smallPicture(row), name)),
    element("td", { class: "for-outcome" }, element("span", { class: "label" }, glyph(slug(outcome)), outcome)),
    element("td", { class: "for-reason" }, reason(row)),
    element("td", { class: "for-format" }, value(row, "format") ?? ""),
    element("td", { class: "for-planes figure" }, planes === null ? "" : COUNT.format(planes)),
    element("td", { class: "for-size figure" }, sizeText(value(row, "source_bytes"))),
    element("td", { class: "for-time figure" }, spanText(value(row, "seconds"))),
  );
  if (!open) return [line];
  return [line, element("tr", { class: "open", id: "opened" }, element("td", { colspan: columnsShown() }, sampleSheet(row)))];
}

/** Narrow windows leave columns out; a cell across all of them must not bring them back. */
function columnsShown() {
  return [...document.querySelectorAll("thead th")].filter((heading) => heading.offsetParent !== null).length || 7;
}

function smallPicture(row) {
  const source = DATA.thumbnails[value(row, "sample_id")];
  if (!source) return element("span", { class: "picture is-missing" });
  return element("span", { class: "picture" }, element("img", { src: source, alt: "", loading: "lazy", decoding: "async" }));
}

function reason(row) {
  const [code, message] = [value(row, "code"), value(row, "message")];
  if (value(row, "outcome") === "sealed") return element("span", { class: "place" }, breakable(value(row, "object")));
  if (!message) return element("span", { class: "place" }, value(row, "step") ? `before ${value(row, "step")}` : "");
  return element("span", { class: "message" }, element("span", { class: "code" }, code ? `${code} ` : ""), message);
}

function nothingFound() {
  return element("tr", {}, element("td", { colspan: columnsShown(), class: "nothing" }, "No sample matches."));
}

function drawCount(found, first, shown) {
  const total = COUNT.format(DATA.rows.length);
  const all = found === DATA.rows.length ? `${total} samples` : `${COUNT.format(found)} of ${total} samples`;
  byId("count").textContent = shown < found ? `${all}; ${COUNT.format(first + 1)} to ${COUNT.format(first + shown)} shown` : all;
}

function drawPager(page, pages, first, shown, found) {
  byId("pager").hidden = pages === 1;
  byId("place").textContent = `Page ${COUNT.format(page)} of ${COUNT.format(pages)}`;
  const goals = { first: 1, previous: page - 1, next: page + 1, last: pages };
  for (const button of byId("pager").querySelectorAll("button")) {
    const goal = goals[button.dataset.go];
    button.disabled = goal === page || goal < 1 || goal > pages;
    button.value = goal;
  }
}

function drawControls() {
  for (const name of FIELDS) {
    if (byId(name).value !== state[name]) byId(name).value = state[name];
  }
  byId("clear").disabled = FIELDS.every((name) => !state[name]) && !state.sort;
  for (const button of document.querySelectorAll(".tile")) {
    button.setAttribute("aria-pressed", String(state.outcome === button.dataset.outcome && !state.code));
  }
  for (const button of document.querySelectorAll(".reason")) {
    const pressed = state.outcome === button.dataset.outcome && state.code === (button.dataset.code || "none");
    button.setAttribute("aria-pressed", String(pressed));
  }
  for (const heading of document.querySelectorAll("thead th")) {
    const name = heading.querySelector("button").dataset.sort;
    const order = { [name]: "ascending", [`-${name}`]: "descending" }[state.sort];
    if (order) heading.setAttribute("aria-sort", order);
    else heading.removeAttribute("aria-sort");
  }
}
