// Explains why the button is disabled, offers common durations, and shows progress.
"use strict";
(() => {
  const form = document.querySelector("[data-request-form]");
  const button = form?.querySelector(".request-go button.primary");
  if (!button) return;
  const minutes = form.elements.namedItem("minutes");
  const justification = form.elements.namedItem("justification");
  const ticket = form.elements.namedItem("ticket");
  const start = form.querySelector("[data-start]");
  const says = document.getElementById("request-says");
  const counter = document.getElementById("counter");
  const presets = [...form.querySelectorAll("[data-minutes]")];
  const SHORTEST_EMERGENCY = 20;
  const most = Number(form.dataset.most);
  const plural = (count, noun = "role") => `${count} ${noun}${count === 1 ? "" : "s"}`;
  const boxes = (name) => [...form.querySelectorAll(`input[name=${name}][type=checkbox]`)];
  const checked = (name) => boxes(name).filter((box) => box.checked);
  const glass = form.elements.namedItem("break_glass");
  const breaksGlass = () => Boolean(glass?.checked);
  const isAsking = () => form.hasAttribute("data-asking") && !breaksGlass();
  // Without check boxes the form is for one fixed role.
  const hasRoles = boxes("role").length + boxes("approval").length > 0;
  const firstRole = () =>
    document.getElementById("search") ?? form.querySelector("input[name=role]:enabled, input[name=approval]:enabled");
  const mostProjects = Number(form.dataset.mostProjects ?? 0);
  const projectsOf = (chosen) => new Set(chosen.map((box) => box.dataset.project));

  // Roles of several projects: one request for each project, and one for each role that needs approval.
  const missingAnywhere = (own, asked) => {
    const projects = projectsOf([...own, ...asked]);
    if (!projects.size) return ["Choose at least one role", firstRole()];
    if (projects.size > mostProjects) return [`Choose at most ${plural(mostProjects, "project")}, not ${projects.size}`, own[0] ?? asked[0]];
    for (const project of projects) {
      const ofOne = own.filter((box) => box.dataset.project === project);
      if (ofOne.length > most) return [`Choose at most ${plural(most)} of ${project}`, ofOne[0]];
    }
    return null;
  };

  const missingGlassRoles = (chosen) => {
    if (!chosen.length) return ["Choose at least one role", firstRole()];
    if (chosen.length > most) return [`Choose at most ${plural(most)}, not ${chosen.length}`, chosen[0]];
    const other = chosen.find((box) => box.dataset.glass === undefined);
    return other ? [`You cannot break glass for ${other.dataset.name}`, other] : null;
  };

  const missingRoles = () => {
    const [own, asked] = [checked("role"), checked("approval")];
    if (breaksGlass()) return missingGlassRoles([...own, ...asked]);
    const count = own.length;
    if (mostProjects) return missingAnywhere(own, asked);
    if (asked.length > 1) return ["Choose one role that needs approval", asked[0]];
    if (asked.length && count) return ["Choose which to request first", asked[0]];
    if (!asked.length && count === 0) return ["Choose at least one role", firstRole()];
    if (count > most) return [`Choose at most ${plural(most)}, not ${count}`, own[0]];
    return null;
  };

  const missingReviewers = () => {
    const slot = form.querySelector("[data-reviewer-slot]");
    const state = slot?.dataset.state ?? "ready";
    const choices = [...form.querySelectorAll("[data-reviewers]")];
    if (state === "busy") return ["Looking up who may review …", slot];
    // On the page for several roles, those that cannot be requested are left out.
    const possible = choices.filter((choice) => choice.dataset.possible === "yes");
    if (slot && (state === "failed" || !choices.length)) return ["Reviewers cannot be shown", slot.querySelector("button")];
    if (!possible.length && choices.length) return ["Nobody can review this role", null];
    return possible.map(missingIn).find(Boolean) ?? null;
  };

  const reviewersIn = (choice) => [...choice.querySelectorAll("input[type=checkbox]")];
  const missingIn = (choice) => {
    const [fewest, greatest] = [Number(choice.dataset.fewest), Number(choice.dataset.most)];
    const offered = reviewersIn(choice);
    const count = offered.filter((box) => box.checked).length;
    if (count < fewest) return [`Choose at least ${plural(fewest, "reviewer")}`, offered[0]];
    if (count > greatest) return [`Choose at most ${plural(greatest, "reviewer")}`, offered[0]];
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
    if (!minutes.validity.valid) return [`Enter ${minutes.min} to ${minutes.max} minutes`, minutes];
    if (!justification.value.trim()) return ["Write a justification", justification];
    if (breaksGlass() && [...justification.value.trim()].length < SHORTEST_EMERGENCY) {
      return [`Describe the emergency in at least ${SHORTEST_EMERGENCY} characters`, justification];
    }
    return missingByRule();
  };

  const what = () => {
    if (isAsking()) {
      const people = [...form.querySelectorAll("[data-reviewers] input:checked")].map((box) => box.value);
      return people.length ? `Ask ${plural(new Set(people).size, "reviewer")}` : "Ask all who may approve";
    }
    const chosen = [...checked("role"), ...checked("approval")];
    const projects = projectsOf(chosen).size;
    return plural(chosen.length || 1) + (projects > 1 ? ` on ${projects} projects` : "");
  };

  const ready = () => {
    const glassRoles = checked("role").length + checked("approval").length || 1;
    if (breaksGlass()) return `Break glass: ${plural(glassRoles)} for ${minutes.value} min`;
    const asked = mostProjects ? checked("approval").length : 0;
    const later = start?.value ? ", scheduled" : "";
    return `${what()} for ${minutes.value} min${later}${asked ? "; reviewers are next" : ""}`;
  };

  const progress = () => {
    if (isAsking() || start?.value) return "Sending the request …";
    if (mostProjects && checked("approval").length) return "Looking up who may review …";
    const projects = projectsOf(checked("role")).size;
    if (projects > 1) return `Granting access to ${projects} projects, one after the other …`;
    return "Granting access. This takes a few seconds …";
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
      minutes.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  const last = form.querySelector("[data-last-minutes]");
  last?.addEventListener("click", () => {
    minutes.value = last.dataset.lastMinutes;
    justification.value = form.querySelector("[data-last-justification]").value;
    refresh();
    justification.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(button);
  });
  form.noValidate = true; // shows our own text beside the button instead of the browser's messages
  form.addEventListener("input", refresh);
  form.addEventListener("change", refresh);
  form.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter !== button) return; // saves a set, and needs no justification
    const problem = missing();
    if (problem || button.hasAttribute("data-busy")) {
      event.preventDefault();
      problem?.[1]?.focus();
      return;
    }
    button.setAttribute("data-busy", "");
    button.setAttribute("aria-disabled", "true");
    says.textContent = progress();
  });
  window.addEventListener("pageshow", (event) => {
    // The browser restored the page after a request: its saved state is out of date.
    if (event.persisted && button.hasAttribute("data-busy")) location.reload();
    refresh();
  });
  refresh();
})();
