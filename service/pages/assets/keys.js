// The public key that an auditor has from elsewhere, which this browser remembers; without it, the one a page shows.
import { NoKey, readKeys } from "./proof.js";

const KEPT = "leadledger-keys";

export const field = () => document.querySelector("[data-keys]");

/** Put the key that is remembered in its field. */
export function recall() {
  field().value = localStorage.getItem(KEPT) ?? "";
}

/** The keys to check by, and whether they are the auditor's own; null where what is given is no key. */
export async function given() {
  const own = field().value.trim();
  try {
    const keys = await readKeys(own || document.querySelector("[data-shown-keys]").textContent);
    if (own) localStorage.setItem(KEPT, own);
    else localStorage.removeItem(KEPT);
    return { keys, isOwn: own !== "" };
  } catch (error) {
    if (error instanceof NoKey) return null;
    throw error;
  }
}

/** Show one of the verdicts of a section, and none of the others. */
export function show(section, verdict) {
  for (const each of section.querySelectorAll("[data-verdict]")) each.hidden = each.dataset.verdict !== verdict;
}
