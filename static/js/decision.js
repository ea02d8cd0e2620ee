// The keys a and d open the forms to approve and to decline. They never decide.
"use strict";
(() => {
  const panel = document.getElementById("decision");
  if (!panel) return;
  const isTyping = (target) =>
    target.matches("textarea, select, input:not([type=checkbox])") || target.isContentEditable;
  // People switch single keys off in the list of keys, for all pages of this browser.
  const isOff = () => {
    try {
      return localStorage.getItem("single-keys") === "off";
    } catch {
      return false; // storage is blocked
    }
  };
  const isDialogOpen = () => Boolean(document.querySelector("dialog[open]"));

  const open = {
    a: () => document.getElementById("comment").focus(),
    d: () => {
      panel.querySelector("details.decline").open = true;
      document.getElementById("reason").focus();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!Object.hasOwn(open, event.key) || isTyping(event.target) || isOff() || isDialogOpen()) return;
    event.preventDefault();
    open[event.key]();
  });
})();
