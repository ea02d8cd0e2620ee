// Scrolls the row of lists so that the current one is in sight, where the row is wider than the screen.
"use strict";
(() => {
  const row = document.querySelector(".places");
  const current = row?.querySelector("[aria-current]");
  if (!current) return;
  const right = current.getBoundingClientRect().right - row.getBoundingClientRect().right;
  if (right > 0) row.scrollLeft += right + 16;
})();
