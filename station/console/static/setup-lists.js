// What Set-up lists: lines that were said, choices, and a word where there is none.

/** Show lines, where they are others than before. */
export function lines(list, said) {
  if (list.childElementCount === said.length && said.every((one, at) => list.children[at].textContent === one)) return;
  list.replaceChildren(...said.map((one) => {
    const item = document.createElement("li");
    item.textContent = one;
    return item;
  }));
}

export function choice(text, used, act) {
  const button = document.createElement("button");
  button.textContent = text;
  button.setAttribute("aria-pressed", Boolean(used));
  button.addEventListener("click", act);
  return button;
}

export function faint(text) {
  const said = document.createElement("p");
  said.className = "faint";
  said.textContent = text;
  return said;
}
