// What keeps somebody from reading or using this page, as a list of sentences; empty if nothing does.
(() => {
  const faults = [];
  const say = (fault, element) => faults.push(element ? `${fault}: ${element.outerHTML.slice(0, 120)}` : fault);

  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) say(`the page is ${root.scrollWidth - root.clientWidth} px too wide`);
  if (!root.lang) say("the language is not said");
  if (!document.title.trim()) say("the page has no title");
  if (document.querySelectorAll("h1").length !== 1) say("there is not exactly one main heading");
  if (document.querySelectorAll("main").length !== 1) say("there is not exactly one main part");

  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1 && level > 0) say("a heading skips a level", heading);
    level = next;
  }

  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  for (const id of ids.filter((each, place) => ids.indexOf(each) !== place)) say(`two elements are called ${id}`);
  for (const each of document.querySelectorAll("img")) if (!each.hasAttribute("alt")) say("an image says nothing", each);
  for (const each of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!each.labels.length) say("a field has no label", each);
    if (!each.autocomplete) say("a field does not say what belongs there", each);
  }
  for (const each of document.querySelectorAll("button, a")) {
    if (!each.textContent.trim()) say("a control has no name", each);
    each.focus();
    const style = getComputedStyle(each);
    if (document.activeElement === each && each.matches(":focus-visible") && parseFloat(style.outlineWidth) < 2) {
      say("a control does not show that it has the focus", each);
    }
  }
  for (const each of document.querySelectorAll("button:not(.link), .button, input:not([type=hidden])")) {
    // Whoever taps on what stands beside a box ticks it as well.
    const touched = ["checkbox", "radio"].includes(each.type) ? each.closest("label") ?? each : each;
    if (each.checkVisibility() && touched.getBoundingClientRect().height < 40) say("a control is too small for a finger", each);
  }

  // Contrast (WCAG 2.2, 1.4.3): every text against the nearest background that is painted.
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((each) => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const found = channels(getComputedStyle(each).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !element.checkVisibility()) continue;
    const [light, dark] = [luminance(channels(getComputedStyle(element).color)), luminance(background(element))].sort(
      (one, other) => other - one,
    );
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) say(`a text has a contrast of ${contrast.toFixed(2)}`, element);
  }
  return faults;
})();
