// What all the coach's pages besides Trackside have in common: where else to go, and asking.

import { $, put } from "/feed.js";
import { shown } from "/keymap.js";
import { pressed, way } from "/way.js";

/** Draw the way to the other pages into `<nav id="pages">`, and take keys. */
export function pages() {
  way();
  for (const sign of document.querySelectorAll("[data-key] > kbd"))
    put(sign, shown(sign.parentElement.dataset.key, sign.textContent));
  document.addEventListener("keydown", pressed);
  fields();
  // A button that was clicked keeps no focus: the next Space is another's.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest("button")) event.preventDefault();
  });
}

// Enter keeps what was typed, Esc gives it up, and either gives the page its keys back. Enter is a
// new line where there are several, and opens a choice.
const ENTERS = "input:not([type=checkbox])", FIELDS = `${ENTERS}, textarea, select`;

function fields() {
  const before = new WeakMap();
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(FIELDS)) before.set(target, target.value);
  });
  // Before the form itself hears of it, which may want the focus elsewhere.
  document.addEventListener("submit", () => document.activeElement.blur(), true);
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.defaultPrevented || event.isComposing || !field.matches(FIELDS)) return;
    if (event.key === "Enter" && !field.form && field.matches(ENTERS)) field.blur();
    if (event.key !== "Escape") return;
    if (field.value !== before.get(field)) {
      field.value = before.get(field);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    field.blur();
  });
}

/** Ask the station; what it cannot do it says in words, in `<p id="said" role="status">`, or to
 * `hear`. */
export async function ask(path, sent, hear = say) {
  const given = sent === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(sent),
  };
  let answer, got;
  try {
    answer = await fetch(path, given);
    got = await answer.json();
  } catch {
    hear("the station does not answer: is it running?", true);
    return null;
  }
  if (!answer.ok) { hear(got.error, true); return null; }
  return got;
}

/** Say something to the coach where it is read aloud too. */
export function say(words, bad = false) {
  const said = $("said");
  put(said, words);
  said.classList.toggle("trouble", bad && Boolean(words));
}
