/* Sections of a page as slides: one at a time, by buttons, Space and arrow keys. Without this file the
   page is read from top to bottom. */
(() => {
  "use strict";

  const slides = [...document.querySelectorAll("article section > section")];
  if (slides.length < 2) return;
  const SECONDS = 12;

  const button = (text, onclick) =>
    Object.assign(document.createElement("button"), { type: "button", textContent: text, onclick });
  const status = Object.assign(document.createElement("p"), { className: "slide-status" });
  status.setAttribute("role", "status");
  let at = 0;
  let timer = 0;
  let whole = false;

  const show = (index) => {
    at = Math.max(0, Math.min(slides.length - 1, index));
    slides.forEach((slide, k) => { slide.hidden = !whole && k !== at; });
    const title = slides[at].querySelector("h2").firstChild.textContent;
    status.textContent = `Step ${at + 1} / ${slides.length}: ${title}`;
    back.disabled = at === 0;
    next.disabled = at === slides.length - 1;
    if (next.disabled) pause();
  };
  const pause = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
  };
  const start = () => {
    if (whole) toggle();
    if (at === slides.length - 1) show(0);
    timer = setInterval(() => show(at + 1), 1000 * SECONDS);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
  };
  const go = (step) => {
    pause();
    if (whole) toggle();
    show(at + step);
  };
  const toggle = () => {
    whole = !whole;
    all.textContent = whole ? "One at a time" : "Show all";
    pause();
    show(at);
  };

  const back = button("Back", () => go(-1));
  const play = button("Play", () => (timer ? pause() : start()));
  const next = button("Next", () => go(1));
  const all = button("Show all", toggle);
  const bar = Object.assign(document.createElement("div"), { className: "slide-bar" });
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Steps");
  bar.append(back, play, next, all);
  slides[0].before(bar, status);

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (event.key === "ArrowRight") go(1);
    else if (event.key === "ArrowLeft") go(-1);
    else if (event.key === " " && !event.target.closest("a, button, summary")) {
      if (timer) pause();
      else start();
    } else return;
    event.preventDefault();
  });
  const opened = slides.findIndex((slide) => `#${slide.id}` === location.hash);
  show(Math.max(0, opened));
  addEventListener("beforeprint", () => slides.forEach((slide) => { slide.hidden = false; }));
  addEventListener("afterprint", () => show(at));
})();
