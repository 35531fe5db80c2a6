// From values to elements. All text goes in as text; nothing that a client or a server said is ever read as HTML.

const MASK = "\u2022".repeat(12);
const masked = new WeakMap();
const words = document.getElementById("texts").content;

// A text of the page's catalogue; `%name%` in it stands for a value.
export function text(key, values = {}) {
  const found = words.querySelector(`[data-text="${CSS.escape(key)}"]`);
  return (found?.textContent ?? "").replace(/%(\w+)%/g, (whole, name) => values[name] ?? whole);
}

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((each) => each !== null));
  return made;
}

// A value that is hidden until somebody asks for it. Without one, nothing can be shown any more.
export function secret(value) {
  const made = element("span", { className: "masked", textContent: value === null ? text("not_kept") : MASK });
  if (value !== null) masked.set(made, value);
  return made;
}

function reveals(within) {
  return [...within.querySelectorAll(".masked")].filter((each) => masked.has(each));
}

// A button that shows what is hidden in an element, and hides it again; null where nothing is.
export function revealer(within) {
  if (!reveals(within).length) return null;
  const button = element("button", { type: "button", className: "plain compact", textContent: text("reveal") });
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shown = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(shown));
    for (const each of reveals(within)) each.textContent = shown ? masked.get(each) : MASK;
  });
  return button;
}

export function facts(pairs) {
  const list = element("dl", { className: "details" });
  for (const [term, value] of pairs) list.append(element("dt", {}, term), element("dd", {}, value));
  return list;
}

export function tag(words_, kind) {
  return element("span", { className: `tag ${kind}`, textContent: words_ });
}

const language = document.documentElement.lang;
const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const spans = new Intl.RelativeTimeFormat(language, { numeric: "always" });

function span(epoch) {
  const seconds = Math.round(epoch - Date.now() / 1000);
  if (Math.abs(seconds) < 120) return spans.format(seconds, "second");
  if (Math.abs(seconds) < 7200) return spans.format(Math.round(seconds / 60), "minute");
  return Math.abs(seconds) < 172800
    ? spans.format(Math.round(seconds / 3600), "hour")
    : spans.format(Math.round(seconds / 86400), "day");
}

// A moment (epoch seconds) in the words of this place, and how far away it is.
export function moment(epoch) {
  const away = element("span", { className: "soft", textContent: ` (${span(epoch)})` });
  away.dataset.epoch = epoch;
  return element("span", {}, moments.format(epoch * 1000), away);
}

setInterval(() => {
  for (const each of document.querySelectorAll("[data-epoch]")) each.textContent = ` (${span(each.dataset.epoch)})`;
}, 1000);
