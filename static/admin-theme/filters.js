// Closes the filters on a small screen, so that the rows come first.
"use strict";

if (window.matchMedia("(max-width: 60rem)").matches) {
  for (const filters of document.querySelectorAll("details.filters")) {
    filters.open = false;
  }
}
