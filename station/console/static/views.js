// What Trackside shows instead of the last run while it is asked for: the picture, the strips, the
// table, all keys, how phones join. One at a time; the same key, or Esc, leaves it.

import { $, cell, fill, make, put } from "/feed.js";
import { shown } from "/keymap.js";

const VIEWS = ["picture", "strip", "runs", "all", "phones"];
const PICTURE_MS = 400; // between two looks through the camera

export class View {
  #on = "";
  #rep = null; // whose strips are shown

  constructor(feed) {
    this.feed = feed;
    const image = $("picture").firstChild;
    image.addEventListener("load", () => this.#pictured(""));
    const lines = $("picture").children[1];
    lines.addEventListener("load", () => { lines.hidden = false; });
    lines.addEventListener("error", () => { lines.hidden = true; });
    image.addEventListener("error", () => this.#pictured(`no camera is on · ${shown("⇧s")} sets one up`));
  }

  turn(name) {
    this.#on = name === this.#on ? "" : name;
    for (const one of VIEWS) $(one).hidden = one !== this.#on;
    document.body.dataset.view = this.#on;
    $("main").hidden = Boolean(this.#on);
    this.#rep = null;
    if (this.#on === "picture") {
      $("picture").children[1].src = "/api/trackside/markers.svg";
      this.#look();
    }
    if (this.#on === "phones") this.#phones();
    if (this.feed.seen) this.show(this.feed.seen);
  }

  show(now) {
    if (this.#on === "runs") this.#runs(now);
    if (this.#on === "strip" && now.last?.rep !== this.#rep) this.#strips(now);
  }

  #look() {
    $("picture").firstChild.src = `/api/setup/picture.jpg?at=${Math.round(performance.now())}`;
  }

  #pictured(wrong) {
    $("picture").firstChild.hidden = Boolean(wrong);
    put($("picture").lastChild, wrong);
    if (this.#on === "picture") setTimeout(() => this.#on === "picture" && this.#look(), PICTURE_MS);
  }

  #runs(now) {
    const row = () => {
      const made = make("tr"), name = make("th");
      name.scope = "row";
      made.append(name, make("td"), make("td"));
      return made;
    };
    fill($("table"), now.rows, row, (element, one) => {
      put(element.children[0], `${one.number} ${one.athlete}`);
      const beat = one.compared ? ` · ✓ ${one.beat} of ${one.compared}` : "";
      put(element.children[1], `${one.done} of ${one.planned}${beat}`);
      fill(element.children[2], one.ran, () => make("span"), (shown, it) => put(shown, cell(it), it.look));
    });
  }

  // The last run's strips, one for each marker; another when another run is the last.
  #strips({ last, no_last }) {
    this.#rep = last?.rep;
    $("strip").replaceChildren(...(last ? [2, 3] : []).map((marker) => {
      const figure = make("figure"), image = make("img"), under = make("figcaption");
      under.textContent = `${last.athlete} at Marker ${marker}`;
      image.alt = `photo-finish strip: ${under.textContent}`;
      image.addEventListener("error", () => {
        image.remove();
        under.textContent += ": no recording to look at";
      });
      image.src = `/api/review/strip.jpg?rep=${last.rep}&marker=${marker}`;
      const drawn = make("div"), room = make("div");
      drawn.append(image);
      room.append(drawn);
      figure.append(room, under);
      return figure;
    }));
    if (last) this.#lines(last.rep);
    else $("strip").append(no_last);
  }

  // A line in each strip, where the crossing was read.
  async #lines(rep) {
    const answer = await fetch(`/api/review/crossings?rep=${rep}`).catch(() => null);
    const seen = answer?.ok ? await answer.json() : [];
    if (rep !== this.#rep) return; // another run is the last
    for (const [index, one] of seen.entries()) {
      const line = make("span"), wide_ms = one.to_ms - one.from_ms;
      line.style.left = `${100 * ((one.line_ms ?? 0) - one.from_ms) / wide_ms}%`;
      $("strip").children[index].firstChild.firstChild.append(line);
    }
  }

  async #phones() {
    const share = await (await fetch("/api/share")).json();
    put($("how"), share.board ? "The board, for phones in this network:" : share.on
      ? "This computer is in no network. Join one (a phone's hotspot will do) and start again."
      : "Only this computer can look. To let phones look, start it again with --share.");
    put($("address"), share.board);
    $("pin").replaceChildren();
    $("code").hidden = !share.board;
    if (share.board) {
      $("code").src = "/api/share.svg";
      const pin = make("b");
      pin.textContent = share.pin;
      $("pin").append(`To run the session from a phone: ${share.urls[0]}, PIN `, pin);
    }
  }
}
