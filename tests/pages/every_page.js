// What is wrong with the page that is shown: headings, names of controls, the order of the keyboard, text that is no text.
([beginning, further]) => {
  const complaints = [];
  const complain = (what, element) => complaints.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
  const all = (selector) => [...document.querySelectorAll(selector)];

  const headings = all("h1, h2, h3, h4, h5, h6").filter((heading) => heading.checkVisibility());
  const levels = headings.map((heading) => Number(heading.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) complaints.push(`the page has not one h1 but these: ${levels}`);
  headings.forEach((heading, at) => levels[at] > (levels[at - 1] ?? 0) + 1 && complain("a heading skips a level", heading));

  for (const control of all("input:not([type=hidden]), select, textarea")) {
    const labels = [...control.labels].map((label) => label.textContent);
    const name = [...labels, control.ariaLabel ?? ""].join("").trim() || control.getAttribute("aria-labelledby");
    if (!name) complain("a control has no label", control);
  }
  for (const each of all("[tabindex]")) if (each.tabIndex > 0) complain("it is out of the order of the keyboard", each);
  for (const each of all("[id]")) if (document.getElementById(each.id) !== each) complain("its id is another's, too", each);

  const shown = ["value", "title", "aria-label", "placeholder"]; // attributes whose text is shown
  const texts = [];
  for (const each of all("*")) {
    if (each.matches("img, iframe, object, embed, base, style, script:not([src])")) complain("text became markup", each);
    for (const { name, value } of each.attributes) {
      if (name.startsWith("on") || name === "style") complain("text became a script or a style", each);
      if (/^\s*javascript:/i.test(value) && !shown.includes(name)) complain("text became an address", each);
      if (shown.includes(name)) texts.push(value);
    }
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode.data);
  let planted = 0;
  for (const text of texts.flatMap((each) => each.split(beginning).slice(1))) {
    planted += 1;
    const [, field, told] = /^([a-z_0-9]+)-\d+(.*)$/s.exec(text) ?? [];
    if (field === "content" || field === "note") continue; // notes are HTML, of which the text is shown
    let rest = told ?? "", at = 0;
    while (at < further.length && rest.startsWith(further[at])) rest = rest.slice(further[at++].length);
    if (/^[a-z_0-9-]*(\.\.\.|…)/.test(text)) continue; // it was cut off
    const isAltered = field === undefined || /^(49|&|<)/.test(rest) || further.some((part) => rest.startsWith(part));
    if (isAltered) complaints.push(`text is not shown as it is: ${text.slice(0, 160)}`);
  }
  return { complaints, planted };
}
