"use strict";
(() => {
  const box = document.querySelector(".filter");
  const groups = [...document.querySelectorAll("details.group")];
  if (box && groups.length > 1) {
    const input = document.getElementById("filter");
    const said = document.getElementById("filtered");
    box.hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase();
      let left = 0;
      for (const group of groups) {
        group.hidden = !group.textContent.toLowerCase().includes(words);
        left += group.hidden ? 0 : 1;
      }
      said.textContent = words ? `${left} of ${groups.length} groups` : "";
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
