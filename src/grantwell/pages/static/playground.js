// The playground of one client: builds each request, sends it, and shows what came of it.

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [kept_, show, exchanges, tokens_, requests] = await Promise.all(
  ["playground-kept", "playground-show", "playground-exchange", "playground-token", "playground-requests"].map(load),
);
const { element, facts, revealer, secret, tag, text } = show;

const root = document.getElementById("playground");
const { issuer, callback, inspect, inspectToken, person, errors, reasons } = root.dataset;
const client = JSON.parse(root.dataset.client);
const base = `${issuer}/v2`;
const part = (name) => root.querySelector(`[data-part=${name}]`);
const parts = (name) => [...root.querySelectorAll(`[data-part=${name}]`)];
const typed = () => part("secret")?.value ?? "";

// What belongs to another client is over, and what somebody else has got here is nobody's business now. Only who has
// changed accounts on the way to the answer goes on with it.
let kept = kept_.read();
if (kept.client_id !== client.client_id) kept = {};
else if (kept.person !== person) kept = kept.tokens ? {} : { pending: kept.pending, answer: kept.answer };
kept_.forget();
kept = kept_.keep({ ...kept, client_id: client.client_id, person });

function keep(changes) {
  kept = kept_.keep(changes);
}

function say(key, values) {
  part("status").textContent = text(key, values);
}

function log(exchange) {
  keep({ log: [...(kept.log ?? []), exchange] });
}

function scopeOf(form) {
  return new FormData(form).getAll("scope").join(" ");
}

// Asking for authorization.

const ask = part("ask");
const fresh = { verifier: requests.random(), state: requests.random() };
const challenge = ask && globalThis.isSecureContext ? await requests.challengeOf(fresh.verifier) : "";

function pendingRequest() {
  const chosen = new FormData(ask);
  return { ...fresh, scope: scopeOf(ask), resource: chosen.get("resource").trim(), prompt: chosen.has("prompt") };
}

function showAuthorizationRequest() {
  const request = requests.authorizationRequest(base, client.client_id, callback, pendingRequest(), challenge);
  const pkce = facts([
    [element("code", {}, "code_verifier"), element("span", {}, secret(fresh.verifier))],
    [element("code", {}, "code_challenge"), element("code", {}, challenge)],
    [element("code", {}, "state"), element("span", {}, secret(fresh.state))],
  ]);
  part("made").replaceChildren(pkce, revealer(pkce));
  part("asked").replaceChildren(exchanges.requestBlock(request));
}

function leave(event) {
  event.preventDefault();
  const pending = pendingRequest();
  const request = requests.authorizationRequest(base, client.client_id, callback, pending, challenge);
  keep({ pending, answer: null, tokens: null, verdicts: {}, log: [] });
  log({ title: "authorization", request });
  const query = request.query.map(([name, value]) => [name, value.secret ?? value]);
  location.assign(`${request.url}?${new URLSearchParams(query)}`);
}

// The answer, and the code in it.

function answerFacts(answer) {
  const pairs = Object.entries(answer).map(([name, value]) => [
    element("code", {}, name),
    element("span", {}, name === "code" || name === "state" ? secret(value) : value),
  ]);
  return facts(pairs);
}

function codeRequest() {
  const fields = requests.codeFields(kept.answer.code, callback, kept.pending);
  return requests.tokenRequest(base, client, typed(), fields);
}

function showAnswer() {
  const { answer } = kept;
  part("answer").hidden = !answer;
  part("asking").open = !answer;
  if (!answer) return;
  const said = answerFacts(answer);
  part("said").replaceChildren(said, revealer(said) ?? "");
  part("denied").hidden = !answer.error;
  part("exchange").hidden = !answer.code || Boolean(kept.tokens);
  part("to-send").replaceChildren(answer.code && !kept.tokens ? exchanges.requestBlock(codeRequest()) : "");
}

// Tokens, and what can be done with them.

function verdictOf(name) {
  const verdict = kept.verdicts?.[name];
  if (!verdict) return "";
  if (verdict.active) return tag(text("live"), "good");
  if (!verdict.reason) return tag(text("dead"), "bad");
  const why = tag(text("dead_because", { reason: verdict.reason }), "bad");
  return element("a", { href: `${reasons}/${encodeURIComponent(verdict.reason)}`, target: "_blank" }, why);
}

function showTokens() {
  const { tokens } = kept;
  part("tokens").hidden = !tokens;
  if (!tokens) return;
  const there = ["access_token", "refresh_token"].filter((name) => tokens[name]);
  part("held").replaceChildren(
    tokens_.tokenFacts(tokens),
    ...there.map((name) => tokens_.tokenBlock(name, tokens[name], verdictOf(name))),
  );
  for (const each of parts("act")) each.hidden = !tokens[each.dataset.token];
}

function showLog() {
  const items = (kept.log ?? []).toReversed().map((each, place) => exchanges.exchangeItem(each, place === 0, errors));
  part("log").replaceChildren(...items);
  part("nothing").hidden = items.length > 0;
}

function showAll() {
  if (ask) showAnswer();
  showTokens();
  showLog();
}

async function send(title, request, credentials) {
  if (!client.public && !typed() && request.headers.some(([name]) => name === "Authorization")) {
    part("secret").focus();
    say("secret_first");
    return null;
  }
  const exchange = await exchanges.send(title, request, credentials);
  log(exchange);
  const { status } = exchange.response;
  if (status) say("answered", { title: text(title), status });
  else say("no_answer");
  return exchange;
}

async function getTokens(title, request) {
  const exchange = await send(title, request);
  if (exchange?.response.status === 200) {
    const issued = exchanges.json(exchange) ?? {};
    // A refresh that brings no new refresh token leaves the old one in force (RFC 6749 section 6).
    const refresh_token = issued.refresh_token ?? (title === "refreshed" ? kept.tokens?.refresh_token : undefined);
    keep({ tokens: { ...issued, refresh_token, at: exchange.at }, verdicts: {} });
  }
  showAll();
}

async function introspect(name) {
  const token = kept.tokens[name];
  const exchange = client.public
    ? await send("inspected", requests.inspection(inspect, inspectToken, token), "same-origin")
    : await send("introspected", requests.aboutToken(base, "/oauth/introspect", client, typed(), token));
  const verdict = exchange?.response.status === 200 ? exchanges.json(exchange) : null;
  if (verdict) keep({ verdicts: { ...kept.verdicts, [name]: { active: verdict.active, reason: verdict.reason } } });
  if (exchange?.response.status === 401 && client.public) say("sign_in_again");
  showAll();
}

async function revoke(name) {
  await send("revoked", requests.aboutToken(base, "/oauth/revoke", client, typed(), kept.tokens[name]));
  showAll();
}

const acts = {
  refresh: () => getTokens("refreshed", requests.tokenRequest(base, client, typed(), requests.refreshFields(kept.tokens.refresh_token))),
  introspect,
  revoke,
};

for (const button of parts("act")) {
  button.addEventListener("click", () => acts[button.dataset.act](button.dataset.token));
}
part("forget").addEventListener("click", () => {
  kept_.forget();
  location.assign(`${location.pathname}${location.search}`);
});
if (ask) {
  ask.addEventListener("input", showAuthorizationRequest);
  ask.addEventListener("submit", leave);
  part("exchange").addEventListener("submit", (event) => {
    event.preventDefault();
    getTokens("exchanged", codeRequest());
  });
  showAuthorizationRequest();
}
part("own")?.addEventListener("submit", (event) => {
  event.preventDefault();
  getTokens("issued", requests.tokenRequest(base, client, typed(), requests.ownFields(scopeOf(event.target))));
});

// Only at the issuer's own address do requests, cookies and redirects belong to one site.
part("elsewhere").hidden = location.origin === issuer;
part("there").href = `${issuer}${location.pathname}${location.search}`;
part("all").hidden = location.origin !== issuer;
showAll();
if (location.hash === "#answer") part("answer").scrollIntoView();
