// Keeps the numbers fresh: the same page is asked for again, and what it says takes the place of what is shown.

const SHOWN = "#numbers";
const seconds = Number(document.querySelector(SHOWN).dataset.seconds);
const button = document.querySelector("[data-pause]");
const label = button.textContent;
let paused = false;

async function refresh() {
  if (paused || document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(SHOWN);
  const shown = document.querySelector(SHOWN);
  // Whoever reads the table, or stands on a link in it, is left in peace.
  if (!fresh || paused || shown.contains(document.activeElement)) return;
  const open = [...shown.querySelectorAll("details")].map((each) => each.open);
  [...fresh.querySelectorAll("details")].forEach((each, number) => { each.open = open[number]; });
  shown.replaceWith(document.adoptNode(fresh));
}

button.hidden = false;
button.addEventListener("click", () => {
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
  button.textContent = paused ? button.dataset.paused : label;
});

// A server that cannot be reached is asked again: the next answer shows that it is back.
setInterval(() => refresh().catch(() => {}), seconds * 1000);
