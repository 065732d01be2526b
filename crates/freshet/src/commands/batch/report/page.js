"use strict";
(() => {
  const PAGE = 200;
  const jobs = JSON.parse(document.getElementById("data").textContent);
  const element = (id) => document.getElementById(id);
  const make = (tag, props = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), props);
    made.append(...children);
    return made;
  };
  // Results are JSON as text, and stay so: numbers keep their digits.
  const plain = (json) => json.startsWith('"') ? JSON.parse(json) : json;
  const laid = (json) => {
    let depth = 0;
    const line = () => "\n" + "  ".repeat(depth);
    return json.replace(/"(?:[^"\\]|\\.)*"|\[\s*\]|\{\s*\}|[[\]{},:]|\s+/g, (part) => {
      switch (part) {
        case "[": case "{": depth++; return part + line();
        case "]": case "}": depth--; return line() + part;
        case ",": return part + line();
        case ":": return ": ";
        default: return part.trim();
      }
    });
  };
  for (const job of jobs) {
    const { error, result } = job;
    job.about = error ? `${error.code}: ${error.message}` : result !== null ? plain(result) : job.log.split("\n")[0];
    job.text = [job.n, job.key, job.script, JSON.stringify(job.args), job.state, job.about, job.log, error && error.at, error && error.help]
      .join("\n").toLowerCase();
  }
  const shown = { find: "", state: "", sort: "n", down: false, count: PAGE };

  const chosen = () => {
    const words = shown.find.toLowerCase().split(/\s+/).filter(Boolean);
    const found = jobs.filter((job) => (!shown.state || job.state === shown.state) && words.every((word) => job.text.includes(word)));
    const of = (job) => job[shown.sort] ?? -1;
    const compare = (a, b) => typeof of(a) === "string" ? String(of(a)).localeCompare(String(of(b))) : of(a) - of(b);
    found.sort((a, b) => (shown.down ? -1 : 1) * compare(a, b) || a.n - b.n);
    return found;
  };

  const part = (title, ...children) => [make("h3", { textContent: title }), ...children];
  const details = (job) => {
    const cell = make("td", { colSpan: 5 });
    if (job.error) {
      const { code, message, help, at, calls } = job.error;
      cell.append(...part("Error", make("div", { className: "wrong", textContent: `${code}: ${message}` })));
      if (at) cell.append(make("div", {}, "at ", make("code", { textContent: at })));
      for (const [name, place] of calls) cell.append(make("div", {}, `${name} called at `, make("code", { textContent: place ?? "an unknown place" })));
      if (help) cell.append(make("div", { textContent: `Help: ${help}` }));
    }
    const names = Object.keys(job.args);
    if (names.length) {
      const rows = names.map((name) => make("tr", {}, make("td", {}, make("code", { textContent: name })), make("td", { textContent: job.args[name] })));
      cell.append(...part("Arguments", make("table", {}, make("tbody", {}, ...rows))));
    }
    if (job.result !== null) cell.append(...part("Result", make("pre", { textContent: job.result.startsWith('"') ? plain(job.result) : laid(job.result) })));
    if (job.log) cell.append(...part("Log", make("pre", { textContent: job.log, tabIndex: 0 })));
    if (job.cut) cell.append(make("div", { className: "facts", textContent: "The log goes on; freshet batch show tells all of it." }));
    const facts = [job.script, `${job.tries} ${job.tries === 1 ? "attempt" : "attempts"}`, `${job.calls} web ${job.calls === 1 ? "call" : "calls"}`];
    if (job.at) facts.push(`started ${job.at}`);
    cell.append(make("p", { className: "facts", textContent: facts.join(" · ") }));
    return make("tr", { className: "more" }, cell);
  };

  const row = (job) => {
    const name = make("button", { type: "button", textContent: job.key === null || job.key === String(job.n) ? String(job.n) : `${job.n} · ${job.key}` });
    name.setAttribute("aria-expanded", "false");
    const line = make("tr", { className: "job" },
      make("td", { className: "n" }, name),
      make("td", { className: "state-of" }, make("span", { className: `state ${job.state}`, textContent: job.state })),
      make("td", { className: "time", textContent: job.took ?? "" }),
      make("td", { className: "wide", textContent: job.tries }),
      make("td", { className: "about", textContent: job.about }));
    line.addEventListener("click", () => {
      const open = name.getAttribute("aria-expanded") === "true";
      name.setAttribute("aria-expanded", String(!open));
      if (open) line.nextElementSibling.remove();
      else line.after(details(job));
    });
    return line;
  };

  const draw = () => {
    const found = chosen();
    element("rows").replaceChildren(...found.slice(0, shown.count).map(row));
    element("count").textContent = found.length === jobs.length ? `${jobs.length.toLocaleString("en")} jobs` : `${found.length.toLocaleString("en")} of ${jobs.length.toLocaleString("en")} jobs`;
    element("more").hidden = found.length <= shown.count;
    for (const head of document.querySelectorAll("th[data-sort]")) {
      if (head.dataset.sort === shown.sort) head.setAttribute("aria-sort", shown.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    for (const button of element("states").children) button.setAttribute("aria-pressed", String(button.dataset.state === shown.state));
  };
  const change = (what) => { Object.assign(shown, { count: PAGE }, what); draw(); };

  const order = ["succeeded", "failed", "uncertain", "cancelled", "running", "ready"];
  const there = order.filter((state) => jobs.some((job) => job.state === state));
  for (const state of ["", ...there]) {
    const button = make("button", { type: "button", textContent: state || "all" });
    button.dataset.state = state;
    button.addEventListener("click", () => change({ state }));
    element("states").append(button);
  }
  element("find").addEventListener("input", (event) => change({ find: event.target.value }));
  element("more").addEventListener("click", () => { shown.count += PAGE; draw(); });
  for (const head of document.querySelectorAll("th[data-sort]")) {
    head.addEventListener("click", () => {
      const sort = head.dataset.sort;
      change({ sort, down: shown.sort === sort ? !shown.down : sort === "time" || sort === "tries" });
    });
  }
  for (const button of document.querySelectorAll("[data-find]")) {
    button.addEventListener("click", () => {
      element("find").value = button.dataset.find;
      change({ find: button.dataset.find, state: "" });
      element("find").scrollIntoView({ behavior: "smooth", block: "start" });
    });
  }
  draw();
})();
