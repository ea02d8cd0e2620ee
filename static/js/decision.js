// The keys a and d open the forms to approve and to decline. They never decide.
"use strict";
(() => {
  const panel = document.getElementById("decision");
  if (!panel) return;
  const isTyping = (target) =>
    target.matches("textarea, select, input:not([type=checkbox])") || target.isContentEditable;
  const isOff = () => document.querySelector("[data-single-keys]")?.checked === false;
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
