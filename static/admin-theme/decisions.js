// Decides the rows of a page, a few at a time, and shows each result when it arrives.
"use strict";
(() => {
  const AT_ONCE = 3; // the others of a project take turns anyway
  const PAUSES = [1, 2, 4, 8, 15]; // seconds before the next attempt
  const TOLD_EACH = 10; // a screen reader hears every tenth result

  const form = document.getElementById("decisions");
  const bar = document.getElementById("progress");
  const words = document.getElementById("progress-words");
  const says = document.getElementById("progress-says");
  const total = Number(form.dataset.total);
  const title = document.title;
  const rows = [...document.querySelectorAll("tr[data-decide]")];
  let done = total - rows.length;

  const tell = () => {
    bar.value = done;
    words.textContent = `${done} of ${total} decided`;
    document.title = done < total ? `(${done}/${total}) ${title}` : title;
    if (done % TOLD_EACH === 0 || done === total) says.textContent = words.textContent;
    if (done === total) document.getElementById("leave").hidden = true;
  };

  const pause = (attempt) =>
    new Promise((go) => setTimeout(go, 1000 * PAUSES[Math.min(attempt, PAUSES.length - 1)]));

  const show = (row, html) => {
    const read = new DOMParser().parseFromString(html, "text/html");
    row.querySelector(".verdict").replaceChildren(...read.body.childNodes);
  };

  const chip = (row, text, tone, details = "") => {
    const label = Object.assign(document.createElement("span"), { className: `chip chip-${tone}`, textContent: text });
    const more = Object.assign(document.createElement("div"), { textContent: details });
    row.querySelector(".verdict").replaceChildren(label, more);
  };

  // The server decides a row once, so it is safe to send it again after a lost connection.
  const decide = async (row) => {
    chip(row, "In progress", "provisioning");
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await fetch(row.dataset.decide, { method: "POST", body: new FormData(form), redirect: "error" });
        if (answer.ok) show(row, await answer.text());
        if (answer.status === 200) break;
        if ([400, 403, 404].includes(answer.status)) {
          chip(row, "Not decided here", "failed", "Reload the page to see the result.");
          return;
        }
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      } catch {
        chip(row, "Connection lost", "activation_pending", "Trying again …");
      }
      await pause(attempt);
    }
    row.removeAttribute("data-decide");
    done += 1;
    tell();
  };

  const work = async () => {
    for (let row = rows.shift(); row; row = rows.shift()) await decide(row);
  };

  document.getElementById("without-script").hidden = true;
  tell();
  for (let worker = 0; worker < AT_ONCE; worker += 1) work();
})();
