// Filters the list while people type, and lets them choose with arrows and Enter.
"use strict";
(() => {
  const form = document.querySelector("[data-request-form]");
  const search = document.getElementById("search");
  const panel = document.querySelector("[data-rows]");
  if (!form || !panel) return;
  const searchForm = document.querySelector("[data-search]");
  const says = document.getElementById("search-says");
  const saysAtFirst = [...(says?.childNodes ?? [])];
  let asking = null;
  let timer = 0;
  // What the rows were fetched for; null once they show a search that is no longer in the field.
  let fetched = search?.value.trim() ?? "";

  const rows = () => [...panel.querySelectorAll("[data-list] tbody tr")];
  const isComplete = () => panel.hasAttribute("data-complete");
  const boxOf = (row) => row.querySelector("input[type=checkbox]:enabled");
  const shownBoxes = () => rows().filter((row) => !row.hidden).map(boxOf).filter(Boolean);
  const words = () => search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const textOf = (row) =>
    `${row.querySelector("th label").textContent} ${row.querySelector("[id^=project-]")?.textContent ?? ""}`.toLowerCase();

  const tell = (count) => {
    if (!says) return;
    if (!words().length && isComplete()) says.replaceChildren(...saysAtFirst);
    else says.textContent = `${count} role${count === 1 ? " matches" : "s match"}.`;
  };

  const filter = () => {
    const wanted = words();
    let count = 0;
    for (const row of rows()) {
      const matches = wanted.every((word) => textOf(row).includes(word));
      row.hidden = !matches;
      if (matches) count += 1;
    }
    tell(count);
  };

  // The server has more rows than this page, so it searches. Chosen rows stay.
  const replaceRows = (page) => {
    const fresh = page.querySelector("[data-rows]");
    const kept = rows().filter((row) => boxOf(row)?.checked);
    const status = page.getElementById("search-says");
    if (says && status) says.textContent = status.firstChild.textContent.trim();
    panel.toggleAttribute("data-complete", Boolean(fresh?.hasAttribute("data-complete")));
    const body = panel.querySelector("tbody");
    const ids = new Set(kept.map((row) => boxOf(row).value));
    const others = fresh ? [...fresh.querySelectorAll("tbody tr")].filter((row) => !ids.has(boxOf(row)?.value)) : [];
    // Numbers would repeat those of the rows that stay.
    others.forEach((row, index) => renumber(row, `${Date.now()}-${index}`));
    body.replaceChildren(...kept, ...others);
    const [pages, freshPages] = [panel.querySelector("nav"), fresh?.querySelector("nav")];
    pages?.remove();
    if (freshPages) panel.append(freshPages);
    addTicket(page);
    document.dispatchEvent(new Event("rows-replaced"));
    document.dispatchEvent(new Event("content-replaced"));
    form.dispatchEvent(new Event("change"));
  };

  const renumber = (row, number) => {
    for (const element of [row, ...row.querySelectorAll("[id], [for], [aria-describedby]")]) {
      for (const name of ["id", "for", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace(/(role|where|project|rule)-\S+/g, `$1-${number}`));
      }
    }
  };

  const addTicket = (page) => {
    const field = page.querySelector(".request-bar .ticket");
    if (field && !form.querySelector(".ticket")) form.querySelector(".request-go").before(document.importNode(field, true));
  };

  const ask = async () => {
    const text = search.value.trim();
    asking?.abort();
    asking = new AbortController();
    const query = new URLSearchParams(new FormData(searchForm));
    try {
      const answer = await fetch(`/?${query}`, {
        headers: { Accept: "text/html" },
        redirect: "manual", // leads to a project that no list knows, which only Enter opens
        signal: asking.signal,
      });
      if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(`HTTP ${answer.status}`);
      const html = answer.ok ? await answer.text() : "";
      replaceRows(new DOMParser().parseFromString(html, "text/html"));
      if (!html && says) says.textContent = "No role matches.";
      fetched = text;
    } catch (error) {
      if (error.name !== "AbortError" && says) says.textContent = "The list cannot be loaded. Press Enter to search.";
    }
  };

  const choose = (box) => {
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    if (says) says.textContent = `${box.dataset.name} ${box.checked ? "chosen" : "removed"}.`;
  };

  const refresh = () => {
    clearTimeout(timer);
    if (isComplete()) filter();
    else timer = setTimeout(ask, 150);
  };

  // Enter chooses the first match; with an empty field it leads on to the justification.
  const enter = (event) => {
    const isCurrent = isComplete() || fetched === search.value.trim();
    const [first] = words().length && isCurrent ? shownBoxes() : [];
    if (first) {
      event.preventDefault();
      search.value = "";
      refresh();
      if (!first.checked) choose(first);
    } else if (!words().length && form.querySelector("input[data-name]:checked")) {
      event.preventDefault();
      form.elements.namedItem("justification").focus();
    } else if (!searchForm) {
      event.preventDefault();
    }
  };

  const move = (from, step) => {
    const boxes = shownBoxes();
    const next = boxes[boxes.indexOf(from) + step];
    if (next) next.focus();
    else if (step < 0) search?.focus();
  };

  search?.addEventListener("input", refresh);
  for (const list of searchForm?.querySelectorAll("select") ?? []) list.addEventListener("change", ask);
  search?.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter") enter(event);
    if (event.key === "ArrowDown") {
      event.preventDefault();
      shownBoxes()[0]?.focus();
    }
  });
  panel.addEventListener("keydown", (event) => {
    if (!event.target.matches("input[type=checkbox]") || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter") choose(event.target);
    else if (event.key === "ArrowDown") move(event.target, 1);
    else if (event.key === "ArrowUp") move(event.target, -1);
    else return;
    event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    if (search?.value && isComplete()) filter();
  });
})();
