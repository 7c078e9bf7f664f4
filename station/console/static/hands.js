// The coach's hands on a page: keys pressed, buttons tapped, questions answered.
// It decides no meaning: the station understands each key and says what is asked.

import { $, fill, make, put } from "/feed.js";
import { keyOf, meant } from "/keymap.js";

const ESC = "\x1b";
const TWICE_MS = 400; // between two taps of a finger that are one
const PATIENCE_MS = 3000; // with a line that may be lost
const page = crypto.getRandomValues(new Uint32Array(2)).join("-");

// A button of a key: its sign and a word.
export function button() {
  const made = make("button");
  made.type = "button";
  made.append(make("kbd"), " ", make("span"));
  return made;
}

export class Hands {
  #asked = null;
  #waiting = false;
  #tapped_ms = -TWICE_MS; // when a choice was last tapped
  #later = []; // what is done while the station has not answered yet: it may ask

  // `own`: keys that are the page's alone, by name; `say` shows a line; `rows` gives athletes;
  // `caught` may take a key or a tap before it means anything.
  constructor({ own, say, rows, caught }) {
    Object.assign(this, { own, say, rows, caught });
    document.addEventListener("keydown", (event) => this.#keyDown(event));
    document.addEventListener("click", (event) => {
      if (this.caught(event)) return;
      const on = event.target.closest("button");
      // A choice that is tapped twice answers once: what is asked next, or the key that then
      // stands there, is another thing.
      const now_ms = performance.now();
      const again = event.detail > 0 && now_ms - this.#tapped_ms < TWICE_MS;
      if (!on || again || this.#waiting && on.dataset.answer) return;
      if (on.dataset.answer) this.#tapped_ms = now_ms;
      const tapped = { id: on.id, ...on.dataset };
      this.#inTurn(() => this.#tap(tapped));
    });
    // A button that was tapped keeps no focus: the next Space is "rep done".
    document.addEventListener("mousedown", (event) => {
      if (event.target.closest("button")) event.preventDefault();
    });
    $("ask").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#inTurn(() => this.#take("Enter"));
    });
  }

  #keyDown(event) {
    const name = event.key, on = document.activeElement, answers = on === $("answer");
    if (!answers && this.caught(event)) { event.preventDefault(); return; }
    if (event.ctrlKey && name === "z" && !on.value) {
      event.preventDefault();
      this.#inTurn(() => this.#take("u"));
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.repeat && !answers && !"+-".includes(name)) return;
    if (["BUTTON", "A"].includes(on?.tagName) && (name === " " || name === "Enter")) return;
    if (name.length !== 1 && name !== "Escape" && name !== "Enter") return;
    const plain = answers && name.length === 1 && !this.#waiting;
    if (plain && (on.value || name !== " " && !this.#isAtOnce(name))) return;
    event.preventDefault();
    this.#inTurn(() => this.#take(name, meant(keyOf(event))));
  }

  #inTurn(act) {
    if (this.#waiting) this.#later.push(act);
    else act();
  }

  #tap({ id, answer, key, athlete }) {
    if (answer) this.#press({ answer });
    else if (key) this.#key(key);
    else if (athlete) this.#post("/api/do", { command: "pick", athlete });
    else if (id === "cancel") this.#press({ key: ESC });
  }

  // A key, wherever it was pressed: into the answer where something is asked.
  #take(name, key = name) {
    const answer = $("answer");
    if (name === "Escape") {
      if (!this.#asked) this.own.get("Escape").act();
      this.#press({ key: ESC });
    } else if (!this.#asked) {
      if (name.length === 1) this.#key(key);
    } else if (name === "Enter") this.#press({ answer: answer.value });
    else if (name === " " && !answer.value) this.#key(" ");
    else if (!answer.value && this.#isAtOnce(name)) this.#press({ answer: name.toLowerCase() });
    else answer.value += name;
  }

  #isAtOnce(name) {
    return Boolean(this.#asked?.at_once.includes(name.toLowerCase()));
  }

  #key(name) {
    const own = this.own.get(name);
    if (own) own.act();
    else {
      this.own.get("Escape").act(); // what follows is seen
      this.#press({ key: name.replace("⇧", "") });
    }
  }

  async #press(body) {
    this.#waiting = true;
    const got = await this.#post("/api/press", { page, ...body });
    this.#waiting = false;
    if (got) {
      this.say(got.line || got.prompt);
      this.#ask(got.ask);
    } else this.#later = [];
    while (this.#later.length && !this.#waiting) this.#later.shift()();
  }

  async #post(path, said) {
    const headers = { "Content-Type": "application/json" };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const body = JSON.stringify(said);
      const answer = await fetch(path, { method: "POST", headers, body, signal });
      const got = await answer.json();
      if (!answer.ok) this.say(`? ${got.error}`);
      return answer.ok ? got : null;
    } catch {
      this.say("✖ the station does not answer: look whether it has heard that");
      return null;
    }
  }

  #ask(question) {
    this.#asked = question;
    $("ask").hidden = !question;
    $("keys").hidden = Boolean(question);
    if (!question) {
      $("answer").blur();
      return;
    }
    put($("question"), question.question);
    $("answer").value = question.typed;
    const areAthletes = /who|name/.test(question.question);
    fill($("choices"), [...question.at_once], button, (element, choice) => {
      const number = areAthletes ? Number(choice) || 10 : 0;
      element.dataset.answer = choice;
      put(element.children[0], choice.toUpperCase());
      put(element.children[1], this.rows().find((row) => row.number === number)?.athlete ?? "");
    });
    $("answer").focus({ preventScroll: true });
  }
}
