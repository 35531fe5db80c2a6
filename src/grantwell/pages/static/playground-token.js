// What stands in a token: header and claims of a JWT (RFC 7519), each with what it means.

const version = new URL(import.meta.url).search;
const { element, facts, moment, revealer, secret, text } = await import(`./playground-show.js${version}`);

const MOMENTS = new Set(["iat", "exp", "nbf"]);

function part(encoded) {
  const bytes = Uint8Array.from(atob(encoded.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

// Header and claims, of which nothing is verified here; null for what is no JWT.
export function decode(token) {
  try {
    const [header, claims] = token.split(".").slice(0, 2).map(part);
    return token.split(".").length === 3 ? { header, claims } : null;
  } catch {
    return null;
  }
}

function value(name, said) {
  if (MOMENTS.has(name) && Number.isFinite(said)) return element("span", {}, `${said} = `, moment(said));
  return element("code", {}, typeof said === "string" ? said : JSON.stringify(said));
}

function row(prefix, [name, said]) {
  const means = text(`${prefix}_${name}`);
  const cell = element("td", {}, value(name, said));
  if (means) cell.append(element("span", { className: "means soft", textContent: means }));
  const head = element("th", {}, element("code", {}, name));
  head.scope = "row";
  return element("tr", {}, head, cell);
}

function table(caption, prefix, said) {
  const rows = Object.entries(said).map((each) => row(prefix, each));
  return element("table", { className: "said" }, element("caption", {}, caption), element("tbody", {}, ...rows));
}

// One token: hidden itself, what it says in the open. `verdict` is what the server has said of it last.
export function tokenBlock(name, token, verdict) {
  const whole = element("p", { className: "token" }, element("code", {}, secret(token)));
  const heading = element("h3", {}, text(name), " ", verdict);
  const button = revealer(whole);
  const made = element("div", { className: "stack" }, element("div", { className: "above" }, heading, button), whole);
  const decoded = decode(token);
  if (!decoded) made.append(element("p", { className: "soft", textContent: text("opaque") }));
  else made.append(table(text("header"), "header", decoded.header), table(text("claims"), "claim", decoded.claims));
  return made;
}

export function tokenFacts(tokens) {
  const pairs = [[text("scope"), element("code", {}, tokens.scope || text("none"))]];
  if (Number.isFinite(tokens.expires_in)) pairs.push([text("expires"), moment(tokens.at + tokens.expires_in)]);
  return facts(pairs);
}
