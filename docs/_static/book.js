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

  /* ---- What you have read is marked in every list. Nothing is sent anywhere. ---- */

  const KEY = "rnnbook-read";
  const SECONDS = 30; // if you reach the end sooner, you have only scrolled
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);
  const nameOf = (address) => {
    const { pathname } = new URL(address, location.href);
    return pathname.startsWith(root.pathname) ? pathname.slice(root.pathname.length) : "";
  };
  const here = nameOf(location.href);
  const page = /^chapters\/[^/]+\/plot_/;

  let kept = true; // some browsers refuse that to pages that are opened from a folder
  let read = new Set();
  const load = () => {
    try {
      const names = JSON.parse(localStorage.getItem(KEY) || "[]");
      read = new Set(Array.isArray(names) ? names.filter((name) => page.test(name)) : []);
    } catch (error) {
      if (!(error instanceof SyntaxError)) kept = false;
    }
  };
  const save = () => {
    try {
      localStorage.setItem(KEY, JSON.stringify([...read].sort()));
    } catch {
      kept = false;
    }
    show();
  };
  const make = (tag, settings = {}) => Object.assign(document.createElement(tag), settings);
  const button = make("button", { type: "button" });
  const note = make("span", { className: "read-note" });
  note.setAttribute("role", "status");
  const line = make("p", { className: "read-line" });

  const show = () => {
    for (const link of document.querySelectorAll(
      ".sidebar-tree a, .chapter-cards a, .deck .question a")) {
      link.classList.toggle("is-read", read.has(nameOf(link.href)));
    }
    if (page.test(here)) {
      button.textContent = read.has(here) ? "Mark as not read" : "Mark as read";
    } else {
      button.textContent = "Forget what I have read";
      note.textContent = `Pages you have read: ${read.size}.`;
      line.hidden = !read.size;
    }
    if (!kept) {
      button.hidden = true;
      line.hidden = false;
      note.textContent = "This browser keeps no marks of what you have read.";
    }
  };

  const main = document.querySelector("main");
  const end = document.querySelector(".content > footer");
  if (!main || !end) return;
  load();
  line.append(button, " ", note);
  if (page.test(here)) {
    end.prepend(line);
    button.addEventListener("click", () => {
      watching.disconnect();
      read.delete(here) || read.add(here);
      note.textContent = read.has(here) ? "The lists of chapters show it." : "";
      save();
    });
    let late = false;
    let ended = false;
    const done = () => {
      if (!late || !ended || read.has(here)) return;
      watching.disconnect();
      read.add(here);
      save();
    };
    const watching = new IntersectionObserver((seen) => {
      ended ||= seen.some((one) => one.isIntersecting);
      done();
    });
    if (!read.has(here)) watching.observe(line);
    setTimeout(() => { late = true; done(); }, SECONDS * 1000);
  } else if (/^chapters\/([^/]+\/)?(index|$)/.test(here)) {
    end.prepend(line);
    button.addEventListener("click", () => {
      if (!confirm("Forget which pages you have read? This cannot be undone.")) return;
      read.clear();
      save();
      main.focus();
    });
  }
  show();
  window.addEventListener("pageshow", (event) => { // the browser's way back shows an old page
    if (event.persisted) { load(); show(); }
  });
})();
