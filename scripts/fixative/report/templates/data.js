"use strict";
/* What the page is about, and how numbers and times are written. */

const DATA = JSON.parse(document.getElementById("data").textContent);
const COLUMN = Object.fromEntries(DATA.columns.map((name, position) => [name, position]));

/** Value of a column; a row holds recurring values as positions in their pool. */
function value(row, name) {
  const found = row[COLUMN[name]];
  return COLUMN[name] < DATA.pooled ? DATA.pools[name][found] : found;
}

const COUNT = new Intl.NumberFormat("en-GB");
const THREE_DIGITS = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });
const NATURAL = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

function sizeText(bytes) {
  if (bytes === null) return "";
  const units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
  const power = bytes < 1000 ? 0 : Math.min(5, Math.floor(Math.log10(bytes) / 3));
  return `${THREE_DIGITS.format(bytes / 1000 ** power)} ${units[power]}`;
}

function spanText(seconds) {
  if (seconds === null) return "";
  if (seconds < 1) return "< 1 s";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function timeText(time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time ?? "";
  const options = { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC" };
  return date.toLocaleString("en-GB", options);
}

/** An element; text is always text, never markup. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, content] of Object.entries(attributes)) {
    if (content !== null && content !== undefined) made.setAttribute(name, content);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

/** A name that may break where its words end, rather than anywhere. */
function breakable(name) {
  const parts = (name ?? "").split(/(?<=[_/.-])/).flatMap((part) => [document.createElement("wbr"), part]);
  return element("span", {}, ...parts.slice(1));
}

function drawing(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, content] of Object.entries(attributes)) made.setAttribute(name, content);
  made.append(...children);
  return made;
}

function slug(outcome) {
  return outcome.replaceAll(" ", "-");
}

function glyph(name) {
  return drawing("svg", { class: "glyph", "aria-hidden": "true" }, drawing("use", { href: `#glyph-${name}` }));
}
