// A list that is put in order by dragging, by touch, or by Alt and the arrows.

/** `<ol>` of `<li data-name>`, each with a `.handle` to drag, or to tap for one up; `done` is told
 * the names in order. */
export function sortable(list, done) {
  let held = null, before = "";
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
    held.classList.add("held");
    list.setPointerCapture(event.pointerId);
  });
  list.addEventListener("pointermove", (event) => {
    if (!held) return;
    const below = [...list.children].find((one) => {
      const box = one.getBoundingClientRect();
      return one !== held && event.clientY < box.top + box.height / 2;
    });
    move(held, below ?? null);
  });
  const drop = () => {
    if (!held) return;
    held.classList.remove("held");
    held = null;
    if (order().join("\n") !== before) done(order());
  };
  list.addEventListener("pointerup", drop);
  list.addEventListener("pointercancel", drop);
  list.addEventListener("click", (event) => {
    const isDragged = event.detail > 0 && order().join("\n") !== before;
    if (event.target.closest(".handle") && !isDragged) step(event.target.closest("li"), true);
  });
  list.addEventListener("keydown", (event) => {
    const arrow = { ArrowUp: true, ArrowDown: false }[event.key];
    if (!event.altKey || arrow === undefined) return;
    event.preventDefault();
    step(event.target.closest("li"), arrow);
  });
  return { get isHeld() { return Boolean(held); } };
}
