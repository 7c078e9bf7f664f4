// The workout and its group: what is chosen here is planned, drawn, kept and begun by the station.

import { $, Feed, clock, fill, put, since } from "/feed.js";
import { sortable } from "/order.js";
import { ask, pages, say } from "/page.js";
import { leave } from "/way.js";

const TYPING_MS = 250; // a plan is drawn when nobody has typed for so long
const SETTLES_MS = 1500; // until the station shows the order that was dragged
let roster = [], undone = [], edited = null, saving = Promise.resolve(), changes = 0;
let timer = 0, drawing = 0, movedAt = -SETTLES_MS, wasOn = null, lost = "";

pages();
const feed = new Feed("/api/events?as=coach", { show, told });
sortable($("roster"), (names) => keep(() => names.map(named)));
const sessionOrder = sortable($("order"), (names) => {
  movedAt = performance.now();
  command({ command: "reorder", athletes: names });
});

function make(tag, ...inside) {
  const made = document.createElement(tag);
  made.append(...inside);
  return made;
}

function press(text, act, name = text) {
  const made = make("button", text);
  made.type = "button";
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  return made;
}

const named = (name) => roster.find((one) => one.name === name);

// Between sessions: what is chosen.

async function open() {
  const all = await ask("/api/workout");
  if (!all) return;
  const { asked } = all;
  $("notation").value = asked.workout;
  $("kind").value = asked.kind ?? "";
  $("say").value = asked.say;
  $("spacing").value = asked.call_spacing_s;
  $("factor").value = asked.sprinter_factor;
  $("warm-up").checked = asked.warm_up;
  fill($("known"), all.library, known, (item, one) => item.show(one));
  put($("timed"), all.timed);
  $("again").hidden = !all.again;
  put($("again-said"), all.again?.said ?? "");
  $("go-on").classList.toggle("first", Boolean(all.again) && !all.again.ended);
  roster = all.roster;
  put($("broken"), all.broken);
  if (!roster.length && !all.broken && !feed.state.now) edit(null);
  showRoster();
}

function asked() {
  return {
    workout: $("notation").value,
    kind: $("kind").value || null,
    say: $("say").value,
    call_spacing_s: Number($("spacing").value),
    sprinter_factor: Number($("factor").value),
    warm_up: $("warm-up").checked,
  };
}

function known() {
  const head = make("h2"), choices = make("div");
  const group = make("section", head, choices);
  group.show = (kind) => {
    head.replaceChildren(`${kind.title} `, make("small", `for ${kind.purpose}`));
    fill(choices, kind.workouts, workout, (button, one) => button.show(one));
  };
  return group;
}

function workout() {
  const name = make("b"), about = make("small");
  const button = press("", () => {
    $("notation").blur(); // what is given up by Esc is what was typed
    $("notation").value = name.textContent;
    $("kind").value = "";
    draw();
  });
  button.replaceChildren(name, about);
  button.removeAttribute("aria-label");
  button.show = (one) => {
    button.dataset.name = one.name;
    put(name, one.name);
    put(about, one.about);
    button.title = one.notation;
  };
  return button;
}

async function draw() {
  for (const one of $("known").querySelectorAll("button"))
    one.setAttribute("aria-pressed", String(one.dataset.name === $("notation").value.trim()));
  const wide_px = $("drawing").clientWidth;
  const mine = ++drawing, isLatest = () => mine === drawing;
  const drawn = await ask("/api/workout/plan", { asked: asked(), wide_px },
    (said) => isLatest() && mistaken(said));
  if (!drawn || !isLatest()) return;
  mistaken(drawn.said ?? "", drawn.wrong);
  if (drawn.wrong) return;
  if (!drawn.kind) { $("kind").closest("details").open = true; return; }
  put($("title"), drawn.title);
  put($("total"), drawn.total);
  fill($("sets"), drawn.sets, () => make("li"), (item, one) => {
    const parts = one.reps.flatMap((rep) => [make("b", rep.distance), make("span", rep.rest)]);
    item.replaceChildren(...parts, ...(one.after ? [make("small", `then ${one.after}`)] : []));
  });
  $("drawing").innerHTML = drawn.svg; // the station's own, its text escaped
  const notes = drawn.trouble ? [drawn.trouble, ...drawn.notes] : drawn.notes;
  fill($("notes"), notes, () => make("li"), (item, note) =>
    put(item, note, note === drawn.trouble ? "trouble-note" : ""));
}

function mistaken(said, wrong) {
  put($("mistake"), said);
  const place = wrong ? [wrong[0], make("mark", wrong[1]), wrong[2]] : [];
  $("place").replaceChildren(...place);
  $("notation").setAttribute("aria-invalid", String(Boolean(said)));
  $("start").disabled = Boolean(said);
  for (const id of ["sets", "drawing"]) $(id).classList.toggle("still", Boolean(said));
}

for (const id of ["notation", "kind", "spacing", "factor"])
  $(id).addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(draw, TYPING_MS);
  });
addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(draw, TYPING_MS); });

$("start").addEventListener("click", () => begin("/api/workout/start", asked()));
$("go-on").addEventListener("click", () => begin("/api/workout/again", {}));

async function begin(path, sent) {
  const begun = await ask(path, sent);
  if (begun) leave("/", begun.said);
}

// The roster.

// Keep what becomes of all athletes: one change after the other.
function keep(change, goesBack = false) {
  changes += 1;
  saving = saving.then(async () => {
    const before = roster;
    const kept = await ask("/api/workout/roster", { athletes: change(before) });
    if (kept) {
      if (!goesBack) undone.push(before);
      roster = kept.roster;
      say("");
    }
    changes -= 1;
    if (!changes) showRoster(); // or what was moved meanwhile would jump back and forth
    return Boolean(kept);
  });
  return saving;
}

function showRoster() {
  let place = 0;
  fill($("roster"), roster, athlete, (item, one) => {
    item.dataset.name = one.name;
    const here = one.here ?? true;
    item.classList.toggle("absent", !here);
    item.show(one, here, here ? String(++place) : "");
  });
  $("undo").disabled = !undone.length;
  draw();
}

function athlete() {
  const [name, about, place] = ["b", "small", "span"].map((tag) => make(tag));
  place.className = "place";
  const here = make("input");
  here.type = "checkbox";
  const item = make("li");
  const mine = () => item.dataset.name;
  here.addEventListener("change", () => keep((all) => all.map((one) =>
    one.name === mine() ? { ...one, here: here.checked } : one)));
  const who = make("span", name, about);
  who.className = "who";
  const handle = grip();
  const change = press("✎", () => edit(named(mine())));
  item.append(handle, here, place, who, change);
  item.show = (one, isHere, number) => {
    here.checked = isHere;
    here.setAttribute("aria-label", `${one.name} is here`);
    put(place, number);
    put(name, one.name);
    put(about, [
      one.time_400_s ? `400 m ${one.time_400_s}` : "no 400 m time",
      one.time_800_s ? `800 m ${one.time_800_s}` : "",
      one.sprinter ? "400 m sprinter" : "",
    ].filter(Boolean).join(" · "));
    label(item, one.name);
    change.setAttribute("aria-label", `change ${one.name}`);
  };
  return item;
}

function grip() {
  const handle = press("☰", () => {});
  handle.className = "handle";
  return handle;
}

function label(item, name) {
  item.querySelector(".handle").setAttribute("aria-label", `${name}: one up`);
}

function edit(one) {
  edited = one;
  say("");
  const form = $("athlete");
  form.hidden = false;
  form.reset();
  put($("whose"), one ? one.name : "A new athlete");
  $("remove").hidden = !one;
  write(form, one);
  form.elements.name.focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
}

function write(form, one) {
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") field.checked = Boolean(one?.[field.name]);
    else field.value = one?.[field.name] ?? "";
  }
  form.querySelector("details").open = Boolean(one?.time_800_s || one?.initials || one?.run_in_s);
}

function row(form) {
  const got = Object.fromEntries(new FormData(form));
  const row = { name: got.name };
  for (const key of ["time_400_s", "time_800_s", "initials"]) if (got[key]) row[key] = got[key];
  if (got.run_in_s) row.run_in_s = Number(got.run_in_s);
  if (got.sprinter) row.sprinter = true;
  return row;
}

$("add").addEventListener("click", () => edit(null));
$("close").addEventListener("click", () => {
  say("");
  $("athlete").hidden = true;
  $("add").focus();
});
$("undo").addEventListener("click", async () => {
  const before = undone.pop();
  if (before) await keep(() => before, true);
});
$("remove").addEventListener("click", async () => {
  if (await keep((all) => all.filter((one) => one.name !== edited.name))) $("close").click();
});
$("athlete").addEventListener("submit", async (event) => {
  event.preventDefault();
  const new_ = row(event.target);
  if (edited && edited.here === false) new_.here = false;
  const old = edited;
  if (!old) edit(null); // the next can be typed while this one is kept
  const kept = await keep((all) => old
    ? all.map((one) => one.name === old.name ? new_ : one) : [...all, new_]);
  const form = event.target, { name } = form.elements;
  if (kept && old) $("close").click();
  if (kept || form.hidden || edited !== old) return;
  if (!old && !name.value) write(form, new_);
  name.focus();
});
// Esc leaves it, and so does Enter where nobody is named.
$("athlete").addEventListener("keydown", (event) => {
  const isOver = event.key === "Enter" && event.target.name === "name" && !event.target.value.trim();
  if (event.key !== "Escape" && (!isOver || edited)) return;
  event.preventDefault();
  $("close").click();
});

// During a session: who runs in which order, whose a run was, who comes and goes.

function show() {
  const now = feed.state?.now;
  if (!feed.state) return;
  $("between").hidden = Boolean(now);
  $("during").hidden = !now;
  if (feed.lost !== lost) say(lost = feed.lost, Boolean(lost));
  if (wasOn !== Boolean(now)) { wasOn = Boolean(now); open(); }
  if (!now) return;
  put($("headline"), now.headline);
  put($("news"), feed.state.news.at(-1) ?? "");
  if (!sessionOrder.isHeld && performance.now() > movedAt + SETTLES_MS)
    fill($("order"), now.rows, member, (item, one) => item.show(one));
  $("no-tray").hidden = now.tray.length > 0;
  fill($("tray"), now.tray, aside, (item, one) => item.show(one, now.rows));
  const here = new Set(now.rows.map((one) => one.athlete));
  const late = roster.filter((one) => !here.has(one.name));
  fill($("late"), late, () => press("", join), (button, one) => {
    button.dataset.name = one.name;
    put(button, `+ ${one.name}`);
    button.setAttribute("aria-label", `${one.name} joins`);
  });
}

function told(event) {
  if (event.event === "refused") say(event.said, true);
}

async function command(sent) {
  say("");
  await ask("/api/do", sent);
}

function member() {
  const [name, about, place] = ["b", "small", "span"].map((tag) => make(tag));
  place.className = "place";
  const who = make("span", name, about);
  who.className = "who";
  const item = make("li");
  const handle = grip();
  const goes = press("", () => command({
    command: goes.dataset.does, athlete: item.dataset.name,
  }));
  item.append(handle, place, who, goes);
  item.show = (one) => {
    item.dataset.name = one.athlete;
    const out = one.standing === "out";
    item.classList.toggle("absent", out);
    put(place, String(one.number));
    put(name, one.athlete);
    const standing = { in: "", away: "runs", out: "has stopped", unknown: "" }[one.standing];
    put(about, [`${one.done} of ${one.planned} reps`, standing, one.note].filter(Boolean).join(" · "));
    put(goes, out ? "is back" : "stops");
    goes.dataset.does = out ? "rejoin" : "withdraw";
    goes.setAttribute("aria-label", `${one.athlete} ${goes.textContent}`);
    label(item, one.athlete);
  };
  return item;
}

function aside() {
  const [time, about] = ["b", "p"].map((tag) => make(tag));
  const whose = make("div");
  whose.className = "row";
  const none = press("void: nobody's", () =>
    command({ command: "void", rep: Number(item.dataset.rep) }));
  const look = make("a", "look at it");
  const item = make("li", time, about, whose, none, look);
  item.show = (one, rows) => {
    item.dataset.rep = one.rep;
    look.href = `/review?rep=${one.rep}`;
    put(time, one.text);
    put(about, `${since(one.ago_s + feed.since_s)} ago: ${one.why}. Whose was it?`);
    fill(whose, rows, () => press("", (event) => command({
      command: "assign", athlete: event.currentTarget.textContent, rep: Number(item.dataset.rep),
    })), (button, row) => {
      put(button, row.athlete);
      button.setAttribute("aria-label", `it was ${row.athlete}'s`);
    });
  };
  return item;
}

function join(event) {
  ask("/api/workout/join", named(event.currentTarget.dataset.name));
}

$("take-back").addEventListener("click", () => command({ command: "undo" }));
$("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const joined = await ask("/api/workout/join", row(form));
  if (!joined) return;
  ({ roster } = joined);
  form.reset();
});
