// What all the coach's pages besides Trackside have in common: where else to go, and asking.

import { $, look, put } from "/feed.js";

const PAGES = [
  ["/", "Trackside"],
  ["/setup", "Set-up"],
  ["/workout", "Workout"],
  ["/review", "Review"],
  ["/history", "History"],
  ["/board", "Board"],
];

/** Draw the way to the other pages into `<nav id="pages">`; its last button is night or sun. */
export function pages() {
  for (const [path, name] of PAGES) {
    const link = document.createElement("a");
    link.href = path;
    link.textContent = name;
    if (location.pathname === path) link.setAttribute("aria-current", "page");
    $("pages").append(link);
  }
  const night = document.createElement("button");
  night.textContent = "night / sun";
  look(night, "sun");
  $("pages").append(night);
  document.addEventListener("keydown", pressed);
}

// A key alone, where nothing is typed, clicks the button that shows it.
function pressed(event) {
  const typed = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (typed || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const named = [...document.querySelectorAll("[data-key]")];
  const button = named.find((one) => one.dataset.key === event.key.toLowerCase() &&
    one.checkVisibility());
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
