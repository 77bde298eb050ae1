// All measures as published, for who wants to see more than the key ones: written when they are asked for.
hearout.createMeasures = (call) => {
  const { byId, element } = hearout.dom;
  const node = byId("all-measures"), measures = Object.entries(call.measures);

  function row([name, value]) {
    const text = value === null ? "—" : String(Number(value.toFixed(3))), reason = call.unmeasured[name];
    const why = reason ? [" ", element("span", { class: "quiet" }, reason)] : [];
    return element("div", {}, element("dt", {}, name), element("dd", {}, text, ...why));
  }

  node.addEventListener("toggle", () => node.append(element("dl", {}, ...measures.map(row))), { once: true });
  node.hidden = !measures.length;
};
