// Completes the project while typing: the combobox of the ARIA practices on top of a plain form.
"use strict";
(() => {
  const form = document.querySelector("[data-picker]");
  if (!form) return;
  const input = form.querySelector("input");
  const field = input.parentElement;
  const list = document.createElement("ul");
  const says = document.createElement("span");
  let options = [];
  let chosen = -1;
  let asking = null;
  let timer = 0;

  list.id = "project-matches";
  list.className = "picker-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Matches");
  says.className = "visually-hidden";
  says.setAttribute("aria-live", "polite");
  field.append(list, says);
  for (const [name, value] of [
    ["role", "combobox"],
    ["aria-autocomplete", "list"],
    ["aria-expanded", "false"],
    ["aria-controls", list.id],
  ]) {
    input.setAttribute(name, value);
  }

  const isOpen = () => !list.hidden;

  // Always present, because screen readers miss live regions that are added later.
  const say = (text, isShown) => {
    says.className = isShown && text ? "picker-says" : "visually-hidden";
    says.textContent = text;
  };

  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    chosen = -1;
    say("", false);
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const open = (projectId) => {
    close();
    input.value = projectId;
    say(`Reading your roles on ${projectId} …`, true);
    location.assign(`/projects/${encodeURIComponent(projectId)}`);
  };

  const mark = (index) => {
    options[chosen]?.setAttribute("aria-selected", "false");
    chosen = index;
    const option = options[chosen];
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  };

  const show = ({ projects, names, more }) => {
    options = projects.map((id, index) => {
      const option = document.createElement("li");
      option.id = `project-match-${index}`;
      option.dataset.id = id;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = names[id] ? `${names[id]} (${id})` : id;
      return option;
    });
    list.replaceChildren(...options);
    list.hidden = options.length === 0;
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", String(isOpen()));
    if (isOpen()) say(more ? `${options.length} or more matches` : `${options.length} match${options.length === 1 ? "" : "es"}`, false);
    else say("No project matches. Press Enter to open it anyway.", true);
  };

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`/projects?q=${encodeURIComponent(input.value.trim())}`, {
        headers: { Accept: "application/json" },
        signal: asking.signal,
      });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      show(await answer.json());
    } catch (error) {
      if (error.name === "AbortError") return;
      close();
      say("The list of projects cannot be loaded. Type the whole ID and press Enter.", true);
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => setTimeout(close, 100));
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) open(option.dataset.id);
  });

  const keys = {
    ArrowDown: () => (isOpen() ? mark((chosen + 1) % options.length) : ask()),
    ArrowUp: () => isOpen() && mark((chosen <= 0 ? options.length : chosen) - 1),
    Escape: () => (isOpen() ? close() : (input.value = "")),
    Enter: () => (options[chosen] && isOpen() ? open(options[chosen].dataset.id) : form.requestSubmit()),
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  form.addEventListener("submit", () => {
    close();
    say("Opening …", true);
  });
  window.addEventListener("pageshow", close);
})();
