/* The list: one page of rows at a time is in the document, however many there are. */

const ROWS_PER_PAGE = 100;
const ROWS_IN_PRINT = 2000;
const OPENED_IN_PRINT = 25;

let printed = false;

function draw() {
  const found = matching();
  const perPage = printed ? ROWS_IN_PRINT : ROWS_PER_PAGE;
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const opened = state.sample ? found.findIndex((row) => value(row, VIEW.key) === state.sample) : -1;
  const page = Math.min(pages, printed ? 1 : opened < 0 ? state.page : 1 + Math.floor(opened / perPage));
  const first = (page - 1) * perPage;
  const rows = found.slice(first, first + perPage);
  const all = printed && found.length <= OPENED_IN_PRINT;
  byId("rows").replaceChildren(...(rows.length ? rows.flatMap((row) => tableRows(row, all)) : [nothingFound()]));
  drawCount(found.length, first, rows.length);
  drawPager(page, pages);
  drawControls();
  if (found.length <= OPENED_IN_PRINT) for (const row of found) detailOf(row);
}

function tableRows(row, opened) {
  const name = value(row, VIEW.key);
  const open = opened || name === state.sample;
  const attributes = { class: `sample ${VIEW.tone(row)}${open ? " is-open" : ""}`, "data-sample": name };
  const line = element("tr", attributes, ...VIEW.cells(row, opener(value(row, VIEW.called), open)));
  return open ? [line, openedRow(row, name === state.sample ? "opened" : null)] : [line];
}

function opener(text, open) {
  const attributes = { type: "button", class: "opener", "aria-expanded": String(open), "aria-controls": open ? "opened" : null };
  return element("button", attributes, breakable(text), glyph("chevron"));
}

function openedRow(row, id) {
  const cell = element("td", { colspan: columnsShown() });
  const detail = detailOf(row);
  if (!(detail instanceof Promise)) {
    cell.append(VIEW.sheet(row, detail));
  } else {
    cell.append(element("div", { class: "sheet", "aria-busy": "true" }, "…"));
    detail.then(
      (found) => cell.replaceChildren(VIEW.sheet(row, found)),
      () => cell.replaceChildren(element("p", { class: "note" }, "This browser cannot unpack the details: it lacks DecompressionStream.")),
    );
  }
  return element("tr", { class: "open", id }, cell);
}

/** Narrow windows leave columns out; a cell across all of them must not bring them back. */
function columnsShown() {
  const headings = [...document.querySelectorAll("#samples thead th")];
  return headings.filter((heading) => heading.offsetParent !== null).length || headings.length;
}

function smallPicture(row) {
  const source = thumbnail(row);
  if (!source) return element("span", { class: "picture is-missing" });
  return element("span", { class: "picture" }, element("img", { src: source, alt: "", loading: "lazy", decoding: "async" }));
}

function stacked(above, below) {
  return element("div", {}, above, below ? element("span", { class: "under" }, below) : "");
}

function nothingFound() {
  return element("tr", {}, element("td", { colspan: columnsShown(), class: "nothing" }, `No ${VIEW.noun} matches.`));
}

function drawCount(found, first, shown) {
  const total = countText(DATA.count, VIEW.noun);
  const all = found === DATA.count ? total : `${COUNT.format(found)} of ${total}`;
  byId("count").textContent = shown < found ? `${all}; ${COUNT.format(first + 1)} to ${COUNT.format(first + shown)} shown` : all;
}

function drawPager(page, pages) {
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
  byId("clear").disabled = FIELDS.every((name) => state[name] === NOTHING[name]) && !state.sort;
  for (const button of document.querySelectorAll("[data-filter]")) {
    const asked = JSON.parse(button.dataset.filter);
    button.setAttribute("aria-pressed", String(Object.entries(asked).every(([name, content]) => state[name] === content)));
  }
  for (const heading of document.querySelectorAll("#samples thead th")) {
    const name = heading.querySelector("button").dataset.sort;
    const order = { [name]: "ascending", [`-${name}`]: "descending" }[state.sort];
    if (order) heading.setAttribute("aria-sort", order);
    else heading.removeAttribute("aria-sort");
  }
}
