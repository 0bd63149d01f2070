// Moves deals on a board: drags them by mouse or touch, and shows where else they may go over the board.

import { exchange, parsed, say } from "./parts.js";

const THRESHOLD = 6; // pixels that a pointer moves before it drags
const HOLD = 350; // milliseconds that a finger rests on a deal before it drags it, since it may only want to scroll
const EDGE = 48; // pixels from the board's edges within which it scrolls to what is beyond

const dialog = () => document.getElementById("moving");
let drag = null;

/** Show the form that moves a deal, over the board. */
function show(page) {
  document.getElementById("move").replaceWith(page.getElementById("move"));
  if (!dialog().open) dialog().showModal();
  const first = document.querySelector("#move [role=alert] ~ form .main, #move [aria-invalid], #move [autofocus]");
  (first ?? document.getElementById("move-title")).focus();
}

async function choose(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  show(parsed(await answer.text()));
}

/** Give the command; its answer is the board as it is then, or the form again with what is wrong. */
async function move(address, told) {
  const answer = await fetch(address, { method: "POST", body: told, headers: { Accept: "text/html" } });
  const html = await answer.text();
  if (!exchange(html, ["board"])) {
    const page = parsed(html);
    if (page.getElementById("move")) show(page);
    else location.assign(address);
    return;
  }
  if (dialog().open) dialog().close();
  const happened = document.querySelector("#board .happened");
  if (!happened) return;
  say(happened.textContent.trim());
  (document.querySelector(`#deal-${happened.dataset.moved} a`) ?? document.getElementById("content")).focus();
}

function drop(card, to) {
  if (to === card.dataset.stage) return;
  if (to === "lost") {
    choose(card.dataset.move).then(() => document.querySelector("#move [name=lost_reason]").focus());
    return;
  }
  const told = new URLSearchParams(new FormData(document.getElementById("dropped")));
  told.set("to", to);
  told.set("seen", card.dataset.seen);
  card.classList.add("is-leaving");
  move(new URL(card.dataset.move, location).pathname, told).finally(() => card.classList.remove("is-leaving"));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.deal-move, #moving a.move-leave");
  if (!link || !dialog() || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (link.matches(".move-leave")) dialog().close();
  else choose(link.href);
});

document.addEventListener("submit", (event) => {
  if (!event.target.closest("#moving")) return;
  event.preventDefault();
  move(event.target.action, new URLSearchParams(new FormData(event.target, event.submitter)));
});

// What follows drags. Nothing is dragged that a click would do, until the pointer has moved or a finger has rested.

function begin() {
  const { card, x, y } = drag;
  const box = card.getBoundingClientRect();
  drag.ghost = card.cloneNode(true);
  drag.ghost.removeAttribute("id");
  drag.ghost.classList.add("ghost");
  drag.ghost.setAttribute("aria-hidden", "true");
  Object.assign(drag.ghost.style, { width: `${box.width}px`, left: `${box.left - x}px`, top: `${box.top - y}px` });
  document.body.append(drag.ghost);
  card.classList.add("is-dragged");
  document.getElementById("drops").hidden = false;
  document.body.classList.add("is-dragging");
}

function follow(event) {
  drag.ghost.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`;
  const place = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-to]") ?? null;
  if (place !== drag.place) {
    drag.place?.classList.remove("is-over");
    place?.classList.add("is-over");
    drag.place = place;
  }
  const board = document.querySelector(".board"), box = board.getBoundingClientRect();
  if (event.clientX < box.left + EDGE) board.scrollBy(-12, 0);
  else if (event.clientX > box.right - EDGE) board.scrollBy(12, 0);
}

function end(isDropped) {
  if (!drag) return;
  const { card, ghost, place, timer } = drag;
  clearTimeout(timer);
  drag = null;
  if (!ghost) return;
  ghost.remove();
  card.classList.remove("is-dragged");
  place?.classList.remove("is-over");
  document.getElementById("drops").hidden = true;
  document.body.classList.remove("is-dragging");
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }));
  if (isDropped && place) drop(card, place.dataset.to);
}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}

document.addEventListener("pointerdown", (event) => {
  const card = event.target.closest?.("[data-deal]");
  if (!card || event.button || !event.isPrimary) return;
  drag = { card, x: event.clientX, y: event.clientY, isTouch: event.pointerType === "touch" };
  if (drag.isTouch) drag.timer = setTimeout(begin, HOLD);
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.ghost) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < THRESHOLD) return;
    if (drag.isTouch) return end(false);
    begin();
  }
  event.preventDefault();
  follow(event);
});

document.addEventListener("pointerup", () => end(true));
document.addEventListener("pointercancel", () => end(false));
document.addEventListener("touchmove", (event) => drag?.ghost && event.preventDefault(), { passive: false });
document.addEventListener("contextmenu", (event) => drag?.ghost && event.preventDefault());
document.addEventListener("dragstart", (event) => event.target.closest?.("[data-deal]") && event.preventDefault());
document.addEventListener("keydown", (event) => event.key === "Escape" && end(false));
