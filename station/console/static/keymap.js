// Which key does what on this device, where the coach has changed it: two keys trade places, so
// that no action ever loses its key. Kept in this browser alone.

const held = new Map(JSON.parse(localStorage.getItem("keys") ?? "[]")); // pressed → meant

const NAMES = { " ": "Space", Enter: "Enter" };
const name = (key) => NAMES[key] ?? key.toUpperCase();

// A letter with Shift is another key; a letter that CapsLock made large is not.
export function keyOf(event) {
  const { key } = event;
  if (!/^\p{L}$/u.test(key)) return key;
  return (event.shiftKey ? "⇧" : "") + key.toLowerCase();
}

export const meant = (pressed) => held.get(pressed) ?? pressed;

// The key that is to be pressed for an action.
export function shown(key, usual) {
  const found = [...held].find(([, one]) => one === key);
  return found ? name(found[0]) : usual ?? name(key);
}

export function trade(one, other) {
  const [first, second] = [meant(one), meant(other)];
  held.set(one, second).set(other, first);
  for (const [pressed, does] of held) if (pressed === does) held.delete(pressed);
  localStorage.setItem("keys", JSON.stringify([...held]));
}

export function asTheyWere() {
  held.clear();
  localStorage.removeItem("keys");
}
