// Says when access will end with the typed minutes, and as time passes.
"use strict";
(() => {
  const main = document.getElementById("content");
  const serverNow = Date.parse(main.dataset.now);
  // Uses the server's clock, as IAM does, because the viewer's may be wrong.
  const ahead = Number.isNaN(serverNow) ? 0 : serverNow - Date.now();
  const inUtc = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

  // js/times.js shows the new time in the viewer's zone.
  const show = (element, minutes, latest) => {
    const end = Math.min(Date.now() + ahead + minutes * 60000, Number.isNaN(latest) ? Infinity : latest);
    const moment = new Date(Math.floor(end / 1000) * 1000);
    const iso = moment.toISOString().replace(".000", "");
    if (element.dateTime.slice(0, 16) === iso.slice(0, 16)) return;
    element.dateTime = iso;
    element.removeAttribute("title");
    element.textContent = `${inUtc.format(moment)} UTC`;
  };

  const refresh = () => {
    for (const sentence of document.querySelectorAll("[data-new-end]")) {
      const field = document.getElementById("minutes");
      const isValid = /^\d+$/.test(field.value) && field.validity.valid;
      if (isValid) {
        sentence.querySelector("[data-minutes-typed]").textContent = field.value;
        show(sentence.querySelector("time"), Number(field.value), Date.parse(sentence.dataset.latest));
      }
      sentence.hidden = !isValid;
    }
    for (const time of document.querySelectorAll("time[data-in-minutes]")) {
      show(time, Number(time.dataset.inMinutes), Date.parse(time.dataset.latest));
    }
    document.dispatchEvent(new Event("content-replaced"));
  };
  document.addEventListener("input", (event) => {
    if (event.target.id === "minutes") refresh();
  });
  refresh();
  setInterval(refresh, 10000);
})();
