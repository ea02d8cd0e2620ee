// Shows times in the viewer's zone with UTC beside them, and updates the time left.
"use strict";
(() => {
  const main = document.getElementById("content");
  const serverNow = Date.parse(main.dataset.now);
  // Uses the server's clock, as IAM does, because the viewer's may be wrong.
  const ahead = Number.isNaN(serverNow) ? 0 : serverNow - Date.now();
  const now = () => Date.now() + ahead;
  const pad = (number) => String(number).padStart(2, "0");
  const isUtc = (moment) => moment.getTimezoneOffset() === 0;

  const long = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const short = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
  const utcDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
  const utcTime = (moment) => `${pad(moment.getUTCHours())}:${pad(moment.getUTCMinutes())} UTC`;
  // Adds the day where it differs from the viewer's.
  const utc = (moment) =>
    moment.getUTCDate() === moment.getDate()
      ? utcTime(moment)
      : `${utcDay.format(moment)}, ${utcTime(moment)}`;

  // As activations/domain/text.py does: whole minutes, rounded up.
  const units = [[1440, "d"], [60, "h"], [1, "min"]];
  const inWords = (minutes) => {
    const parts = [];
    for (const [size, unit] of units) {
      const count = Math.floor(minutes / size);
      if (count) parts.push(`${count} ${unit}`);
      minutes -= count * size;
    }
    return parts.join(" ");
  };

  const showLocal = (element) => {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    element.title = element.textContent;
    const isToday = moment.toDateString() === new Date(now()).toDateString();
    const local = (isToday ? short : long).format(moment);
    const besides = element.hasAttribute("data-both") && !isUtc(moment);
    element.textContent = isUtc(moment) ? `${local} UTC` : local;
    if (besides) {
      const aside = document.createElement("span");
      aside.className = "utc";
      aside.textContent = `(${utc(moment)})`;
      element.append(" ", aside); // a line may break between them
    }
  };

  const showLeft = (element) => {
    const end = Date.parse(element.dataset.ends);
    const left = Math.ceil((end - now()) / 60000);
    const chip = element.querySelector(".chip");
    let text = `${inWords(left)} left`;
    if (end <= now()) {
      text = chip ? "" : "time is up";
      if (chip) chip.textContent = "Ended";
      chip?.classList.remove("good");
    }
    const minutes = element.querySelector(".minutes");
    if (minutes.textContent !== text) minutes.textContent = text;
    const bar = element.querySelector("progress");
    if (bar) bar.value = Math.max(left, 0);
  };

  const showAll = () => {
    document.querySelectorAll("time[datetime]:not([title])").forEach(showLocal);
    document.querySelectorAll("[data-ends]").forEach(showLeft);
  };
  showAll();
  setInterval(showAll, 10000);
  document.addEventListener("content-replaced", showAll);
})();
