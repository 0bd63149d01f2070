// Lets the browser check that the log of now continues a checkpoint that somebody has kept.
import { given, recall, show } from "./keys.js";
import { checkSignature, isConsistent, readNote } from "./proof.js";

const section = document.querySelector("[data-kept-check]");
const part = (name) => section.querySelector(`[data-${name}]`);

/** A note as it was pasted: blanks around it do not count, the end of its last line does. */
const noteIn = (text) => readNote(`${text.replaceAll("\r\n", "\n").trim()}\n`);

async function verdict() {
  if (!crypto.subtle) return "insecure";
  const by = await given();
  if (!by) return "no-key";
  let kept;
  try {
    kept = noteIn(part("note").value);
  } catch {
    return "note";
  }
  try {
    return await heldAgainst(kept, readNote(document.querySelector("[data-newest]").textContent), by.keys);
  } catch {
    return "altered";
  }
}

async function heldAgainst(kept, newest, keys) {
  for (const note of [kept, newest]) {
    const { outcome } = await checkSignature(note, keys);
    if (outcome !== "sound") return outcome;
  }
  if (kept.origin !== newest.origin) return "incarnation";
  if (kept.size > newest.size) return "altered";
  const answer = await fetch(`/audit/consistency?from=${kept.size}&to=${newest.size}`);
  if (!answer.ok) return "refused";
  return (await isConsistent(kept, newest, (await answer.json()).path)) ? "sound" : "altered";
}

if (section) {
  show(section, "");
  recall();
  part("run").hidden = false;
  part("run").addEventListener("click", async () => show(section, await verdict()));
}
