/* Where the person acts. */

function fillSelect(name) {
  const counts = new Map();
  for (const row of ROWS) {
    const key = value(row, name) ?? "none";
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sorted = [...counts.keys()].sort(NATURAL.compare);
  const keys = VIEW.ranked.includes(name) ? DATA.pools[name].filter((key) => counts.has(key)) : sorted;
  const option = (key) => element("option", { value: key }, `${key} (${COUNT.format(counts.get(key))})`);
  byId(name).replaceChildren(element("option", { value: "" }, "all"), ...keys.map(option));
}

function openers() {
  return [...byId("rows").querySelectorAll(".opener")];
}

function toggleSample(sample) {
  const opening = state.sample !== sample;
  change({ sample: opening ? sample : "", page: pageOnScreen() });
  openers().find((button) => button.closest(".sample").dataset.sample === sample)?.focus({ preventScroll: true });
}

function pageOnScreen() {
  return Number(byId("pager").querySelector("[data-go='next']").value || 2) - 1;
}

function goTo(page, focus) {
  change({ page, sample: "" });
  if (focus !== undefined) openers().at(focus)?.focus();
  else byId("samples-heading").scrollIntoView();
}

/** Arrow keys go from row to row, and over the edge to the page before or after. */
function moveBetweenSamples(event) {
  if (!event.target.classList.contains("opener")) return;
  const all = openers();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const goal = step ? all.indexOf(event.target) + step : { Home: 0, End: all.length - 1 }[event.key];
  if (goal === undefined) return;
  event.preventDefault();
  const beyond = goal < 0 ? "previous" : goal >= all.length ? "next" : "";
  const button = beyond && byId("pager").querySelector(`[data-go='${beyond}']`);
  if (!beyond) all[goal].focus();
  else if (!button.disabled && !byId("pager").hidden) goTo(Number(button.value), goal < 0 ? -1 : 0);
}

function onKey(event) {
  const typing = event.target.closest("input, select, textarea, dialog");
  if (event.key === "Escape" && !typing && state.sample) toggleSample(state.sample);
  if (event.key === "ArrowDown" && event.target.id === "q") openers()[0]?.focus();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    byId("q").focus();
  }
  if (event.key === "?") byId("keys").showModal();
}

/* The theme follows the system unless a person says otherwise; a browser that keeps nothing for files forgets it. */

const THEMES = ["system", "light", "dark"];

function setTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byId("theme").value = theme;
  byId("theme").textContent = `Theme: ${theme}`;
}

function storedTheme() {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem("fixative-theme")) ?? "system";
  } catch {
    return "system";
  }
}

function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(byId("theme").value) + 1) % THEMES.length];
  setTheme(theme);
  try {
    localStorage.setItem("fixative-theme", theme);
  } catch {
    /* it holds until the page is closed */
  }
}

function listen() {
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  for (const name of FIELDS) byId(name).addEventListener("input", () => change({ [name]: byId(name).value }));
  byId("clear").addEventListener("click", () => change({ ...NOTHING }));
  for (const button of document.querySelectorAll("[data-filter]")) {
    const asked = JSON.parse(button.dataset.filter);
    const nothing = Object.fromEntries(Object.keys(asked).map((name) => [name, ""]));
    button.addEventListener("click", () => change(button.getAttribute("aria-pressed") === "true" ? nothing : asked));
  }
  for (const button of document.querySelectorAll("#samples thead button")) {
    const name = button.dataset.sort;
    button.addEventListener("click", () => change({ sort: { [name]: `-${name}`, [`-${name}`]: "" }[state.sort] ?? name }));
  }
  byId("pager").addEventListener("click", (event) => {
    if (event.target.value) goTo(Number(event.target.value));
  });
  byId("rows").addEventListener("click", (event) => {
    const line = event.target.closest(".sample");
    if (line && getSelection().isCollapsed) toggleSample(line.dataset.sample);
  });
  byId("rows").addEventListener("keydown", moveBetweenSamples);
  byId("theme").addEventListener("click", nextTheme);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("close-keys").addEventListener("click", () => byId("keys").close());
  addEventListener("keydown", onKey);
  addEventListener("hashchange", show);
  matchMedia("(max-width: 64rem)").addEventListener("change", draw);
  addEventListener("beforeprint", () => drawForPrint(true));
  // Some browsers say so before they have drawn the last sheet.
  addEventListener("afterprint", () => setTimeout(drawForPrint, 500, false));
}

function drawForPrint(begins) {
  printed = begins;
  draw();
}

function show() {
  if (location.hash === "#samples-heading") return;
  readState();
  draw();
  if (state.sample) byId("opened")?.previousElementSibling.scrollIntoView({ block: "center" });
}

setTheme(storedTheme());
VIEW.filters.forEach(fillSelect);
for (const hidden of ["tools", "samples", "theme", "help"]) byId(hidden).hidden = false;
listen();
show();
VIEW.begin?.();
