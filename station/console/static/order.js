// A list that is put in order by dragging, by touch, or by Alt and the arrows.

const TAP_PX = 6; // a finger that moves less taps

/** `<ol>` of `<li data-name>`, each with a `.handle` to drag, or to tap for one up; `done` is told
 * the names in order. */
export function sortable(list, done) {
  let held = null, before = "", from_px = 0;
  const order = () => [...list.children].map((one) => one.dataset.name);
  const move = (item, next) => {
    const focused = document.activeElement;
    if (next !== item.nextElementSibling) list.insertBefore(item, next);
    if (item.contains(focused)) focused.focus();
  };
  const step = (item, up) => {
    const next = up ? item.previousElementSibling : item.nextElementSibling?.nextElementSibling ?? null;
    if (up ? !next : !item.nextElementSibling) return;
    move(item, next);
    done(order());
  };
  list.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".handle")) return;
    event.preventDefault();
    held = event.target.closest("li");
    before = order().join("\n");
    from_px = event.clientY;
    held.classList.add("held");
    list.setPointerCapture(event.pointerId);
  });
  list.addEventListener("pointermove", (event) => {
    if (!held || Math.abs(event.clientY - from_px) < TAP_PX && order().join("\n") === before) return;
    const below = [...list.children].find((one) => {
      const box = one.getBoundingClientRect();
      return one !== held && event.clientY < box.top + box.height / 2;
    });
    move(held, below ?? null);
  });
  const drop = (event) => {
    if (!held) return;
    const item = held;
    item.classList.remove("held");
    held = null;
    if (order().join("\n") !== before) done(order());
    else if (event.type === "pointerup") step(item, true);
  };
  list.addEventListener("pointerup", drop);
  list.addEventListener("pointercancel", drop);
  list.addEventListener("click", (event) => { // of a key: a finger's is taken above
    if (!event.detail && event.target.closest(".handle")) step(event.target.closest("li"), true);
  });
  list.addEventListener("keydown", (event) => {
    const arrow = { ArrowUp: true, ArrowDown: false }[event.key];
    if (!event.altKey || arrow === undefined) return;
    event.preventDefault();
    step(event.target.closest("li"), arrow);
  });
  return { get isHeld() { return Boolean(held); } };
}
