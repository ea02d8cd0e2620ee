// Keyboard shortcuts: "/" searches, "?" lists them. Both can be switched off in this browser.
"use strict";
(() => {
  const dialog = document.querySelector("[data-keys]");
  if (!dialog) return;
  const box = dialog.querySelector("[data-single-keys]");
  const NAME = "single-keys";

  const read = () => {
    try {
      return localStorage.getItem(NAME) !== "off";
    } catch {
      return true; // storage is blocked
    }
  };
  const store = () => {
    try {
      localStorage.setItem(NAME, box.checked ? "on" : "off");
    } catch {
      // Until the page is left, the check box decides.
    }
  };

  box.checked = read();
  box.addEventListener("change", store);
  document.querySelector("[data-keys-open]").addEventListener("click", () => dialog.showModal());
  dialog.querySelector("[data-keys-close]").addEventListener("click", () => dialog.close());

  const isTyping = (target) =>
    target.matches("textarea, select, input:not([type=checkbox])") || target.isContentEditable;

  document.addEventListener("keydown", (event) => {
    if (!box.checked || dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) return;
    if (event.key === "?") {
      event.preventDefault();
      dialog.showModal();
    }
    const search = document.getElementById("search");
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });
})();
