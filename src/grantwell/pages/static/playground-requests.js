// The requests of the playground, as values: what the RFCs want to be sent, and nothing else.

const version = new URL(import.meta.url).search;
const { form } = await import(`./playground-exchange.js${version}`);

function encode(bytes) {
  const binary = Array.from(new Uint8Array(bytes), (each) => String.fromCharCode(each)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function random() {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}

// RFC 7636 section 4.2.
export async function challengeOf(verifier) {
  return encode(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
}

// RFC 6749 section 4.1.1, with PKCE (RFC 7636 section 4.3) and a resource (RFC 8707 section 2).
export function authorizationRequest(base, clientId, redirectUri, pending, challenge) {
  const query = [
    ["response_type", "code"],
    ["client_id", clientId],
    ["redirect_uri", redirectUri],
    ["code_challenge", challenge],
    ["code_challenge_method", "S256"],
    ["state", { secret: pending.state }],
  ];
  if (pending.scope) query.push(["scope", pending.scope]);
  if (pending.resource) query.push(["resource", pending.resource]);
  if (pending.prompt) query.push(["prompt", "consent"]);
  return { method: "GET", url: `${base}/oauth/authorize`, query, headers: [], body: null };
}

// RFC 6749 section 2.3.1: both halves are form-encoded first. A public client says only who it is.
function authentication(client, typed) {
  if (client.public) return { headers: [], body: [["client_id", client.client_id]] };
  const half = (value) => new URLSearchParams([["", value]]).toString().slice(1);
  const pair = new TextEncoder().encode(`${half(client.client_id)}:${half(typed)}`);
  const basic = btoa(String.fromCharCode(...pair));
  return { headers: [["Authorization", { typed: `Basic ${basic}` }]], body: [] };
}

export function tokenRequest(base, client, typed, fields) {
  const { headers, body } = authentication(client, typed);
  return form(`${base}/oauth/token`, [...fields, ...body], headers);
}

export function codeFields(code, redirectUri, pending) {
  return [
    ["grant_type", "authorization_code"],
    ["code", { secret: code }],
    ["redirect_uri", redirectUri],
    ["code_verifier", { secret: pending.verifier }],
  ];
}

export function refreshFields(refreshToken) {
  return [["grant_type", "refresh_token"], ["refresh_token", { secret: refreshToken }]];
}

export function ownFields(scope) {
  return [["grant_type", "client_credentials"], ...(scope ? [["scope", scope]] : [])];
}

// RFC 7009 section 2.1 and RFC 7662 section 2.1 ask alike.
export function aboutToken(base, path, client, typed, token) {
  const { headers, body } = authentication(client, typed);
  return form(`${base}${path}`, [["token", { secret: token }], ...body], headers);
}

// A public client may not introspect: the console does, as the person who is signed in.
export function inspection(path, formToken, token) {
  return form(new URL(path, location.origin).href, [["token", { secret: token }], ["form_token", { typed: formToken }]]);
}
