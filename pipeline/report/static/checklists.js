// Checklists: a tab each with its verdict at a glance; below it a card per line, whose heading plays the evidence.
hearout.createChecklists = (call) => {
  const { byId, element, playButton, badge, numbers } = hearout.dom;
  const { clock, percent } = hearout.format;
  const words = call.verdictWords;
  const section = byId("checklists");
  if (!call.checklists.length) return;

  function score({ score: value, score_range: [low, high] }) {
    if (value === null) return "nothing to score";
    return low === high ? percent(value) : `${Math.round(low * 100)}–${percent(high)}`; // with the unsure ones failed, passed
  }

  function evidence(items) {
    const once = new Map(items.map((item) => [`${item.span[0]} ${item.text}`, item])); // one moment may count twice
    return element("ul", { class: "evidence" }, ...[...once.values()].map(({ span, text }) => element("li", {},
      playButton(span, { class: "at", "aria-label": `Play the evidence at ${clock(span[0])}` },
        element("i", { class: "go", "aria-hidden": "true" }), clock(span[0]), text ? " " : "", element("span", { dir: "auto" }, text)))));
  }

  /** The claim: a button that plays its first evidence, or plain words where there is none. */
  function claim(item) {
    const inside = [badge(item.verdict, words), element("b", { dir: "auto" }, item.title)];
    const first = item.evidence[0];
    if (!first) return element("div", { class: "claim" }, ...inside);
    const time = element("span", { class: "when" }, element("i", { class: "go", "aria-hidden": "true" }), clock(first.span[0]));
    return playButton(first.span, { class: "claim", "aria-label": `${words[item.verdict]}: ${item.title}. Play the evidence at ${clock(first.span[0])}` }, ...inside, time);
  }

  function finer(item) {
    const row = element("li", { class: item.verdict }, claim(item));
    if (item.reason) row.append(element("p", { dir: "auto" }, item.reason));
    return row;
  }

  function why(item) {
    const node = element("details", { class: "why" }, element("summary", {}, "Why"));
    // Filled when it is opened: most never are.
    node.addEventListener("toggle", () => {
      const rows = [["How sure", percent(item.confidence)]];
      if (item.measured !== null) rows.unshift(["Measured", number(item.measured)]);
      if (item.target !== null) rows.splice(rows.length - 1, 0, ["Wanted", number(item.target)]);
      if (item.evidence.length) node.append(evidence(item.evidence));
      node.append(numbers(rows));
      const flips = call.flips[item.reason];
      if (flips) {
        node.append(element("p", { class: "flips" }, "It would turn round with:"),
          element("ul", { class: "flips" }, ...flips.map((flip) => element("li", {}, flip))));
      }
      if (item.items.length) node.append(element("ul", { class: "finer" }, ...item.items.map(finer)));
    }, { once: true });
    return node;
  }

  const number = (value) => String(Math.round(value * 1000) / 1000);

  function card(item) {
    const node = element("li", { class: `line ${item.verdict}` }, claim(item));
    if (item.reason) node.append(element("p", { dir: "auto" }, item.reason));
    node.append(why(item));
    return node;
  }

  const panels = call.checklists.map((list, index) => element("div", {
    role: "tabpanel", id: `checklist-${index}`, "aria-labelledby": `tab-${index}`, class: "panel",
  }, element("p", { class: "panel-title" }, badge(list.verdict, words), element("b", { dir: "auto" }, list.title), ` ${score(list)}`),
    element("ul", { class: "lines" }, ...list.items.map(card))));

  const tabs = call.checklists.map((list, index) => {
    const tab = element("button", { type: "button", role: "tab", id: `tab-${index}`, "aria-controls": `checklist-${index}`, class: `tab ${list.verdict}` },
      element("b", { dir: "auto" }, list.title), element("span", { class: "scored" }, badge(list.verdict, words), score(list)));
    tab.addEventListener("click", () => open(index));
    return tab;
  });

  function open(index) {
    tabs.forEach((tab, k) => {
      tab.setAttribute("aria-selected", String(k === index));
      tab.tabIndex = k === index ? 0 : -1;
      panels[k].classList.toggle("closed", k !== index);
    });
  }

  const tablist = element("div", { role: "tablist", class: "tabs", "aria-labelledby": "checklists-title" }, ...tabs);
  tablist.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const to = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
    open(to);
    tabs[to].focus();
    event.preventDefault(); // the arrows move between tabs here, not in the call
  });
  // On paper all lines stand on one page: the more there are, the shorter their reasons.
  const failed = call.checklists.flatMap((list) => list.items).filter(({ verdict }) => verdict === "fail" || verdict === "unsure").length;
  section.classList.toggle("dense", failed > 24);
  section.classList.toggle("bare", failed > 44);
  section.append(tablist, ...panels);
  section.hidden = false;
  open(0);
};
