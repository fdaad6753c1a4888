/* An object of the archive: its row in the catalogue, and what it tells once it is opened. */

const VIEW = {
  noun: "object",
  key: "name",
  called: "sample_id",
  searched: ["name", "title", "dataset", "format", "instrument", "modality", "verdict"],
  filters: ["dataset", "format", "instrument", "modality", "verdict"],
  ranked: [],
  dates: ["acquired", "sealed", "checked"],
  tone: (row) => `is-${tone(row)}`,
  cells: objectCells,
  sheet: objectSheet,
};

/** Whole objects are calm, anything else that a check has said is not. */
function tone(row) {
  const verdict = value(row, "verdict");
  return verdict === null ? "not-reached" : ["whole", "good", "ok"].includes(verdict) ? "sealed" : "error";
}

function acrossText(row) {
  const across = ["size_x", "size_y"].map((name) => value(row, name));
  return across.includes(null) ? "" : across.map((size) => COUNT.format(size)).join(" × ");
}

function furtherText(row) {
  const further = [["size_z", "Z"], ["size_c", "C"], ["size_t", "T"]].filter(([name]) => value(row, name) > 1);
  return further.map(([name, axis]) => `${COUNT.format(value(row, name))} ${axis}`).join(" · ");
}

function objectCells(row, button) {
  const named = [value(row, "dataset"), value(row, "title")].filter(Boolean).join(" · ");
  const name = element("div", { class: "name" }, smallPicture(row), stacked(button, named));
  const verdict = element("span", { class: "label" }, glyph(tone(row)), value(row, "verdict") ?? "not yet");
  return [
    element("th", { scope: "row", class: "for-name" }, name),
    element("td", { class: "for-format" }, stacked(value(row, "format") ?? "", value(row, "modality"))),
    element("td", { class: "for-instrument" }, value(row, "instrument") ?? ""),
    element("td", { class: "for-pixels figure" }, stacked(acrossText(row), furtherText(row))),
    element("td", { class: "for-size figure" }, sizeText(value(row, "bytes"))),
    element("td", { class: "for-acquired figure" }, dateText(value(row, "acquired"))),
    element("td", { class: "for-date figure" }, dateText(value(row, "sealed"))),
    element("td", { class: "for-outcome" }, stacked(verdict, dateText(value(row, "checked")))),
  ];
}

function imagesText(row) {
  const [images, planes] = [value(row, "images"), value(row, "planes")];
  const told = planes === null ? "" : countText(planes, "plane");
  return images > 1 ? `${countText(images, "image")}, ${told}` : told;
}

function objectSheet(row) {
  const name = value(row, "name");
  const share = value(row, "source_bytes") ? ` (${Math.round((100 * value(row, "bytes")) / value(row, "source_bytes"))} % of the source)` : "";
  const what = definitions([
    ["title", value(row, "title")],
    ["dataset", value(row, "dataset")],
    ["sample", value(row, "sample_id")],
    ["format", value(row, "format")],
    ["instrument", value(row, "instrument")],
    ["modality", value(row, "modality")],
    ["acquired", dateText(value(row, "acquired"))],
  ]);
  const archived = definitions([
    ["pixels", [acrossText(row), furtherText(row)].filter(Boolean).join(" · ")],
    ["planes", imagesText(row)],
    ["size", sizeText(value(row, "bytes")) + share],
    ["source", sizeText(value(row, "source_bytes"))],
    ["sealed", dateText(value(row, "sealed"))],
    ["last fixity check", [dateText(value(row, "checked")), value(row, "verdict")].filter(Boolean).join(": ") || "none on record"],
  ]);
  const shown = picture(row, name, null);
  return element(
    "div",
    { class: `sheet${shown ? "" : " without-picture"}` },
    shown ? element("section", { class: "portrait" }, shown) : null,
    section("What it is", what),
    section("In the archive", archived),
    whole(section("What to do next", commands([
      ["Check the object with nothing of ours, from the archive root:", `cd ${quoted(name)} && sha256sum -c manifest-sha256.txt`],
      ["Check every plane, the metadata and the package, with Fixative’s folder scripts on PYTHONPATH:", `python -m fixative.verify ${quoted(name)}`],
      ["Make a package of its data set for a repository, in Fixative’s folder:", `make deposit REPOSITORY=zenodo DATASET=${quoted(value(row, "dataset"))} ARCHIVE=folder`],
    ]))),
  );
}
