// Trackside: what was that run, who is next, when? And the coach's hands: each button is a key.

import { $, Feed, best, clock, digits, figures, fill, goes, look, nobody, put, ran, since,
  status, stayAwake, verdict } from "/feed.js";

const page = crypto.getRandomValues(new Uint32Array(2)).join("-");
const VIEWS = ["runs", "all", "phones"];
const ESC = "\x1b";
const PATIENCE_MS = 3000; // with a line that may be lost
const FLASH_MS = 2400, BLINK_MS = 400;
let said = "";   // what the last key had to say for itself
let asked = null;
let flash = "", flashUntil = 0;

const OWN = [
  { key: "r", shown: "R", word: "runs", meaning: "the table of runs", act: () => view("runs") },
  { key: "d", shown: "D", word: "phones", meaning: "how phones join; the PIN", act: () => view("phones") },
  { key: "z", shown: "Z", word: "night", meaning: "night or sun", act: look(null, "sun") },
];
const ALL = { key: "?", shown: "?", word: "all keys", meaning: "all keys", act: () => view("all") };
const own = new Map([...OWN, ALL].map((one) => [one.key, one]));

stayAwake();
fill($("own-keys"), [ALL, ...OWN], button, showKey);

const feed = new Feed("/api/events?as=coach", { show, told, refused });
let keys = [];
fetch("/api/keys").then((answer) => answer.json()).then((all) => {
  keys = [...all.filter((one) => !own.has(one.key)), ...own.values()];
  fill($("all"), keys, button, (element, one) => {
    element.dataset.key = one.key;
    put(element.children[0], one.shown);
    put(element.children[1], one.meaning);
  });
});

// ---- what is shown

function show() {
  const now = feed.state?.now;
  const trouble = feed.lost;
  document.body.classList.toggle("lost", Boolean(trouble));
  const left = flashUntil - performance.now();
  document.body.classList.toggle("flash", left > 0 && Math.ceil(left / BLINK_MS) % 2 === 1);
  if (!now) { state(trouble, null); return; }
  const { since_s } = feed;
  put($("headline"), now.headline);
  put($("facts"), facts(now));
  state(trouble, now);
  next(now, since_s);
  last(now.last);
  fill($("athletes"), now.rows, athlete, (element, row) => {
    const [number, name, when] = element.children;
    put(number, String(row.number === 10 ? 0 : row.number));
    put(name, row.athlete);
    put(when, ...status(now, row, since_s));
    element.dataset.key = row.number <= 10 ? row.number % 10 : "";
    element.dataset.athlete = row.athlete;
    element.classList.toggle("next", row.athlete === now.next?.athlete);
  });
  $("athletes").classList.toggle("crowd", now.rows.length > 10);
  aside(now, since_s);
  const most = now.rows.length > 9 ? "9, 0" : now.rows.length;
  put($("digits"), `1–${most}: ${feed.state.digits}`);
  put($("news"), said || (feed.state.news.at(-1) ?? ""));
  const of_session = feed.state.keys.filter((one) => !own.has(one.key));
  fill($("session-keys"), of_session, button, showKey);
  fill($("table"), now.rows, tableRow, (element, row) => {
    put(element.children[0], `${row.number} ${row.athlete}`);
    put(element.children[1], `${row.done} of ${row.planned}`);
    fill(element.children[2], row.ran, () => document.createElement("span"), (cell, it) => put(cell, ...ran(it)));
  });
}

function showKey(element, one) {
  element.dataset.key = one.key;
  put(element.children[0], one.shown);
  put(element.children[1], one.word);
}

function facts(now) {
  const wind = typeof now.wind === "number" ? `${now.wind > 0 ? "+" : ""}${now.wind.toFixed(1)} m/s` : now.wind;
  return [
    feed.state.speed === 1 ? "" : `rehearsal × ${feed.state.speed}`,
    now.mute ? "times are not spoken" : "",
    now.wind === null ? "" : `wind ${wind}`,
    now.remaining_s ? `${clock(now.remaining_s)} to come` : "",
    now.time_of_day,
  ].filter(Boolean).join(" · ");
}

// Trouble speaks first; then a hold; else that all is well.
function state(trouble, now) {
  const troubles = [trouble, performance.now() < flashUntil ? `NOT HEARD: ${flash}` : "", ...(now?.troubles ?? [])].filter(Boolean);
  if (troubles.length) {
    const more = troubles.length > 1 ? `  (and ${troubles.length - 1} more)` : "";
    put($("state"), `▲ ${troubles[0]}${more}`, "trouble");
  } else if (now?.phase === "held") put($("state"), "❚❚ HOLD: nobody is called · H goes on", "held");
  else put($("state"), now ? "● all is well" : "waiting for the session", "");
}

function next(now, since_s) {
  const due = now.next;
  put($("who"), due?.athlete ?? nobody(now));
  $("who").style.setProperty("--n", Math.max($("who").textContent.length, 3));
  const [words, figure, how] = due ? goes(due, now.phase, since_s) : ["", "", ""];
  put($("words"), due ? words : $("who").textContent === "warm-up" ? "B begins, when the warm-up is over" : "");
  put($("when"), figure, how);
  $("when").style.setProperty("--d", Math.max(figure.length, 4));
  const ratio = due?.recovery_s ? Math.min(Math.max(1 - (due.ready_in_s - since_s) / due.recovery_s, 0), 1) : 0;
  $("bar").style.visibility = due?.recovery_s ? "" : "hidden";
  $("bar").firstChild.style.width = `${(100 * ratio).toFixed(1)}%`;
  const rests = due?.recovery_s ? [`recovery of ${clock(due.recovery_s)}`] : [];
  put($("recovery"), [...rests, ...paces(due?.at_400_s, due?.at_800_s)].join(" · "));
}

// What a rep takes at each pace that is known.
function paces(at_400_s, at_800_s) {
  const known = [["400", at_400_s], ["800", at_800_s]].filter(([, at_s]) => at_s);
  return known.map(([pace, at_s]) => `${pace} m pace ${at_s.toFixed(1)} s`);
}

function last(run) {
  put($("whose"), run?.athlete ?? "");
  put($("rep"), run && run.number !== null ? `rep ${run.number}` : "");
  put($("best"), run ? best(run) : "");
  const [sign, words, how] = run ? verdict(run) : ["", "no run yet", ""];
  put($("verdict"), `${sign} ${words}`.trim(), how);
  const timed = run && run.time_s !== null;
  put($("time"), timed ? `${digits(run)} s` : "", run?.doubtful ? "hollow" : "");
  put($("figures"), run ? figures(run) : "");
  fill($("remarks"), run ? remarks(run) : [], () => document.createElement("li"), (element, [text, kind]) => put(element, text, kind));
}

function remarks(run) {
  const found = [];
  if (run.state === "void") found.push(["void: it is run again", "doubt"]);
  if (run.by_hand && run.against_400)
    found.push([paces(run.against_400.at_pace_s, run.against_800?.at_pace_s).join(" · "), ""]);
  if (run.cut_short_s !== null) {
    const sure = run.recovery_95_s === null ? "" : ` ± ${run.recovery_95_s.toFixed(0)}`;
    found.push([`recovery cut short by ${run.cut_short_s.toFixed(0)}${sure} s`, "doubt"]);
  }
  found.push(...run.remarks.map((one) => [one, "doubt"]));
  if (run.marks.length) found.push([`marked: ${run.marks.join(", ").replaceAll("-", " ")}`, ""]);
  found.push(...run.advice.map((one) => [one, ""]));
  return found;
}

function aside(now, since_s) {
  const parts = [];
  if (now.tray.length) {
    const run = now.tray[0];
    parts.push(`unassigned ${now.tray.length}: ${run.time_s.toFixed(2)} s, ${since(run.ago_s + since_s)} ago, ${run.why} · A assigns`);
  }
  const out = now.rows.filter((row) => row.standing === "out");
  if (out.length) parts.push(`out: ${out.map((row) => row.athlete + (row.note ? ` (${row.note})` : "")).join(", ")}`);
  if (now.assumed_recovery_s !== null) parts.push(`assumed: ${clock(now.assumed_recovery_s)} recovery to come · + and − change it`);
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

// ---- what is pressed

function button() {
  const made = document.createElement("button");
  made.type = "button";
  made.append(document.createElement("kbd"), " ", document.createElement("span"));
  return made;
}

function athlete() {
  const made = button();
  made.append(" ", document.createElement("span"));
  return made;
}

function tableRow() {
  const made = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  made.append(name, document.createElement("td"), document.createElement("td"));
  return made;
}

function view(name) {
  for (const one of VIEWS) $(one).hidden = one !== name || !$(one).hidden;
  $("main").hidden = VIEWS.some((one) => !$(one).hidden);
  if (name === "phones" && !$("phones").hidden) phones();
}

async function phones() {
  const share = await (await fetch("/api/share")).json();
  put($("how"), share.board ? "The board, for phones in this network:" : share.on
    ? "This computer is in no network. Join one (a phone's hotspot will do) and start again."
    : "Only this computer can look. To let phones look, start it again with --share.");
  put($("address"), share.board);
  $("pin").replaceChildren();
  $("code").hidden = !share.board;
  if (share.board) {
    $("code").src = "/api/share.svg";
    const pin = document.createElement("b");
    pin.textContent = share.pin;
    $("pin").append(`To run the session from a phone: ${share.urls[0]}, PIN `, pin);
  }
}

async function post(path, body) {
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) });
    const got = await answer.json();
    if (!answer.ok) say(`? ${got.error}`);
    return answer.ok ? got : null;
  } catch {
    say("✖ not said: the station does not answer");
    return null;
  }
}

// One after the other: what is pressed before the answer has come waits for it, since it may ask.
let waiting = false;
let typed = [];
async function press(body) {
  waiting = true;
  const got = await post("/api/press", { page, ...body });
  waiting = false;
  if (got) {
    say(got.line || got.prompt);
    ask(got.ask);
  } else typed = [];
  while (typed.length && !waiting) take(typed.shift());
}

function key(name) {
  if (own.has(name)) own.get(name).act();
  else press({ key: name });
}

function ask(question) {
  asked = question;
  $("ask").hidden = !question;
  $("keys").hidden = Boolean(question);
  if (!question) { if (document.activeElement === $("answer")) $("answer").blur(); return; }
  put($("question"), question.question);
  $("answer").value = question.typed;
  fill($("choices"), [...question.at_once], button, (element, one) => {
    const row = /\d/.test(one) && feed.state.now.rows.find((row) => row.number % 10 === Number(one));
    element.dataset.answer = one;
    put(element.children[0], one.toUpperCase());
    put(element.children[1], row && /who|name/.test(question.question) ? row.athlete : "");
  });
  $("answer").focus({ preventScroll: true });
}

// A key, wherever it was pressed: into the answer where something is asked.
function take(name) {
  if (!asked) {
    if (name === "Escape") for (const one of VIEWS) if (!$(one).hidden) view(one);
    if (name === "Escape" || name.length === 1) key(name === "Escape" ? ESC : name.toLowerCase());
    return;
  }
  const answer = $("answer");
  if (name === "Escape") press({ key: ESC });
  else if (name === "Enter") press({ answer: answer.value });
  else if (name === " " && !answer.value) key(" ");
  else if (!answer.value && asked.at_once.includes(name.toLowerCase())) press({ answer: name.toLowerCase() });
  else if (name.length === 1) answer.value += name;
}

document.addEventListener("keydown", (event) => {
  const name = event.key, on = document.activeElement;
  if (event.ctrlKey && name === "z" && !on.value) { event.preventDefault(); take("u"); return; }
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.repeat && on !== $("answer") && !"+-".includes(name)) return;
  if (on?.tagName === "BUTTON" && (name === " " || name === "Enter")) return;
  if (name.length !== 1 && name !== "Escape" && name !== "Enter") return;
  const plain = on === $("answer") && name.length === 1;
  if (plain && !waiting && (on.value || name !== " " && !asked?.at_once.includes(name.toLowerCase()))) return;
  event.preventDefault();
  if (waiting) typed.push(name);
  else take(name);
});

// A button that was tapped keeps no focus: the next Space is "rep done".
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("button")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const on = event.target.closest("button");
  if (!on) return;
  if (on.dataset.answer) press({ answer: on.dataset.answer });
  else if (on.dataset.key) key(on.dataset.key);
  else if (on.dataset.athlete) post("/api/do", { command: "pick", athlete: on.dataset.athlete });
  else if (on.id === "cancel") press({ key: ESC });
});
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  press({ answer: $("answer").value });
});

// The PIN that let this page in may be of an earlier session.
async function refused() {
  const answer = await fetch("/api/share").catch(() => null);
  if (answer?.status === 403) location.reload();
}
