// The inbox: choose all leads at once, mark the row whose lead is open beside it, and show the list anew after changes.

import { exchange } from "./parts.js";

const list = () => document.getElementById("leads");
const picks = () => [...list().querySelectorAll("input[name=lead]")];
let isChanged = false;

function prepare() {
  const all = list().querySelector("[data-all]");
  if (all) all.hidden = false;
  const { address } = document.getElementById("context").dataset;
  for (const link of list().querySelectorAll("th a[data-parts]")) {
    if (link.getAttribute("href") === address) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

async function showAnew() {
  const answer = await fetch(list().dataset.address, { headers: { Accept: "text/html" } });
  const title = document.title;
  exchange(await answer.text(), ["leads"]);
  document.title = title;
}

function close(context) {
  const open = list().querySelector("a[aria-current]");
  context.replaceChildren();
  delete context.dataset.address;
  history.pushState({}, "", list().dataset.address);
  prepare();
  open?.focus();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const pick of picks()) pick.checked = event.target.checked;
});

document.addEventListener("submit", (event) => {
  if (event.target.closest("#context")) isChanged = true;
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close]")) return;
  event.preventDefault();
  close(document.getElementById("context"));
});

document.addEventListener("parts", (event) => {
  prepare();
  if (event.detail.includes("context") && isChanged) {
    isChanged = false;
    showAnew();
  }
});

prepare();
