// The board: the session for all who stand around. Nothing is pressed here but what is one's own.

import { $, Feed, canStayAwake, cell, fill, goes, lastOf, make, nobody, put, status, stayAwake }
  from "/feed.js";
import { Calls } from "/calls.js";
import { look } from "/look.js";
import { pressed } from "/way.js";

look("auto", $("look"));
document.addEventListener("keydown", pressed);

let me = localStorage.getItem("me") ?? "";
const calls = new Calls($("sound"));
stayAwake();
const feed = new Feed("/api/events", { show, told: (event) => calls.hear(event, feed) });

$("me").addEventListener("change", () => {
  me = $("me").value;
  localStorage.setItem("me", me);
  show();
});

function show() {
  const said = feed.lost;
  put($("lost"), said);
  $("lost").hidden = !said;
  $("lost").classList.toggle("trouble", !feed.over);
  calls.warn(Boolean(said) && !feed.over);
  document.body.classList.toggle("still", Boolean(said) && !feed.over);
  const now = feed.seen;
  if (!now) { put($("headline"), "No session has begun yet"); return; }
  const { since_s } = feed;
  put($("headline"), now.phase === "held" ? `${now.headline} · HOLD` : now.headline);
  put($("goes"), now.phase === "over" ? "Best" : "Goes in");
  names(now.rows);
  const mine = now.rows.find((row) => row.athlete === me);
  document.body.classList.toggle("me", Boolean(mine) && now.last?.athlete !== me);
  document.body.classList.toggle("alone", Boolean(mine));
  next(now, mine, since_s);
  last(lastOf(now, since_s));
  document.documentElement.style.setProperty("--rows", now.rows.length);
  fill($("rows"), now.rows, row, (element, one) => {
    element.classList.toggle("next", one.athlete === now.next?.athlete);
    element.classList.toggle("mine", one === mine);
    const [name, when, reps] = element.children;
    put(name, one.athlete);
    const [said, how] = status(now, one, since_s);
    put(when, said.replace("best ", ""), how);
    when.classList.add("when");
    fill(reps, one.ran, () => make("span"), (rep, it) => put(rep, cell(it), it.look));
  });
  if (!said) calls.look(now, since_s, feed.state.speed);
  $("hint").hidden = canStayAwake || !calls.on;
}

function next(now, mine, since_s) {
  const due = mine ? [now.next, ...now.then].find((one) => one?.athlete === me) : now.next;
  put($("next-word"), mine ? "YOU" : now.phase === "over" ? "" : "NEXT");
  const [instead, figure] = nobody(now, since_s);
  put($("who"), due?.athlete ?? mine?.athlete ?? instead);
  $("who").style.setProperty("--n", Math.max($("who").textContent.length, 4));
  if (due) {
    const [words, digits, how] = goes(due, now.phase, since_s);
    put($("words"), mine ? toYou(words) : words);
    put($("when"), digits, how);
  } else {
    put($("words"), "");
    put($("when"), ...(mine ? status(now, mine, since_s) : [figure, ""]));
  }
}

const toYou = (words) =>
  words.replace("goes", "go").replace("was ", "were ").replace("is ", "are ");

function last(run) {
  put($("last-word"), run.now ? "NOW" : "LAST");
  put($("whose"), run.whose);
  put($("best"), run.best);
  put($("verdict"), run.verdict, run.look);
  put($("time"), run.digits && `${run.digits} s`, run.hollow ? "hollow" : "");
  $("time").style.setProperty("--n", Math.max($("time").textContent.length, 6));
  put($("figures"), run.figures);
}

function row() {
  const made = make("tr"), name = make("th");
  name.scope = "row";
  made.append(name, make("td"), make("td"));
  made.lastChild.className = "reps";
  return made;
}

function names(rows) {
  const known = [...$("me").options].slice(1).map((one) => one.value);
  const wanted = rows.map((one) => one.athlete);
  if (known.join("\n") === wanted.join("\n")) return;
  const each = wanted.map((one) => new Option(one, one));
  $("me").replaceChildren(new Option("everybody", ""), ...each);
  $("me").value = wanted.includes(me) ? me : "";
}
