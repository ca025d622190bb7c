/* The list of questions filtered, and questions practised. Without this file both pages are whole
   lists, with answers that open. Nothing is sent anywhere: what you knew is kept in this browser. */
(() => {
  "use strict";

  const KEY = "rnnbook-interview";
  const DAYS = [0, 1, 3, 7, 21]; // a question in box n is asked again after so many days
  const RAPID = 10;
  const MARK = 8; // of the rapid round
  const MOCK = { 1: 2, 2: 2, 3: 1 }; // questions by level
  const MINUTES = 15;

  const items = [...document.querySelectorAll("ol.deck > li.card")];
  const lists = [...document.querySelectorAll("ol.deck")];
  if (!items.length) return;

  const make = (tag, settings = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), settings);
    made.append(...inside);
    return made;
  };
  const button = (text, onclick) => make("button", { type: "button", textContent: text, onclick });
  const words = (item) => item.textContent.toLowerCase();
  const today = () => Math.floor(Date.now() / 86400000);
  const shuffled = (all) =>
    all.map((one) => [Math.random(), one]).sort((a, b) => a[0] - b[0]).map((pair) => pair[1]);

  /* What a browser remembers; some refuse that to pages that are opened from a folder. */
  const store = {
    boxes: {},
    kept: true,
    load() {
      try {
        this.boxes = this.valid(JSON.parse(localStorage.getItem(KEY) || "{}"));
        localStorage.setItem(KEY, JSON.stringify(this.boxes));
      } catch {
        this.kept = false;
      }
    },
    save() {
      try {
        localStorage.setItem(KEY, JSON.stringify(this.boxes));
      } catch {
        this.kept = false;
      }
    },
    valid(data) {
      const good = {};
      if (typeof data !== "object" || data === null || Array.isArray(data)) throw new TypeError();
      for (const [slug, one] of Object.entries(data)) {
        const fits = one && Number.isInteger(one.box) && DAYS[one.box] !== undefined;
        if (fits && Number.isInteger(one.due)) good[slug] = { box: one.box, due: one.due };
      }
      return good;
    },
    grade(slug, knew) {
      const box = knew ? Math.min((this.boxes[slug]?.box ?? 0) + 1, DAYS.length - 1) : 0;
      this.boxes[slug] = { box, due: today() + DAYS[box] };
      this.save();
    },
    due: (slug) => (store.boxes[slug]?.due ?? 0) <= today(),
  };

  /* ---- The filter: which areas, which levels, which words. ---- */

  const chosen = (name, all) => {
    const options = [["", `all ${name}s`], ...all].map(([value, textContent]) =>
      make("option", { value, textContent }));
    const select = make("select", {}, ...options);
    return [make("label", {}, `${name[0].toUpperCase()}${name.slice(1)} `, select), select];
  };
  const areas = new Map();
  for (const item of items) {
    areas.set(item.dataset.area, item.querySelector(".place").textContent.split(",")[0]);
  }
  const [areaLabel, area] = chosen("area", [...areas]);
  const [levelLabel, level] = chosen("level", ["1", "2", "3"].map((n) => [n, n]));
  const search = make("input", { type: "search", autocomplete: "off" });
  const count = make("p", { className: "count", role: "status" });
  const filter = make("div", { className: "filter", role: "search" });
  filter.setAttribute("aria-label", "Questions");
  filter.append(make("label", {}, "Words ", search), areaLabel, levelLabel);

  const wanted = () => {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return items.filter((item) =>
      (!area.value || item.dataset.area === area.value) &&
      (!level.value || item.dataset.level === level.value) &&
      asked.every((word) => words(item).includes(word)));
  };
  const show = (some) => {
    const shown = new Set(some);
    for (const item of items) item.hidden = !shown.has(item);
    for (const list of lists) {
      const empty = ![...list.children].some((item) => shown.has(item));
      list.hidden = empty;
      const title = list.previousElementSibling;
      if (title?.classList.contains("rubric")) title.hidden = empty;
    }
  };
  const refresh = () => {
    const found = wanted();
    show(found);
    count.textContent = `Questions shown: ${found.length} of ${items.length}`;
  };
  for (const control of [search, area, level]) control.addEventListener("input", refresh);
  const first = lists[0].previousElementSibling?.classList.contains("rubric")
    ? lists[0].previousElementSibling : lists[0];
  first.before(filter, count);
  refresh();
  if (!lists[0].classList.contains("practice")) return;

  /* ---- Practice: a question, your answer, ours, a grade. ---- */

  store.load();
  const desk = make("section", { className: "desk", hidden: true });
  desk.setAttribute("aria-label", "Practice");
  const status = make("p", { className: "status", role: "status" });
  const clock = make("p", { className: "clock" });
  const modes = make("div", { className: "modes" });
  const keeping = make("div", { className: "keeping" });
  const note = make("p", { className: "note" });
  const summary = make("div", { className: "summary" });
  const reveal = button("Show the answer (Space)", () => open());
  const not = button("Not yet (1)", () => graded(false));
  const knew = button("Knew it (2)", () => graded(true));
  const stop = button("Stop (Esc)", () => end());
  const controls = make("div", { className: "controls" }, reveal, not, knew, stop);
  let run = null;
  let ticking = 0;

  const say = () => {
    const due = items.filter((item) => store.due(item.dataset.slug)).length;
    const known = Object.values(store.boxes).filter((one) => one.box > 1).length;
    note.textContent = `Due today: ${due} of ${items.length}. In the upper boxes: ${known}. ` +
      (store.kept
        ? "What you knew is kept in this browser and nowhere else."
        : "This browser keeps nothing for this page, so your progress ends with this tab. " +
          "Export it if you want to go on later.");
  };
  const start = (mode, queue) => {
    if (!queue.length) {
      summary.replaceChildren(make("p", { textContent: "No question is due with this filter." }));
      return;
    }
    run = { mode, queue, place: 0, total: queue.length, missed: new Set(), known: 0 };
    summary.replaceChildren();
    for (const part of [modes, filter, count, keeping, note]) part.hidden = true;
    desk.hidden = false;
    clearInterval(ticking);
    clock.textContent = "";
    if (mode === "mock") {
      const ends = Date.now() + MINUTES * 60000;
      const tick = () => {
        const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
        clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
        if (!left) end();
      };
      tick();
      ticking = setInterval(tick, 1000);
    }
    ask();
  };
  const current = () => run.queue[run.place];
  const ask = () => {
    const item = current();
    show([item]);
    item.querySelector("details").open = false;
    item.parentElement.before(desk);
    item.parentElement.after(controls);
    controls.hidden = false;
    reveal.hidden = false;
    not.hidden = knew.hidden = run.mode !== "rapid";
    status.textContent = `Question ${run.place + 1} of ${run.total}`;
    (run.mode === "rapid" ? knew : reveal).focus({ preventScroll: true });
  };
  const open = () => {
    current().querySelector("details").open = true;
    reveal.hidden = true;
    not.hidden = knew.hidden = false;
    status.textContent = "Compare, then grade yourself.";
    knew.focus({ preventScroll: true });
  };
  const graded = (good) => {
    const item = current();
    store.grade(item.dataset.slug, good);
    if (good) run.known += 1;
    if (!good && run.mode === "self" && !run.missed.has(item)) {
      run.queue.push(item); // once more at the end
      run.total += 1;
    }
    if (!good) run.missed.add(item);
    run.place += 1;
    run.place < run.queue.length ? ask() : end();
  };
  const end = () => {
    clearInterval(ticking);
    const done = run.place;
    const text = run.mode === "rapid"
      ? `${run.known} of ${done} known. The mark is ${MARK} of ${RAPID}: ` +
        (run.known >= MARK ? "passed." : "not yet.")
      : `${run.known} of ${done} known.`;
    const told = [make("p", { className: "result", tabIndex: -1, textContent: text })];
    if (run.missed.size) {
      told.push(make("p", { textContent: "To revise:" }), make("ul", {}, ...[...run.missed].map(
        (item) => make("li", {},
          item.querySelector(".question a").cloneNode(true),
          make("span", { textContent: `: ${item.querySelector(".study").textContent.replace(/^[^:]*: /, "")}` })))));
    }
    summary.replaceChildren(...told);
    run = null;
    desk.hidden = controls.hidden = true;
    for (const part of [modes, filter, count, keeping, note]) part.hidden = false;
    say();
    refresh();
    summary.scrollIntoView({ block: "nearest" });
    told[0].focus({ preventScroll: true });
  };

  const byLevel = () => {
    const some = shuffled(wanted());
    return Object.entries(MOCK).flatMap(([n, many]) =>
      some.filter((item) => item.dataset.level === n).slice(0, many));
  };
  modes.append(
    button("Self-test", () => start("self", wanted()
      .filter((item) => store.due(item.dataset.slug))
      .sort((a, b) => (store.boxes[a.dataset.slug]?.box ?? 0) - (store.boxes[b.dataset.slug]?.box ?? 0)))),
    button(`Rapid round (${RAPID} questions, ${MARK} to pass)`, () =>
      start("rapid", shuffled(wanted()).slice(0, RAPID))),
    button(`Mock interview (5 questions, ${MINUTES} minutes)`, () => start("mock", byLevel())));

  const file = make("input", { type: "file", accept: "application/json", hidden: true });
  file.addEventListener("change", async () => {
    try {
      store.boxes = store.valid(JSON.parse(await file.files[0].text()));
      store.save();
      say();
    } catch {
      note.textContent = "This file holds no progress: expected one that this page has exported.";
    }
    file.value = "";
  });
  keeping.append(
    button("Export progress", () => {
      const data = new Blob([JSON.stringify(store.boxes)], { type: "application/json" });
      const link = make("a", { href: URL.createObjectURL(data), download: "interview_progress.json" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }),
    button("Import progress", () => file.click()),
    button("Forget progress", () => {
      if (confirm("Forget what you knew? This cannot be undone.")) {
        store.boxes = {};
        store.save();
        say();
      }
    }),
    file);
  desk.append(status, clock);
  controls.hidden = true;
  first.before(modes, summary, note, keeping, desk);
  filter.before(modes);
  say();

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (!run || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const opened = current().querySelector("details").open;
    const gradable = opened || run.mode === "rapid";
    const acts = {
      " ": opened ? null : open,
      1: gradable ? () => graded(false) : null,
      2: gradable ? () => graded(true) : null,
      Escape: end,
    };
    if (event.key === " " && event.target.closest("button") && event.target !== reveal) return;
    if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
    }
  });
})();
