// Stars a role without loading the page again, so that nothing that was chosen or typed is lost.
"use strict";
(() => {
  const form = document.getElementById("star-form");
  if (!form) return;
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button) return;
    event.preventDefault();
    const body = new FormData(form);
    body.append(button.name, button.value);
    button.setAttribute("aria-disabled", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), redirect: "manual" });
      if (answer.type !== "opaqueredirect") throw new Error(`HTTP ${answer.status}`);
      const isStarred = button.name === "star";
      button.setAttribute("aria-pressed", String(isStarred));
      button.name = isStarred ? "unstar" : "star";
    } catch {
      document.getElementById("search-says").textContent = "The star could not be saved. Reload the page and try again.";
    }
    button.removeAttribute("aria-disabled");
  });
})();
