// The way from page to page, the same on each: a row of links with their keys, which a narrow
// screen folds into one button; and the look. Each has `data-way`, its key.

import { $, make } from "/feed.js";
import { keyOf, meant, shown } from "/keymap.js";
import { look } from "/look.js";

const PAGES = [
  ["/", "Trackside", "⇧t"],
  ["/setup", "Set-up", "⇧s"],
  ["/workout", "Workout", "⇧w"],
  ["/review", "Review", "⇧r"],
  ["/history", "History", "⇧h"],
  ["/board", "Board", "⇧b"],
];

/** Draw it into `<nav id="pages">`. */
export function way() {
  const menu = make("button"), links = make("div"), night = make("button");
  for (const [path, name, key] of PAGES) {
    const link = keyed(make("a"), key, name);
    link.href = path;
    if (location.pathname === path) link.setAttribute("aria-current", "page");
    links.append(link);
  }
  menu.id = "menu";
  menu.append("☰", make("span"));
  menu.lastChild.textContent = PAGES.find(([path]) => path === location.pathname)?.[1] ?? "";
  menu.ariaLabel = "pages";
  menu.ariaExpanded = "false";
  menu.addEventListener("click", () => {
    menu.ariaExpanded = String(links.classList.toggle("open"));
  });
  look("sun", keyed(night, "⇧n", ""));
  for (const one of [menu, night]) one.type = "button";
  $("pages").ariaLabel = "Pages";
  $("pages").append(menu, links, night);
}

function keyed(made, key, name) {
  const sign = make("kbd"), word = make("span");
  sign.textContent = shown(key);
  sign.ariaHidden = "true"; // it is no part of the name
  word.textContent = name;
  made.dataset.way = key;
  made.append(sign, word);
  return made;
}

/** Go to another page, which is to say that. */
export function leave(path, words = "") {
  if (words) sessionStorage.setItem("said", words);
  location.href = path;
}

/** What the page before left to be said, once; empty where it left nothing. */
export function left() {
  const words = sessionStorage.getItem("said") ?? "";
  sessionStorage.removeItem("said");
  return words;
}

/** Do what has that key, by a click; whether there is such. */
export function goBy(key) {
  const found = document.querySelector(`[data-way="${CSS.escape(key)}"]`);
  found?.click();
  return Boolean(found);
}

/** A key alone, where nothing is typed, clicks what shows it. */
export function pressed(event) {
  const on = event.target;
  if (on.closest("input:not([type=checkbox]), textarea, select")) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (on.closest("button, a, summary, input") && [" ", "Enter"].includes(event.key)) return;
  const wanted = meant(keyOf(event)), alone = wanted.replace("⇧", "");
  const named = [...document.querySelectorAll("[data-key]")].filter((one) => one.checkVisibility());
  const by = (key) => named.find((one) => one.dataset.key === key);
  const button = by(wanted);
  if (button) button.click();
  else if (!goBy(wanted)) {
    if (!by(alone)) return;
    by(alone).click();
  }
  event.preventDefault();
}
