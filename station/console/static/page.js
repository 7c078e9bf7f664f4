// What all the coach's pages besides Trackside have in common: where else to go, and asking.

import { $, look, make, put } from "/feed.js";
import { keyOf } from "/keymap.js";

// The same keys as on Trackside.
const PAGES = [
  ["/", "Trackside", "⇧T"],
  ["/setup", "Set-up", "⇧S"],
  ["/workout", "Workout", "⇧W"],
  ["/review", "Review", "⇧R"],
  ["/history", "History", "⇧H"],
  ["/board", "Board", "⇧B"],
];

/** Draw the way to the other pages into `<nav id="pages">`; its last button is night or sun. */
export function pages() {
  for (const [path, name, shown] of PAGES) {
    const link = make("a");
    link.href = path;
    link.append(key(shown), name);
    link.dataset.key = shown.toLowerCase();
    if (location.pathname === path) link.setAttribute("aria-current", "page");
    $("pages").append(link);
  }
  const night = make("button");
  night.append(key("⇧N"), "night / sun");
  night.dataset.key = "⇧n";
  look(night, "sun");
  $("pages").append(night);
  document.addEventListener("keydown", pressed);
}

function key(shown) {
  const made = make("kbd");
  made.textContent = shown;
  made.ariaHidden = "true"; // it is no part of the name
  return made;
}

// A key alone, where nothing is typed, clicks the button that shows it.
function pressed(event) {
  const typed = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (typed || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const named = [...document.querySelectorAll("[data-key]")].filter((one) => one.checkVisibility());
  const wanted = keyOf(event), alone = wanted.replace("⇧", "");
  const button = named.find((one) => one.dataset.key === wanted) ??
    named.find((one) => one.dataset.key === alone.toLowerCase());
  if (!button) return;
  event.preventDefault();
  button.click();
}

/** Ask the station; what it cannot do it says in words, in `<p id="said" role="status">`, or to
 * `hear`. */
export async function ask(path, sent, hear = say) {
  const given = sent === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(sent),
  };
  let answer;
  try {
    answer = await fetch(path, given);
  } catch {
    hear("the station does not answer: is it running?", true);
    return null;
  }
  const got = await answer.json();
  if (!answer.ok) { hear(got.error, true); return null; }
  return got;
}

/** Say something to the coach where it is read aloud too. */
export function say(words, bad = false) {
  const said = $("said");
  put(said, words);
  said.classList.toggle("trouble", bad && Boolean(words));
}
