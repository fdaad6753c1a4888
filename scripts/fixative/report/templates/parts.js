/* Parts of an opened row that the report and the catalogue share. */

/** Names and what they stand for; those that stand for nothing are left out. */
function definitions(listed, kind = "facts") {
  const list = element("dl", { class: kind });
  for (const [name, text] of listed) {
    if (text) list.append(element("dt", {}, name), element("dd", {}, text));
  }
  return list;
}

function section(heading, ...children) {
  const shown = children.filter(Boolean);
  return shown.length ? element("section", {}, element("h3", {}, heading), ...shown) : null;
}

/** Over the whole width of a sheet. */
function whole(made) {
  made?.classList.add("whole");
  return made;
}

/** The thumbnail with a scale bar and the colours of its channels, as far as they are known. */
function picture(row, name, legend) {
  const source = thumbnail(row);
  if (!source) return null;
  const image = element("img", { src: source, alt: `Thumbnail of ${name}`, decoding: "async" });
  const frame = element("div", { class: "frame" }, image, legend?.width_um ? scaleBar(legend.width_um) : null);
  return element("figure", {}, frame, legend?.channels.length ? channelList(legend.channels) : null);
}

function channelList(channels) {
  const entry = ([name, colour]) => {
    const dot = element("span", { class: "swatch", "aria-hidden": "true" });
    dot.style.background = colour;
    return element("li", {}, dot, name);
  };
  return element("ul", { class: "channels", "aria-label": "Channels" }, ...channels.map(entry));
}

/** A bar of a round length, at most three tenths of the picture. */
function scaleBar(width) {
  const power = 10 ** Math.floor(Math.log10(0.3 * width));
  const length = [5, 2, 1].map((step) => step * power).find((step) => step <= 0.3 * width) ?? power;
  const bar = element("span", { class: "scale" }, element("span", {}, lengthText(length)), element("i", {}));
  bar.lastChild.style.width = "100%";
  bar.style.width = `${(100 * length) / width}%`;
  return bar;
}

function lengthText(um) {
  if (um >= 1000) return `${THREE_DIGITS.format(um / 1000)} mm`;
  return um >= 1 ? `${THREE_DIGITS.format(um)} µm` : `${THREE_DIGITS.format(um * 1000)} nm`;
}

/** A word as a POSIX shell takes it literally. */
function quoted(word) {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function commands(listed) {
  const list = element("div", { class: "commands" });
  for (const [why, text] of listed) list.append(command(why, text));
  return list;
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
