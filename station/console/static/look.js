// Sun, night, or as this device's system says: chosen on a page, and remembered on this device.

const WORDS = { sun: "☀\ufe0e sun", night: "☾ night", auto: "◐ auto" };
const ORDER = Object.keys(WORDS);
const isDark = matchMedia("(prefers-color-scheme: dark)");

/** Look as was chosen here last, else as `usual`. Returns what turns to the next look; `button`
 * does so too, and says in its last child which it is. */
export function look(usual, button = null) {
  let chosen = localStorage.getItem("look");
  if (!ORDER.includes(chosen)) chosen = usual;
  const show = () => {
    const name = chosen === "auto" ? (isDark.matches ? "night" : "sun") : chosen;
    document.documentElement.dataset.look = name;
    if (button) button.lastElementChild.textContent = WORDS[chosen];
  };
  const turn = () => {
    chosen = ORDER[(ORDER.indexOf(chosen) + 1) % ORDER.length];
    localStorage.setItem("look", chosen);
    show();
  };
  isDark.addEventListener("change", show);
  button?.addEventListener("click", turn);
  show();
  return turn;
}
