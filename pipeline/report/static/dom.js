// Building elements. Text goes in as text only, never as markup.
hearout.dom = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const LEAD = 2, TAIL = 0.5; // what led to evidence is heard too
  const byId = (id) => document.getElementById(id);

  /** An element with attributes; children are nodes or strings (which become text nodes). */
  function element(tag, attributes = {}, ...children) {
    return fill(document.createElement(tag), attributes, children);
  }

  /** The same, of the SVG kind. */
  function drawing(tag, attributes = {}, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
  }

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  /** A button that plays a span from 2 s before it to a little after it. */
  function playButton([start, end], attributes, ...children) {
    return element("button", {
      type: "button", "data-play": Math.max(0, start - LEAD).toFixed(3), "data-until": (end + TAIL).toFixed(3), ...attributes,
    }, ...children);
  }

  /** A verdict as a badge: sign and word. */
  const badge = (verdict, words) => element("span", { class: `verdict ${verdict}` }, words[verdict]);

  /** Rows of name and value as a description list. */
  function numbers(rows) {
    return element("dl", { class: "numbers" }, ...rows.map(([name, value]) =>
      element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  }

  return { LEAD, byId, element, drawing, playButton, badge, numbers };
})();
