// Says in the request bar what the rules of all chosen roles demand together.
"use strict";
(() => {
  const form = document.querySelector("[data-request-form]");
  const says = form?.querySelector("[data-together]");
  if (!says) return;
  const isOneProject = !form.hasAttribute("data-most-projects");

  const chosen = (name) => [...form.querySelectorAll(`input[type=checkbox][name=${name}]:checked`)];
  const demandsOf = (box) => JSON.parse(box.dataset.demands ?? '{"hints": [], "ticket": ""}');
  const longestOf = (boxes) => Math.min(...boxes.map((box) => Number(box.dataset.longest)));
  const named = (boxes) => boxes.map((box) => box.dataset.name).join(", ");
  const distinct = (values) => [...new Set(values.filter(Boolean))];

  const together = (boxes) => {
    const all = boxes.map(demandsOf);
    const longest = longestOf(boxes);
    const strictest = boxes.filter((box) => Number(box.dataset.longest) === longest);
    const tickets = distinct(all.map((one) => one.ticket));
    const hints = distinct(all.flatMap((one) => one.hints));
    const parts = [`at most ${longest} minutes${strictest.length < boxes.length ? ` (${named(strictest)})` : ""}`];
    if (tickets.length) parts.push(`ticket: ${tickets.join(", ")}`);
    if (hints.length) parts.push(`justification: ${hints.join("; ")}`);
    const sentence = `${boxes.length > 1 ? "All chosen roles together" : named(boxes)}: ${parts.join("; ")}`;
    return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
  };

  const words = () => {
    const [own, asked] = [chosen("role"), chosen("approval")];
    const all = [...own, ...asked];
    if (isOneProject && asked.length && all.length > 1) {
      const verb = asked.length === 1 ? "needs" : "need";
      return `${named(asked)} ${verb} approval and cannot be activated together with other roles.`;
    }
    return all.some((box) => box.dataset.demands) ? together(all) : "";
  };

  const limit = document.getElementById("longest");
  const limitAtFirst = limit.textContent;
  const tellLimit = (boxes) => {
    const text = boxes.length ? `(at most ${longestOf(boxes)})` : limitAtFirst;
    if (limit.textContent !== text) limit.textContent = text;
  };

  const refresh = () => {
    tellLimit([...chosen("role"), ...chosen("approval")]);
    const text = words();
    says.hidden = !text;
    if (says.textContent !== text) says.textContent = text;
  };

  form.addEventListener("change", refresh);
  document.addEventListener("rows-replaced", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
})();
