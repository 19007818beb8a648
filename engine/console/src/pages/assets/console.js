// The console's script. Pages work without it; it keeps them up to date, and adds keys.
"use strict";
(() => {
  const page = document.body;
  const all = (query, root = document) => [...root.querySelectorAll(query)];

  // ---- Times: local, with UTC on hover.
  const ago = (seconds) =>
    seconds < 5 ? "just now" : seconds < 60 ? `${seconds}s ago` : seconds < 3600 ? `${Math.floor(seconds / 60)}m ago`
      : seconds < 86400 ? `${Math.floor(seconds / 3600)}h ago` : `${Math.floor(seconds / 86400)}d ago`;
  const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const times = (root = document) => {
    const now = Date.now();
    for (const time of all("time[data-ago]", root)) say(time, ago(Math.floor((now - Date.parse(time.dateTime)) / 1000)));
    for (const time of all("time[data-clock]", root)) say(time, moment.format(new Date(time.dateTime)));
  };
  times();
  setInterval(times, 1000);

  // ---- Fragments: what is there becomes what the server sent, with as few changes as can
  // be, so that focus, selection, scrolling and what is being entered stay.
  const keyOf = (node) => (node.nodeType === 1 ? node.id || node.dataset.key || "" : "");
  const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
  const attributes = (old, fresh) => {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !(name === "open" && /^(DETAILS|DIALOG)$/.test(old.nodeName))) old.removeAttribute(name);
    }
    for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  };
  const become = (old, fresh) => {
    if (old.nodeType !== 1) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(old.nodeName)) return; // the reader's, not ours
    if (old.nodeName === "TIME") { // the script's own words stay until they are wrong
      if (old.dateTime !== fresh.dateTime) { attributes(old, fresh); times(old.parentNode); }
      return;
    }
    attributes(old, fresh);
    children(old, fresh);
  };
  const children = (old, fresh) => {
    const known = new Map();
    for (const child of old.children) if (keyOf(child)) known.set(keyOf(child), child);
    let at = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const key = keyOf(wanted);
      const found = key ? known.get(key) : at && !keyOf(at) && alike(at, wanted) ? at : null;
      if (found && alike(found, wanted)) {
        if (found !== at) old.insertBefore(found, at); else at = at.nextSibling;
        become(found, wanted);
      } else {
        const added = old.insertBefore(document.importNode(wanted, true), at);
        if (added.nodeType === 1) times(added.parentNode);
      }
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
  };

  // ---- Which fragments are out of date, and fetching them: one request each at a time,
  // and never more often than answers come.
  const state = new WeakMap();
  const load = async (element) => {
    const mine = state.get(element) || { busy: false, again: false, last: "" };
    state.set(element, mine);
    if (mine.busy) { mine.again = true; return; }
    mine.busy = true;
    const began = performance.now();
    try {
      const answer = await fetch(element.dataset.live, { headers: { Accept: "text/html" } });
      if (answer.status === 401) show("login");
      if (answer.ok) {
        const text = await answer.text();
        if (text !== mine.last) {
          mine.last = text;
          children(element, new DOMParser().parseFromString(text, "text/html").body);
        }
      }
    } catch { /* the connection says it */ }
    setTimeout(() => {
      mine.busy = false;
      if (mine.again && element.isConnected) { mine.again = false; load(element); }
    }, Math.max(60, 2 * (performance.now() - began)));
  };
  const refresh = (topics) => {
    if (document.hidden) { topics.forEach((topic) => missed.add(topic)); return; }
    for (const element of all("[data-live]")) {
      const on = (element.dataset.on || "events").split(" ");
      if (on.some((topic) => topics.includes(topic))) load(element);
    }
  };
  const missed = new Set();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && missed.size) { const topics = [...missed]; missed.clear(); refresh(topics); }
  });
  // Some things change without an event: the time goes on under a chart.
  setInterval(() => {
    if (!document.hidden && !lost) for (const element of all("[data-every]")) load(element);
  }, 5000);

  // ---- The connection.
  const strip = document.getElementById("connection");
  let lost = false, pause = 500, watchdog = 0, source = null;
  const show = (what) => { strip.dataset.state = what || ""; strip.hidden = !what; };
  const everything = ["groups", "bots", "pools", "attempts", "extensions", "events"];
  const alive = () => { clearTimeout(watchdog); watchdog = setTimeout(broken, 25000); };
  const broken = async () => {
    clearTimeout(watchdog);
    if (source) source.close();
    source = null;
    lost = true;
    try {
      const answer = await fetch("/help", { method: "HEAD" });
      show(answer.status === 401 ? "login" : "lost");
    } catch { show("lost"); }
    setTimeout(connect, pause);
    pause = Math.min(pause * 1.6, 8000);
  };
  const connect = () => {
    source = new EventSource(page.dataset.stream);
    source.onerror = broken;
    source.addEventListener("hello", (event) => {
      pause = 500;
      alive();
      show(event.data === page.dataset.engine ? "" : "restarted");
      refresh(everything); // what changed since the page was made
      lost = false;
    });
    source.addEventListener("alive", alive);
    source.addEventListener("changed", (event) => {
      alive();
      refresh(event.data.split(" "));
      document.dispatchEvent(new CustomEvent("lariat:changed", { detail: event.data.split(" ") }));
    });
  };
  if (page.dataset.stream) connect();
  addEventListener("pagehide", () => { if (source) { source.onerror = null; source.close(); } clearTimeout(watchdog); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // ---- Keys.
  const help = document.getElementById("help");
  let going = 0;
  document.addEventListener("keydown", (event) => {
    const inside = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && inside) { inside.blur(); return; }
    if (inside || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (going && Date.now() - going < 1500) {
      going = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "g") going = Date.now();
    if (event.key === "?") { event.preventDefault(); help.showModal(); }
    const target = { "/": "[data-search]", n: "[data-new]" }[event.key];
    const found = target && document.querySelector(target);
    if (found) { event.preventDefault(); if (event.key === "/") { found.focus(); found.select(); } else found.click(); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) { event.preventDefault(); help.showModal(); }
    if (event.target === help) help.close();
  });

  // ---- A click is sent once; the server says what came of it.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || event.target.method !== "post") return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    if ("file" in button.dataset) return; // the page stays
    event.target.dataset.sent = "1";
    button.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    all("[aria-busy]", form).forEach((button) => button.removeAttribute("aria-busy"));
  }));

  // ---- What a form would do, told while it is filled in. Only the last answer counts.
  for (const form of all("form[data-preview]")) {
    let waiting = 0, asked = 0;
    const ask = async () => {
      const mine = ++asked;
      try {
        const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        if (!answer.ok || mine !== asked) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
        children(document.getElementById("preview"), fresh);
      } catch { /* the connection says it */ }
    };
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 300); });
  }

  // ---- A choice that decides what a form asks for is sent at once.
  document.addEventListener("change", ({ target }) => {
    const button = target.form && target.form.querySelector("[data-update]");
    if (button && ("sends" in target.dataset || button.dataset.update === target.name)) target.form.requestSubmit(button);
  });
  for (const button of all("[data-update]")) button.hidden = true;
})();
