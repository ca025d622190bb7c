/* Three models that run on the page: an LSTM that reads what you type, a memory of keys and values, and a
   gradient on its way back. Their numbers are those of the book's own layers; tests/site compares them
   with PyTorch. Nothing is loaded but the weights of the LSTM, when the reader asks for them. */
(() => {
  "use strict";

  /* ---- The models: plain arrays in, plain arrays out. ---- */

  const dot = (a, b) => { // a loop: most of the time of a page goes by here
    let sum = 0;
    for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
    return sum;
  };

  const random = (seed) => { // mulberry32: the same numbers in every browser
    let state = seed >>> 0;
    const uniform = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    const normal = () =>
      Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return { uniform, normal };
  };

  /* What is read for each query after all pairs were written. The state of the first three rules is
     a matrix S, (values, keys): sum S + v k', decay keep S + v k', delta S + (v - S k) k'. */
  const read = (rule, keys, values, queries, { keep = 0.9, scale = 8 } = {}) => {
    if (rule === "all kept") {
      return queries.map((q) => {
        const scores = keys.map((k) => scale * dot(k, q));
        const top = Math.max(...scores);
        const weights = scores.map((s) => Math.exp(s - top));
        const total = weights.reduce((a, b) => a + b, 0);
        return values[0].map((_, j) => dot(weights, values.map((v) => v[j])) / total);
      });
    }
    let S = values[0].map(() => keys[0].map(() => 0));
    keys.forEach((k, t) => {
      const held = S.map((row) => dot(row, k));
      const before = rule === "decay" ? keep : 1;
      S = S.map((row, j) => {
        const written = rule === "delta" ? values[t][j] - held[j] : values[t][j];
        return row.map((s, i) => before * s + written * k[i]);
      });
    });
    return queries.map((q) => S.map((row) => dot(row, q)));
  };

  /* The norm of the gradient at the state k steps before the last one, from a vector of norm one. */
  const gradient = (W, inputs, tanh) => {
    let h = W.map(() => 0);
    const states = inputs.map((u) => {
      const z = W.map((row, i) => dot(row, h) + u[i]);
      h = tanh ? z.map(Math.tanh) : z;
      return h;
    });
    let g = W.map(() => 1 / Math.sqrt(W.length));
    const norms = [1];
    for (let t = states.length - 1; t > 0; t -= 1) {
      const through = g.map((x, i) => (tanh ? x * (1 - states[t][i] ** 2) : x));
      g = W.map((_, j) => W.reduce((sum, row, i) => sum + row[j] * through[i], 0));
      norms.push(Math.sqrt(dot(g, g)));
    }
    return norms;
  };

  const sigmoid = (a) => 1 / (1 + Math.exp(-a));

  /* One step of an LSTM on the letter with this id; the gates are stacked as in PyTorch: i, f, g, o. */
  const step = (net, id, h, c) => {
    const { E, W_xh, W_hh, W_y, b_h, b_y } = net;
    const a = W_xh.map((row, j) => dot(row, E[id]) + dot(W_hh[j], h) + b_h[j]);
    const H = h.length;
    const i = a.slice(0, H).map(sigmoid);
    const f = a.slice(H, 2 * H).map(sigmoid);
    const g = a.slice(2 * H, 3 * H).map(Math.tanh);
    const o = a.slice(3 * H).map(sigmoid);
    const next = c.map((old, j) => f[j] * old + i[j] * g[j]);
    const shown = next.map((x, j) => o[j] * Math.tanh(x));
    const logits = W_y.map((row, j) => dot(row, shown) + b_y[j]);
    const top = Math.max(...logits);
    const total = logits.reduce((sum, x) => sum + Math.exp(x - top), 0);
    return { h: shown, c: next, f, p: logits.map((x) => Math.exp(x - top) / total) };
  };

  /* What the network computes after each letter, from a state of zeros. What it computed for the first
     letters may be given, and is not computed again. */
  const readText = (net, ids, known = []) => {
    const zeros = net.W_hh[0].map(() => 0);
    const after = [...known];
    for (const id of ids.slice(known.length)) {
      const { h, c } = after[after.length - 1] || { h: zeros, c: zeros };
      after.push(step(net, id, h, c));
    }
    return after;
  };

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const floats = (text) => {
    const view = new DataView(bytes(text).buffer);
    return Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
  };
  const unpack = ({ letters, matrices, biases }) => {
    const net = { letters };
    for (const [name, [rows, columns, whole, scale]] of Object.entries(matrices)) {
      const [numbers, factors] = [new Int8Array(bytes(whole).buffer), floats(scale)];
      net[name] = Array.from({ length: rows }, (_, j) =>
        Array.from(numbers.subarray(j * columns, (j + 1) * columns), (n) => n * factors[j]));
    }
    for (const [name, bias] of Object.entries(biases)) net[name] = floats(bias);
    return net;
  };

  let loaded = () => {};
  const load = (packed) => { window.Live.net = unpack(packed); loaded(); };
  window.Live = { random, read, gradient, readText, load };

  /* ---- The pages' controls. ---- */

  const SVG = "http://www.w3.org/2000/svg";
  const make = (tag, settings = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), settings);
    made.append(...inside);
    return made;
  };
  const drawn = (tag, attributes) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const slider = (words, min, max, step, value, changed) => {
    const input = make("input", { type: "range", min, max, step, value });
    input.value = value; // min and max have to be set before
    const output = make("span", { textContent: value });
    input.addEventListener("input", () => { output.textContent = input.value; changed(); });
    const set = (number) => { input.value = number; output.textContent = input.value; };
    return {
      label: make("label", {}, `${words} `, input, " ", output),
      get: () => Number(input.value),
      set,
      most: (number) => { input.max = number; set(input.value); }, // the browser lowers the value
    };
  };
  const shell = (place, ...controls) => {
    const bar = make("div", { className: "live-controls" }, ...controls);
    const picture = make("div", { className: "live-picture" });
    const summary = make("p", { className: "live-summary" });
    summary.setAttribute("role", "status");
    place.append(bar, picture, summary);
    return { picture, summary };
  };

  const SIGNS = 8;
  const RULES = ["sum", "decay", "delta", "all kept"];

  const memory = (place) => {
    let seed = 1;
    const width = slider("numbers in a key", 4, 64, 4, 32, () => update());
    const pairs = slider("pairs written", 2, 64, 2, 16, () => update());
    const again = make("input", { type: "checkbox" });
    const draw = make("button", {
      type: "button",
      textContent: "Draw other keys",
      onclick: () => { seed += 1; update(); },
    });
    again.addEventListener("input", () => update());
    const { picture, summary } = shell(
      place, width.label, pairs.label, make("label", {}, again, " each key is written twice"), draw);

    const update = () => {
      const { uniform, normal } = random(seed);
      const d = width.get();
      const n = pairs.get();
      const unit = () => {
        const k = Array.from({ length: d }, normal);
        const norm = Math.sqrt(dot(k, k));
        return k.map((x) => x / norm);
      };
      const signs = () => Array.from({ length: SIGNS }, () => (uniform() < 0.5 ? -1 : 1));
      const queries = Array.from({ length: again.checked ? n / 2 : n }, unit);
      const keys = again.checked ? [...queries, ...queries] : queries;
      const values = keys.map(signs);
      const wanted = values.slice(-queries.length);
      const said = [];
      picture.replaceChildren();
      for (const rule of RULES) {
        const found = read(rule, keys, values, queries);
        const right = found.map((v, i) => v.every((x, j) => x * wanted[i][j] > 0));
        const share = right.filter(Boolean).length / right.length;
        said.push(`${rule} ${Math.round(100 * share)} %`);
        const row = make("div", { className: "live-row" }, make("span", { textContent: rule }));
        const dots = make("span", { className: "live-dots" });
        dots.setAttribute("aria-hidden", "true");
        for (const one of right) dots.append(make("i", { className: one ? "right" : "wrong" }));
        row.append(dots, make("b", { textContent: `${Math.round(100 * share)} %` }));
        picture.append(row);
      }
      const how = again.checked ? `${n / 2} keys written twice` : `${n} pairs`;
      summary.textContent = `${how}, ${d} numbers in a key. All ${SIGNS} signs right: ${said.join(", ")}.`;
    };
    update();
  };

  const UNITS = 16;
  const STEPS = 50;

  const gain = (place) => {
    const size = slider("gain of the weights", 0.5, 3, 0.05, 1, () => update());
    const loud = slider("size of the inputs", 0, 2, 0.05, 0.5, () => update());
    const bias = slider("forget bias of an LSTM", -1, 6, 0.25, 1, () => update());
    const bend = make("input", { type: "checkbox", checked: true });
    bend.addEventListener("input", () => update());
    const { picture, summary } = shell(
      place, size.label, loud.label, make("label", {}, bend, " tanh"), bias.label);

    const { normal } = random(7);
    const base = Array.from({ length: UNITS }, () =>
      Array.from({ length: UNITS }, () => normal() / Math.sqrt(UNITS)));
    const noise = Array.from({ length: STEPS + 1 }, () => Array.from({ length: UNITS }, normal));

    const update = () => {
      const W = base.map((row) => row.map((w) => size.get() * w));
      const inputs = noise.map((u) => u.map((x) => loud.get() * x));
      const norms = gradient(W, inputs, bend.checked);
      const kept = 1 / (1 + Math.exp(-bias.get()));
      const path = norms.map((_, k) => kept ** k);
      picture.replaceChildren(chart([["plain", norms, 24, 18], ["cell path", path, 6, -8]]));
      const last = (values) => values[STEPS].toExponential(0);
      summary.textContent =
        `After ${STEPS} steps, ${last(norms)} of the plain gradient is left, and ${last(path)} ` +
        "of the one along a cell.";
    };

    const chart = (lines) => {
      const [wide, high, left, foot] = [360, 220, 46, 30];
      const [top, bottom] = [8, -16]; // powers of ten
      const x = (k) => left + (k / STEPS) * (wide - left - 10);
      const y = (value) => {
        const power = Math.log10(Math.max(value, 1e-300));
        return 10 + ((top - Math.min(top, Math.max(bottom, power))) / (top - bottom)) * (high - foot - 10);
      };
      const svg = drawn("svg", { viewBox: `0 0 ${wide} ${high}`, "aria-hidden": "true" });
      for (let power = top; power >= bottom; power -= 8) {
        svg.append(drawn("path", { class: "grid", d: `M${left} ${y(10 ** power)}H${wide - 10}` }));
        const text = drawn("text", { x: left - 6, y: y(10 ** power) + 4, "text-anchor": "end" });
        text.textContent = power === 0 ? "1" : `1e${power}`;
        svg.append(text);
      }
      for (const k of [0, 25, 50]) {
        const anchor = k === STEPS ? "end" : "middle";
        const text = drawn("text", { x: x(k), y: high - 10, "text-anchor": anchor });
        text.textContent = k === STEPS ? "50 steps back" : String(k);
        svg.append(text);
      }
      for (const [name, values, at, below] of lines) {
        const d = values.map((v, k) => `${k ? "L" : "M"}${x(k).toFixed(1)} ${y(v).toFixed(1)}`).join("");
        svg.append(drawn("path", { class: name.replace(" ", "-"), d }));
        const text = drawn("text", { x: x(at), y: y(values[at]) + below });
        text.textContent = name;
        svg.append(text);
      }
      return svg;
    };
    update();
  };

  const SPECIAL = 4; // padding, start, end and unknown come first
  const MOST = 8;
  const PAUSE = 500; // milliseconds
  const name = (letter) => ({ " ": "\u2423", "\n": "\u23ce" })[letter] || letter;
  const spoken = (letter) => ({ " ": "a space", "\n": "a new line" })[letter] || `"${letter}"`;

  const typed = (place) => {
    const start = make("button", {
      type: "button",
      textContent: `Load the network (${place.dataset.size})`,
      onclick: () => {
        start.disabled = true;
        const script = make("script", { src: place.dataset.weights });
        script.onerror = () => {
          start.disabled = false;
          start.textContent = "The network could not be loaded: try again";
        };
        loaded = () => { start.remove(); watch(place); };
        document.head.append(script);
      },
    });
    place.append(start);
  };

  const watch = (place) => {
    const { net } = window.Live;
    const units = net.W_hh[0].length;
    const box = make("textarea", { rows: 3, maxLength: 300, spellcheck: false });
    box.value = "To be, or not to be: that is the question.";
    box.addEventListener("input", () => { upTo.most(300); upTo.set(300); update(); });
    const unit = slider("unit", 1, units, 1, 1, () => update());
    const upTo = slider("letters read", 1, 300, 1, 300, () => update());
    const { picture, summary } = shell(
      place, make("label", { className: "wide" }, "Your text ", box), upTo.label, unit.label);

    /* A screen reader reads the summary whenever it changes: so it waits for a pause in the typing. */
    let pause = 0;
    const say = (...sentences) => {
      clearTimeout(pause);
      pause = setTimeout(() => { summary.textContent = `${sentences.join(". ")}.`; }, PAUSE);
    };

    let [ids, states] = [[], []];
    const readOn = (text) => { // from the first letter that is another one
      const next = text.map((letter) => net.letters.indexOf(letter));
      const other = next.findIndex((id, t) => id !== ids[t]);
      states = readText(net, next, states.slice(0, other < 0 ? next.length : other));
      ids = next;
    };

    const update = () => {
      const known = [...box.value].filter((letter) => net.letters.indexOf(letter) >= SPECIAL);
      const skipped = [...new Set(box.value)].filter((letter) => !known.includes(letter));
      const said = skipped.length ? [`Skipped, because the play has none: ${skipped.join(" ")}`] : [];
      picture.replaceChildren();
      if (!known.length) {
        say(...said, "Type a letter");
        return;
      }
      upTo.most(known.length);
      const read = known.slice(0, upTo.get());
      readOn(known);
      const after = states.slice(0, read.length);
      const bits = read.map((_, t) => (t ? -Math.log2(after[t - 1].p[ids[t]]) : NaN));
      const keep = after.map(({ f }) => f.reduce((a, b) => a + b, 0) / units);
      const strip = make("div", { className: "live-strip" });
      strip.setAttribute("aria-hidden", "true");
      read.forEach((letter, t) => {
        const value = after[t].h[unit.get() - 1];
        const cell = make("span", {}, make("b", { textContent: name(letter) }), make("i"), make("u"));
        cell.style.setProperty("--unit", Math.abs(value).toFixed(3));
        cell.className = value < 0 ? "below" : "above";
        cell.style.setProperty("--bits", Math.min(1, (bits[t] || 0) / 8).toFixed(3));
        cell.style.setProperty("--keep", keep[t].toFixed(3));
        strip.append(cell);
      });
      const { p } = after[after.length - 1];
      const order = p.map((_, id) => id).slice(SPECIAL).sort((a, b) => p[b] - p[a]).slice(0, MOST);
      const bars = make("div", { className: "live-bars" });
      bars.setAttribute("aria-hidden", "true");
      for (const id of order) {
        const bar = make("i");
        bar.style.setProperty("--share", p[id].toFixed(4));
        bars.append(make("div", { className: "live-row" },
          make("span", { textContent: name(net.letters[id]) }), bar,
          make("b", { textContent: `${Math.round(100 * p[id])} %` })));
      }
      picture.append(strip, bars);
      const costs = bits.slice(1);
      const mean = costs.reduce((a, b) => a + b, 0) / costs.length;
      said.push(`After ${read.length} letters the most likely next one is ` +
        `${spoken(net.letters[order[0]])}, with ${Math.round(100 * p[order[0]])} %`);
      if (costs.length) {
        said.push(`Bits: ${costs[costs.length - 1].toFixed(1)} for the last letter, ` +
          `${mean.toFixed(2)} for each on average`);
      }
      const value = after[after.length - 1].h[unit.get() - 1].toFixed(2).replace("-", "\u2212");
      said.push(`Unit ${unit.get()} is at ${value}, the forget gates at ${keep[keep.length - 1].toFixed(2)}`);
      say(...said);
    };
    update();
    box.focus({ preventScroll: true });
  };

  const KINDS = { memory, gain, typed };
  for (const place of document.querySelectorAll("[data-live]")) KINDS[place.dataset.live](place);
})();
