// Looks again while something is awaited, and swaps the content when there is news.
"use strict";
(() => {
  const pause = () => 1000 * Number(document.querySelector("[data-look-again]")?.dataset.lookAgain ?? 10);
  // Outside of what is swapped, or screen readers would miss the news.
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
      // The next look may succeed; the page still says what was known last.
    }
    setTimeout(look, pause());
  };
  setTimeout(look, pause());
})();
