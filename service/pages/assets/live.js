// Shows what others do: when the log has grown, asks for this page again and exchanges the parts that are not as they were.

import { parsed } from "./parts.js";

const PAUSE = 300; // milliseconds in which what happens is shown at once

const source = document.querySelector("[data-live]");
let asked = 0;
let shown = null; // the parts as the server sent them last, by their ids

const partsOf = (page) => new Map([...page.querySelectorAll("[data-live] [data-part][id]")].map((part) => [part.id, part]));

async function look() {
  asked = 0;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || document.querySelector(".ghost, dialog[open]")) return;
  const fresh = partsOf(parsed(await answer.text()));
  for (const [id, part] of fresh) {
    const here = document.getElementById(id);
    const html = part.outerHTML;
    if (!here || shown.get(id) === html) continue;
    const focused = here.contains(document.activeElement) ? document.activeElement.closest("[id]")?.id : null;
    shown.set(id, html);
    here.replaceWith(part);
    if (focused) document.querySelector(`#${CSS.escape(focused)} a, #${CSS.escape(focused)}`)?.focus();
  }
}

function remember() {
  shown = new Map([...partsOf(document)].map(([id, part]) => [id, part.outerHTML]));
}

if (source) {
  remember();
  document.addEventListener("parts", (event) => {
    if (!document.getElementById(event.detail[0])?.parentElement.closest("[data-part]")) remember();
  });
  const told = new EventSource(`/live?after=${source.dataset.live}`);
  told.addEventListener("message", () => { asked ||= setTimeout(look, PAUSE); });
}
