// Set-up: a walk from left to right. What is green and what comes next, the station says.

import { $, put } from "/feed.js";
import { shown } from "/keymap.js";
import { ask, pages, say } from "/page.js";
import { Cones, EDGES, NAMES } from "/setup-cones.js";
import { choice, faint, lines } from "/setup-lists.js";

const LOOK_MS = 1000, SOON_MS = 300, TYPING_MS = 200, LIVE_MS = 120;
const STEPS = [["see", "See"], ["place", "Place"], ["try", "Try"], ["hear", "Hear"]];
let state = null, devices = null, step = "", frozen = null, timer = 0, lookTimer = 0, filled = false;
let leftwards = false; // which way runs go
let judged = 0; // how often the cones were judged
let side = 2; // whose picture is frozen, where each marker has a camera
let touched = false; // whether the coach has moved a cone
let lost = false; // whether the station did not answer

pages();
const cones = new Cones($("picture"), $("magnifier"), () => { touched = true; moved(); });
for (const [at, [name, word]] of STEPS.entries()) {
  const item = document.createElement("li"), button = document.createElement("button");
  button.id = `step-${name}`;
  button.dataset.key = String(at + 1);
  const [title, said] = [document.createElement("b"), document.createElement("small")];
  title.innerHTML = `<kbd>${at + 1}</kbd> ${word}`;
  button.append(title, said);
  button.addEventListener("click", () => go(name));
  item.append(button);
  $("steps").append(item);
}

// The state

async function look() {
  clearTimeout(timer);
  const got = await ask("/api/setup", undefined, (words) => { lost = true; say(words, true); });
  if (take(got) && lost) { lost = false; say(""); }
  timer = setTimeout(look, state?.try.on || state?.hear.on || state?.zero.on || state?.clocks.on ? SOON_MS : LOOK_MS);
}

/** Have the station do it; what it refused before is gone once it does something. */
async function act(path, sent = {}) {
  const done = take(await ask(path, sent));
  if (done) say("");
  return done;
}

function take(got) {
  if (!got) return false;
  state = got;
  $("again").hidden = !state.last;
  put($("again-said"), state.last);
  put($("broken"), state.broken);
  $("broken").hidden = !state.broken;
  put($("chosen"), state.session ? "A session is on: after a bump the cones are placed anew here." : `Next session: ${state.chosen}`);
  for (const one of state.steps) {
    const button = $(`step-${one.name}`);
    button.className = one.state;
    put(button.lastChild, one.said);
  }
  if (!filled) fillFields();
  lines($("tried"), state.try.lines.toReversed());
  $("zero").hidden = !state.zero.can;
  put($("zero-said"), state.zero.said);
  lines($("zeroed"), state.zero.lines.toReversed());
  $("compare").innerHTML = `<kbd>${shown("z")}</kbd> ${state.zero.on ? "enough" : state.zero.known ? "compare them again" : "compare them: I walk or run 5 times"}`;
  $("holds").hidden = !state.zero.since;
  lines($("flashes"), state.clocks.lines);
  put($("clocks-said"), state.clocks.said);
  $("clocks").hidden = !state.camera3 || Boolean(state.session);
  $("flash").innerHTML = `<kbd>${shown("f")}</kbd> ${state.clocks.on ? "enough flashes" : state.clocks.known ? "flash at both again" : "I flash at both now"}`;
  $("flash").classList.toggle("first", !state.clocks.known);
  $("swap").hidden = !state.camera3;
  $("sides").hidden = !state.apart;
  for (const one of [2, 3]) {
    $(`at${one}`).hidden = !state.camera3;
    $(`side-${one}`).setAttribute("aria-pressed", one === side);
  }
  lines($("sounds"), state.hear.lines);
  $("walk").innerHTML = `<kbd>${shown("s")}</kbd> ${state.try.on ? "enough" : "watch me walk through"}`;
  $("walk").classList.toggle("first", !isGood("try"));
  $("walk").hidden = Boolean(state.try.lacks);
  put($("lacks"), state.try.lacks);
  $("play").disabled = state.hear.on;
  $("heard").setAttribute("aria-pressed", isGood("hear"));
  if (!step) go(state.session ? "place" : state.urged === "place" && state.camera ? "place" : "see");
  next();
  return true;
}

const isGood = (name) => state.steps.find((one) => one.name === name)?.state === "good";

// The steps

function go(name) {
  if (step) say("");
  step = name;
  for (const [one] of STEPS) {
    $(one).hidden = one !== name;
    $(`step-${one}`).toggleAttribute("aria-current", one === name);
  }
  if (name === "place" && !frozen) freeze();
  if (name === "see") site();
  live();
  naming();
  next();
}

function next() {
  const after = STEPS[STEPS.findIndex(([name]) => name === step) + 1];
  const done = state && isGood(step);
  $("stands").hidden = step !== "place";
  $("stands").classList.toggle("first", !done);
  $("next").hidden = !after || state?.session;
  if (after) $("next").innerHTML = `<kbd>&gt;</kbd> next: ${after[1].toLowerCase()}`;
  $("next").classList.toggle("first", Boolean(done));
  $("to-workout").classList.toggle("first", !after && Boolean(done));
  $("to-workout").href = state?.session ? "/" : "/workout";
  $("to-workout").innerHTML = state?.session ? "<kbd>⇧T</kbd> Trackside" : "<kbd>⇧W</kbd> to the workout";
}

$("next").addEventListener("click", () => go(STEPS[STEPS.findIndex(([name]) => name === step) + 1][0]));
$("as-last").addEventListener("click", async () => {
  frozen = null;
  filled = false;
  side = 2;
  if (!await act("/api/setup/last")) return;
  go(state.camera ? "place" : "hear");
  if (state.unasked) $("ask").click();
});

// See

async function plugged(path, sent) {
  devices = await ask(path, sent) ?? devices;
  choices();
}

function choices() {
  if (!devices) return;
  const { camera = "", camera3 = "" } = state ?? {};
  // Without its first camera a pair is none.
  cameras($("cameras"), camera, camera3, (to) => see(to ? { camera: to } : { camera: "", camera3: "" }));
  cameras($("cameras3"), camera3, camera, (to) => see({ camera3: to }));
  if (camera3) $("second").open = true;
  const gates = devices.gates.map((one) => {
    const used = state?.gates.includes(one.port);
    const ports = used ? state.gates.filter((port) => port !== one.port) : [...(state?.gates ?? []), one.port];
    return choice(one.said, used, async () => {
      await see({ ports, protocol: one.protocol });
      if (state.unasked) $("ask").click();
    });
  });
  $("gates-said").hidden = gates.length < 2;
  $("gates").replaceChildren(...(gates.length ? gates : [faint("No gate is plugged in.")]));
}

function cameras(list, chosen, other, act) {
  const found = devices.cameras.filter((one) => one.camera !== other);
  const made = found.map((one) => choice(one.name, one.camera === chosen, () => act(one.camera === chosen ? "" : one.camera)));
  if (chosen && !found.some((one) => one.camera === chosen)) made.push(choice(chosen, true, () => act("")));
  list.replaceChildren(...(made.length ? made : [faint(`No ${other ? "other " : ""}camera is plugged in.`)]));
}

async function see(given) {
  frozen = null;
  side = 2;
  const sent = { camera: state?.camera ?? "", camera3: state?.camera3 ?? "", ports: state?.gates ?? [], ...given };
  if (await act("/api/setup/see", sent)) { choices(); live(); site(); }
}

$("other").addEventListener("submit", (event) => {
  event.preventDefault();
  see({ camera: $("address").value.trim() });
});
$("other3").addEventListener("submit", (event) => {
  event.preventDefault();
  see({ camera3: $("address3").value.trim() });
});
$("asks").addEventListener("submit", (event) => {
  event.preventDefault();
  see({ camera_fps: Number($("fps").value), camera_size: $("size").value });
});
$("swap").addEventListener("click", async () => {
  frozen = null;
  if (await act("/api/setup/swap")) { choices(); live(); }
});
$("flash").addEventListener("click", async () => { if (await act("/api/setup/flash", { on: !state.clocks.on })) { await look(); $("clocks").scrollIntoView(); } });
$("ask").addEventListener("click", async () => {
  say("Asking each port what it is: some seconds…");
  await plugged("/api/setup/ask", {});
  await look();
  say("");
});

let shows = 0; // which of the pictures asked for is the newest
function live() {
  const name = { see: "live", try: "watched" }[step];
  shows += 1;
  for (const one of ["live", "live3", "watched", "watched3"]) {
    const used = name && one.startsWith(name) && (one.endsWith("3") ? state?.camera3 : state?.camera);
    if (used) { show($(one), one.endsWith("3") ? 3 : 2); continue; }
    $(one).removeAttribute("src");
    $(one).hidden = true;
  }
  $("nothing").hidden = Boolean(state?.camera);
}

function show(wanted, marker) {
  const turn = shows;
  const again = () => {
    if (turn !== shows) return;
    const loading = new Image();
    loading.onload = () => {
      if (turn !== shows) return;
      wanted.src = loading.src;
      wanted.hidden = false;
      setTimeout(again, LIVE_MS);
    };
    loading.onerror = () => setTimeout(again, LOOK_MS);
    loading.src = `/api/setup/picture.jpg?marker=${marker}&${performance.now()}`;
  };
  again();
}

async function site() {
  const wide = Math.floor($("site").clientWidth);
  if (!wide || !$("site-fly").value || !$("view").value) return;
  const got = await ask(`/api/setup/site?wide=${wide}&fly=${$("site-fly").value}&view=${$("view").value}`);
  if (!got) return;
  say("");
  $("site").innerHTML = got.drawing;
  put($("stand"), got.said);
}

$("lens").addEventListener("change", () => { if ($("lens").value) $("view").value = $("lens").value; site(); });
$("view").addEventListener("input", () => { $("lens").value = ""; site(); });
$("site-fly").addEventListener("input", () => { $("fly").value = $("site-fly").value; site(); });
new ResizeObserver(site).observe($("site"));

// Place

function fillFields() {
  filled = true;
  const { place } = state;
  const option = (value, text) => new Option(text, value);
  $("lens").replaceChildren(...state.lenses.map((one) => option(one.view_deg, `${one.name}: ${one.view_deg}°`)), option("", "another"));
  $("by").replaceChildren(...state.measured.map((one) => option(one.by, `${one.name} (${one.good_to})`)));
  $("view").value ||= $("lens").value;
  $("fps").value = state.asked.fps;
  $("size").value = state.asked.size;
  $("fly").value = $("site-fly").value = place.fly_m;
  $("by").value = place.fly_by;
  measure(place);
}

async function freeze() {
  const camera = state?.camera || state?.session;
  $("frame").hidden = $("tools").hidden = !camera;
  put($("place-said"), camera ? "" : "Without a camera the zone's length is all there is to say.");
  naming();
  if (!camera) return;
  const got = state.waits[side] ? say(state.waits[side]) : await ask("/api/setup/freeze", { marker: side });
  if (!got) { setTimeout(() => step === "place" && !frozen && freeze(), SOON_MS); return; }
  say("");
  // Cones that were dragged and not yet taken stay where they are on a new picture of this camera.
  const isKept = frozen && cones.moved && String(frozen.picture_px) === String(got.picture_px);
  frozen = got;
  if (isKept) {
    cones.show(pictured(), got.picture_px, cones.points);
    cones.moved = true;
    put($("place-said"), "A new picture; the cones are where you put them on the last: check each.");
    moved();
    return;
  }
  const [width, height] = got.picture_px;
  const at = got.markers.length > 1 ? [.1, .9] : [.5, .5];
  const usual = at.map((one, place) => got.markers.includes(place + 2) ? [[one * width, .6 * height], [(one + .02) * width, .57 * height]] : []);
  if (got.markers.length < 2) {
    measure(got.measured ?? {});
    $("measures").firstElementChild.open = true; // one marker's cones do not say how long a metre is
  }
  if (got.towards) leftwards = got.towards === "left";
  const known = got.cones.length > 0;
  put($("place-said"), !known ? "Looking for cones…" : state.session ? "The cones as they are taken: were they or the camera moved?" : "The cones as they were placed: do they still stand there?");
  const edges = EDGES.map((name, place) => [name, got.lane_line[place] ?? null]);
  $("edge-too").hidden = got.markers.length > 1;
  $("edge").checked = got.lane_line.length > 1;
  cones.show(pictured(), got.picture_px, { ...pointsOf(known ? got.cones : usual), ...Object.fromEntries(edges) });
  touched = known;
  naming();
  moved();
  if (known) return;
  const found = await ask("/api/setup/propose", { marker: side });
  if (!found || frozen !== got) return;
  put($("place-said"), found.cones.length ? "Cones that the picture seems to show: check each." : `Drag the ${got.markers.length > 1 ? "four" : "two"} pins to the cones.`);
  if (found.cones.length && !touched) cones.set({ ...cones.points, ...pointsOf(found.cones) });
}

const pictured = () => `/api/setup/frozen.jpg?marker=${side}&${frozen.picture}`;

/** To the picture of the camera that sees a marker. */
function turn(to) {
  side = to;
  frozen = null;
  take(state);
  freeze();
}

function measure(known) {
  $("distance").value = known.camera_distance_m ?? "";
  $("height").value = known.camera_height_m ?? "";
  $("width").value = known.lane_width_m ?? 1.22;
}

function pointsOf([first, last]) {
  if (first.length && last.length) leftwards = first[0][0] > last[0][0];
  $("far").checked = first.length > 1 || last.length > 1;
  return Object.fromEntries(NAMES.map((name, at) => [name, [first, last][at >> 1][at & 1] ?? null]));
}

function naming() {
  const doubt = state?.steps.find((one) => one.name === "place")?.state === "doubt";
  $("stands").innerHTML = `<kbd>Space</kbd> ${!frozen ? "that is the zone" : doubt ? "yes, the cones stand so" : "the cones stand so"}`;
  $("way").innerHTML = `<kbd>⇧D</kbd> runs go ${leftwards ? "← to the left" : "→ to the right"}`;
}

function placed() {
  const of = (marker) => ["near", "far"].map((one) => cones.points[`${marker} ${one}`]).filter(Boolean);
  const number = (id) => $(id).value === "" ? null : Number($(id).value);
  return {
    fly_m: number("fly") ?? 0,
    fly_by: $("by").value,
    marker2: frozen ? of(2) : [],
    marker3: frozen ? of(3) : [],
    lane_line: frozen ? EDGES.map((name) => cones.points[name]).filter(Boolean) : [],
    towards: frozen?.markers.length === 1 ? (leftwards ? "left" : "right") : null,
    lane_width_m: number("width") ?? 1.22,
    camera_distance_m: number("distance"),
    camera_height_m: number("height"),
  };
}

function moved() {
  const at = cones.points[cones.selected];
  put($("at"), at ? `${cones.selected}: ${at.map((one) => one.toFixed(1)).join(", ")}` : "");
  clearTimeout(lookTimer);
  lookTimer = setTimeout(judge, TYPING_MS);
}

async function judge() {
  if (!frozen || !$("fly").value) return;
  const asked = placed(), turn = judged += 1;
  let why = "";
  const got = await ask("/api/setup/look", asked, (said) => { why = said; });
  if (turn !== judged) return; // an answer to an earlier question
  if (!got) { put($("verdict"), ""); put($("good-to"), why, "bad"); $("quality").replaceChildren(); return; }
  put($("verdict"), got.said);
  $("verdict").className = got.state;
  put($("good-to"), got.lines[0], "");
  $("quality").replaceChildren();
  lines($("quality"), got.lines.slice(1));
}

$("freeze").addEventListener("click", freeze);
$("back").addEventListener("click", () => {
  const name = cones.back();
  say(name ? `${name}: back where it was` : "no cone was moved on this picture");
});
for (const one of [2, 3]) $(`side-${one}`).addEventListener("click", () => turn(one));
$("way").addEventListener("click", () => {
  leftwards = !leftwards;
  if (frozen?.markers.length === 1) { naming(); moved(); return; }
  const { "2 near": a, "2 far": b, "3 near": c, "3 far": d } = cones.points;
  cones.set({ "2 near": c, "2 far": d, "3 near": a, "3 far": b });
  naming();
});
$("far").addEventListener("change", () => {
  const points = { ...cones.points };
  for (const marker of ["2", "3"]) {
    if (!points[`${marker} near`]) continue;
    const [x, y] = points[`${marker} near`];
    points[`${marker} far`] = $("far").checked ? [x + 12, y - 4] : null;
  }
  cones.set(points);
});
$("edge").addEventListener("change", () => {
  const [width, height] = frozen.picture_px;
  const at = (share) => $("edge").checked ? [share * width, .7 * height] : null;
  cones.set({ ...cones.points, [EDGES[0]]: at(.05), [EDGES[1]]: at(.95) });
});
$("measures").addEventListener("input", moved);
$("zone").addEventListener("input", () => { $("site-fly").value = $("fly").value; moved(); });
$("zone").addEventListener("submit", (event) => { event.preventDefault(); $("stands").click(); });
$("stands").addEventListener("click", async () => {
  if (!await act("/api/setup/place", placed())) return;
  cones.moved = false;
  const other = state.apart && state.unplaced.find((one) => one !== side);
  if (state.session) say("From now on they count; what was doubted since is timed anew.");
  else if (other) turn(other);
  else {
    go("try");
    if (state.filmed) say("They count from the next session on. Runs of one that is over stay as they are: Review moves their lines.");
  }
});

// Try and hear

$("walk").addEventListener("click", async () => { if (await act("/api/setup/try", { on: !state.try.on })) { live(); look(); } });
$("compare").addEventListener("click", async () => { if (await act("/api/setup/zero", { on: !state.zero.on })) { live(); look(); } });
$("holds").addEventListener("click", () => act("/api/setup/zero-holds"));
$("play").addEventListener("click", async () => { if (await act("/api/setup/hear")) look(); });
$("heard").addEventListener("click", () => act("/api/setup/heard", { on: !isGood("hear") }));

await look();
plugged("/api/setup/devices");
