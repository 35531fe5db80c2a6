// The answer of an authorization request has come (RFC 6749 section 4.1.2). What it says is checked before it is kept.

const version = new URL(import.meta.url).search;
const { keep, read } = await import(`./playground-kept.js${version}`);
const { element, facts, revealer, secret, tag, text } = await import(`./playground-show.js${version}`);

const root = document.getElementById("playground");
const asked = new URLSearchParams(location.search);
const pending = read().pending;
const once = (name) => asked.getAll(name).length === 1;

// The code belongs neither in the history of the browser nor in a screenshot.
history.replaceState(null, "", location.pathname);

const checks = [
  ["check_state", Boolean(pending) && once("state") && asked.get("state") === pending.state],
  ["check_iss", once("iss") && asked.get("iss") === root.dataset.issuer],
  ["check_one", once("code") !== once("error")],
];
const sound = checks.every(([, holds]) => holds);

const outcome = !asked.size ? "nothing_came" : !sound ? "unsound" : asked.has("code") ? "allowed" : "refused";

const hidden = (name, value) => (name === "code" || name === "state" ? secret(value) : value);
const said = facts([...asked].map(([name, value]) => [element("code", {}, name), element("span", {}, hidden(name, value))]));
const list = element("ul", { className: "checks" });
for (const [name, holds] of checks) {
  list.append(element("li", {}, tag(text(holds ? "holds" : "fails"), holds ? "good" : "bad"), " ", text(name)));
}

const button = revealer(said);
root.append(
  element("p", { textContent: text(outcome) }),
  element("div", { className: "stack" }, said, button ? element("p", {}, button) : null),
  asked.size ? list : "",
);
const onward = new URL(root.dataset.playground, location.origin);
if (sound) {
  keep({ answer: Object.fromEntries(asked) });
  onward.searchParams.set("client_id", read().client_id);
  onward.hash = "answer";
}
root.append(element("p", {}, element("a", { className: "button", href: onward.href, textContent: text("onward") })));
document.getElementById("main").focus();
