// Four cones on a frozen picture: pins whose labels are dragged, by mouse, finger or keys, and a
// magnifier around the tip of one. It computes no result.

const NS = "http://www.w3.org/2000/svg";
const LABEL = { wide: 74, high: 48, away: 74, text: 17 }; // pixels of the screen
const AROUND = 18; // pixels of the picture to either side in the magnifier
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
export const NAMES = ["2 near", "2 far", "3 near", "3 far"];
export const EDGES = ["edge left", "edge right"]; // of the lane, near the camera
const PINS = [...NAMES, ...EDGES];

function make(tag, given = {}, ...inside) {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

const twice = (tag, given) => ["", "over"].map((over) =>
  make(tag, { ...given, class: `${given.class ?? ""} ${over}`.trim() }));

export class Cones {
  /** `points` by name are [column, row], pixel centres being whole numbers, or null. */
  points = {};
  moved = false; // whether the coach moved any since they were shown or taken
  #before = []; // what they were before each drag, for as long as this picture is shown
  #nudged = ""; // whose key was the last: many presses in one place are one move

  constructor(picture, magnifier, changed) {
    Object.assign(this, { picture, magnifier, changed, selected: NAMES[0] });
    new ResizeObserver(() => this.#draw()).observe(picture);
    this.#drag(magnifier, () => this.selected, () => -2 * AROUND / magnifier.clientWidth);
  }

  #forget() { this.#before = []; this.#nudged = ""; }

  show(href, [width, height], points) {
    Object.assign(this, { width, height, points, moved: false });
    this.#forget();
    const whole = { x: -.5, y: -.5, width, height };
    this.picture.style.setProperty("--ratio", width / height);
    this.picture.setAttribute("viewBox", `-0.5 -0.5 ${width} ${height}`);
    const image = () => { const one = make("image", whole); one.setAttribute("href", href); return one; };
    if (!points[this.selected]) this.selected = NAMES.find((name) => points[name]);
    this.pins = Object.fromEntries(PINS.map((name) => [name, this.#pin(name)]));
    this.picture.replaceChildren(image(), ...Object.values(this.pins));
    this.crosses = [...twice("line", { class: "cross" }), ...twice("line", { class: "cross" })];
    this.magnifier.replaceChildren(image(), ...this.crosses);
    this.#draw();
  }

  /** Take back the last drag; which cone it was of, or nothing. */
  back() {
    let last = this.#before.pop();
    while (last && this.points[last.name] === last.at) last = this.#before.pop(); // only touched
    if (!last) return "";
    this.#nudged = "";
    this.points[last.name] = last.at;
    this.pins[last.name].focus({ preventScroll: true });
    this.#draw();
    this.changed();
    return last.name;
  }

  #remember(name, key = "") {
    if (key && this.#nudged === name) return;
    this.#nudged = key && name;
    this.#before.push({ name, at: this.points[name] });
  }

  set(points) { this.#forget(); this.points = points; this.#draw(); this.changed(); }

  #pin(name) {
    const pin = make("g", { class: "pin", tabindex: 0, role: "button" },
      ...twice("line", {}), ...twice("path", {}), make("rect"), make("text", {}, name));
    pin.addEventListener("focus", () => { this.selected = name; this.#draw(); });
    pin.addEventListener("keydown", (event) => {
      const [x, y] = STEPS[event.key] ?? [];
      if (x === undefined || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      const step = event.shiftKey ? .1 : 1;
      this.#remember(name, event.key);
      this.#move(name, x * step, y * step);
    });
    this.#drag(pin, () => name, () => this.scale);
    return pin;
  }

  // Dragging moves a cone by as much, so that the finger is never on its tip.
  #drag(target, which, scale) {
    let last = null;
    target.addEventListener("pointerdown", (event) => {
      if (!this.points[which()]) return;
      event.preventDefault();
      this.pins[which()].focus({ preventScroll: true });
      last = [event.clientX, event.clientY];
      this.#remember(which());
      target.setPointerCapture(event.pointerId);
    });
    target.addEventListener("pointermove", (event) => {
      if (!last) return;
      this.#move(which(), (event.clientX - last[0]) * scale(), (event.clientY - last[1]) * scale());
      last = [event.clientX, event.clientY];
    });
    for (const over of ["pointerup", "pointercancel"]) target.addEventListener(over, () => { last = null; });
  }

  #move(name, right, down) {
    const [x, y] = this.points[name];
    const kept = (value, most) => Math.min(Math.max(value, 0), most - 1);
    this.points[name] = [kept(x + right, this.width), kept(y + down, this.height)];
    this.moved = true;
    this.#draw();
    this.changed();
  }

  #draw() {
    if (!this.pins || !this.picture.clientWidth) return;
    const px = this.scale = 1 / this.picture.getScreenCTM().a;
    for (const name of PINS) this.#drawPin(name, this.pins[name], this.points[name], px);
    const [x, y] = this.points[this.selected] ?? this.points[NAMES[0]] ?? [0, 0];
    const high = AROUND * this.magnifier.clientHeight / this.magnifier.clientWidth;
    this.magnifier.setAttribute("viewBox", `${x - AROUND} ${y - high} ${2 * AROUND} ${2 * high}`);
    this.crosses.forEach((line, one) => {
      const [dx, dy] = one < 2 ? [AROUND, 0] : [0, high];
      const ends = { x1: x - dx, x2: x + dx, y1: y - dy, y2: y + dy };
      for (const [key, value] of Object.entries(ends)) line.setAttribute(key, value);
    });
  }

  #drawPin(name, pin, point, px) {
    pin.toggleAttribute("hidden", !point);
    pin.setAttribute("visibility", point ? "visible" : "hidden");
    if (!point) return;
    const [x, y] = point;
    const far = name.endsWith("far");
    // Labels go away from each other: the far cone's up, the near cone's down, all of them inside.
    const room = (LABEL.away + LABEL.high / 2) * px;
    const below = this.height + parseFloat(getComputedStyle(this.picture).marginBottom) * px;
    const up = far ? y > room : y + room > below;
    const aside = up === far ? 0 : (x < this.width / 2 ? 1 : -1) * 1.1 * LABEL.wide * px;
    const wide = LABEL.wide * px / 2;
    const to = [Math.min(Math.max(x + aside, wide), this.width - wide), y + (up ? -1 : 1) * LABEL.away * px];
    const [a, b, c, d, label, text] = pin.children;
    for (const line of [a, b])
      for (const [key, value] of Object.entries({ x1: x, y1: y, x2: to[0], y2: to[1] })) line.setAttribute(key, value);
    const arm = 9 * px;
    for (const cross of [c, d]) cross.setAttribute("d", `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`);
    const box = { x: to[0] - wide, y: to[1] - LABEL.high * px / 2, width: 2 * wide, height: LABEL.high * px, rx: 8 * px };
    for (const [key, value] of Object.entries(box)) label.setAttribute(key, value);
    text.setAttribute("x", to[0]);
    text.setAttribute("y", to[1] + LABEL.text * px / 3);
    text.setAttribute("font-size", LABEL.text * px);
    pin.setAttribute("aria-pressed", name === this.selected);
    pin.setAttribute("aria-label", `${EDGES.includes(name) ? `Lane's ${name}` : `Marker ${name} cone`}: column ${x.toFixed(1)}, row ${y.toFixed(1)}`);
  }
}
