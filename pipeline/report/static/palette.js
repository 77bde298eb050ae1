// Colours for the canvas, read from the style sheet so that dark mode and print are said once.
hearout.palette = (() => {
  const NAMES = [
    "ink", "muted", "line", "surface", "vent", "quiet", "doubt", "band",
    "agent", "agent-soft", "customer", "customer-soft", "other", "other-soft",
  ];
  let colours = null;

  function read() {
    const style = getComputedStyle(document.documentElement);
    colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    colours.font = getComputedStyle(document.body).fontFamily;
    return colours;
  }

  /** Call `listener` when another set of colours applies: dark mode, print. */
  function onChange(listener) {
    for (const query of ["(prefers-color-scheme: dark)", "print"]) {
      matchMedia(query).addEventListener("change", () => { read(); listener(); });
    }
  }

  return { get: () => colours ?? read(), onChange };
})();
