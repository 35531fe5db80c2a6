// What this tab remembers of the playground: in its sessionStorage, which ends with the tab, and nowhere else.

const NAME = "grantwell.playground";

export function read() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME)) ?? {};
  } catch {
    return {};
  }
}

export function keep(changes) {
  const kept = { ...read(), ...changes };
  sessionStorage.setItem(NAME, JSON.stringify(kept));
  return kept;
}

export function forget() {
  sessionStorage.removeItem(NAME);
}
