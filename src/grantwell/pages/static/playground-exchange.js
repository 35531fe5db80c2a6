// One request and its answer: sent, kept without what was typed, shown with its secrets hidden.
//
// A value is a string, or { secret } which is hidden until asked for, or { typed } which is sent and never kept.

const version = new URL(import.meta.url).search;
const { element, revealer, secret, tag, text } = await import(`./playground-show.js${version}`);

const SECRETS = new Set(["access_token", "refresh_token", "code"]);

function plain(value) {
  return typeof value === "string" ? value : (value.secret ?? value.typed);
}

function withoutTyped(pairs) {
  return pairs.map(([name, value]) => [name, value.typed === undefined ? value : { secret: null }]);
}

function keepable(request) {
  const { method, url, headers, query, body } = request;
  return { method, url, query, headers: withoutTyped(headers), body: body && withoutTyped(body) };
}

// Send it, and return the exchange as it may be kept. Never throws: an answer that never came is one, too.
export async function send(title, request, credentials = "omit") {
  const exchange = { title, request: keepable(request), at: Date.now() / 1000 };
  try {
    const answer = await fetch(request.url, {
      method: request.method,
      headers: request.headers.map(([name, value]) => [name, plain(value)]),
      body: new URLSearchParams(request.body.map(([name, value]) => [name, plain(value)])),
      credentials,
      cache: "no-store",
      redirect: "error",
    });
    const body = await answer.text();
    return { ...exchange, response: { status: answer.status, headers: [...answer.headers], body } };
  } catch {
    return { ...exchange, response: { status: 0, headers: [], body: "" } };
  }
}

// The JSON of an answer; null where it is none.
export function json(exchange) {
  try {
    return JSON.parse(exchange.response.body);
  } catch {
    return null;
  }
}

export function form(url, body, headers = []) {
  return { method: "POST", url, headers: [["Content-Type", "application/x-www-form-urlencoded"], ...headers], body };
}

function shown(value) {
  return typeof value === "string" ? value : secret(value.secret ?? null);
}

function encoded(value) {
  const whole = (each) => new URLSearchParams([["", each]]).toString().slice(1);
  if (typeof value === "string") return whole(value);
  return secret(typeof value.secret === "string" ? whole(value.secret) : null);
}

function parameters(pairs) {
  return pairs.flatMap(([name, value], place) => [place ? "\n&" : "", `${name}=`, encoded(value)]);
}

function requestLines({ method, url, query, headers, body }) {
  const { pathname, host } = new URL(url);
  const asked = query ? ["?", ...parameters(query)] : [];
  const lines = headers.flatMap(([name, value]) => [`\n${name}: `, shown(value)]);
  return [`${method} ${pathname}`, ...asked, `\nHost: ${host}`, ...lines, ...(body ? ["\n\n", ...parameters(body)] : [])];
}

function pretty(value, name = "", indent = "") {
  if (value === null || typeof value !== "object") {
    const hidden = SECRETS.has(name) && typeof value === "string";
    return hidden ? ['"', secret(value), '"'] : [JSON.stringify(value)];
  }
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const key = (each) => (Array.isArray(value) ? "" : `${JSON.stringify(each)}: `);
  const inner = entries.flatMap(([each, member], place) => [
    `${place ? "," : ""}\n${indent}  ${key(each)}`,
    ...pretty(member, each, `${indent}  `),
  ]);
  return entries.length ? [open, ...inner, `\n${indent}${close}`] : [open + close];
}

function responseLines(exchange) {
  const { status, headers, body } = exchange.response;
  if (!status) return [text("no_answer")];
  const parsed = json(exchange);
  const said = parsed === null ? [body] : pretty(parsed);
  return [`HTTP ${status}`, ...headers.map(([name, value]) => `\n${name}: ${value}`), body ? "\n\n" : "", ...said];
}

function block(label, lines) {
  const pre = element("pre", { tabIndex: 0 }, element("code", {}, ...lines));
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", label);
  const button = revealer(pre);
  const above = element("div", { className: "above" }, element("span", { className: "soft small" }, label), button);
  return element("div", { className: "code" }, above, pre);
}

export function requestBlock(request) {
  return block(text("request"), requestLines(request));
}

// A refusal of the token endpoint is kept for a while, with what was wrong: its reference is the request's id.
function story({ request, response }, errors) {
  const reference = new Map(response.headers).get("x-request-id");
  if (response.status < 400 || !reference || !request.url.endsWith("/oauth/token")) return null;
  const link = element("a", { href: `${errors}/${encodeURIComponent(reference)}`, target: "_blank" }, text("story"));
  return element("p", {}, link);
}

export function exchangeItem(exchange, open, errors) {
  const status = exchange.response?.status;
  const kind = status >= 200 && status < 300 ? "good" : "bad";
  const heading = element("h3", {}, text(exchange.title));
  if (exchange.response) heading.append(" ", tag(status ? `HTTP ${status}` : text("no_answer"), kind));
  const whole = element("details", { open }, element("summary", {}, heading), requestBlock(keepable(exchange.request)));
  if (exchange.response) {
    whole.append(block(text("response"), responseLines(exchange)));
    const told = story(exchange, errors);
    if (told) whole.append(told);
  }
  return element("li", { className: "exchange" }, whole);
}
