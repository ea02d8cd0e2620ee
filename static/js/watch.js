// Reloads the content regularly while a result is pending.
"use strict";
(() => {
  const pause = () => 1000 * Number(document.querySelector("[data-look-again]")?.dataset.lookAgain ?? 10);
  // Outside of the replaced content; otherwise screen readers would miss the update.
  const says = document.createElement("span");
  says.className = "visually-hidden";
  says.setAttribute("aria-live", "polite");
  document.querySelector("header").append(says);

  const look = async () => {
    try {
      if (document.hidden) throw new Error("nobody is looking");
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [fresh, shown] = [page.querySelector("main"), document.querySelector("main")];
      const chip = (main) => main.querySelector(".outcome .chip")?.textContent;
      if (chip(fresh) !== chip(shown)) {
        shown.replaceChildren(...fresh.childNodes);
        document.title = page.title;
        says.textContent = shown.querySelector("h1").textContent;
        document.dispatchEvent(new Event("content-replaced"));
        if (!page.querySelector("script[src*='watch']")) return;
      }
    } catch {
      // The next attempt may succeed; the page keeps showing the last known state.
    }
    setTimeout(look, pause());
  };
  setTimeout(look, pause());
})();
