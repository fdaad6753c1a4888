/* A sample of the batch: its row in the table, and what it tells once it is opened. */

const CHECK_GLYPHS = { passed: "sealed", failed: "error", noted: "noted", open: "not-reached" };
const CHECK_WORDS = { passed: "passed", failed: "failed", noted: "to be noted", open: "not reached" };

const VIEW = {
  noun: "sample",
  key: "sample_id",
  called: "sample_id",
  searched: ["sample_id", "dataset", "outcome", "step", "code", "message", "format", "instrument", "modality", "reader", "policy"],
  filters: ["outcome", "code", "dataset", "instrument"],
  ranked: ["outcome"],
  dates: ["ended", "acquired"],
  tone: (row) => `is-${slug(value(row, "outcome"))}`,
  cells: sampleCells,
  sheet: sampleSheet,
  begin: drawPlots,
};

function sampleCells(row, button) {
  const outcome = value(row, "outcome");
  const planes = value(row, "planes");
  const name = element("div", { class: "name" }, smallPicture(row), stacked(button, value(row, "dataset")));
  return [
    element("th", { scope: "row", class: "for-name" }, name),
    element("td", { class: "for-outcome" }, element("span", { class: "label" }, glyph(slug(outcome)), outcome)),
    element("td", { class: "for-reason" }, reason(row)),
    element("td", { class: "for-format" }, stacked(value(row, "format") ?? "", value(row, "instrument"))),
    element("td", { class: "for-planes figure" }, planes === null ? "" : COUNT.format(planes)),
    element("td", { class: "for-size figure" }, sizeText(value(row, "source_bytes"))),
    element("td", { class: "for-time figure" }, spanText(value(row, "seconds"))),
    element("td", { class: "for-date figure" }, dateText(value(row, "ended"))),
  ];
}

function reason(row) {
  const [code, message] = [value(row, "code"), value(row, "message")];
  if (value(row, "outcome") === "sealed") return element("span", { class: "place" }, breakable(value(row, "object")));
  if (!message) return element("span", { class: "place" }, value(row, "step") ? `before ${value(row, "step")}` : "");
  return element("span", { class: "message" }, element("span", { class: "code" }, code ? `${code} ` : ""), message);
}

function sampleSheet(row, detail) {
  const name = value(row, "sample_id");
  return element(
    "div",
    { class: "sheet" },
    finding(row, detail),
    element("div", {}, element("section", { class: "portrait" }, picture(row, name, detail.legend), facts(row, detail))),
    element("div", {}, section("Checklist", checklist(detail)), completeness(detail)),
    element("div", {}, section("Time line", steps(detail)), metadata(row, detail)),
    histograms(detail),
    whole(section("What to do next", commands(nextSteps(row)))),
  );
}

function finding(row, detail) {
  const [code, message, remedy] = ["code", "message", "remedy"].map((name) => value(row, name));
  if (!message && !detail.unreadable.length) return null;
  const box = element("div", { class: `finding whole is-${slug(value(row, "outcome"))}` });
  if (message) box.append(element("p", {}, element("span", { class: "code" }, code ? `${code} ` : ""), message));
  if (remedy) box.append(element("p", {}, `What to do: ${remedy}`));
  if (detail.unreadable.length) box.append(element("p", {}, `Records that cannot be read: ${detail.unreadable.join("; ")}`));
  return box;
}

function facts(row, detail) {
  const planes = value(row, "planes");
  return definitions([
    ["object", value(row, "object")],
    ["format", value(row, "format")],
    ["instrument", value(row, "instrument")],
    ["modality", value(row, "modality")],
    ["acquired", timeText(value(row, "acquired"))],
    ["reader", value(row, "reader")],
    ["planes", planes === null ? null : COUNT.format(planes)],
    ["source", sizeText(value(row, "source_bytes"))],
    ["archived", archivedText(row)],
    ["predicted", predictedText(row, detail)],
    ["policy", value(row, "policy")],
  ]);
}

/** How complete the metadata are; nothing where the sample did not come so far. */
function completeness(detail) {
  if (detail.rembi === null) return null;
  const listed = [
    ["NBO tiers 1–3", detail.nbo],
    ["REMBI minimum", detail.rembi],
    ["for the sheet", detail.rembi_columns],
    ["sheet differs", detail.disagreements.join(", ")],
  ];
  return section("Completeness of the metadata", definitions(listed));
}

function archivedText(row) {
  const [source, object] = [value(row, "source_bytes"), value(row, "object_bytes")];
  if (object === null) return "";
  return source ? `${sizeText(object)} (${Math.round((100 * object) / source)} %)` : sizeText(object);
}

/** What was expected before the conversion, and how much of it the sample came to. */
function predictedText(row, detail) {
  const [bytes, seconds] = [detail.predicted_bytes, detail.predicted_seconds];
  if (bytes === null) return "";
  const [object, spent] = [value(row, "object_bytes"), value(row, "seconds")];
  const share = (real, expected) => (real && expected ? ` (it took ${Math.round((100 * real) / expected)} %)` : "");
  return `${sizeText(bytes)}${share(object, bytes)}, ${spanText(seconds)}${share(spent, seconds)}`;
}

function checklist(detail) {
  const list = element("ul", { class: "checks" });
  detail.checks.forEach(([position, told], index) => {
    const state = DATA.states[position];
    const word = element("span", { class: "unseen" }, `${CHECK_WORDS[state]}: `);
    const under = told ? element("span", { class: "under" }, told) : "";
    list.append(
      element("li", { class: state }, glyph(CHECK_GLYPHS[state]), element("span", {}, word, DATA.checks[index], under)),
    );
  });
  return list;
}

/** The steps in order: when each began, how long it took, by which programs. */
function steps(detail) {
  const total = detail.steps.reduce((sum, step) => sum + (step.seconds ?? 0), 0);
  const list = element("ol", { class: "steps" });
  let before = 0;
  let day = "";
  detail.steps.forEach((step, index) => {
    const shown = step.outcome === "success" ? "sealed" : step.outcome === "begun" ? "interrupted" : slug(step.outcome);
    const spent = step.seconds === null ? step.outcome.replace("not reached", "") : spanText(step.seconds);
    const again = step.attempts > 1 ? `, attempt ${step.attempts}` : "";
    const today = dateText(step.started);
    if (today && today !== day) list.append(element("li", { class: "day" }, today));
    day = today || day;
    const item = element(
      "li",
      { class: `is-${shown}` },
      glyph(shown),
      element("span", {}, element("span", { class: "unseen" }, `${step.outcome}: `), DATA.steps[index]),
      element("span", { class: "spent" }, spent + again),
      step.started ? element("time", { class: "spent", datetime: step.started }, clockText(step.started)) : "",
    );
    if (total && step.seconds) item.append(bar(before / total, step.seconds / total));
    if (step.tools) item.append(element("span", { class: "under" }, step.tools));
    before += step.seconds ?? 0;
    list.append(item);
  });
  return list;
}

function bar(from, share) {
  const part = drawing("rect", { x: 1000 * from, y: 0, width: Math.max(4, 1000 * share), height: 3 });
  return drawing("svg", { class: "bar", viewBox: "0 0 1000 3", preserveAspectRatio: "none", "aria-hidden": "true" }, part);
}

/** What became of the values, as one reader sees source and archive, and which rules of the policy took keys out. */
function metadata(row, detail) {
  const { reader, fates, allowed, rules } = detail.metadata;
  const [kept, redacted] = [value(row, "kept"), value(row, "redacted")];
  const list = (counted) => counted.map(([name, count]) => `${name} ${COUNT.format(count)}`).join(", ");
  const keys = kept === null ? "" : `${COUNT.format(kept)} kept, ${COUNT.format(redacted ?? 0)} redacted`;
  const told = definitions([
    ["seen by", reader],
    ["for a listed reason", list(allowed)],
    ["keys in all", keys],
    ["redacted by rule", list(rules)],
  ]);
  if (!fates.length && !told.childElementCount) return null;
  const counts = element("dl", { class: "fates" });
  for (const [fate, count] of fates) {
    counts.append(element("div", { class: count ? fate : "none" }, element("dt", {}, fate), element("dd", {}, COUNT.format(count))));
  }
  return section("Metadata values", fates.length ? counts : null, told);
}

function nextSteps(row) {
  const [sample, step] = [value(row, "sample_id"), value(row, "step")];
  const object = value(row, "object");
  const again = ["Try this one again: the command of this run, and besides:", `--config only=${sample}`];
  const why = ["Read its whole history, in Fixative’s folder:", `make why SAMPLE=${quoted(sample)} WORK=folder`];
  if (value(row, "outcome") === "sealed" && object) {
    return [
      ["Check the object with nothing of ours, from the archive root:", `cd ${quoted(object)} && sha256sum -c manifest-sha256.txt`],
      ["Check every plane, the metadata and the package, likewise, with Fixative’s folder scripts on PYTHONPATH:", `python -m fixative.verify ${quoted(object)}`],
      ["Make a package of its data set for a repository, in Fixative’s folder:", `make deposit REPOSITORY=zenodo DATASET=${quoted(value(row, "dataset"))} ARCHIVE=folder WORK=folder`],
      why,
    ];
  }
  if (value(row, "outcome") === "awaiting approval") {
    return [
      ["Read what will become of each key, in the work folder:", `less results/plans/${quoted(sample)}.tsv`],
      ["Approve it, in the folder of Fixative, with the run’s work folder:", `make approve SAMPLES=${quoted(sample)} APPROVER="name <address>" WORK=folder`],
      again,
    ];
  }
  if (value(row, "outcome") === "not reached") return [why, again];
  return [
    why,
    ["See what was recorded, in the work folder:", `cat results/samples/${quoted(sample)}/outcomes/${step}.json`],
    ["See what the log says of it:", `grep -h -A 20 -w -- ${quoted(sample)} results/logs/${step}/*.log | less`],
    again,
  ];
}
