// Says why the button cannot be pressed yet, offers usual durations, and shows that Google is asked.
"use strict";
(() => {
  const form = document.querySelector("[data-request-form]");
  const button = form?.querySelector("button[type=submit]");
  if (!button) return;
  const minutes = form.elements.namedItem("minutes");
  const justification = form.elements.namedItem("justification");
  const says = document.getElementById("request-says");
  const counter = document.getElementById("counter");
  const presets = [...form.querySelectorAll("[data-minutes]")];
  const most = Number(form.dataset.most);
  const boxes = [...form.querySelectorAll("input[name=role]:not(:disabled)")];
  const plural = (count) => `${count} role${count === 1 ? "" : "s"}`;

  // The first thing that is missing, with the field where it can be mended.
  const missing = () => {
    const count = boxes.filter((box) => box.checked).length;
    if (count === 0) return ["Choose at least one role", boxes[0]];
    if (count > most) return [`Choose at most ${plural(most)}, not ${count}`, boxes[0]];
    if (!minutes.validity.valid) return [`Enter 1 to ${minutes.max} minutes`, minutes];
    if (!justification.value.trim()) return ["Write a justification", justification];
    return null;
  };

  const refresh = () => {
    const problem = missing();
    const count = boxes.filter((box) => box.checked).length;
    const words = problem ? problem[0] : `${plural(count)} for ${minutes.value} min`;
    if (says.textContent !== words) says.textContent = words;
    button.setAttribute("aria-disabled", String(problem !== null));
    for (const preset of presets) {
      preset.setAttribute("aria-pressed", String(preset.dataset.minutes === minutes.value));
    }
    const length = [...justification.value].length;
    counter.textContent = `${length.toLocaleString()} / 1,000`;
  };

  for (const preset of presets) {
    preset.addEventListener("click", () => {
      minutes.value = preset.dataset.minutes;
      refresh();
    });
  }
  form.noValidate = true; // our own words beside the button instead of the browser's bubbles
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  form.addEventListener("submit", (event) => {
    const problem = missing();
    if (problem || button.hasAttribute("data-busy")) {
      event.preventDefault();
      problem?.[1]?.focus();
      return;
    }
    button.setAttribute("data-busy", "");
    button.setAttribute("aria-disabled", "true");
    says.textContent = "Asking Google. This takes a few seconds …";
  });
  window.addEventListener("pageshow", (event) => {
    // Back from a request that was made: what the page remembers is no longer true.
    if (event.persisted && button.hasAttribute("data-busy")) location.reload();
    refresh();
  });
  refresh();
})();
