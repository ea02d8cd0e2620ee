// Explains why the button is disabled, offers common durations, and shows progress.
"use strict";
(() => {
  const form = document.querySelector("[data-request-form]");
  const button = form?.querySelector("button[type=submit]");
  if (!button) return;
  const minutes = form.elements.namedItem("minutes");
  const justification = form.elements.namedItem("justification");
  const ticket = form.elements.namedItem("ticket");
  const start = form.querySelector("[data-start]");
  const says = document.getElementById("request-says");
  const counter = document.getElementById("counter");
  const presets = [...form.querySelectorAll("[data-minutes]")];
  const most = Number(form.dataset.most);
  const plural = (count, noun = "role") => `${count} ${noun}${count === 1 ? "" : "s"}`;
  const boxes = (name) => [...form.querySelectorAll(`input[name=${name}][type=checkbox]`)];
  const checked = (name) => boxes(name).filter((box) => box.checked);
  const isAsking = () => form.hasAttribute("data-asking");
  // Without check boxes the form is for one fixed role.
  const hasRoles = boxes("role").length + boxes("approval").length > 0;
  const firstRole = () => form.querySelector("input[name=role]:enabled, input[name=approval]:enabled");

  const missingRoles = () => {
    const [own, asked] = [checked("role"), checked("approval")];
    const count = own.length;
    if (asked.length > 1) return ["Choose one role that needs approval", asked[0]];
    if (asked.length && count) return ["Choose which to request first", asked[0]];
    if (!asked.length && count === 0) return ["Choose at least one role", firstRole()];
    if (count > most) return [`Choose at most ${plural(most)}, not ${count}`, own[0]];
    return null;
  };

  const missingReviewers = () => {
    const slot = form.querySelector("[data-reviewer-slot]");
    const state = slot?.dataset.state ?? "ready";
    const choice = form.querySelector("[data-reviewers]");
    if (state === "busy") return ["Looking up who may review …", slot];
    if (state === "failed" || !choice) return ["Reviewers cannot be shown", slot?.querySelector("button")];
    if (choice.dataset.possible === "no") return ["Nobody can review this role", null];
    const [fewest, greatest] = [Number(choice.dataset.fewest), Number(choice.dataset.most)];
    const count = checked("reviewer").length;
    if (count < fewest) return [`Choose at least ${plural(fewest, "reviewer")}`, boxes("reviewer")[0]];
    if (count > greatest) return [`Choose at most ${plural(greatest, "reviewer")}`, boxes("reviewer")[0]];
    return null;
  };

  // What the rules of the chosen roles demand; the server checks all of it again.
  const missingByRule = () => {
    const chosen = [...checked("role"), ...checked("approval")];
    const strict = chosen.find((box) => Number(minutes.value) > Number(box.dataset.longest));
    if (strict) return [`At most ${strict.dataset.longest} minutes for ${strict.dataset.name}`, minutes];
    const label = chosen.find((box) => box.dataset.ticket)?.dataset.ticket;
    if (ticket && !ticket.value.trim() && (label || ticket.required)) {
      return [`Enter a ticket${label ? `: ${label}` : ""}`, ticket];
    }
    return null;
  };

  // Returns the first missing input, with its field.
  const missing = () => {
    const problem = (hasRoles && missingRoles()) || (isAsking() && missingReviewers());
    if (problem) return problem;
    if (!minutes.validity.valid) return [`Enter 1 to ${minutes.max} minutes`, minutes];
    if (!justification.value.trim()) return ["Write a justification", justification];
    return missingByRule();
  };

  const ready = () => {
    const what = isAsking() ? `Ask ${plural(checked("reviewer").length, "reviewer")}` : "";
    const later = start?.value ? ", scheduled" : "";
    return `${what || plural(checked("role").length || 1)} for ${minutes.value} min${later}`;
  };

  const refresh = () => {
    const problem = missing();
    const words = problem ? problem[0] : ready();
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
  form.noValidate = true; // shows our own text beside the button instead of the browser's messages
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
    says.textContent = isAsking() || start?.value ? "Sending the request …" : "Granting access. This takes a few seconds …";
  });
  window.addEventListener("pageshow", (event) => {
    // The browser restored the page after a request: its saved state is out of date.
    if (event.persisted && button.hasAttribute("data-busy")) location.reload();
    refresh();
  });
  refresh();
})();
