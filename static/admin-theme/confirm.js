// Tells the server that the next page carries out the rows itself, and shows that the form is being sent.
"use strict";
(() => {
  const form = document.querySelector("form.confirm");
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("data-sent")) {
      event.preventDefault();
      return;
    }
    form.setAttribute("data-sent", "");
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "scripted", value: "yes" }));
    form.querySelector("[data-sending]").textContent = "Sending …";
  });
  // The browser restored the page: it can be sent again, as the same decision.
  window.addEventListener("pageshow", () => {
    form.removeAttribute("data-sent");
    form.querySelector("input[name=scripted]")?.remove();
    form.querySelector("[data-sending]").textContent = "";
  });
})();
