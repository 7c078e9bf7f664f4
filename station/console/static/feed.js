// The session as the station tells it, kept up to date; and its clock. It computes no result.

const LOST_S = 3; // who hears nothing for so long is alone: the station speaks each second
const RUNS_ON_S = 1.5; // a countdown runs on for so long by itself
const LOOKS = 40;     // at the clock, of which the fastest tells most

export const $ = (id) => document.getElementById(id);
export const make = (tag) => document.createElement(tag);

const seconds = () => performance.now() / 1000;

export class Feed {
  state = null;
  over = false;

  constructor(url, { show, told = () => {}, refused = () => {} }) {
    Object.assign(this, { url, show, told, refused });
    this.heard = this.anew = seconds();
    this.fits = [];
    this.#listen();
    document.addEventListener("visibilitychange", () => document.hidden || this.#look());
    setInterval(() => this.#look(), 100);
  }

  #listen() {
    this.source?.close();
    this.tried = seconds();
    this.source = new EventSource(this.url);
    this.source.addEventListener("state", (event) => this.#take(JSON.parse(event.data)));
    this.source.addEventListener("told", (event) => this.told(JSON.parse(event.data)));
    this.source.addEventListener("over", () => { this.over = true; this.show(); });
    this.source.onerror = () => this.refused();
  }

  #take(state) {
    this.heard = seconds();
    this.over = false;
    const at = state.now ? state.now.at_ns / 1e9 : null;
    if (at === null) this.anew = this.heard;
    else if (at !== this.at) {
      if (!(at > this.at)) this.fits = []; // another session
      this.fits = [...this.fits, at / state.speed - this.heard].slice(-LOOKS);
      this.at = at;
      this.anew = this.heard;
    }
    this.state = state;
    this.show();
  }

  #look() {
    const quiet = seconds() - Math.max(this.heard, this.tried);
    if (quiet > LOST_S) this.#listen();
    this.show();
  }

  // The session that is on, else the one that ended last.
  get seen() {
    return this.state?.now ?? this.state?.ended ?? null;
  }

  // Why what is shown is no longer true; empty where it is.
  get lost() {
    if (this.over) return this.seen ? "■ The session is over, and the station closed." : "■ The station is closed.";
    const [silent, still] = [seconds() - this.heard, seconds() - this.anew].map(Math.floor);
    if (silent >= LOST_S) return `▲ Connection lost for ${silent} s: nothing here is new`;
    return still >= LOST_S ? `▲ The station has stood still for ${still} s` : "";
  }

  // How much of the session's time has passed since the state was so: it never runs on alone.
  get since_s() {
    if (!this.state?.now || !this.fits.length) return 0;
    const speed = this.state.speed;
    const now = (Math.max(...this.fits) + seconds()) * speed;
    return Math.min(Math.max(now - this.at, 0), RUNS_ON_S * speed);
  }
}

// Seconds as the station writes them: a part of one that is to come counts as a whole.
export function clock(s) {
  const whole = Math.ceil(s - 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
export const since = (s) => clock(Math.floor(Math.max(s, 0)));

// A rep as a cell has it, with what it is sure within where that is wide.
export const cell = (ran) => [ran.text, ran.within].filter(Boolean).join(" ");

// When somebody goes: words, digits, and a name for how it looks.
export function goes(due, phase, since_s) {
  const ready = due.ready_in_s - since_s;
  if (due.called) return [`was called ${since(since_s - due.go_in_s)} ago`, "GO", "go"];
  if (due.go_in_s === null) {
    const recovered = ready > 0 ? `recovered in ${clock(ready)}` : "ready";
    return phase === "held" ? [`on hold; ${recovered}`, "HOLD", "hold"] : [recovered, "", "held"];
  }
  const go = due.go_in_s - since_s;
  if (due.overdue) return ["is overdue by", `+${since(-go)}`, "overdue"];
  return go > 0 ? ["goes in", clock(go), "waits"] : ["goes", "GO", "go"];
}

// What stands as the last run: the one that ended last; or, hollow, whom a camera just sees.
export function lastOf(now, since_s) {
  const seen = now.provisional, run = now.last;
  if (seen) {
    const runs = seen.time_s === null;
    return {
      whose: seen.athlete ?? "somebody",
      verdict: runs ? "… is running" : "… about so much: not measured yet",
      digits: runs ? Math.floor(Math.max(seen.since_s + since_s, 0)).toFixed(0) : seen.time_s.toFixed(1),
      figures: seen.within_s === null ? "" : `± ${seen.within_s.toFixed(1)} s`,
      best: "", look: "", hollow: true, now: true, remarks: [],
    };
  }
  if (!run) return { whose: "", verdict: now.no_last, digits: "", figures: "", best: "", look: "", remarks: [] };
  const { written } = run;
  const verdict = `${written.sign} ${written.verdict}`.trim();
  return { ...written, whose: run.athlete, verdict, hollow: run.doubtful };
}

// Where it is nobody's turn: what there is instead, and a countdown of it.
export function nobody(now, since_s) {
  if (now.strides) {
    const { does, number, of, remaining_s } = now.strides;
    return [number === null ? does : `${does} ${number} of ${of}`, clock(Math.max(remaining_s - since_s, 0))];
  }
  if (now.phase === "over") return ["session over", ""];
  if (now.phase === "before" || now.phase === "warm-up") return ["warm-up", ""];
  if (now.phase === "cool-down") return ["cool-down", ""];
  return [now.running.length ? "nobody else is due" : "all reps are done", ""];
}

// What an athlete does just now: words and look.
export function status(now, row, since_s) {
  if (now.phase === "over") {
    const best = row.ran.find((one) => one.time_s !== null && one.time_s === row.best_s);
    return [best ? `best ${cell(best)}` : `${row.done} of ${row.planned}`, "done"];
  }
  if (row.standing === "out") return ["out", "out"];
  const running = now.running.find((one) => one.athlete === row.athlete);
  if (running) return [`runs ${since(running.since_s + since_s)}`, "runs"];
  const due = [now.next, ...now.then].find((one) => one?.athlete === row.athlete);
  if (due?.go_in_s === null) return [due.ready_in_s > since_s ? clock(due.ready_in_s - since_s) : "ready", "held"];
  if (due) return goes(due, now.phase, since_s).slice(1);
  if (now.phase === "cool-down" && row.compared) return [`✓ ${row.beat} of ${row.compared}`, "done"];
  return [row.done >= row.planned ? "done" : "", "done"];
}

// Change what is shown only where it is another, so that nothing flickers or loses the focus.
export function put(element, text, look) {
  if (element.textContent !== text) element.textContent = text;
  if (look !== undefined && element.dataset.is !== look) {
    element.classList.remove(...(element.dataset.is ?? "").split(" ").filter(Boolean));
    element.classList.add(...look.split(" ").filter(Boolean));
    element.dataset.is = look;
  }
}

// As many children as there are items, made once and filled again and again.
export function fill(parent, items, make, set) {
  while (parent.children.length > items.length) parent.lastChild.remove();
  while (parent.children.length < items.length) parent.append(make());
  items.forEach((item, index) => set(parent.children[index], item, index));
}

// Keep this screen on, where the browser lets us: on the laptop, not over a local network.
export const canStayAwake = Boolean(navigator.wakeLock);
export function stayAwake() {
  const ask = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", ask);
  ask();
}
