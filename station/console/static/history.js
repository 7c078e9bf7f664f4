// What was: sessions, one of them, or an athlete's bests. The station has the words and draws.

import { $ } from "/feed.js";
import { ask, pages } from "/page.js";

const asked = new URLSearchParams(location.search);
const to = (what) => `/history?${new URLSearchParams(what)}`;

function make(tag, given = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  made.append(...inside.filter((one) => one !== ""));
  return made;
}

function link(href, ...inside) {
  return make("a", { href }, ...inside);
}

function drawn(svg) {
  const made = make("div", { class: "drawing" });
  made.innerHTML = svg; // the station's own, its text escaped
  return made;
}

function table(heads, rows, cells) {
  const head = make("tr", {}, ...heads.map((one) => make("th", { scope: "col" }, one)));
  const body = rows.map((row) => make("tr", { class: look(row) }, ...cells(row)));
  for (const row of body) // a narrow screen has them before each, in place of columns
    heads.forEach((said, it) => { if (said) row.cells[it].dataset.head = said; });
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
}

const look = (row) => (row.void ? "void" : row.doubted ? "doubted" : "");
const cell = (text, name = "") => make("td", { class: name }, text);

function shown(title, ...inside) {
  document.title = `${title} · flying sprints`;
  $("main").replaceChildren(...inside);
}

const back = () => make("p", { class: "row" }, link("/history", "← all sessions"));

async function all() {
  const got = await ask("/api/history");
  if (!got) return;
  if (!got.sessions.length) {
    shown("History", make("h1", {}, "History"),
      make("p", {}, "No session yet. The page Workout begins one."));
    return;
  }
  const athletes = got.athletes.map((name) => link(to({ athlete: name }), name));
  const sessions = got.sessions.map((one) => make("li", {}, link(to({ session: one.session }),
    make("span", { class: "number" }, String(one.number)),
    make("b", {}, [one.when, one.workout].filter(Boolean).join(" · ")),
    make("small", {}, one.unreadable ? `cannot be read: ${one.unreadable}` : [
      one.came, one.unassigned ? `${one.unassigned} unassigned` : "", one.how,
    ].filter(Boolean).join("; ")))));
  shown("History",
    make("h1", {}, "Bests and trends"), make("p", { class: "row" }, ...athletes),
    make("h1", {}, "Sessions"), make("ul", { class: "sessions" }, ...sessions));
}

const HEADS = [
  "Rep", "Time, s", "m/s", "400 m pace", "", "Recovery", "Wind", "Remarks", "At", "Length",
];

async function session() {
  const name = asked.get("session");
  const got = await ask(`/api/history/session?${new URLSearchParams({ session: name })}`);
  if (!got) { shown("History", back()); return; }
  const cells = (row) => [
    cell(row.place, "number"), cell(row.time, "number time"), cell(row.velocity, "number"),
    cell(row.verdict, row.verdict ? row.look : ""),
    make("td", {}, evidence(got.session, row, HEADS.length)),
    cell(row.recovery, "wide"), cell(row.wind), cell(row.remarks, "wide"),
    cell(row.at), cell(row.distance),
  ];
  const people = got.people.map((one) => make("section", {},
    make("h2", {}, link(to({ athlete: one.name }), one.name), one.stopped ? ` · ${one.stopped}` : ""),
    one.pace ? make("p", { class: "faint" }, one.pace) : "",
    make("dl", {}, ...Object.entries(one.summary).map(([what, is]) =>
      make("div", {}, make("dt", {}, what), make("dd", {}, is)))),
    one.rows.length ? table(HEADS, one.rows, cells) : make("p", {}, "No rep."),
    make("ul", { class: "advice" }, ...one.advice.map((said) => make("li", {}, said))),
    exports(got, `${one.name} alone:`, one.name)));
  const tray = got.unassigned.length ? [make("h2", {}, "Unassigned runs"),
    table(HEADS, got.unassigned, cells)] : [];
  const flags = got.flags.map(([flag, tells]) =>
    make("li", {}, make("b", {}, flag), `: ${tells}`));
  shown(got.title, back(), make("h1", {}, got.title), make("p", {}, got.workout),
    exports(got, "Hand it out:"), ...people, ...tray,
    flags.length ? make("ul", { class: "advice" }, ...flags) : "");
}

// What there is to see of a run: its crossings, below its row, and the way to Review.
function evidence(session, row, wide) {
  const review = link(`/review?${new URLSearchParams({ session, rep: row.rep })}`, "review");
  review.className = "go";
  if (!row.filmed) return review;
  const open = make("button", { "aria-expanded": "false" }, "pictures");
  open.addEventListener("click", () => {
    const here = open.closest("tr"), below = here.nextElementSibling;
    open.setAttribute("aria-expanded", String(!below?.matches(".pictures")));
    if (below?.matches(".pictures")) { below.remove(); return; }
    const strips = make("div", { class: "strips" }, "Drawing the crossings …");
    here.after(make("tr", { class: "pictures" },
      make("td", { colspan: String(wide) }, strips, review)));
    crossings(session, row.rep, strips);
  });
  return open;
}

const FORMS = { html: "page", xlsx: "spreadsheet", csv: "CSV", json: "JSON" };

// Both crossings, each with a line where it was read.
async function crossings(session, rep, strips) {
  const run = new URLSearchParams({ session, rep });
  const seen = await ask(`/api/review/crossings?${run}`);
  strips.replaceChildren(...(seen ?? []).map((one) => {
    const said = `Marker ${one.marker}, time running to the right, and the line where it was read`;
    const line = make("span", { class: "line" });
    const at_ms = one.line_ms ?? 0;
    line.style.left = `${100 * (at_ms - one.from_ms) / (one.to_ms - one.from_ms)}%`;
    const src = `/api/review/strip.jpg?${run}&marker=${one.marker}`;
    return make("figure", {}, make("div", {}, make("img", { src, alt: said }), line),
      make("figcaption", {}, said));
  }));
}

function exports(got, words, athlete = "") {
  return make("p", { class: "row" }, words, ...got.forms.map((form) => {
    const what = { session: got.session, form, ...(athlete && { athlete }) };
    const made = link(`/api/history/export?${new URLSearchParams(what)}`, FORMS[form]);
    made.download = "";
    return made;
  }));
}

const FLOWN = ["Day", "Time, s", "m/s", "Wind", "", "Remarks"];

const REDRAW_MS = 200; // after the window's last change
let drawn_px = 0, redraws = 0;

function flown() {
  drawn_px = $("main").clientWidth;
  const given = { athlete: asked.get("athlete"), wide_px: drawn_px };
  return ask(`/api/history/athlete?${new URLSearchParams(given)}`);
}

// A drawing is as wide as the page, and its letters are as large on each.
async function redraw() {
  if ($("main").clientWidth === drawn_px) return;
  const got = await flown();
  for (const [it, one] of document.querySelectorAll(".drawing").entries())
    one.innerHTML = got?.trends[it]?.svg ?? one.innerHTML;
}

async function athlete() {
  const name = asked.get("athlete"), got = await flown();
  if (!got) return;
  const trends = got.trends.map((one) => make("section", {},
    make("h2", {}, one.title),
    ...one.said.map((said) => make("p", { class: "best-said" }, said)),
    drawn(one.svg),
    make("ul", { class: "key" }, ...one.legend.map((said) => make("li", {}, said))),
    make("details", {}, make("summary", {}, `All ${one.rows.length}, the latest first`),
      table(FLOWN, one.rows, (row) => [
        make("td", {}, link(to({ session: row.session }), row.day)),
        cell(row.time, "number time"), cell(row.velocity, "number"),
        cell(row.windy ? `${row.wind}: over 2 m/s` : row.wind, row.windy ? "doubt" : ""),
        make("td", {}, evidence(row.session, row, FLOWN.length)),
        cell(row.remarks, "wide"),
      ]))));
  shown(name, back(), make("h1", {}, name),
    ...(trends.length ? trends : [make("p", {}, "No fly was timed yet.")]));
  addEventListener("resize", () => {
    clearTimeout(redraws);
    redraws = setTimeout(redraw, REDRAW_MS);
  });
}

pages();
if (asked.has("session")) session();
else if (asked.has("athlete")) athlete();
else all();
