// Trackside: what was that run, who is next, when? Each button is a key.

import { $, Feed, best, clock, digits, figures, fill, goes, look, nobody, put, ran, since,
  status, stayAwake, verdict } from "/feed.js";
import { Hands, button } from "/hands.js";

const VIEWS = ["runs", "all", "phones"];
const FLASH_MS = 2400, BLINK_MS = 400; // slower than what harms: three a second (WCAG 2.3.1)
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
let said = "";   // what the last key had to say for itself
let flash = "", flashUntil = 0;

const PAGES_OWN = [
  ["?", "all keys", "all keys", () => view("all")],
  ["D", "runs", "the runs done so far", () => view("runs")],
  ["P", "phones", "how phones join; the PIN", () => view("phones")],
  ["Z", "night", "night or sun", look(null, "sun")],
].map(([shown, word, meaning, act]) => ({ key: shown.toLowerCase(), shown, word, meaning, act }));
const own = new Map(PAGES_OWN.map((one) => [one.key, one]));
own.set("Escape", { act: () => view("") });

stayAwake();
fill($("own-keys"), PAGES_OWN, button, (element, one) => showKey(element, one, one.word));
const feed = new Feed("/api/events?as=coach", { show, told, refused });
new Hands({ own, say, rows: () => feed.state.now.rows });
fetch("/api/keys").then((answer) => answer.json()).then((keys) => {
  const all = [...keys.filter((one) => !own.has(one.key)), ...PAGES_OWN];
  fill($("all"), all, button, (element, one) => showKey(element, one, one.meaning));
});

function show() {
  const now = feed.state?.now;
  const trouble = feed.lost;
  document.body.classList.toggle("lost", Boolean(trouble));
  const left = flashUntil - performance.now();
  const lit = left > 0 && !isCalm.matches && Math.ceil(left / BLINK_MS) % 2 === 1;
  document.documentElement.classList.toggle("flash", lit);
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
  fill($("session-keys"), of_session, button, (element, one) => showKey(element, one, one.word));
  fill($("table"), now.rows, tableRow, (element, row) => {
    put(element.children[0], `${row.number} ${row.athlete}`);
    put(element.children[1], `${row.done} of ${row.planned}`);
    fill(element.children[2], row.ran, span, (cell, it) => put(cell, ...ran(it)));
  });
}

function showKey(element, one, word) {
  element.dataset.key = one.key;
  put(element.children[0], one.shown);
  put(element.children[1], word);
}

function facts(now) {
  let { wind } = now;
  if (typeof wind === "number") wind = `${wind > 0 ? "+" : ""}${wind.toFixed(1)} m/s`;
  return [
    feed.state.speed === 1 ? "" : `rehearsal × ${feed.state.speed}`,
    now.mute ? "times are not spoken" : "",
    wind === null ? "" : `wind ${wind}`,
    now.remaining_s ? `${clock(now.remaining_s)} to come` : "",
    now.time_of_day,
  ].filter(Boolean).join(" · ");
}

// Trouble speaks first; then a hold; else that all is well.
function state(trouble, now) {
  const unheard = performance.now() < flashUntil ? [flash] : [];
  const wrong = [...unheard, ...(now?.troubles ?? [])].map((one) => `▲ ${one}`);
  const troubles = trouble ? [trouble, ...wrong] : wrong;
  if (troubles.length) {
    const more = troubles.length > 1 ? `  (and ${troubles.length - 1} more)` : "";
    put($("state"), `${troubles[0]}${more}`, feed.over ? "held" : "trouble");
  } else if (now?.phase === "held")
    put($("state"), "❚❚ HOLD: nobody is called · H goes on", "held");
  else put($("state"), now ? "● all is well" : "waiting for the session", "");
}

function next(now, since_s) {
  const due = now.next;
  put($("who"), due?.athlete ?? nobody(now));
  $("who").style.setProperty("--n", Math.max($("who").textContent.length, 3));
  const warmUp = ["before", "warm-up"].includes(now.phase) ? "B begins, when it is over" : "";
  const [words, figure, how] = due ? goes(due, now.phase, since_s) : [warmUp, "", ""];
  put($("words"), words);
  put($("when"), figure, how);
  $("when").style.setProperty("--d", Math.max(figure.length, 4));
  const to_come = due?.recovery_s ? (due.ready_in_s - since_s) / due.recovery_s : 1;
  const ratio = Math.min(Math.max(1 - to_come, 0), 1);
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
  const item = () => document.createElement("li");
  fill($("remarks"), run ? remarks(run) : [], item, (element, remark) => put(element, ...remark));
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
    const run = now.tray[0], ago = since(run.ago_s + since_s);
    const what = `${run.time_s.toFixed(2)} s, ${ago} ago, ${run.why}`;
    parts.push(`unassigned ${now.tray.length}: ${what} · A assigns`);
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

function span() {
  return document.createElement("span");
}

function athlete() {
  const made = button();
  made.append(" ", span());
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

// The PIN that let this page in may be of an earlier session.
async function refused() {
  const answer = await fetch("/api/share").catch(() => null);
  if (answer?.status === 403) location.reload();
}
