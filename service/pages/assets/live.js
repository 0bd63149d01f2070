// Shows what others do: when the log has grown, asks for this page again and exchanges the parts that are not as they were.

import { parsed, say } from "./parts.js";

const PAUSE = 150; // milliseconds in which what happens is shown at once
const SHARE = 20; // looks are so many times as far apart as one takes, lest open pages keep the server busy
const LATER = 1000; // milliseconds until a part that is in use is looked at again

const shown = new Map(); // the parts by their ids: each as it stands here, and as the server sent it
let asked = 0;
let next = 0; // when it may be looked again
let isLooking = false;
let told = null;
let reached = 0;

const source = () => document.querySelector("[data-live]");
const partsOf = (page) => page.querySelectorAll("[data-live] [data-part][id]");

function lookIn(time) {
  asked ||= setTimeout(look, time);
}

/** Look once at a time: an answer that comes late must not undo a later one. */
async function look() {
  asked = 0;
  if (isLooking) return lookIn(PAUSE);
  isLooking = true;
  const began = performance.now();
  try {
    const answer = await fetch(source()?.dataset.address ?? location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) exchange(parsed(await answer.text()));
  } finally {
    next = performance.now() + SHARE * (performance.now() - began);
    isLooking = false;
  }
}

function exchange(page) {
  for (const part of partsOf(page)) {
    const here = document.getElementById(part.id);
    if (!here || shown.get(part.id)?.html === part.outerHTML) continue;
    if (isInUse(here)) lookIn(LATER);
    else put(part, here);
  }
}

/** Whether somebody drags, writes or marks text in a part just now. */
function isInUse(part) {
  const selection = getSelection();
  const isMarked = !selection.isCollapsed && selection.containsNode(part, true);
  const isWritten = part.contains(document.activeElement) && document.activeElement.matches("textarea, select, input:not([type=checkbox])");
  return isMarked || isWritten || Boolean(document.querySelector(".ghost, dialog[open]"));
}

/** Put a part in the place of an older one: what is chosen stays chosen, and what has the focus keeps it. */
function put(part, here) {
  const focused = here.contains(document.activeElement) ? document.activeElement : null;
  shown.set(part.id, { part, html: part.outerHTML });
  for (const box of here.querySelectorAll("input:checked")) {
    const same = sameIn(part, box);
    if (same) same.checked = true;
  }
  const { scrollLeft } = here;
  here.replaceWith(part);
  part.scrollLeft = scrollLeft;
  part.classList.add("is-fresh");
  if ("say" in part.dataset) say(part.textContent.trim());
  document.dispatchEvent(new CustomEvent("parts", { detail: [part.id] }));
  if (focused) (sameIn(part, focused) ?? part.querySelector("a, button"))?.focus();
}

/** The link or field in a part that is what another one was in an older part. */
function sameIn(part, old) {
  const isSame = (each) => ["id", "href", "name", "value"].every((name) => each.getAttribute(name) === old.getAttribute(name));
  return [...part.querySelectorAll(old.localName)].find(isSame);
}

function remember() {
  for (const part of partsOf(document)) {
    if (shown.get(part.id)?.part !== part) shown.set(part.id, { part, html: part.outerHTML });
  }
}

/** Listen while somebody can see the page: a browser keeps few connections open to one service. */
function listen() {
  told?.close();
  told = null;
  if (document.hidden) return;
  told = new EventSource(`/live?after=${reached}`);
  told.addEventListener("message", (event) => {
    if (Number(event.data) <= reached) return; // a browser that connects again is told again what it was told
    reached = Number(event.data);
    lookIn(Math.max(PAUSE, next - performance.now()));
  });
}

if (source()) {
  reached = Number(source().dataset.live);
  remember();
  document.addEventListener("parts", remember);
  document.addEventListener("visibilitychange", listen);
  listen();
}
