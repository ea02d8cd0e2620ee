// Adds a button to each command that copies it. Without scripts, people select the text.
"use strict";

if (navigator.clipboard) {
  for (const box of document.querySelectorAll("[data-copy]")) {
    const code = box.querySelector("code");
    const button = document.createElement("button");
    const result = document.createElement("span");
    button.type = "button";
    button.textContent = "Copy command";
    result.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      result.textContent = "";
      try {
        await navigator.clipboard.writeText(code.textContent);
        result.textContent = "Copied";
      } catch {
        result.textContent = "The browser does not allow copying; select the text instead.";
      }
    });
    box.append(button, result);
  }
}
