// Shows who may review the selected role, and separates roles that need approval from the others.
"use strict";
(() => {
  const form = document.querySelector("[data-request-form]");
  if (!form) return;
  const slot = form.querySelector("[data-reviewer-slot]");
  const mixed = form.querySelector("[data-mixed]");
  const choices = form.querySelector("[data-mixed-choices]");
  const plainAction = form.getAttribute("action");
  const known = new Map();
  let shown = "";

  const checked = (name) => [...form.querySelectorAll(`input[name=${name}]:checked`)];
  const changed = () => form.dispatchEvent(new Event("change"));

  const paragraph = (text, tone) => {
    const element = document.createElement("p");
    element.className = tone;
    element.textContent = text;
    return element;
  };

  // The page for browsers without scripts has the same choice; this shows that part of it.
  const fetched = async (role) => {
    const answer = await fetch(`${form.dataset.ask}?role=${encodeURIComponent(role)}`, {
      headers: { Accept: "text/html" },
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector("[data-reviewers]");
    if (part) return document.importNode(part, true);
    if (answer.ok) {
      location.assign(answer.url); // it already waits for approval
      return paragraph("This request already exists. Opening it …", "soft");
    }
    const words = [...page.querySelectorAll("main .notice p")].map((one) => one.textContent.trim());
    throw new Error(words.join(" ") || `The server answered ${answer.status}.`);
  };

  const fill = async (role) => {
    shown = role;
    slot.dataset.state = "busy";
    slot.replaceChildren(paragraph("Looking up who may review this role …", "soft"));
    try {
      const part = known.get(role) ?? (await fetched(role));
      if (part.dataset.reviewers !== undefined) known.set(role, part);
      if (shown !== role) return;
      slot.replaceChildren(part);
      slot.dataset.state = "ready";
    } catch (error) {
      if (shown !== role) return;
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = "Try again";
      again.addEventListener("click", () => fill(role).then(changed));
      slot.replaceChildren(paragraph(`Reviewers cannot be shown. ${error.message}`, "notice bad"), again);
      slot.dataset.state = "failed";
    }
  };

  const keepOnly = (words, boxes) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.addEventListener("click", () => {
      for (const box of [...checked("role"), ...checked("approval")]) box.checked = boxes.includes(box);
      changed();
      boxes[0].focus();
    });
    return button;
  };

  const offerToPart = (own, asked) => {
    const offers = asked.map((box) => keepOnly(`Only ${box.dataset.name}`, [box]));
    const words = own.length === 1 ? `Only ${own[0].dataset.name}` : `Only the ${own.length} others`;
    if (own.length) offers.push(keepOnly(words, own));
    choices.replaceChildren(...offers);
  };

  const refresh = () => {
    const [own, asked] = [checked("role"), checked("approval")];
    // In an emergency nobody is asked.
    const breaksGlass = Boolean(form.elements.namedItem("break_glass")?.checked);
    const isMixed = !breaksGlass && (asked.length > 1 || (asked.length === 1 && own.length > 0));
    const role = asked.length === 1 && !isMixed && !breaksGlass ? asked[0].value : "";
    if (mixed.hidden === isMixed) mixed.hidden = !isMixed;
    if (isMixed) offerToPart(own, asked);
    slot.hidden = !role;
    form.toggleAttribute("data-asking", Boolean(role));
    form.setAttribute("action", role ? form.dataset.ask : plainAction);
    if (!role) shown = "";
    else if (role !== shown) fill(role).then(changed);
  };

  form.addEventListener("click", (event) => {
    const all = event.target.closest("[data-choose-all]");
    if (!all) return;
    for (const box of all.closest("[data-reviewers]").querySelectorAll("input")) box.checked = true;
    changed();
  });
  if (!slot) return;
  form.addEventListener("change", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
})();
