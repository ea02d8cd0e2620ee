// Lets people type the start in their own time zone; the form sends it in UTC.
"use strict";
(() => {
  const field = document.querySelector("[data-start]");
  if (!field) return;
  const sent = document.createElement("input");
  sent.type = "hidden";
  sent.name = field.name;
  field.removeAttribute("name");
  field.after(sent);

  const local = (moment) =>
    new Date(moment.getTime() - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  const utc = new Date(field.dataset.start);
  if (!Number.isNaN(utc.getTime())) field.value = local(utc);
  const zone = document.querySelector("[data-start-zone]");
  zone.textContent = `your time, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;

  const refresh = () => {
    const moment = new Date(field.value);
    sent.value = Number.isNaN(moment.getTime()) ? "" : moment.toISOString();
  };
  field.addEventListener("input", refresh);
  field.addEventListener("change", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
})();
