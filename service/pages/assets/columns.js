// Keeps a column of the board as long as it was made: where it is shown anew, as many further pages follow as before.

import { parsed } from "./parts.js";

const lengths = new Map(); // of columns with further pages, by their ids: how many pages, and how many pixels

function measure(column) {
  const pages = column.querySelectorAll(".board-more .deals").length;
  if (pages) lengths.set(column.id, { pages, height: column.offsetHeight });
}

async function lengthen(column) {
  const { pages, height } = lengths.get(column.id);
  column.style.minHeight = `${height}px`; // so that nothing below the pointer moves meanwhile
  for (let page = 0; page < pages && column.isConnected; page++) {
    const link = column.querySelector(".board-more > a");
    if (!link) break;
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    const more = parsed(await answer.text()).getElementById(link.dataset.parts);
    if (!more) break;
    link.closest(".board-more").replaceWith(more);
  }
  column.style.minHeight = "";
  measure(column);
}

document.addEventListener("parts", (event) => {
  const column = document.getElementById(event.detail[0])?.closest(".stage");
  if (column) measure(column);
});

new MutationObserver((changes) => {
  for (const { addedNodes } of changes)
    for (const node of addedNodes)
      if (node.nodeType === Node.ELEMENT_NODE)
        for (const column of node.matches(".stage") ? [node] : node.querySelectorAll(".stage"))
          if (lengths.has(column.id) && !column.querySelector(".board-more .deals")) lengthen(column);
}).observe(document.getElementById("content"), { childList: true, subtree: true });
