// Exchanges parts of a page in place: a link or form with data-parts names the ids of what its answer replaces.

const TYPING = 200; // milliseconds without a key after which a form with data-as-typed asks for what it shows

const said = () => document.getElementById("said");

/** Let a screen reader say something. */
export function say(text) {
  said().textContent = text;
}

/** The page that an answer is. */
export function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

/** Put the parts of an answer, a whole page, in the places of those on this page; false where one is missing. */
export function exchange(html, ids) {
  const answer = parsed(html);
  const pairs = ids.map((id) => [document.getElementById(id), answer.getElementById(id)]);
  if (pairs.some(([old, fresh]) => !old || !fresh)) return false;
  for (const [old, fresh] of pairs) old.replaceWith(fresh);
  document.title = answer.title;
  document.dispatchEvent(new CustomEvent("parts", { detail: ids }));
  return true;
}

const asked = new Map(); // how often each of the parts was asked for anew: only the last answer is shown

async function follow(address, options, ids, isKept) {
  const turn = (asked.get(ids[0]) ?? 0) + 1;
  asked.set(ids[0], turn);
  const answer = await fetch(address, { ...options, headers: { Accept: "text/html" } });
  const html = await answer.text();
  if (!options.method && asked.get(ids[0]) !== turn) return;
  if (!exchange(html, ids)) {
    location.assign(answer.url);
    return;
  }
  if (isKept && answer.ok) history.pushState({ parts: ids }, "", answer.url);
  const first = document.getElementById(ids[0]);
  const isLost = document.activeElement === document.body; // it was on something that has been replaced
  (first.querySelector("[autofocus], [role=alert], h1, h2") ?? (isLost ? first.querySelector("a, button") : null))?.focus();
  if (first.dataset.said) say(first.dataset.said);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-parts]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  follow(link.href, {}, link.dataset.parts.split(" "), !("stays" in link.dataset));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  const ids = form.dataset.parts?.split(" ");
  if (form.method === "post") for (const button of form.querySelectorAll("button:not([name])")) button.disabled = true;
  if (!ids) return;
  event.preventDefault();
  const told = new URLSearchParams(new FormData(form, event.submitter));
  if (form.method === "get") {
    const address = new URL(form.action);
    address.search = told;
    follow(address, {}, ids, !("stays" in form.dataset));
  } else {
    follow(form.action, { method: "POST", body: told }, ids, true);
  }
});

let typing = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-as-typed]");
  clearTimeout(typing);
  if (form) typing = setTimeout(() => form.isConnected && form.requestSubmit(), TYPING);
});

addEventListener("popstate", () => location.reload());
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
