/* Comfort only: the book reads the same without this file. */
(() => {
  "use strict";

  // Reveals are open on paper, and closed again afterwards.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((reveal) => reveal.setAttribute("open", ""));
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((reveal) => reveal.removeAttribute("open"));
    opened = [];
  });
})();
