// Keeps a page current: asks the server regularly, and shows what changed without moving anything in use.
// Lists are marked with data-live="list"; a page about one thing with data-live="page" on its content.
"use strict";
(() => {
  const USUAL_PAUSE = 15; // seconds; a page may ask for another one
  const LONGEST_PAUSE = 120; // while the server does not answer

  const pause = () => Number(document.querySelector("[data-look-again]")?.dataset.lookAgain ?? USUAL_PAUSE);
  // Outside of the replaced content; otherwise screen readers would miss the update.
  const says = document.createElement("span");
  says.className = "visually-hidden";
  says.setAttribute("aria-live", "polite");
  const news = document.createElement("div");
  news.className = "news";
  const button = document.createElement("button");
  button.type = "button";
  news.append(button);
  const header = document.querySelector("header");
  header.append(says);

  let tag = "";
  let failures = 0;
  let latest = null;

  const regions = (page) => [...page.querySelectorAll("[data-live]")];
  const partner = (region) => latest.querySelector(`[data-live="${region.dataset.live}"][id="${region.id}"]`);

  // Rows by their link, each with its state.
  const rowsOf = (region) => {
    const found = new Map();
    for (const row of region.querySelectorAll("li, tbody tr")) {
      const link = row.querySelector("a[href]")?.getAttribute("href");
      const chips = [...row.querySelectorAll(".chip")].map((chip) => chip.textContent.trim());
      if (link) found.set(link, chips.join());
    }
    return found;
  };

  const stateOf = (region) =>
    region.dataset.live === "page"
      ? `${region.querySelector(".outcome .chip")?.textContent} ${region.querySelectorAll(".timeline li").length}`
      : JSON.stringify([...rowsOf(region)].sort());

  const added = (region) => {
    const known = rowsOf(region);
    return [...rowsOf(partner(region)).keys()].filter((link) => !known.has(link)).length;
  };

  // A list must not move under the pointer. On other pages only what can be pressed matters, and a form with
  // a comment stays until its reader wants the news.
  const POINTED_AT = { list: ":hover", page: "a:hover, button:hover, input:hover, label:hover, summary:hover, #decision" };

  const isTouched = (region) =>
    (region.contains(document.activeElement) && document.activeElement !== region) ||
    region.querySelector(POINTED_AT[region.dataset.live]) !== null ||
    region.querySelector("input:checked, details[open] textarea") !== null ||
    [...region.querySelectorAll("textarea, input[type=number]")].some((field) => field.value !== field.defaultValue);

  const replace = (region) => {
    const fresh = partner(region);
    const chosen = new Set([...region.querySelectorAll("input:checked")].map((box) => box.value));
    region.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
    for (const box of region.querySelectorAll("input[type=checkbox]")) box.checked = chosen.has(box.value);
  };

  const changed = () => regions(document).filter((region) => partner(region) && stateOf(region) !== stateOf(partner(region)));

  const showAll = (waiting) => {
    waiting.forEach(replace);
    news.remove();
    document.dispatchEvent(new Event("content-replaced"));
  };

  button.addEventListener("click", () => {
    const first = changed()[0];
    showAll(changed());
    const heading = first?.querySelector("h1, h2") ?? document.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });

  const headlines = () => {
    document.title = latest.title;
    for (const link of document.querySelectorAll("[data-count]")) {
      link.textContent = latest.querySelector("[data-count]")?.textContent ?? link.textContent;
    }
  };

  const show = () => {
    headlines();
    const waiting = changed();
    if (!waiting.length) {
      news.remove();
      return;
    }
    const count = waiting.filter((region) => region.dataset.live === "list").reduce((sum, one) => sum + added(one), 0);
    if (!count && !waiting.some(isTouched)) {
      showAll(waiting);
      const about = waiting.some((region) => region.dataset.live === "page");
      says.textContent = about ? document.querySelector("h1").textContent : "The list was updated.";
      return;
    }
    button.textContent = count ? `${count} new` : "Show what changed";
    if (!news.isConnected) header.append(news);
    says.textContent = count ? `${count} new` : "This page changed.";
  };

  const look = async () => {
    try {
      const headers = { Accept: "text/html", ...(tag && { "If-None-Match": tag }) };
      const answer = await fetch(location.href, { headers, redirect: "error" });
      failures = 0;
      if (answer.status === 200) {
        tag = answer.headers.get("ETag") ?? "";
        latest = new DOMParser().parseFromString(await answer.text(), "text/html");
        show();
      }
    } catch {
      // The next attempt may succeed; the page keeps showing the last known state.
      failures += 1;
    }
  };

  const wait = () => {
    const seconds = Math.min(pause() * 2 ** failures, LONGEST_PAUSE);
    setTimeout(async () => {
      if (!document.hidden) await look();
      wait();
    }, 1000 * seconds);
  };

  document.addEventListener("visibilitychange", () => document.hidden || look());
  wait();
})();
