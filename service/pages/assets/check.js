// Lets the browser check the proof on the page of an event, and shows each step and the verdict.
import { given, recall, show } from "./keys.js";
import { base64, checkProof } from "./proof.js";

const section = document.querySelector("[data-check]");
const part = (name) => section.querySelector(`[data-${name}]`);

function clear() {
  for (const each of section.querySelectorAll("[data-outcome]")) each.hidden = true;
  for (const each of section.querySelectorAll("[data-made], [data-levels], [data-note]")) each.textContent = "";
}

function tell({ name, made, outcome, levels, note }) {
  const step = section.querySelector(`[data-step="${name}"]`);
  step.querySelector("[data-made]").textContent = made;
  const said = step.querySelector(`[data-outcome="${outcome}"]`);
  if (said) said.hidden = false;
  if (note) part("note").textContent = note;
  for (const { beside, isRight, node } of levels ?? []) {
    const line = document.createElement("li");
    const code = document.createElement("code");
    code.textContent = isRight ? `${base64(beside)} + … = ${base64(node)}` : `… + ${base64(beside)} = ${base64(node)}`;
    line.append(code);
    part("levels").append(line);
  }
}

async function verdict() {
  if (!crypto.subtle) return "insecure";
  const by = await given();
  if (!by) return "no-key";
  const { position, event, when, user } = section.dataset;
  try {
    const shown = { position: Number(position), event, when, user };
    const found = await checkProof(part("proof").value, by.keys, shown, tell);
    return found === "sound" && !by.isOwn ? "shown" : found;
  } catch {
    return "altered";
  }
}

async function run() {
  clear();
  show(section, await verdict());
}

if (section) {
  recall();
  part("run").hidden = false;
  part("run").addEventListener("click", run);
  run();
}
