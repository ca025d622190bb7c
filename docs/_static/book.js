/* Comfort only: the book reads the same without this file. */
(() => {
  "use strict";

  // The summaries under search results are fetched, which a browser refuses to pages on disk.
  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  }

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
