// On a small screen the rows come first: the filters open when somebody wants them.
"use strict";

if (window.matchMedia("(max-width: 60rem)").matches) {
  for (const filters of document.querySelectorAll("details.filters")) {
    filters.open = false;
  }
}
