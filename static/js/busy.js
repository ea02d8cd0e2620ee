// Shows that a form is being sent, and prevents sending it twice.
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
    if (says) says.textContent = "Waiting for Google …";
  });
  window.addEventListener("pageshow", (event) => {
    // The browser restored the page: its saved state is out of date.
    if (event.persisted && document.querySelector("[data-sent]")) location.reload();
  });
})();
