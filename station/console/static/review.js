// Review: a run is looked at again. The line in the strip is dragged, or moved by keys; what the
// run comes to then, the station says.

import { $, fill, put } from "/feed.js";
import { ask, pages, say } from "/page.js";

const RESTS_MS = 800;   // after the last key the line is left where it is
let run = null;         // as the station told it
let crossings = [];     // of its recording: the pictures' times, and where the line is
let shown = 0;          // which of them is looked at
let trying = false, again = false, leaves = 0;
let turn = Promise.resolve(); // one thing after the other, in the order in which it was asked for
const inTurn = (work) => { turn = turn.then(work, work); };

const which = () => ({ session: run.session, rep: run.rep });
const query = (more = {}) => new URLSearchParams({ ...which(), ...more });
const signed = (ms) => `${ms > 0 ? "+" : "−"}${Math.abs(ms).toFixed(0)} ms`;

pages();
const asked = new URLSearchParams(location.search);
inTurn(() => open({ session: asked.get("session") ?? "", rep: asked.get("rep") ?? "" }));

async function open(wanted) {
  await leave();
  const told = await ask(`/api/review/run?${new URLSearchParams(wanted)}`, undefined,
    (words, bad) => run ? say(words, bad) : put($("none"), words));
  document.body.classList.toggle("bare", !told);
  if (!told) return;
  say("");
  show(told);
  await look();
}

// What the station said of a run; what it says of the line comes with the pictures.
function show(told) {
  run = told;
  document.body.classList.remove("empty");
  document.body.classList.toggle("unfilmed", Boolean(told.no_recording));
  history.replaceState(null, "", `?${query()}`);
  put($("title"), told.title);
  put($("kept"), told.kept);
  put($("place"), told.place);
  $("void").disabled = told.void;
  figures(told.figures);
  const option = () => document.createElement("option");
  fill($("which"), told.runs, option, (element, [rep, text]) => {
    element.value = rep;
    put(element, text);
  });
  $("which").value = told.rep;
  fill($("whose"), ["nobody's", ...told.athletes], option, (element, name, index) => {
    element.value = index ? name : "";
    put(element, name);
  });
  if (document.activeElement !== $("whose")) $("whose").value = told.athlete ?? "";
  if (document.activeElement !== $("note")) $("note").value = told.note; // or it is being written
  $("time").classList.toggle("void", told.void);
  $("before").disabled = told.before === null;
  const item = () => document.createElement("li");
  fill($("remarks"), told.remarks, item, (element, remark) => put(element, remark));
  if (told.said) say(told.said);
}

function figures(told) {
  put($("time"), told.time, told.doubt ? "hollow" : "");
  put($("verdict"), told.verdict, told.look);
  put($("velocity"), told.velocity);
}

async function look() {
  crossings = [];
  seen(run.no_recording || "the recording is read …");
  const found = !run.no_recording && await ask(`/api/review/crossings?${query()}`);
  if (!found) { seen(run.no_recording || "there is nothing to look at"); return; }
  crossings = found;
  for (const one of crossings) one.images = [];
  choose(shown);
  seen("");
}

// Whether there are pictures of this very run; else why not. All keep their places.
function seen(why) {
  put($("none"), why);
  document.body.classList.toggle("unseen", Boolean(why));
}

function choose(index) {
  shown = index;
  const one = crossings[shown];
  for (const button of $("crossings").children)
    button.setAttribute("aria-pressed", String(Number(button.dataset.marker) === one.marker));
  $("picture").src = `/api/review/strip.jpg?${query({ marker: one.marker })}`;
  $("picture").alt = one.drawn;
  put($("read"), one.read);
  fill($("ticks"), [...one.ticks_ms, "later →"], () => document.createElement("span"), (tick, ms) => {
    put(tick, ms ? String(ms).replace("-", "−") : "0 ms");
    tick.style.left = ms === "later →" ? "" : `${100 * share(ms)}%`;
  });
  $("auto").style.left = `${100 * share(0)}%`;
  load(one);
  draw();
}

// All pictures of a crossing, the nearest first.
function load(one) {
  if (!one.images.length) {
    const order = one.frames_ms.map((ms, index) => [Math.abs(ms), index]).sort((a, b) => a[0] - b[0]);
    for (const [, index] of order) {
      const image = one.images[index] = new Image();
      image.alt = `Picture ${index + 1} of ${one.frames_ms.length} at Marker ${one.marker}`;
      image.src = `/api/review/frame.jpg?${query({ marker: one.marker, number: index })}`;
    }
  }
  $("frames").replaceChildren(...one.images);
}

const share = (ms) => (ms - crossings[shown].from_ms) / (crossings[shown].to_ms - crossings[shown].from_ms);
const nearest = (one) => one.frames_ms.reduce((best, ms, index) =>
  Math.abs(ms - at(one)) < Math.abs(one.frames_ms[best] - at(one)) ? index : best, 0);
const at = (one) => one.line_ms ?? 0;

function draw() {
  const one = crossings[shown], line = $("line");
  line.style.left = `${100 * share(at(one))}%`;
  line.classList.toggle("moved", one.line_ms !== null);
  const words = one.line_ms === null ? "as the station read it" : `${signed(one.line_ms)} by hand`;
  line.setAttribute("aria-valuemin", one.least_ms);
  line.setAttribute("aria-valuemax", one.most_ms);
  line.setAttribute("aria-valuenow", at(one).toFixed(0));
  line.setAttribute("aria-valuetext", words);
  for (const [index, button] of [...$("crossings").children].entries()) {
    const ms = crossings[index].line_ms;
    put(button.lastElementChild, ms === null ? "" : signed(ms), ms === null ? "" : "doubt");
  }
  const picture = nearest(one);
  one.images.forEach((image, index) => { image.hidden = index !== picture; });
  const off = Math.round(one.frames_ms[picture] - at(one));
  put($("when"), off ? `nearest picture, ${Math.abs(off)} ms ${off > 0 ? "after" : "before"} the line`
    : "picture at the line");
}

// Put the line somewhere: shown at once, what it comes to as soon as the station has said it.
function move(ms) {
  const one = crossings[shown];
  if (!one) return;
  const within = Math.min(Math.max(ms, one.least_ms), one.most_ms);
  say(within === ms ? "" : one.edge);
  one.line_ms = Math.round(10 * within) / 10;
  draw();
  preview();
  clearTimeout(leaves);
  leaves = setTimeout(() => inTurn(leave), RESTS_MS);
}

const line = () => ({ ...which(), marker2_ms: crossings[0].line_ms, marker3_ms: crossings[1].line_ms });

async function preview() {
  again = trying;
  if (trying) return;
  trying = true;
  const told = await ask("/api/review/try", line());
  trying = false;
  if (told && leaves) figures(told);
  if (again) preview();
}

// The line stays where it is: the run is timed by it from now on.
async function leave() {
  if (!leaves || !crossings.length) return;
  clearTimeout(leaves);
  leaves = 0;
  const told = await ask("/api/review/read", line());
  if (told) show(told);
}

async function act(what) {
  await leave();
  const told = await ask("/api/review/do", { ...which(), ...what });
  if (!told) return;
  say("");
  show(told);
  if (what.does === "anew" || !crossings.length) { await look(); return; }
  const found = await ask(`/api/review/crossings?${query()}`);
  for (const [index, one] of (found || []).entries()) crossings[index].line_ms = one.line_ms;
  if (found) draw();
}

const BUTTONS = {
  before: () => open({ session: run.session, rep: run.before }),
  after: async () => {
    const { session, rep, after } = run;
    await open({ session, rep: after ?? rep });
    if (after === null && run.after !== null) await open({ session, rep: run.after });
    else if (after === null) say("that is the last run");
  },
  automatic: async () => {
    if (!crossings.length) return;
    crossings[shown].line_ms = null;
    leaves = 1;
    draw();
    await leave();
  },
  anew: () => act({ does: "anew" }),
  void: () => act({ does: "void" }),
  undo: () => act({ does: "undo" }),
  star: () => act({ does: "star" }),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !run) return;
  const { marker, move: by, step: pictures, mark } = button.dataset;
  if (marker) choose(Number(marker) - 2);
  else if (by) move(at(crossings[shown]) + Number(by));
  else if (pictures) step(Number(pictures));
  else if (mark) inTurn(() => act({ does: "mark", mark }));
  else if (button.id in BUTTONS) inTurn(BUTTONS[button.id]);
});
// Tab leads from crossing to crossing: whichever has the focus is looked at.
$("crossings").addEventListener("focusin", (event) => {
  const { marker } = event.target.dataset;
  if (marker && crossings.length && crossings[shown].marker !== Number(marker)) choose(Number(marker) - 2);
});
$("which").addEventListener("change", () => {
  const rep = $("which").value;
  inTurn(() => open({ session: run.session, rep }));
});

// Whose it was: a name that is tapped counts at once, one that is walked to by keys with Enter.
const whose = $("whose");
let byKeys = false;
function give() {
  const athlete = whose.value;
  if (athlete !== (run.athlete ?? "")) inTurn(() => act({ does: "assign", athlete }));
}
whose.addEventListener("pointerdown", () => { byKeys = false; });
whose.addEventListener("keydown", (event) => {
  byKeys = true;
  if (event.key === "Escape") whose.value = run.athlete ?? "";
  if (event.key === "Escape" || event.key === "Enter") whose.blur();
});
whose.addEventListener("change", () => byKeys || whose.blur());
whose.addEventListener("blur", give);

$("note").addEventListener("keydown", (event) => {
  if (event.key === "Escape") $("note").value = run.note;
  if (event.key === "Escape" || event.key === "Enter") $("note").blur();
});
$("note").addEventListener("blur", () => {
  const text = $("note").value.trim();
  if (text !== run.note) inTurn(() => act({ does: "note", text }));
});

function step(by) {
  const one = crossings[shown], to = nearest(one) + by;
  if (to in one.frames_ms) move(one.frames_ms[to]);
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("select, input") || event.ctrlKey || event.altKey || event.metaKey) return;
  if (!crossings.length) return;
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const pictures = { ",": -1, ".": 1 }[event.key];
  if (way) move(at(crossings[shown]) + way * (event.shiftKey ? 10 : 1));
  else if (pictures) step(pictures);
  else return;
  event.preventDefault();
});

const strip = $("strip");
const drag = (event) => {
  const box = strip.getBoundingClientRect(), one = crossings[shown];
  move(one.from_ms + (one.to_ms - one.from_ms) * (event.clientX - box.left) / box.width);
};
strip.addEventListener("pointerdown", (event) => {
  if (!crossings.length || event.button) return;
  strip.setPointerCapture(event.pointerId);
  drag(event);
  $("line").focus({ preventScroll: true });
  event.preventDefault();
});
strip.addEventListener("pointermove", (event) => strip.hasPointerCapture(event.pointerId) && drag(event));
strip.addEventListener("pointerup", () => inTurn(leave));
addEventListener("pagehide", () => {
  if (!leaves) return;
  const headers = { "Content-Type": "application/json" };
  const sent = { method: "POST", keepalive: true, headers, body: JSON.stringify(line()) };
  fetch("/api/review/read", sent);
});
