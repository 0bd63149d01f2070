// Hints: what stands behind a link with data-hint is shown beside it while the pointer is over it or it has the focus.

const found = new Map();
const hint = document.createElement("div");
hint.id = "hint";
hint.role = "tooltip";
hint.popover = "manual";
document.body.append(hint);
let shown = null;
let leaving = 0;

async function partOf(link) {
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById(link.dataset.hint);
}

async function show(link) {
  clearTimeout(leaving);
  if (shown === link) return;
  hide();
  shown = link;
  if (!found.has(link.href)) found.set(link.href, partOf(link));
  const part = await found.get(link.href);
  if (shown !== link || !part) return;
  hint.replaceChildren(...part.cloneNode(true).childNodes);
  link.setAttribute("aria-describedby", hint.id);
  hint.showPopover();
  const beside = link.getBoundingClientRect();
  const left = Math.min(beside.left, innerWidth - hint.offsetWidth - 8);
  const isBelow = beside.bottom + hint.offsetHeight + 8 < innerHeight;
  hint.style.left = `${Math.max(8, left)}px`;
  hint.style.top = `${isBelow ? beside.bottom + 4 : Math.max(8, beside.top - hint.offsetHeight - 4)}px`;
}

function hide() {
  shown?.removeAttribute("aria-describedby");
  shown = null;
  if (hint.matches(":popover-open")) hint.hidePopover();
}

const leave = () => {
  clearTimeout(leaving);
  leaving = setTimeout(hide, 150);
};
const linkOf = (event) => event.target.closest?.("[data-hint]");

document.addEventListener("pointerover", (event) => {
  if (linkOf(event)) show(linkOf(event));
  else if (event.target.closest?.("#hint")) clearTimeout(leaving);
  else if (shown && shown !== document.activeElement) leave();
});
document.addEventListener("focusin", (event) => {
  if (linkOf(event)) show(linkOf(event));
  else hide();
});
document.addEventListener("focusout", (event) => {
  if (linkOf(event)) leave();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});
document.addEventListener("parts", () => {
  found.clear();
  hide();
});
