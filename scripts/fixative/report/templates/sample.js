/* One sample, opened: picture, facts, checklist, steps, and what to do next. */

const CHECK_GLYPHS = { passed: "sealed", failed: "error", noted: "noted", open: "not-reached" };
const CHECK_WORDS = { passed: "passed", failed: "failed", noted: "to be noted", open: "not reached" };

function sampleSheet(row) {
  return element(
    "div",
    { class: "sheet" },
    finding(row),
    element("section", { class: "portrait" }, picture(row), facts(row)),
    element("section", {}, element("h3", {}, "Checklist"), checklist(row)),
    element("section", {}, element("h3", {}, "Steps"), steps(row), completeness(row)),
    element("section", { class: "whole" }, element("h3", {}, "What to do next"), commands(row)),
  );
}

function finding(row) {
  const [code, message, remedy] = ["code", "message", "remedy"].map((name) => value(row, name));
  const unreadable = value(row, "unreadable");
  if (!message && !unreadable.length) return null;
  const box = element("div", { class: `finding whole is-${slug(value(row, "outcome"))}` });
  if (message) box.append(element("p", {}, element("span", { class: "code" }, code ? `${code} ` : ""), message));
  if (remedy) box.append(element("p", {}, `What to do: ${remedy}`));
  if (unreadable.length) box.append(element("p", {}, `Records that cannot be read: ${unreadable.join("; ")}`));
  return box;
}

function picture(row) {
  const source = DATA.thumbnails[value(row, "sample_id")];
  if (!source) return "";
  return element("figure", {}, element("img", { src: source, alt: `Thumbnail of ${value(row, "sample_id")}` }));
}

function facts(row) {
  const number = (name) => (value(row, name) === null ? null : COUNT.format(value(row, name)));
  const listed = [
    ["object", value(row, "object")],
    ["format", value(row, "format")],
    ["reader", value(row, "reader")],
    ["planes", number("planes")],
    ["source", sizeText(value(row, "source_bytes"))],
    ["archived", archivedText(row)],
    ["predicted", predictedText(row)],
    ["policy", value(row, "policy")],
    ["started", value(row, "started") && timeText(value(row, "started"))],
  ];
  return definitions(listed);
}

/** How complete the metadata are; nothing where the sample did not come so far. */
function completeness(row) {
  if (value(row, "rembi") === null) return "";
  const listed = [
    ["NBO tiers 1–3", value(row, "nbo")],
    ["REMBI minimum", `${value(row, "rembi")} of ${value(row, "rembi_of")}`],
    ["for the sheet", value(row, "rembi_columns")],
    ["sheet differs", value(row, "disagreements").join(", ")],
  ];
  const heading = element("h3", {}, "Completeness of the metadata");
  return element("div", { class: "completeness" }, heading, definitions(listed));
}

/** Names and what they stand for; those that stand for nothing are left out. */
function definitions(listed) {
  const list = element("dl", { class: "facts" });
  for (const [name, text] of listed) {
    if (text) list.append(element("dt", {}, name), element("dd", {}, text));
  }
  return list;
}

function archivedText(row) {
  const [source, object] = [value(row, "source_bytes"), value(row, "object_bytes")];
  if (object === null) return "";
  return source ? `${sizeText(object)} (${Math.round((100 * object) / source)} %)` : sizeText(object);
}

/** What was expected before the conversion, and how much of it the sample came to. */
function predictedText(row) {
  const [bytes, seconds] = [value(row, "predicted_bytes"), value(row, "predicted_seconds")];
  if (bytes === null) return "";
  const [object, spent] = [value(row, "object_bytes"), value(row, "seconds")];
  const share = (real, expected) => (real && expected ? ` (it took ${Math.round((100 * real) / expected)} %)` : "");
  return `${sizeText(bytes)}${share(object, bytes)}, ${spanText(seconds)}${share(spent, seconds)}`;
}

function checklist(row) {
  const list = element("ul", { class: "checks" });
  value(row, "checks").forEach(([position, detail], index) => {
    const state = DATA.states[position];
    const word = element("span", { class: "unseen" }, `${CHECK_WORDS[state]}: `);
    const under = detail ? element("span", { class: "under" }, detail) : "";
    list.append(
      element("li", { class: state }, glyph(CHECK_GLYPHS[state]), element("span", {}, word, DATA.checks[index], under)),
    );
  });
  return list;
}

function steps(row) {
  const recorded = value(row, "steps");
  const total = recorded.reduce((sum, [, seconds]) => sum + (seconds ?? 0), 0);
  const list = element("ol", { class: "steps" });
  let before = 0;
  recorded.forEach(([position, seconds, attempts], index) => {
    const outcome = DATA.stepOutcomes[position];
    const shown = outcome === "success" ? "sealed" : outcome === "begun" ? "interrupted" : slug(outcome);
    const spent = seconds === null ? (outcome === "not reached" ? "" : outcome) : spanText(seconds);
    const again = attempts > 1 ? `, attempt ${attempts}` : "";
    const item = element(
      "li",
      { class: `is-${shown}` },
      glyph(shown),
      element("span", {}, element("span", { class: "unseen" }, `${outcome}: `), DATA.steps[index]),
      element("span", { class: "spent" }, spent + again),
    );
    if (total && seconds) item.append(bar(before / total, seconds / total));
    before += seconds ?? 0;
    list.append(item);
  });
  return list;
}

function bar(from, share) {
  const part = drawing("rect", { x: 1000 * from, y: 0, width: Math.max(4, 1000 * share), height: 3 });
  return drawing("svg", { class: "bar", viewBox: "0 0 1000 3", preserveAspectRatio: "none", "aria-hidden": "true" }, part);
}

/** A word as a POSIX shell takes it literally. */
function quoted(word) {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function commands(row) {
  const list = element("div", { class: "commands" });
  for (const [why, text] of next(row)) list.append(command(why, text));
  return list;
}

function next(row) {
  const [sample, step] = [value(row, "sample_id"), value(row, "step")];
  const object = value(row, "object");
  if (value(row, "outcome") === "sealed" && object) {
    return [
      ["Check the object with nothing of ours, from the archive root:", `cd ${quoted(object)} && sha256sum -c manifest-sha256.txt`],
      ["Check every plane, the metadata and the package, likewise, with Fixative’s folder scripts on PYTHONPATH:", `python -m fixative.verify ${quoted(object)}`],
    ];
  }
  if (value(row, "outcome") === "awaiting approval") {
    return [
      ["Read what will become of each key, in the work folder:", `less results/plans/${quoted(sample)}.tsv`],
      ["Approve it, in the folder of Fixative, with the run’s work folder:", `make approve SAMPLES=${quoted(sample)} APPROVER="name <address>" WORK=folder`],
      ["Run again, with the options of this run; what is sealed is left alone:", "make archive"],
    ];
  }
  const listed = [];
  if (value(row, "outcome") !== "not reached") {
    listed.push(
      ["See what was recorded, in the work folder:", `cat results/samples/${quoted(sample)}/outcomes/${step}.json`],
      ["See what the log says of it:", `grep -h -A 20 -w -- ${quoted(sample)} results/logs/${step}/*.log | less`],
    );
  }
  listed.push(["Try again, with the options of this run; what is sealed is left alone:", "make archive"]);
  return listed;
}

function command(why, text) {
  const code = element("code", {}, text);
  const button = element("button", { type: "button", class: "copy", "aria-label": `Copy: ${text}` }, "Copy");
  button.addEventListener("click", () => copy(code, button));
  return element("div", { class: "command" }, element("p", {}, why), element("pre", { tabindex: "0" }, code), button);
}

/** Copies where the browser lets a page from a file do so; selects the text otherwise. */
async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}
