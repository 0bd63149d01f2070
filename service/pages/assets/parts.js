// Exchanges parts of a page in place: a link or form with data-parts names the ids of what its answer replaces.

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

async function follow(address, options, ids, isKept) {
  const answer = await fetch(address, { ...options, headers: { Accept: "text/html" } });
  if (!exchange(await answer.text(), ids)) {
    location.assign(answer.url);
    return;
  }
  if (isKept && answer.ok) history.pushState({ parts: ids }, "", answer.url);
  const first = document.getElementById(ids[0]);
  first.querySelector("[autofocus], [role=alert], h1, h2")?.focus?.();
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
    follow(address, {}, ids, true);
  } else {
    follow(form.action, { method: "POST", body: told }, ids, true);
  }
});

addEventListener("popstate", () => location.reload());
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
