// The admin shows UTC, as exports and evidence do. This adds the viewer's own time beside it.
"use strict";
(() => {
  const long = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const short = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

  const addLocal = (element) => {
    element.setAttribute("data-local", "");
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime()) || moment.getTimezoneOffset() === 0) return;
    const isSameDay = moment.getDate() === moment.getUTCDate();
    const words = `${(isSameDay ? short : long).format(moment)} local`;
    const local = document.createElement("span");
    local.className = "local";
    // In a sentence the words "UTC" follow.
    const next = element.nextSibling;
    const zone = next?.nodeType === Node.TEXT_NODE ? /^\s*UTC/.exec(next.data) : null;
    local.textContent = zone ? ` (${words})` : ` ${words}`;
    if (zone) next.splitText(zone[0].length);
    (zone ? next : element.lastChild).after(local);
  };

  const addAll = () => document.querySelectorAll("main time[datetime]:not([data-local])").forEach(addLocal);
  addAll();
  document.addEventListener("content-replaced", addAll);
})();
