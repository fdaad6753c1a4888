/* What is shown lives in the address, after the #, so that a view can be bookmarked and sent. */

const FIELDS = ["q", ...VIEW.filters, "from", "to", ...(VIEW.dates.length > 1 ? ["by"] : [])];
const NOTHING = { ...Object.fromEntries(FIELDS.map((name) => [name, ""])), by: VIEW.dates[0], sort: "", page: 1, sample: "" };
let state = { ...NOTHING };

function readState() {
  const given = new URLSearchParams(location.hash.slice(1));
  state = { ...NOTHING };
  for (const name of Object.keys(NOTHING)) {
    if (given.has(name)) state[name] = given.get(name);
  }
  if (!VIEW.dates.includes(state.by)) state.by = NOTHING.by;
  state.page = Math.max(1, Number.parseInt(state.page, 10) || 1);
}

/** Change what is shown; another question starts at its first page. */
function change(changes) {
  const asks = Object.keys(changes).some((name) => name !== "page" && name !== "sample");
  state = { ...state, ...(asks ? { page: 1, sample: "" } : {}), ...changes };
  const kept = Object.entries(state).filter(([name, content]) => content !== NOTHING[name]);
  const hash = new URLSearchParams(kept).toString();
  history.replaceState(null, "", `#${hash}`);
  draw();
}

const HAYSTACKS = [];
const LOWERED = {};

/** All that a search looks at in a row, in small letters. */
function haystack(row) {
  return (HAYSTACKS[row] ??= VIEW.searched.map((name) => lowered(row, name)).join("\n"));
}

function lowered(row, name) {
  if (!(name in DATA.pools)) return (value(row, name) ?? "").toLowerCase();
  LOWERED[name] ??= DATA.pools[name].map((text) => (text ?? "").toLowerCase());
  return LOWERED[name][DATA.columns[name][row]] ?? "";
}

/** Rows that match every word of the search, every filter and both dates, sorted. */
function matching() {
  const tests = [];
  for (const name of VIEW.filters.filter((filter) => state[filter])) {
    tests.push((row) => (value(row, name) ?? "none") === state[name]);
  }
  if (state.from) tests.push((row) => (value(row, state.by) ?? "").slice(0, 10) >= state.from);
  if (state.to) tests.push((row) => value(row, state.by) !== null && value(row, state.by).slice(0, 10) <= state.to);
  for (const word of state.q.toLowerCase().split(/\s+/).filter(Boolean)) {
    tests.push((row) => haystack(row).includes(word));
  }
  const rows = ordered();
  return tests.length ? rows.filter((row) => tests.every((test) => test(row))) : rows;
}

const ORDERS = new Map();

/** All rows in the order asked for; rows without a value come last, in either direction. */
function ordered() {
  const name = state.sort.replace(/^-/, "");
  if (!(name in DATA.columns)) return ROWS;
  if (!ORDERS.has(state.sort)) {
    const keys = sortKeys(name);
    const sign = state.sort.startsWith("-") ? -1 : 1;
    const compare = (one, other) => (keys[one] < keys[other] ? -sign : keys[one] > keys[other] ? sign : one - other);
    const known = ROWS.filter((row) => keys[row] !== null).sort(compare);
    ORDERS.set(state.sort, known.concat(ROWS.filter((row) => keys[row] === null)));
  }
  return ORDERS.get(state.sort);
}

/** What rows are compared by: numbers, places in the order of a pool, or texts with their numbers filled up. */
function sortKeys(name) {
  if (VIEW.ranked.includes(name)) return ROWS.map((row) => DATA.columns[name][row] ?? null);
  if (name in DATA.pools) {
    const sorted = [...DATA.pools[name]].filter((text) => text !== null).sort(NATURAL.compare);
    const ranks = new Map(sorted.map((text, rank) => [text, rank]));
    return ROWS.map((row) => ranks.get(value(row, name)) ?? null);
  }
  return ROWS.map((row) => {
    const found = value(row, name);
    return typeof found === "string" ? found.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(15, "0")) : found;
  });
}
