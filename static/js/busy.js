// Shows that a button was pressed, and lets it be pressed once.
"use strict";
(() => {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-busy-form]");
    if (!form) return;
    if (form.hasAttribute("data-sent")) {
      event.preventDefault();
      return;
    }
    form.setAttribute("data-sent", "");
    event.submitter?.setAttribute("data-busy", "");
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    const says = form.querySelector("[data-busy-says]");
    if (says) says.textContent = "One moment, Google is asked …";
  });
  window.addEventListener("pageshow", (event) => {
    // Back from the answer: what the page remembers is no longer true.
    if (event.persisted && document.querySelector("[data-sent]")) location.reload();
  });
})();
