/* What is shown lives in the address, after the #, so that a view can be bookmarked and sent. */

const NOTHING = { q: "", outcome: "", code: "", dataset: "", sort: "", page: 1, sample: "" };
let state = { ...NOTHING };

function readState() {
  const given = new URLSearchParams(location.hash.slice(1));
  state = { ...NOTHING };
  for (const name of Object.keys(NOTHING)) {
    if (given.has(name)) state[name] = given.get(name);
  }
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

const HAYSTACKS = new Map();

function haystack(row) {
  let text = HAYSTACKS.get(row);
  if (text === undefined) {
    const searched = ["sample_id", "dataset", "outcome", "step", "code", "message", "object", "format", "reader", "policy"];
    text = searched.map((name) => value(row, name) ?? "").join("\n").toLowerCase();
    HAYSTACKS.set(row, text);
  }
  return text;
}

/** Rows that match every word of the search and every filter, sorted. */
function matching() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const filters = ["outcome", "code", "dataset"].filter((name) => state[name]);
  const found = DATA.rows.filter(
    (row) =>
      filters.every((name) => (value(row, name) ?? "none") === state[name]) &&
      words.every((word) => haystack(row).includes(word)),
  );
  if (!state.sort) return found;
  const descending = state.sort.startsWith("-");
  const name = state.sort.replace(/^-/, "");
  if (!(name in COLUMN)) return found;
  return found.sort((one, other) => compare(one, other, name, descending));
}

/** Rows without a value come last, in either direction. */
function compare(one, other, name, descending) {
  const position = name === "outcome" ? (row) => row[COLUMN.outcome] : (row) => value(row, name);
  const [left, right] = [position(one), position(other)];
  if (left === null || right === null) return (left === null) - (right === null);
  const order = typeof left === "number" ? left - right : NATURAL.compare(left, right);
  return descending ? -order : order;
}
