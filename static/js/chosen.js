// Names the chosen roles in the request bar, where each can be removed.
"use strict";
(() => {
  const form = document.querySelector("[data-request-form]");
  const list = form?.querySelector("[data-chosen]");
  if (!list) return;
  let shown = "";

  const nameOf = (box) => {
    const isEverywhere = form.hasAttribute("data-most-projects");
    return isEverywhere ? `${box.dataset.name} on ${box.dataset.project}` : box.dataset.name;
  };

  const remove = (id, index) => {
    const box = form.querySelector(`input[type=checkbox][value="${CSS.escape(id)}"]`);
    box.checked = false;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    const left = list.querySelectorAll("button");
    (left[Math.min(index, left.length - 1)] ?? document.getElementById("search") ?? box).focus();
  };

  const item = (box, index) => {
    const line = document.createElement("li");
    const button = document.createElement("button");
    line.textContent = nameOf(box);
    button.type = "button";
    button.textContent = "×";
    button.setAttribute("aria-label", `Remove ${nameOf(box)}`);
    button.addEventListener("click", () => remove(box.value, index));
    line.append(button);
    return line;
  };

  const refresh = () => {
    const boxes = [...form.querySelectorAll("input[data-name]:checked")];
    const ids = boxes.map((box) => box.value).join("\n");
    form.toggleAttribute("data-has-chosen", boxes.length > 0);
    if (ids === shown) return;
    shown = ids;
    list.replaceChildren(...boxes.map(item));
    list.hidden = boxes.length === 0;
  };

  form.addEventListener("change", refresh);
  document.addEventListener("rows-replaced", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
})();
