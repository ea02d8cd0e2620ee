// Selects all rows of a page at once, and shows how many are selected.
"use strict";

const bind = () => document.querySelectorAll("form.acting").forEach(follow);

const follow = (form) => {
  const boxes = [...form.querySelectorAll("input.action-select")];
  const all = form.querySelector("#action-toggle");
  const words = form.querySelector("[data-selected]");

  const tell = () => {
    const count = boxes.filter((box) => box.checked).length;
    words.textContent = count ? `${count} selected` : "";
    if (all) {
      all.checked = count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
    }
  };

  all?.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);
  tell();
};

bind();
document.addEventListener("content-replaced", bind);
