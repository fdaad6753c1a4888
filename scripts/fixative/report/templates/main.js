/* Where the person acts. */

function fillSelect(name, every) {
  const counts = new Map();
  for (const row of DATA.rows) {
    const key = value(row, name) ?? "none";
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const keys = name === "outcome" ? DATA.pools.outcome.filter((key) => counts.has(key)) : [...counts.keys()].sort(NATURAL.compare);
  const option = (key) => element("option", { value: key }, `${key} (${COUNT.format(counts.get(key))})`);
  byId(name).replaceChildren(element("option", { value: "" }, every), ...keys.map(option));
}

function toggleSample(sample) {
  const opening = state.sample !== sample;
  change({ sample: opening ? sample : "", page: pageOnScreen() });
  const line = [...byId("rows").querySelectorAll(".sample")].find((row) => row.dataset.sample === sample);
  line?.querySelector(".opener").focus({ preventScroll: true });
}

function pageOnScreen() {
  return Number(byId("pager").querySelector("[data-go='next']").value || 2) - 1;
}

function moveBetweenSamples(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.classList.contains("opener")) return;
  const openers = [...byId("rows").querySelectorAll(".opener")];
  openers[openers.indexOf(event.target) + step]?.focus();
  event.preventDefault();
}

function listen() {
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  for (const name of FIELDS) byId(name).addEventListener("input", () => change({ [name]: byId(name).value }));
  byId("clear").addEventListener("click", () => change({ ...NOTHING }));
  for (const button of document.querySelectorAll(".tile, .reason")) {
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") === "true";
      const code = button.classList.contains("reason") ? button.dataset.code || "none" : "";
      change(pressed ? { outcome: "", code: "" } : { outcome: button.dataset.outcome, code });
    });
  }
  for (const button of document.querySelectorAll("thead button")) {
    const name = button.dataset.sort;
    button.addEventListener("click", () => change({ sort: { [name]: `-${name}`, [`-${name}`]: "" }[state.sort] ?? name }));
  }
  byId("pager").addEventListener("click", (event) => {
    if (!event.target.value) return;
    change({ page: Number(event.target.value), sample: "" });
    byId("samples-heading").scrollIntoView();
  });
  byId("rows").addEventListener("click", (event) => {
    const line = event.target.closest(".sample");
    if (line && getSelection().isCollapsed) toggleSample(line.dataset.sample);
  });
  byId("rows").addEventListener("keydown", moveBetweenSamples);
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    byId("q").focus();
  });
  addEventListener("hashchange", show);
  matchMedia("(max-width: 64rem)").addEventListener("change", () => draw());
  addEventListener("beforeprint", () => draw(ROWS_IN_PRINT));
  addEventListener("afterprint", () => draw());
}

function show() {
  if (location.hash === "#samples-heading") return;
  readState();
  draw();
  if (state.sample) byId("opened")?.previousElementSibling.scrollIntoView({ block: "center" });
}

fillSelect("outcome", "all");
fillSelect("code", "all");
fillSelect("dataset", "all");
byId("tools").hidden = false;
byId("samples").hidden = false;
listen();
show();
