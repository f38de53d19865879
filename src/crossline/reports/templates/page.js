"use strict";
(() => {
  // Niceties only: the fragment and the style show a page, without this file too.
  const links = [...document.querySelectorAll("nav.pages a")];
  const title = document.title;
  const turn = () => {
    const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    const page = (target && target.closest(".page")) || document.getElementById("overview");
    const area = [...page.classList].find((name) => name.startsWith("area-")).slice(5);
    for (const link of links) {
      if (link.hash === `#${area}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const heading = page.querySelector("h2");
    document.title = page.id === "overview" || !heading ? title : `${heading.textContent.trim()} - ${title}`;
    if (target && target.tagName === "DETAILS") {
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", turn);
  turn();
  const box = document.querySelector(".filter");
  const entries = box ? [...box.closest(".card").querySelectorAll(".entry")] : [];
  if (entries.length > 8) {
    const input = document.getElementById("filter");
    const said = document.getElementById("filtered");
    box.hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase();
      let left = 0;
      for (const entry of entries) {
        entry.hidden = !entry.textContent.toLowerCase().includes(words);
        left += entry.hidden ? 0 : 1;
      }
      said.textContent = words ? `${left} of ${entries.length}` : "";
    });
  }
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });
})();
