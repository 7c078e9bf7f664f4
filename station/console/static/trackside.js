// Trackside: what was that run, who is next, when? Each button is a key.

import { $, Feed, cell, clock, fill, goes, lastOf, make, nobody, put, since, status, stayAwake }
  from "/feed.js";
import { Hands, button } from "/hands.js";
import { asTheyWere, keyOf, shown, trade } from "/keymap.js";
import { View } from "/views.js";
import { goBy, left, way } from "/way.js";

const FLASH_MS = 2400, BLINK_MS = 400; // slower than what harms: three a second (WCAG 2.3.1)
const BROUGHT_MS = 20000; // two lines are read three times
const FIRST_MS = 3000; // between two looks at what is to be done first
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
let said = "";   // what the last key had to say for itself
let flash = "", flashUntil = 0;
let brought = left(); // what the page before could not do
let trading = null; // a key that is to be another, while keys are changed
let first_ms = -FIRST_MS, latest = null;

way();
const go = (key) => () => feed.over && key !== "⇧n" || goBy(key);
const OWN = [
  ["p", "picture", "what the camera sees, with the markers", () => view.turn("picture")],
  ["z", "strip", "the last run's photo-finish strips", () => view.turn("strip")],
  ["d", "runs", "the runs done so far", () => view.turn("runs")],
  ["⇧r", "review", "look at a run again, and put it right", go("⇧r")],
  ["⇧s", "set-up", "camera, gates, zone and sound", go("⇧s")],
  ["⇧w", "workout", "who trains what", go("⇧w")],
  ["⇧h", "history", "earlier sessions, bests, exports", go("⇧h")],
  ["⇧b", "board", "what phones and a second screen show", go("⇧b")],
  ["⇧p", "phones", "how phones join; the PIN", () => view.turn("phones")],
  ["⇧n", "look", "sun, night, or as the system has it", go("⇧n")],
  ["⇧k", "change keys", "another key for something", () => { trading = ""; sayTrading(); }],
  ["?", "all keys", "all keys", () => view.turn("all")],
].map(([key, word, meaning, act]) => ({ key, word, meaning, act }));
const IN_THE_BAR = ["p", "z", "d", "?"], BETWEEN = ["⇧p", "?"], AFTER = ["z", "d", "⇧p", "?"];
const own = new Map(OWN.map((one) => [one.key, one]));
own.set("Escape", { act: () => view.turn("") });

stayAwake();
const feed = new Feed("/api/events?as=coach", { show, told, refused });
const view = new View(feed);
new Hands({ own, say, rows: () => feed.state?.now?.rows ?? [], caught: change });
let ofSession = [];
fetch("/api/keys").then((answer) => answer.json()).then((keys) => {
  ofSession = keys.filter((one) => !own.has(one.key));
  drawKeys();
});
setTimeout(() => { brought = ""; }, BROUGHT_MS);

function drawKeys() {
  const { now, ended } = feed.state ?? {};
  const wanted = now || !feed.state ? IN_THE_BAR : ended ? AFTER : BETWEEN;
  const bar = OWN.filter((one) => wanted.includes(one.key));
  fill($("own-keys"), bar, button, (element, one) => showKey(element, one, one.word));
  fill($("all"), [...ofSession, ...OWN], button, (element, one) => showKey(element, one, one.meaning));
}

function showKey(element, one, word) {
  element.dataset.key = one.key;
  put(element.children[0], shown(one.key, one.shown));
  put(element.children[1], word);
}

// While keys are changed, each key that is pressed is one of the two that trade places.
function change(event) {
  if (trading === null) return false;
  const key = event.type === "keydown" ? keyOf(event) : event.target.closest("[data-key]")?.dataset.key;
  if (key === "Escape") { trading = null; say("keys: done"); }
  else if (key === "Delete" || key === "Backspace") {
    asTheyWere();
    trading = null;
    say("all keys are as they were");
  } else if (key && (key.length === 1 || key.startsWith("⇧")) && !/[0-9⇧]$/.test(key)) {
    if (trading) {
      trade(trading, key);
      say(`${shown(trading)} and ${shown(key)} have traded places on this device`);
      trading = null;
    } else {
      trading = event.type === "keydown" ? key : shown(key).toLowerCase();
      sayTrading();
    }
  }
  drawKeys();
  return key !== undefined;
}

function sayTrading() {
  say(trading ? `${shown(trading)}: press the key that is to do it`
    : "press the key that is to be another · Del: all as they were · Esc leaves");
}

function show() {
  const now = feed.seen, trouble = feed.lost;
  const isOn = Boolean(feed.state?.now), isOver = Boolean(now) && !isOn;
  document.body.classList.toggle("lost", Boolean(trouble) && !feed.over);
  for (const one of document.querySelectorAll("#keys, #pages > div, .steps"))
    one.inert = feed.over; // they lead nowhere
  const left = flashUntil - performance.now();
  const lit = left > 0 && !isCalm.matches && Math.ceil(left / BLINK_MS) % 2 === 1;
  document.documentElement.classList.toggle("flash", lit);
  const stage = isOn ? "on" : isOver ? "over" : feed.state && !trouble ? "between" : "";
  if (document.body.dataset.stage !== stage) {
    document.body.dataset.stage = stage;
    $("first").hidden = stage !== "between";
    for (const digit of "123") own.delete(digit);
    first_ms = -FIRST_MS;
    drawKeys();
  }
  put($("news"), said || (feed.state?.news.at(-1) ?? ""));
  state(trouble, now);
  cut();
  if (stage === "between" || stage === "over") steps(stage);
  if (!now) return;
  const { since_s } = feed;
  put($("headline"), now.headline);
  put($("facts"), facts(now));
  devices(now.devices);
  next(now, since_s);
  last(now, since_s);
  before(now);
  fill($("athletes"), now.rows, athlete, (element, row) => {
    const [number, name, when] = element.children;
    element.disabled = isOver;
    put(number, isOver ? "" : String(row.number === 10 ? 0 : row.number));
    put(name, row.athlete);
    put(when, ...status(now, row, since_s));
    element.dataset.key = row.number <= 10 ? row.number % 10 : "";
    element.dataset.athlete = row.athlete;
    element.classList.toggle("next", row.athlete === now.next?.athlete);
  });
  $("athletes").classList.toggle("crowd", now.rows.length > 10);
  aside(now, since_s);
  const most = now.rows.length > 9 ? "9, 0" : now.rows.length;
  put($("digits"), isOn && feed.state.digits ? `1–${most}: ${feed.state.digits}` : "");
  if (isOn) sessionKeys();
  view.show(now);
}

function sessionKeys() {
  const of_session = feed.state.keys.filter((one) => !own.has(one.key));
  fill($("session-keys"), of_session, button, (element, one, index) => {
    showKey(element, one, one.word);
    element.classList.toggle("urged", index === 0 && one.key === "q"); // the one thing left
  });
}

// Between two sessions: what comes next, one key each.
async function steps(stage) {
  if (performance.now() - first_ms < FIRST_MS) return;
  first_ms = performance.now();
  if (stage === "between") {
    put($("headline"), "Flying sprints");
    put($("facts"), "");
  }
  const answer = await fetch(`/api/trackside/${stage}`).catch(() => null);
  const found = answer?.ok ? await answer.json() : { steps: [], note: "" };
  if (document.body.dataset.stage !== stage) return; // digits are athletes, or others
  fill($(stage === "over" ? "after" : "steps"), found.steps, step, (element, one, index) => {
    const [number, name, says] = element.firstChild.children;
    element.firstChild.href = one.path;
    put(number, String(index + 1));
    put(name, one.name);
    put(says, `${one.done ? "✓ " : ""}${one.says}`);
    element.classList.toggle("urged", one.urged);
    own.set(String(index + 1), { act: () => { if (!feed.over) location.href = one.path; } });
  });
  put($("note"), found.note);
}

function step() {
  const made = make("li"), link = make("a");
  link.append(make("kbd"), make("b"), make("span"));
  made.append(link);
  return made;
}

function facts(now) {
  let { wind } = now;
  if (typeof wind === "number") wind = `${wind > 0 ? "+" : ""}${wind.toFixed(1)} m/s`;
  return [
    now.phase === "over" ? "" : now.time_of_day,
    now.remaining_s ? `${clock(now.remaining_s)} to come` : "",
    wind === null ? "" : `wind ${wind}`,
    feed.state.speed === 1 ? "" : `rehearsal × ${feed.state.speed}`,
  ].filter(Boolean).join(" · ");
}

// Each by shape, colour and word: which of the three one cannot see does not matter.
function devices(stand) {
  const item = () => {
    const made = make("li");
    made.append(make("b"), " ", make("span"), " ", make("span"));
    return made;
  };
  fill($("devices"), stand, item, (element, one) => {
    put(element.children[0], feed.state.shapes[one.state]);
    put(element.children[1], one.name);
    put(element.children[2], one.word);
    element.className = one.state;
  });
}

// Of what two lines do not hold the rest is a press away: the athletes stay where they are.
const turnState = () => $("state").hasAttribute("tabindex") && $("state").classList.toggle("whole");
$("state").addEventListener("click", turnState);
$("state").addEventListener("keydown", (event) => event.key === "Enter" && turnState());
function cut() {
  const line = $("state"), { textContent } = line;
  if (textContent === line.dataset.cut) return;
  line.dataset.cut = textContent;
  line.classList.remove("whole");
  line.toggleAttribute("tabindex", line.scrollHeight > line.clientHeight + 2);
  if (line.hasAttribute("tabindex")) line.tabIndex = 0;
}

// Trouble speaks first; then a hold; else that all is well.
function state(trouble, now) {
  const unheard = performance.now() < flashUntil ? [flash] : [];
  const news = feed.state?.news.at(-1) ?? "";
  const failed = !feed.state?.now && news.startsWith("✖ ") ? [news.slice(2)] : [];
  const wrong = [...unheard, ...failed, ...(brought ? [brought] : []), ...(now?.troubles ?? [])]
    .map((one) => `▲ ${one}`);
  const troubles = trouble ? [trouble, ...wrong] : wrong;
  if (troubles.length) {
    const more = troubles.length > 1 ? `  (and ${troubles.length - 1} more)` : "";
    const how = feed.over ? " 'station' in a terminal opens it again." : "";
    put($("state"), `${troubles[0]}${how}${more}`, feed.over ? "held" : "trouble");
  } else if (now?.phase === "held")
    put($("state"), `❚❚ HOLD: nobody is called · ${shown("h")} goes on`, "held");
  else if (now?.phase === "over")
    put($("state"), "■ The session is over; its results stay until the next begins", "held");
  else put($("state"), now ? "● all is well" : "", "");
}

function next(now, since_s) {
  put($("next-word"), now.phase !== "over" ? "NEXT" : feed.over ? "" : "WHAT COMES NEXT");
  const due = now.next, warmUp = ["before", "warm-up"].includes(now.phase);
  let [who, figure] = due ? [due.athlete, ""] : nobody(now, since_s), words = "", how = "";
  if (due) [words, figure, how] = goes(due, now.phase, since_s);
  else if (now.strides) words = now.strides.number === null ? `then ${shown("b")} begins` : "";
  else if (warmUp) words = `${shown("s")} calls the strides · ${shown("b")} begins`;
  else if (now.phase === "on" && !now.running.length)
    words = `${shown("q")} ends, or begins the cool-down`;
  else if (now.phase === "cool-down")
    words = `${shown("b")} lets more be run · ${shown("q")} ends and leaves`;
  put($("who"), who);
  $("who").style.setProperty("--n", Math.max(who.length, 3));
  put($("words"), words);
  put($("when"), figure, how);
  $("when").style.setProperty("--d", how === "hold" ? 5 : Math.max(figure.length, 4));
  const around = now.strides ? [] : now.around;
  $("around").hidden = !around.length;
  fill($("around"), around, () => make("li"), (element, one) => put(element, one));
  const to_come = due?.recovery_s ? (due.ready_in_s - since_s) / due.recovery_s : 1;
  const ratio = Math.min(Math.max(1 - to_come, 0), 1);
  $("bar").style.visibility = due?.recovery_s ? "" : "hidden";
  $("bar").firstChild.style.width = `${(100 * ratio).toFixed(1)}%`;
  const rests = due?.recovery_s ? [`recovery of ${clock(due.recovery_s)}`] : [];
  const paces = [["400", due?.at_400_s], ["800", due?.at_800_s]].filter(([, at_s]) => at_s)
    .map(([pace, at_s]) => `${pace} m pace ${at_s.toFixed(1)} s`);
  put($("recovery"), [...rests, ...paces].join(" · "));
}

function last(now, since_s) {
  const run = lastOf(now, since_s), number = now.last?.number ?? null;
  put($("last-word"), run.now ? "NOW" : "LAST");
  put($("whose"), run.whose);
  put($("rep"), run.now || number === null ? "" : `rep ${number}`);
  put($("best"), run.best);
  put($("verdict"), run.verdict, run.look);
  put($("time"), run.digits && `${run.digits} s`, run.hollow ? "hollow" : "");
  $("time").style.setProperty("--n", Math.max($("time").textContent.length, 6));
  put($("figures"), run.figures);
  fill($("remarks"), run.remarks, () => make("li"), (element, one) => put(element, ...one));
}

// The runs before the last one, the latest first: a new run pushes the old one in.
function before(now) {
  const ran = now.rows.flatMap((row) => row.ran.map((one) => ({ ...one, who: row.athlete })))
    .filter((one) => one.rep !== now.last?.rep && one.state !== "skipped")
    .sort((one, other) => other.rep - one.rep).slice(0, 8);
  const item = () => {
    const made = make("li");
    made.append(make("span"), " ", make("b"));
    return made;
  };
  fill($("before"), ran, item, (element, one) => {
    put(element.children[0], one.who);
    put(element.children[1], cell(one), one.look);
  });
  const rep = now.last?.rep ?? null;
  if (latest !== null && rep !== latest && !isCalm.matches && ran.length)
    $("before").animate([{ transform: "translateY(-1.6rem)", opacity: 0 }, {}], 350);
  latest = rep;
}

function aside(now, since_s) {
  const parts = [];
  if (now.tray.length) {
    const run = now.tray[0], ago = since(run.ago_s + since_s);
    const when = now.phase === "over" ? "" : `, ${ago} ago`;
    const how = now.phase === "over" ? "Review gives it to somebody" : `${shown("a")} assigns`;
    parts.push(`unassigned ${now.tray.length}: ${run.text}${when}, ${run.why} · ${how}`);
  }
  const out = now.rows.filter((row) => row.standing === "out");
  const named = (row) => row.athlete + (row.note ? ` (${row.note})` : "");
  if (out.length) parts.push(`out: ${out.map(named).join(", ")}`);
  if (now.assumed_recovery_s !== null)
    parts.push(`assumed: ${clock(now.assumed_recovery_s)} recovery to come · + and − change it`);
  put($("aside"), parts.join(" · "), now.tray.some((run) => run.ours) ? "doubt" : "");
}

function told(event) {
  if (event.event === "flash") {
    flash = event.said;
    flashUntil = performance.now() + FLASH_MS;
  }
  if (event.event === "refused") say(`? ${event.said}`);
}

function say(line) {
  said = line;
  setTimeout(() => { if (said === line) said = ""; }, 10000);
  show();
}

function athlete() {
  const made = button();
  made.append(" ", make("span"));
  return made;
}

// The PIN that let this page in may be of an earlier session.
async function refused() {
  const answer = await fetch("/api/share").catch(() => null);
  if (answer?.status === 403) location.reload();
}
