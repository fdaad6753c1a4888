"use strict";
/* What the page is about, and how numbers and times are written. A row is a number: its place in every column. */

const byId = (id) => document.getElementById(id);
const DATA = JSON.parse(byId("data").textContent);

/* A name that is made of other columns is not said twice. */
for (const [row, name] of (DATA.named ? Array.from({ length: DATA.count }, (_, row) => [row, DATA.columns.name[row]]) : [])) {
  DATA.columns.name[row] = name ?? DATA.named.map((part) => value(row, part)).join("/");
}
const ROWS = Array.from({ length: DATA.count }, (_, row) => row);

/** Value of a column, null where there is none; recurring values are held as places in their pool. */
function value(row, name) {
  const found = DATA.columns[name]?.[row] ?? null;
  return found !== null && name in DATA.pools ? DATA.pools[name][found] : found;
}

const COUNT = new Intl.NumberFormat("en-GB");
const THREE_DIGITS = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });
const NATURAL = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

function countText(number, one, many = `${one}s`) {
  return `${COUNT.format(number)} ${number === 1 ? one : many}`;
}

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

const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "UTC" });

function worded(time, format) {
  const date = new Date(time);
  return time && !Number.isNaN(date.getTime()) ? format.format(date) : (time ?? "");
}

const dateText = (time) => worded(time, DATE);
const clockText = (time) => worded(time, CLOCK);
const timeText = (time) => (time && time.length > 10 ? `${dateText(time)}, ${clockText(time).slice(0, 5)}` : dateText(time));

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

/* Thumbnails: lines of row and PNG, none of them decoded before it is seen. */

const THUMBNAILS = new Map(
  byId("thumbnails").textContent.split("\n").filter(Boolean).map((line) => {
    const end = line.indexOf(" ");
    return [Number(line.slice(0, end)), line.slice(end + 1)];
  }),
);

function thumbnail(row) {
  return THUMBNAILS.has(row) ? `data:image/png;base64,${THUMBNAILS.get(row)}` : null;
}

/* Details: blocks of rows, packed with deflate, each unpacked when one of its rows is opened. */

const BLOCKS = byId("details").textContent.split("\n").filter(Boolean);
const unpacked = new Map();

/** What an opened row tells: given at once where its block was unpacked before, else as a promise. */
function detailOf(row) {
  if (!BLOCKS.length) return null;
  const number = Math.floor(row / DATA.blockRows);
  const within = row % DATA.blockRows;
  if (!unpacked.has(number)) {
    const block = unpack(BLOCKS[number]).then((rows) => (unpacked.set(number, rows), rows));
    unpacked.set(number, block);
  }
  const found = unpacked.get(number);
  return found instanceof Promise ? found.then((rows) => rows[within]) : found[within];
}

async function unpack(block) {
  const bytes = Uint8Array.from(atob(block), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}
